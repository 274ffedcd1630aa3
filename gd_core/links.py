"""Experiment <-> query parameters: short, readable, and refused in words where they are wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, fields
from typing import Any
from urllib.parse import urlencode

from gd_core import bounds
from gd_core.data import PRESETS, Dataset, parse_number
from gd_core.optimizers import OPTIMIZERS, Optimizer
from gd_core.questions import QUESTIONS
from gd_core.racing import MOST_ENTRIES, Entry
from gd_core.training import Experiment

MOST_DATA = (
    1500  # characters of points in a link: with everything else it stays under 2,000, which mail and chat keep whole
)
TOO_LONG = "too-long"
_LECTURE = {bias: Experiment(bias=bias) for bias in (False, True)}  # what a link leaves out


@dataclass(frozen=True)
class Link:
    """What a link says: the experiment, and a sentence for each parameter that had to be refused."""

    experiment: Experiment
    complaints: tuple[str, ...] = ()


def plain_number(value: float) -> str:
    """Return a number in the shortest form that reads back equal, without a superfluous .0."""
    return repr(value).removesuffix(".0")


def data_fits(dataset: Dataset) -> bool:
    """Return whether the points are short enough to travel in a link."""
    return len(_data_text(dataset)) <= MOST_DATA


def to_query(experiment: Experiment) -> dict[str, str]:
    """Return the query parameters of an experiment, those at the lecture's values left out.

    Points that are too long for a link are left behind: `data` then says so, and `from_query` repeats it.
    """
    lecture, query = _LECTURE[experiment.bias], {}
    if experiment.dataset != lecture.dataset:
        query["data"] = _data_text(experiment.dataset) if data_fits(experiment.dataset) else TOO_LONG
    if experiment.bias:
        query["bias"] = "1"
    if experiment.start != lecture.start:
        query["start"] = ",".join(map(plain_number, experiment.start))
    rule = experiment.optimizer
    if rule.key != lecture.optimizer.key:
        query["optimizer"] = rule.key
    query |= {knob.name: plain_number(getattr(rule, knob.name)) for knob in fields(rule) if _is_set(rule, knob)}
    if experiment.learning_rate != lecture.learning_rate:
        query["rate"] = plain_number(experiment.learning_rate)
    if experiment.epochs != lecture.epochs:
        query["epochs"] = str(experiment.epochs)
    if experiment.batch_size is not None:
        query["batch"] = str(experiment.batch_size)
    if experiment.shuffle_seed is not None:
        query["shuffle"] = str(experiment.shuffle_seed)
    return query


def _is_set(rule: Optimizer, knob: Field) -> bool:
    return getattr(rule, knob.name) != knob.default


def _data_text(dataset: Dataset) -> str:
    for key, preset in PRESETS.items():
        if preset.dataset == dataset:
            return key
    pairs = zip(dataset.x.tolist(), dataset.y.tolist())
    return ";".join(f"{plain_number(x)},{plain_number(y)}" for x, y in pairs)


def from_query(query: Mapping[str, str]) -> Link:
    """Return the experiment that query parameters describe.

    A parameter that cannot be used is refused with a sentence and leaves the lecture's value; all others still count.
    Parameters that do not belong to an experiment are not looked at.
    """
    settings: dict = {}
    complaints: list[str] = []
    for name, read in _READERS.items():
        if name not in query:
            continue
        try:
            changed = settings | read(query[name], settings)
            Experiment(**changed)
        except ValueError as complaint:
            complaints.append(_refusal(name, query[name], str(complaint)))
        else:
            settings = changed
    rule = type(settings.get("optimizer", Experiment().optimizer))
    knobs: dict = {}
    for knob in fields(rule):
        if knob.name in query:
            try:
                knobs |= _read_knob(rule, knob.name, query[knob.name])
            except ValueError as complaint:
                complaints.append(_refusal(knob.name, query[knob.name], str(complaint)))
    settings["optimizer"] = rule(**knobs)
    return Link(Experiment(**settings), tuple(complaints))


def _read_knob(rule: type[Optimizer], name: str, text: str) -> dict[str, float]:
    knob = {name: _number(text)}
    rule(**knob)  # refuses what is out of range
    return knob


def _refusal(name: str, text: str, complaint: str) -> str:
    shown = text if len(text) <= 40 else text[:40] + "…"
    return f"{name}={shown} was not used: {complaint}. The usual value counts instead."


def _number(text: str) -> float:
    try:
        return parse_number(text)
    except ValueError as complaint:
        raise ValueError(f"it {complaint}") from None


def _whole(text: str) -> int:
    value = _number(text)
    if not value.is_integer():
        raise ValueError(f"{text} is not a whole number")
    return int(value)


def _read_data(text: str, settings: dict) -> dict:
    if text in PRESETS:
        return {"dataset": PRESETS[text].dataset}
    if text == TOO_LONG:
        raise ValueError("the points were too many to travel in the link")
    pairs = [pair.split(",") for pair in text.split(";") if pair]
    for number, pair in enumerate(pairs, start=1):
        if len(pair) != 2:
            raise ValueError(
                f"point {number} has {len(pair)} number{'' if len(pair) == 1 else 's'}, and needs an x and a y"
            )
    if not pairs:
        raise ValueError("it holds no points")
    return {"dataset": Dataset([_number(x) for x, _ in pairs], [_number(y) for _, y in pairs])}


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("it must be 0 or 1")
    return text == "1"


def _rule(key: str) -> type[Optimizer]:
    if key not in OPTIMIZERS:
        raise ValueError(f"the optimizers are {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[key]


# In this order: a start depends on the bias, and the number of updates is only complete with the batch size.
_READERS: dict[str, Callable[[str, dict], dict]] = {
    "data": _read_data,
    "bias": lambda text, settings: {"bias": _flag(text)},
    "start": lambda text, settings: {"start": tuple(_number(part) for part in text.split(","))},
    "optimizer": lambda text, settings: {"optimizer": _rule(text)()},
    "rate": lambda text, settings: {"learning_rate": _number(text)},
    "epochs": lambda text, settings: {"epochs": _whole(text)},
    "batch": lambda text, settings: {"batch_size": _whole(text)},
    "shuffle": lambda text, settings: {"shuffle_seed": _whole(text)},
}


# Choices that belong to no experiment: what is shown, and how


@dataclass(frozen=True)
class Choice:
    """A choice that travels in a link: where the page keeps it, its parameter and default, how it is read and written.

    read raises ValueError, in words, for a text that is none of its values.
    """

    key: str
    parameter: str
    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


def one_of(key: str, parameter: str, values: Sequence) -> Choice:
    """Return a choice among a few values, the first of them the default; blanks become dashes."""
    texts = {str(value).replace(" ", "-"): value for value in values}

    def read(text: str) -> Any:
        if text not in texts:
            raise ValueError(f"it can be {', '.join(texts)}")
        return texts[text]

    return Choice(key, parameter, values[0], read, lambda value: str(value).replace(" ", "-"))


def switch(key: str, parameter: str) -> Choice:
    """Return a choice between off (0, the default) and on (1)."""
    return Choice(key, parameter, False, _flag, lambda value: str(int(value)))


def counted_choice(key: str, parameter: str, default: int, low: int, high: int) -> Choice:
    """Return a choice of a whole number from low to high."""
    return Choice(key, parameter, default, lambda text: bounds.whole("it", _whole(text), low, high))


def number_choice(
    key: str, parameter: str, default: float, low: float, high: float, *, above_low: bool = False
) -> Choice:
    """Return a choice of a number from low (excluded when above_low) to high, kept as the text that a field shows."""

    def read(text: str) -> str:
        bounds.real("it", _number(text), low, high, above_low=above_low)
        return text

    return Choice(key, parameter, plain_number(default), read)


def several_of(key: str, parameter: str, values: Sequence[str]) -> Choice:
    """Return a choice of any of a few words, none by default, with commas between them."""

    def read(text: str) -> list[str]:
        words = [word for word in text.split(",") if word]
        if unknown := [word for word in words if word not in values]:
            raise ValueError(f"there is no {unknown[0][:40]} among {', '.join(values)}")
        return words

    return Choice(key, parameter, [], read, ",".join)


def read_choices(choices: Sequence[Choice], query: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what a link chooses, key -> value for every choice, and a sentence for each parameter that was refused."""
    chosen, complaints = {}, []
    for choice in choices:
        chosen[choice.key] = choice.default
        if choice.parameter in query:
            try:
                chosen[choice.key] = choice.read(query[choice.parameter])
            except ValueError as complaint:
                complaints.append(_refusal(choice.parameter, query[choice.parameter], str(complaint)))
    return chosen, tuple(complaints)


