"""What all written programs share: how they begin, how data stand in them, the lecture's loop and what it prints."""

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from gd_core import bounds
from gd_core.training import Experiment, Run, orders_of

MAX_SCRIPT = 600_000  # characters: 10,000 points with every digit fit; more is slow to open, and nobody reads it
WIDTH = 110

_TIE = "\N{NO-BREAK SPACE}"


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


def title(experiment: Experiment) -> str:
    """Return what kind of descent an experiment is, in a few words."""
    size = experiment.batch_size
    kind = "Batch" if size is None else "Stochastic" if size == 1 else "Mini-batch"
    name = "gradient descent"
    return f"{kind} {name}" if experiment.optimizer.key == "gd" else f"{kind} {name} with {experiment.optimizer.label}"


def names(experiment: Experiment) -> str:
    """Return "w", or "wb": the parameters, a letter each."""
    return "wb"[: len(experiment.start)]


def samples(experiment: Experiment) -> tuple[str, str]:
    """Return the names under which the program's functions get their samples: one, or several."""
    return ("x", "y") if experiment.batch_size == 1 else ("xs", "ys")


def measure(experiment: Experiment) -> str:
    """Return the name of the function that is printed as "loss": the cost of the whole set, or a loss of some samples."""
    return "cost" if experiment.batch_size is None else "loss"


def listing(values: Iterable[object], opening: str = "[", closing: str = "]") -> str:
    """Return a list as Python writes it, in lines of at most `WIDTH` characters where it is long."""
    texts = list(map(str, values))
    if sum(map(len, texts)) + 2 * len(texts) < WIDTH - 20:
        return f"{opening}{', '.join(texts)}{closing}"
    # Short lists inside the list stay whole: only an ordinary blank can end a line.
    text = ", ".join(item.replace(" ", _TIE) if len(item) < WIDTH // 2 else item for item in texts)
    lines = textwrap.fill(text, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    return f"{opening}\n{lines.replace(_TIE, ' ')},\n{closing}"


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


def loop(run: Run, predict_x: float, dialect: Dialect) -> list[str]:
    """Return the lines that train and print what `log_text` holds."""
    experiment, item = run.experiment, dialect.item
    weights = ", ".join(f'"{name}=", {item(name)}' for name in names(experiment))
    epochs = "epoch, order in enumerate(orders)" if _shuffled(experiment) else f"epoch in range({experiment.epochs})"
    lines = [prediction("before", predict_x, item), f"for {epochs}:"]
    if experiment.batch_size is None:
        update = ["cost_val = cost(x_data, y_data)", *dialect.update, *_stop(run, dialect)]
        lines += _indented([*update, f'print("Epoch:", epoch, {weights}, "loss=", {item("cost_val")})'])
    else:
        x, y = samples(experiment)
        shown = item if experiment.batch_size == 1 else dialect.listed
        printed = [shown(x), shown(y), *map(item, dialect.gradients)]
        counted = [] if run.diverged_at is None else ["updates += 1"]
        update = [
            *_each_batch(experiment, dialect),
            *_indented([*dialect.update, *_stop(run, dialect)]),
            *_indented([f'print("\\tgrad: ", {", ".join(printed)})', *counted, f"loss_val = loss({x}, {y})"]),
        ]
        lines += _indented([*update, f'print("progress:", epoch, {weights}, "loss=", {item("loss_val")})'])
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
            return ["for begin in range(0, len(x_data), batch_size):", *_indented(columns)]
    rows = ["rows = order[begin : begin + batch_size]", *dialect.chosen]
    return ["for begin in range(0, len(order), batch_size):", *_indented(rows)]


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


def checked_x(predict_x: float) -> float:
    """Return the x of the predictions. ValueError says that it is out of range."""
    return bounds.real("predict_x", predict_x, -bounds.MAX_VALUE, bounds.MAX_VALUE)


def prediction(when: str, x: float, item: Callable[[str], str]) -> str:
    """Return the line that prints a prediction before or after training."""
    shown = repr(int(x) if x.is_integer() else x)
    given = "-0.0" if repr(x) == "-0.0" else shown
    return f'print("Predict ({when} training)", {shown}, {item(f"forward({given})")})'


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def function(head: str, *body: str) -> str:
    """Return a function's text."""
    return "\n".join([f"def {head}:", *_indented(body)])


def written(
    head: Sequence[str], settings: Sequence[Sequence[str]], functions: Sequence[str], main: Sequence[str]
) -> str:
    """Return the whole program: its comment and imports, paragraphs of settings, functions, main part.

    ValueError says that it would be too long.
    """
    first = "\n\n".join("\n".join(paragraph) for paragraph in (head, *settings) if paragraph)
    text = "\n\n\n".join(filter(None, [first, *functions, "\n".join(main)])) + "\n"
    if len(text) > MAX_SCRIPT:
        raise ValueError(
            f"the script would have {len(text)} characters, more than {MAX_SCRIPT}: use fewer rows or fewer epochs"
        )
    return text
