"""What the line says at a point, before and after training."""

import numpy as np

from gd_core import model
from gd_core.lesson.wording import counted, number
from gd_core.training import Run

TABLE_ROWS = 12


def prediction_sentence(run: Run, predict_x: float) -> str:
    """Return what the line predicts at an x before and after training (Markdown)."""
    before, after = (float(model.predict(np.float64(predict_x), run.parameters[row])) for row in (0, -1))
    return (
        f"At x = {number(predict_x)} the line says **{number(before)}** before training "
        f"and **{number(after)}** after it."
    )


def fit_table(run: Run) -> str:
    """Return a Markdown table of each point's predictions and errors (y_hat - y), of the first points where there are many."""
    dataset = run.experiment.dataset
    shown = slice(0, TABLE_ROWS)
    predictions = [model.predict(dataset.x[shown], run.parameters[row]) for row in (0, -1)]
    columns = [dataset.x[shown], dataset.y[shown]]
    for prediction in predictions:
        columns += [prediction, prediction - dataset.y[shown]]
    lines = ["| x | y | first line | its error | last line | its error |", "|--:|--:|--:|--:|--:|--:|"]
    lines += ["| " + " | ".join(number(value) for value in row) + " |" for row in zip(*columns)]
    hidden = len(dataset) - TABLE_ROWS
    return "\n".join(lines) + (f"\n\nand {counted(hidden, 'more point')}." if hidden > 0 else "")
