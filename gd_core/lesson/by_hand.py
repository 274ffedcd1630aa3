"""One update of a run, ready to be followed with a pencil: its samples, its losses, its exact numbers, in Markdown."""

import numpy as np

from gd_core import model
from gd_core.lesson.arithmetic import sample_rows
from gd_core.lesson.wording import counted, number
from gd_core.training import Run

MOST_ROWS = 40

DERIVATION = {
    False: (
        r"\frac{\partial\, cost}{\partial w} = \frac{\partial}{\partial w} \frac{1}{N} \sum_{n=1}^{N} (x_n w - y_n)^2",
        r"= \frac{1}{N} \sum_{n=1}^{N} \frac{\partial}{\partial w} (x_n w - y_n)^2",
        r"= \frac{1}{N} \sum_{n=1}^{N} 2\, (x_n w - y_n)\, \frac{\partial (x_n w - y_n)}{\partial w}",
        r"= \frac{1}{N} \sum_{n=1}^{N} 2\, x_n\, (x_n w - y_n)",
    ),
    True: (
        r"\frac{\partial\, cost}{\partial w} = \frac{\partial}{\partial w} \frac{1}{N} \sum_{n=1}^{N} (x_n w + b - y_n)^2",
        r"= \frac{1}{N} \sum_{n=1}^{N} 2\, (x_n w + b - y_n)\, \frac{\partial (x_n w + b - y_n)}{\partial w}",
        r"= \frac{1}{N} \sum_{n=1}^{N} 2\, x_n\, (x_n w + b - y_n)",
        r"\frac{\partial\, cost}{\partial b} = \frac{1}{N} \sum_{n=1}^{N} 2\, (x_n w + b - y_n)\, "
        r"\frac{\partial (x_n w + b - y_n)}{\partial b}",
        r"= \frac{1}{N} \sum_{n=1}^{N} 2\, (x_n w + b - y_n)",
    ),
}
"""The gradient of the cost, line by line; without and with a bias."""


def update_heading(run: Run, update: int) -> str:
    """Return which update this is (counted from 0 here, from 1 in the text), in which epoch, with how many samples."""
    epoch = int(run.epochs[update])
    used = len(run.samples_of_epoch(epoch)[update % run.experiment.updates_per_epoch])
    whole = " (all of them)" if used == len(run.experiment.dataset) else ""
    return f"Update {update + 1} of {len(run)}, in epoch {epoch + 1}, uses {counted(used, 'sample')}{whole}."


def sample_table(run: Run, update: int) -> str:
    """Return a Markdown table with a row for each sample that the update used."""
    rows = sample_rows(run, update)
    bias = run.experiment.bias
    head = ["x", "y", "prediction", "error e", "2·x·e", *(["2·e"] if bias else [])]
    lines = ["| " + " | ".join(head) + " |", "|" + "--:|" * len(head)]
    for row in rows[:MOST_ROWS]:
        cells = (row.x, row.y, row.prediction, row.error, *row.gradient)
        lines.append("| " + " | ".join(map(number, cells)) + " |")
    hidden = len(rows) - MOST_ROWS
    return "\n".join(lines) + (f"\n\nand {counted(hidden, 'more sample')}." if hidden > 0 else "")


def loss_table(run: Run, update: int) -> str:
    """Return a Markdown table of the cost and of the loss of the samples used, each before and after the update."""
    before, after = model.costs(run.experiment.dataset, run.parameters[update : update + 2]).tolist()
    used_before, used_after = run.losses_of(update)
    return (
        "| cost or loss | before | after |\n|:--|--:|--:|\n"
        f"| cost (all points) | {number(before)} | {number(after)} |\n"
        f"| loss of the samples used | {number(used_before)} | {number(used_after)} |"
    )


def exact_values(run: Run, update: int) -> str:
    """Return the update's numbers with all their digits, a line each."""
    lines = []
    for index, name in enumerate("wb"[: run.parameters.shape[1]]):
        before, after = run.parameters[update : update + 2, index].tolist()
        lines += [f"{name} before  {before!r}", f"gradient  {float(run.gradients[update, index])!r}"]
        lines += [f"{name} after   {after!r}"]
    costs = model.costs(run.experiment.dataset, run.parameters[update : update + 2])
    names = ("cost before", "cost after", "loss of the samples used, before", "loss of the samples used, after")
    values = (*costs, *run.losses_of(update))
    lines += [f"{name}  {float(value)!r}" for name, value in zip(names, np.array(values))]
    return "\n".join(lines)
