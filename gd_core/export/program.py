"""How every written program is put together: its title, its data, its functions, and its bound in length."""

import textwrap
from collections.abc import Callable, Iterable, Sequence

from gd_core import bounds
from gd_core.training import Experiment

MAX_SCRIPT = 600_000  # characters: 10,000 points with every digit fit; more is slow to open, and nobody reads it
WIDTH = 110

_TIE = "\N{NO-BREAK SPACE}"


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


def checked_x(predict_x: float) -> float:
    """Return the x of the predictions. ValueError says that it is out of range."""
    return bounds.real("predict_x", predict_x, -bounds.MAX_VALUE, bounds.MAX_VALUE)


def prediction(when: str, x: float, item: Callable[[str], str]) -> str:
    """Return the line that prints a prediction before or after training."""
    shown = repr(int(x) if x.is_integer() else x)
    given = "-0.0" if repr(x) == "-0.0" else shown
    return f'print("Predict ({when} training)", {shown}, {item(f"forward({given})")})'


def indented(lines: Sequence[str]) -> list[str]:
    """Return lines one level deeper."""
    return [f"    {line}" for line in lines]


def function(head: str, *body: str) -> str:
    """Return a function's text."""
    return "\n".join([f"def {head}:", *indented(body)])


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
