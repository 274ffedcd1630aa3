"""Which of the three losses the lecture's programs print, and what it may make people believe."""

from dataclasses import replace

from gd_core import losses, theory
from gd_core.lesson.wording import number
from gd_core.training import Run, train


def printed_loss(run: Run) -> str:
    """Return what "loss=" in the log of a run is, beside the cost it may be taken for, with the numbers of epoch 0.

    For updates on part of the set, also beside what the batch program prints for the same settings.
    """
    printed = losses.printed_series(run).values
    if len(printed) == 0:
        return "The log of this run has no complete epoch, so it prints no loss."
    if run.experiment.batch_size is None:
        return (
            f"**loss=** in this log is the cost **before** the epoch's update, beside the **new** weight: in epoch 0 it "
            f"says {number(printed[0])}, while the cost at that new weight is {number(run.epoch_costs[1])}."
        )
    samples = "last sample" if run.experiment.batch_size == 1 else "last samples"
    sentence = (
        f"**loss=** in this log is the loss of the epoch's **{samples}**, after their update: in epoch 0 it says "
        f"{number(printed[0])}. That is not the cost, the mean over all points, which is then {number(run.epoch_costs[1])}."
    )
    batch = train(replace(run.experiment, batch_size=None, epochs=1))
    least = theory.minimum(run.experiment.dataset, run.experiment.start)
    gap, batch_gap = (theory.distance(least, row) for row in (run.parameters[run.epoch_ends[1]], batch.parameters[1]))
    batch_printed = float(losses.printed_series(batch).values[0])
    looks, is_ = (
        ("worse" if printed[0] > batch_printed else "better"),
        ("closer to" if gap < batch_gap else "farther from"),
    )
    return (
        f"{sentence} The batch program would print {number(batch_printed)} there, so this one looks {looks}; after that "
        f"epoch it is {is_} the minimum: {number(gap)} away, batch {number(batch_gap)}."
    )
