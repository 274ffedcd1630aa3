"""Names for the files that people take away."""

from gd_core.training import Experiment

KINDS = {
    "python": ".py",
    "pytorch": "_pytorch.py",
    "numpy": "_gd_core.py",
    "log": "_log.txt",
    "run": "_run.csv",
    "data": "_data.csv",
    "json": ".json",
}
"""Kind of file -> how its name ends."""


def file_name(experiment: Experiment, kind: str) -> str:
    """Return a name that says what is inside, of letters, digits, dots, dashes and underscores only.

    kind: one of `KINDS`; ValueError lists them.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    parts = ["gradient_descent"]
    if experiment.optimizer.key != "gd":
        parts.append(experiment.optimizer.key)
    if experiment.batch_size is not None:
        parts.append(f"batch-{experiment.batch_size}")
    return f"{'_'.join([*parts, f'rate-{experiment.learning_rate!r}'])}{KINDS[kind]}"
