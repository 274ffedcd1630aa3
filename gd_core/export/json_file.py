"""An experiment and its run as one JSON text, and the experiment read back from it, whoever wrote it."""

import json
from collections.abc import Collection
from dataclasses import fields
from typing import Any

from gd_core import losses, model
from gd_core.data import MAX_DIGITS, Dataset
from gd_core.optimizers import OPTIMIZERS, Optimizer
from gd_core.training import Experiment, Run

FORMAT = "gradient descent 1"
MAX_JSON = 4_000_000  # characters; the longest text that `to_json` writes is about half as long
MAX_SENTENCE = 300  # characters of a refusal, which repeats the value that it refuses


def to_json(run: Run) -> str:
    """Return an experiment and its run, as strict JSON whose numbers read back equal.

    Of the run it holds the ends of the epochs; every update is in `run_csv`, and comes again from the experiment.
    """
    experiment = run.experiment
    described = {
        "dataset": {"x": experiment.dataset.x.tolist(), "y": experiment.dataset.y.tolist()},
        "bias": experiment.bias,
        "start": list(experiment.start),
        "optimizer": {"key": experiment.optimizer.key, **_knobs(experiment.optimizer)},
        "learning_rate": experiment.learning_rate,
        "epochs": experiment.epochs,
        "batch_size": experiment.batch_size,
        "shuffle_seed": experiment.shuffle_seed,
    }
    happened = {
        "updates": len(run),
        "diverged_at": run.diverged_at,
        "final_parameters": run.parameters[-1].tolist(),
        "final_cost": model.costs(experiment.dataset, run.parameters[-1:]).tolist()[0],
        "parameters_at_start_and_epoch_ends": run.parameters[run.epoch_ends].tolist(),
        "costs_at_start_and_epoch_ends": run.epoch_costs.tolist(),
        "losses_in_the_log": losses.printed_series(run).values.tolist(),
    }
    return json.dumps({"format": FORMAT, "experiment": described, "run": happened}, allow_nan=False)


def _knobs(rule: Optimizer) -> dict[str, float]:
    return {knob.name: getattr(rule, knob.name) for knob in fields(rule)}


def from_json(text: str) -> Experiment:
    """Return the experiment of a text that `to_json` wrote; what it says of the run is not read.

    ValueError says in one sentence why any other text cannot be used.
    """
    if len(text) > MAX_JSON:
        raise ValueError(f"the file has {len(text)} characters; at most {MAX_JSON} can be read")
    try:
        return _experiment(_parsed(text))
    except RecursionError:
        raise ValueError("the file is not one of ours: its brackets are nested too deeply") from None
    except ValueError as complaint:
        sentence = str(complaint)
        short = sentence if len(sentence) <= MAX_SENTENCE else sentence[:MAX_SENTENCE] + "…"
        raise ValueError(short) from None


def _parsed(text: str) -> object:
    def refuse(name: str) -> None:
        raise ValueError(f"{name} is not a number that JSON knows")

    def whole(digits: str) -> int:
        if len(digits) > MAX_DIGITS:  # Python refuses thousands of them in words about Python
            raise ValueError(f"{digits[:24]}… is too long for a number")
        return int(digits)

    try:
        return json.loads(text, parse_constant=refuse, parse_int=whole)
    except json.JSONDecodeError as error:
        raise ValueError(f"the file is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None


def _experiment(content: object) -> Experiment:
    file = _entries("the file", content, ("format", "experiment", "run"))
    if file["format"] != FORMAT:
        raise ValueError(f"format must be {FORMAT!r}, got {file['format']!r}")
    settings = _entries("experiment", file["experiment"], [setting.name for setting in fields(Experiment)])
    data = _entries("dataset", settings["dataset"], ("x", "y"))
    if not isinstance(settings["bias"], bool):
        raise ValueError(f"bias must be true or false, got {settings['bias']!r}")
    settings |= {
        "dataset": Dataset(_numbers("x", data["x"]), _numbers("y", data["y"])),
        "start": tuple(_numbers("start", settings["start"])),
        "optimizer": _rule(settings["optimizer"]),
    }
    return Experiment(**settings)


def _rule(content: object) -> Optimizer:
    key = content.get("key") if isinstance(content, dict) else None
    if not isinstance(key, str) or key not in OPTIMIZERS:
        raise ValueError(f"the key of optimizer must be one of {', '.join(OPTIMIZERS)}, got {key!r}")
    names = [knob.name for knob in fields(OPTIMIZERS[key])]
    entries = _entries("optimizer", content, ["key", *names])
    return OPTIMIZERS[key](**{name: entries[name] for name in names})


def _entries(name: str, content: object, keys: Collection[str]) -> dict[str, Any]:
    """Return an object of JSON that has exactly these keys."""
    if not isinstance(content, dict):
        raise ValueError(f"{name} must be an object with {', '.join(keys)}, got {content!r}")
    if missing := [key for key in keys if key not in content]:
        raise ValueError(f"{name} has no {missing[0]}")
    if unknown := [key for key in content if key not in keys]:
        raise ValueError(f"{name} has {unknown[0]!r}, which is none of {', '.join(keys)}")
    return dict(content)


def _numbers(name: str, content: object) -> list[float]:
    if not isinstance(content, list) or not all(type(value) in (int, float) for value in content):
        raise ValueError(f"{name} must be a list of numbers, got {content!r}")
    return content
