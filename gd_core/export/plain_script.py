"""The experiment as a program in the spirit of the lecture's: plain Python whose output is the log, byte for byte."""

import inspect

from gd_core.export import program
from gd_core.export.loop import Dialect, loop, loop_settings
from gd_core.export.program import function, names, samples
from gd_core.export.rule_source import RuleSource, rule_source
from gd_core.training import Experiment, train


def python_script(experiment: Experiment, predict_x: float = 4.0) -> str:
    """Return a standalone program that prints exactly `log_text` of the experiment's run.

    predict_x: the x of the two predictions, up to 1e6 in size. ValueError says that the program would be longer than
    `MAX_SCRIPT` characters, as with thousands of epochs that are all shuffled.
    """
    predict_x, run = program.checked_x(predict_x), train(experiment)
    x_data, y_data = (program.listing(column.tolist()) for column in (experiment.dataset.x, experiment.dataset.y))
    settings = [
        [f"x_data = {x_data}", f"y_data = {y_data}"],
        [f"{name} = {value!r}" for name, value in zip(names(experiment), experiment.start)],
    ]
    grad = "grad_val" if experiment.batch_size is None else "grad"
    gradients = ("grad_w", "grad_b") if experiment.bias else (grad,)
    moved = zip(experiment.start, names(experiment), gradients)
    rules = [rule_source(experiment.optimizer, *entry) for entry in moved]
    about = [] if experiment.optimizer.key == "gd" else [f"# {experiment.optimizer.label}: {_about(experiment)}"]
    settings.append([*about, f"learning_rate = {experiment.learning_rate!r}", *_numbers(rules[0].settings)])
    settings.append(_states(experiment, rules))
    settings.append(loop_settings(run))
    functions = _functions(experiment, with_cost=run.diverged_at is not None)
    at = "x_data, y_data" if experiment.batch_size is None else ", ".join(samples(experiment))
    update = [f"{', '.join(gradients)} = gradient({at})"]
    if experiment.bias and rules[0].state:
        functions.append(_update_function(experiment))
        update += [_call(rule, name) for rule, name in zip(rules, names(experiment))]
    else:
        update += [line for rule in rules for line in rule.lines]
    chosen = ("xs = [x_data[i] for i in rows]", "ys = [y_data[i] for i in rows]")
    main = loop(run, predict_x, Dialect(update, gradients, chosen))
    head = [
        f"# {program.title(experiment)}, written out. Prints the log of this run to the last digit.",
        "# Squares are products, because ** 2 can differ in that digit.",
    ]
    if "math." in "\n".join([*functions, *main]):
        head += ["", "import math"]
    return program.written(head, settings, functions, main)


def _about(experiment: Experiment) -> str:
    """Return the first sentence of the optimizer's docstring, in one line."""
    return inspect.cleandoc(type(experiment.optimizer).__doc__ or "").split("\n\n")[0].replace("\n", " ")


def _numbers(values: dict[str, float]) -> list[str]:
    return [f"{name} = {value!r}" for name, value in values.items()]


def _states(experiment: Experiment, rules: list[RuleSource]) -> list[str]:
    """Return the lines that set the states before the first update: count, or with a bias count_w and count_b."""
    if not experiment.bias:
        return _numbers(rules[0].state)
    lines = []
    for (name, of_w), of_b in zip(rules[0].state.items(), rules[1].state.values()):
        same = repr(of_w) == repr(of_b)
        lines += [f"{name}_w = {name}_b = {of_w!r}"] if same else [f"{name}_w = {of_w!r}", f"{name}_b = {of_b!r}"]
    return lines


def _update_function(experiment: Experiment) -> str:
    """Return the function that makes one update of w or of b: with its own memory for each of them."""
    rule = rule_source(experiment.optimizer, 1.0, "parameter", "grad")
    arguments = ", ".join(["parameter", "grad", *rule.state])
    return function(f"update({arguments})", *rule.lines, f"return {', '.join(['parameter', *rule.state])}")


def _call(rule: RuleSource, name: str) -> str:
    states = [f"{state}_{name}" for state in rule.state]
    return f"{', '.join([name, *states])} = update({', '.join([name, f'grad_{name}', *states])})"


def _functions(experiment: Experiment, with_cost: bool) -> list[str]:
    """Return the model, what is printed as its loss and its gradient; and the cost where the end of a run needs it."""
    forward = function("forward(x)", "return x * w + b" if experiment.bias else "return x * w")
    loss = function("loss(x, y)", "y_pred = forward(x)", "return (y_pred - y) * (y_pred - y)")
    if experiment.batch_size != 1:
        return [forward, _mean_loss(program.measure(experiment)), _mean_gradient(experiment.bias)]
    if experiment.bias:
        gradient = function("gradient(x, y)", "error = forward(x) - y", "return 2 * x * error, 2 * error")
    else:
        gradient = function("gradient(x, y)", "return 2 * x * (x * w - y)")
    return [forward, *([_mean_loss("cost")] if with_cost else []), loss, gradient]


def _mean_loss(name: str) -> str:
    return function(
        f"{name}(xs, ys)",
        "losses = 0",
        "for x, y in zip(xs, ys):",
        "    y_pred = forward(x)",
        "    losses += (y_pred - y) * (y_pred - y)",
        "return losses / len(xs)",
    )


def _mean_gradient(bias: bool) -> str:
    if not bias:
        body = ("grad = 0", "for x, y in zip(xs, ys):", "    grad += 2 * x * (x * w - y)", "return grad / len(xs)")
        return function("gradient(xs, ys)", *body)
    return function(
        "gradient(xs, ys)",
        "grad_w = grad_b = 0",
        "for x, y in zip(xs, ys):",
        "    error = forward(x) - y",
        "    grad_w += 2 * x * error",
        "    grad_b += 2 * error",
        "return grad_w / len(xs), grad_b / len(xs)",
    )