def write_choices(choices: Sequence[Choice], chosen: Mapping[str, Any]) -> dict[str, str]:
    """Return the query parameters of all choices that are not at their defaults."""
    return {
        choice.parameter: choice.write(chosen[choice.key]) for choice in choices if chosen[choice.key] != choice.default
    }


def address(page: str, query: Mapping[str, str]) -> str:
    """Return the link to a page with a query, as short and readable as addresses allow."""
    return f"{page}?{urlencode(query, safe=',;:')}" if query else page


# The entries of a race: one after the other with semicolons, each "optimizer,rate", then its samples per update unless it
# takes all, then the hyperparameters that are not at their defaults, as name:value.


NOBODY = "nobody"  # an empty race


def race_text(entries: Sequence[Entry]) -> str:
    """Return the entries of a race as the text of one query parameter; never empty, for an empty one can be lost on the way."""
    return ";".join(map(_entry_text, entries)) or NOBODY


def _entry_text(entry: Entry) -> str:
    rule = entry.optimizer
    parts = [rule.key, plain_number(entry.learning_rate)]
    if entry.batch_size is not None:
        parts.append(str(entry.batch_size))
    parts += [f"{knob.name}:{plain_number(getattr(rule, knob.name))}" for knob in fields(rule) if _is_set(rule, knob)]
    return ",".join(parts)


