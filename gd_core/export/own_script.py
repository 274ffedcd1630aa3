"""The experiment as a few lines of Python with this package, `gd_core`."""

from dataclasses import fields

from gd_core.export import program
from gd_core.optimizers import Optimizer
from gd_core.training import Experiment


def numpy_script(experiment: Experiment, predict_x: float = 4.0) -> str:
    """Return a program that makes the run with `gd_core` and NumPy and prints its log.

    Only what is not at the lecture's value is written. predict_x: up to 1e6 in size. ValueError says that the program
    would be longer than `MAX_SCRIPT` characters.
    """
    predict_x = program.checked_x(predict_x)
    lecture, settings = Experiment(bias=experiment.bias), {}
    if experiment.bias:
        settings["bias"] = "True"
    for name in ("start", "optimizer", "learning_rate", "epochs", "batch_size", "shuffle_seed"):
        value = getattr(experiment, name)
        if repr(value) != repr(getattr(lecture, name)):  # as text, for 0.0 and -0.0 are equal
            settings[name] = _rule(value) if name == "optimizer" else repr(value)
    used, data = ["Experiment", "train"], []
    if experiment.dataset != lecture.dataset:
        used.append("Dataset")
        columns = [experiment.dataset.x, experiment.dataset.y]
        data = [f"{name} = {program.listing(column.tolist())}" for name, column in zip("xy", columns)]
        settings = {"dataset": "Dataset(x, y)", **settings}
    if "optimizer" in settings:
        used.append("OPTIMIZERS")
    order = ("OPTIMIZERS", "Dataset", "Experiment", "train")
    head = [
        f"# {program.title(experiment)}. Needs NumPy, and the folder gd_core beside this file.",
        "",
        f"from gd_core import {', '.join(name for name in order if name in used)}",
        "from gd_core.lesson import log_text",
    ]
    lines = [f"    {name}={value}," for name, value in settings.items()]
    made = ["experiment = Experiment(", *lines, ")"] if lines else ["experiment = Experiment()"]
    at = "" if repr(predict_x) == "4.0" else f", {predict_x!r}"
    return program.written(head, [data, [*made, "run = train(experiment)", f"print(log_text(run{at}))"]], [], [])


def _rule(rule: Optimizer) -> str:
    knobs = [knob for knob in fields(rule) if repr(getattr(rule, knob.name)) != repr(knob.default)]
    return f'OPTIMIZERS["{rule.key}"]({", ".join(f"{knob.name}={getattr(rule, knob.name)!r}" for knob in knobs)})'
