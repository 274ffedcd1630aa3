"""A run and its data as comma-separated values, with every digit.

No cell needs guarding against spreadsheets that run text as formulas: all cells are numbers, which Python wrote, and
fixed headings. A number that begins with "-" is read as a number.
"""

import numpy as np

from gd_core.data import Dataset
from gd_core.training import Run


def run_csv(run: Run) -> str:
    """Return a run with a row for its start (update 0) and one for each update after it; cells that do not exist are empty.

    update: updates done. epoch: the epoch it belongs to, from 0. w, b: after the update. gradient_w, gradient_b: of the
    samples used, before it. loss_before, loss_after: mean loss of the samples used, before and after it. cost: mean loss
    over all points at this row's w and b. Every number reads back equal.
    """
    names = "wb"[: len(run.experiment.start)]
    table: dict[str, np.ndarray] = {"epoch": run.epochs}
    table |= {f"gradient_{name}": column for name, column in zip(names, run.gradients.T)}
    table |= {"loss_before": run.losses_before, "loss_after": run.losses_after}
    # What the start has too: one value more than there are updates.
    longer = {"update": np.arange(len(run) + 1), **dict(zip(names, run.parameters.T)), "cost": run.costs}
    cells = {name: ["", *map(repr, column.tolist())] for name, column in table.items()}
    cells |= {name: list(map(repr, column.tolist())) for name, column in longer.items()}
    order = ["update", "epoch", *names, *(f"gradient_{name}" for name in names), "loss_before", "loss_after", "cost"]
    return _csv(order, [cells[name] for name in order])


def data_csv(dataset: Dataset) -> str:
    """Return the points as a file that `gd_core.data.read_text` reads back equal."""
    return _csv(["x", "y"], [list(map(repr, column.tolist())) for column in (dataset.x, dataset.y)])


def _csv(names: list[str], columns: list[list[str]]) -> str:
    return "\n".join([",".join(names), *map(",".join, zip(*columns))]) + "\n"
