"""The loop of the lecture's programs: over epochs and batches, in the run's own order, with its prints and its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from gd_core import bounds
from gd_core.export.program import MAX_SCRIPT, indented, listing, names, prediction, samples
from gd_core.training import Experiment, Run, orders_of


@dataclass(frozen=True)
class Dialect:
    """How a program says what differs between plain Python and PyTorch.

    update: the lines of one update. gradients: the name of each gradient. chosen: the lines that take the samples `rows`
    out of the data. item, listed: expression -> the float, the list that is printed for it.
    """

    update: Sequence[str]
    gradients: Sequence[str]
    chosen: Sequence[str]
    item: Callable[[str], str] = str
    listed: Callable[[str], str] = str


def loop_settings(run: Run) -> list[str]:
    """Return the lines that set what the loop needs: the batch size and the order of the samples."""
    experiment, lines = run.experiment, []
    if experiment.batch_size not in (None, 1):
        lines.append(f"batch_size = {experiment.batch_size}")
    if _shuffled(experiment):
        lines.append(
            f"# The order of the samples (0 is the first) in each epoch, drawn with seed {experiment.shuffle_seed}."
        )
        lines.append(f"orders = {_orders(run)}")
    if run.diverged_at is not None and experiment.batch_size is not None:
        lines.append("updates = 0")
    return lines


def loop(run: Run, predict_x: float, dialect: Dialect) -> list[str]:
    """Return the lines that train and print what `log_text` holds."""
    experiment, item = run.experiment, dialect.item
    weights = ", ".join(f'"{name}=", {item(name)}' for name in names(experiment))
    epochs = "epoch, order in enumerate(orders)" if _shuffled(experiment) else f"epoch in range({experiment.epochs})"
    lines = [prediction("before", predict_x, item), f"for {epochs}:"]
    if experiment.batch_size is None:
        update = ["cost_val = cost(x_data, y_data)", *dialect.update, *_stop(run, dialect)]
        lines += indented([*update, f'print("Epoch:", epoch, {weights}, "loss=", {item("cost_val")})'])
    else:
        x, y = samples(experiment)
        shown = item if experiment.batch_size == 1 else dialect.listed
        printed = [shown(x), shown(y), *map(item, dialect.gradients)]
        counted = [] if run.diverged_at is None else ["updates += 1"]
        update = [
            *_each_batch(experiment, dialect),
            *indented([*dialect.update, *_stop(run, dialect)]),
            *indented([f'print("\\tgrad: ", {", ".join(printed)})', *counted, f"loss_val = loss({x}, {y})"]),
        ]
        lines += indented([*update, f'print("progress:", epoch, {weights}, "loss=", {item("loss_val")})'])
    return lines if run.diverged_at is not None else [*lines, prediction("after", predict_x, item)]


def _each_batch(experiment: Experiment, dialect: Dialect) -> list[str]:
    """Return the head of the loop over an epoch's batches and the lines that take out each one's samples."""
    match experiment.batch_size, _shuffled(experiment):
        case 1, False:
            return ["for x, y in zip(x_data, y_data):"]
        case 1, True:
            return ["for i in order:", "    x, y = x_data[i], y_data[i]"]
        case _, False:
            columns = [f"{name}s = {name}_data[begin : begin + batch_size]" for name in "xy"]
            return ["for begin in range(0, len(x_data), batch_size):", *indented(columns)]
    rows = ["rows = order[begin : begin + batch_size]", *dialect.chosen]
    return ["for begin in range(0, len(order), batch_size):", *indented(rows)]


def _stop(run: Run, dialect: Dialect) -> list[str]:
    """Return the test that ends a run which diverges. After any other run it would be dead code."""
    if run.diverged_at is None:
        return []
    experiment = run.experiment
    # The loss of several samples, taken over all of them, is the cost.
    whole = "loss" if experiment.batch_size not in (None, 1) else "cost"
    numbers = ", ".join([*names(experiment), *dialect.gradients, f"{whole}(x_data, y_data)"])
    done, leave = ("epoch", "break") if experiment.batch_size is None else ("updates", "raise SystemExit")
    word = "update" if run.diverged_at == 1 else "updates"
    bound = f"{bounds.DIVERGED:g}"
    return [
        f"if max(map(abs, [{numbers}])) > {bound}:",
        f'    print("Stopped after", {done}, "{word}: in the next one a number passed {bound}")',
        f"    {leave}",
    ]


def _shuffled(experiment: Experiment) -> bool:
    return experiment.batch_size is not None and experiment.shuffle_seed is not None


def _orders(run: Run) -> str:
    """Return the orders of all epochs that the run began. ValueError says that they are too long for a script."""
    count = len(run.experiment.dataset)
    begun = run.experiment.epochs
    if run.diverged_at is not None:
        begun = run.diverged_at // run.experiment.updates_per_epoch + 1
    one_epoch = sum(len(str(row)) + 2 for row in range(count)) + 2
    if begun * one_epoch > MAX_SCRIPT:
        raise ValueError(
            f"the shuffled orders of {begun} epochs of {count} samples would make the script longer than {MAX_SCRIPT} "
            "characters: use fewer epochs, or keep the order of the data"
        )
    epochs = islice(orders_of(run.experiment), begun)
    return listing([row for batch in batches for row in batch.tolist()] for batches in epochs)