def read_race(text: str) -> tuple[Entry, ...]:
    """Return the entries that `race_text` wrote. ValueError says which one cannot be used, counted from 1, and why."""
    texts = [part for part in text.split(";") if part and text != NOBODY]
    if len(texts) > MOST_ENTRIES:
        raise ValueError(f"it has {len(texts)} runs, and at most {MOST_ENTRIES} can race")
    entries = []
    for number, part in enumerate(texts, start=1):
        try:
            entries.append(_read_entry(part))
        except ValueError as complaint:
            raise ValueError(f"run {number}: {complaint}") from None
    return tuple(entries)


def _read_entry(text: str) -> Entry:
    key, *settings = text.split(",")
    rule = _rule(key)
    plain = [part for part in settings if ":" not in part]
    if len(plain) not in (1, 2):
        raise ValueError("it needs an optimizer, a learning rate and, unless it takes all, its samples per update")
    knobs: dict = {}
    for part in settings:
        name, colon, value = part.partition(":")
        if colon:
            if name not in {knob.name for knob in fields(rule)}:
                raise ValueError(f"{rule.label} has no {name[:40]}")
            knobs |= _read_knob(rule, name, value)
    rate = bounds.real("learning_rate", _number(plain[0]), 0.0, bounds.MAX_LEARNING_RATE, above_low=True)
    size = bounds.whole("samples per update", _whole(plain[1]), 1, bounds.MAX_ROWS) if len(plain) == 2 else None
    return Entry(rule(**knobs), rate, size)


def read_question(text: str) -> tuple[str, int] | None:
    """Return the kind and the seed of a question written as "kind-seed"."""
    kind, _, seed = text.partition("-")
    if kind not in QUESTIONS:
        raise ValueError(f"the questions are {', '.join(QUESTIONS)}, each with a seed behind a dash")
    return kind, bounds.whole("the seed", _whole(seed), 0, bounds.MAX_SEED)


def write_question(question: tuple[str, int]) -> str:
    """Return the kind and the seed of a question as the text of one query parameter."""
    return f"{question[0]}-{question[1]}"
