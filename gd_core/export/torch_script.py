"""The experiment as a program with PyTorch's own optimizer."""

import re
from dataclasses import fields

from gd_core.export import program
from gd_core.export.loop import Dialect, loop, loop_settings
from gd_core.export.program import function, names, samples
from gd_core.optimizers import Optimizer
from gd_core.training import Experiment, train


def pytorch_script(experiment: Experiment, predict_x: float = 4.0) -> str:
    """Return a program that makes the same run with `torch.optim`, in float64, and prints it like `log_text`.

    Its numbers agree with the run's to about 12 digits: PyTorch adds and divides in another order. predict_x and
    ValueError as for `python_script`.
    """
    predict_x, run = program.checked_x(predict_x), train(experiment)
    columns = (experiment.dataset.x, experiment.dataset.y)
    x_data, y_data = (program.listing(column.tolist(), "torch.tensor([", "])") for column in columns)
    start = [
        f"{name} = torch.tensor({value!r}, requires_grad=True)"
        for name, value in zip(names(experiment), experiment.start)
    ]
    rule = f"optimizer = {torch_call(experiment.optimizer, names(experiment), experiment.learning_rate)}"
    x, y = samples(experiment)
    measured = "cost_val" if experiment.batch_size is None else f"loss({x}, {y})"
    update = ["optimizer.zero_grad()", f"{measured}.backward()", "optimizer.step()"]
    gradients = [f"{name}.grad" for name in names(experiment)]
    chosen = ("xs, ys = x_data[rows], y_data[rows]",)
    dialect = Dialect(update, gradients, chosen, "{}.item()".format, "{}.tolist()".format)
    functions = [function("forward(x)", "return x * w + b" if experiment.bias else "return x * w")]
    if one := experiment.batch_size == 1:
        functions.append(function("loss(x, y)", "return (forward(x) - y) ** 2"))
    if not one or run.diverged_at is not None:
        name = "cost" if one else program.measure(experiment)
        functions.append(function(f"{name}(xs, ys)", "return ((forward(xs) - ys) ** 2).mean()"))
    head = [
        f"# {program.title(experiment)}, with PyTorch's own optimizer.",
        "# In float64, like Python's own numbers: PyTorch's default, float32, keeps 7 digits, too few to agree with this run.",
        "",
        "import torch",
        "",
        "torch.set_default_dtype(torch.float64)",
    ]
    settings = [[f"x_data = {x_data}", f"y_data = {y_data}"], [*start, rule], loop_settings(run)]
    return program.written(head, settings, functions, loop(run, predict_x, dialect))


_CALL = re.compile(r"torch\.optim\.(\w+)(?:\(([^)]*)\))?")


def torch_call(rule: Optimizer, parameters: str, learning_rate: float) -> str:
    """Return the call that makes PyTorch's optimizer for a rule.

    Which class it is, and what it needs beside the rule's own hyperparameters, stands in the rule's docstring as "the same
    as torch.optim.X(...)". ValueError where it names none.
    """
    named = _CALL.search(type(rule).__doc__ or "")
    if named is None:
        raise ValueError(f"PyTorch has no {rule.label}")
    settings = {knob.name: repr(getattr(rule, knob.name)) for knob in fields(rule)}
    if "beta1" in settings:
        betas = f"({settings.pop('beta1')}, {settings.pop('beta2')})"
        settings = {"betas": betas, **settings}
    fixed = [part.strip() for part in (named[2] or "").split(",") if part and not part.endswith("...")]
    if settings.get("momentum") == "0.0":
        fixed = []  # PyTorch refuses Nesterov's momentum of 0, which is plain descent
    arguments = [f"[{', '.join(parameters)}]", f"lr={learning_rate!r}"]
    arguments += [f"{name}={value}" for name, value in settings.items()]
    return f"torch.optim.{named[1]}({', '.join([*arguments, *fixed])})"
