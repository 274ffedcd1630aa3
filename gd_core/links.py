"""Experiment <-> query parameters: short, readable, and refused in words where they are wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from gd_core.data import PRESETS, Dataset, parse_number
from gd_core.optimizers import OPTIMIZERS, Optimizer
from gd_core.training import Experiment

MOST_DATA = (
    1500  # characters of points in a link: with everything else it stays under 2,000, which mail and chat keep whole
)
TOO_LONG = "too-long"


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
    lecture, query = Experiment(), {}
    if experiment.dataset != lecture.dataset:
        query["data"] = _data_text(experiment.dataset) if data_fits(experiment.dataset) else TOO_LONG
    if experiment.bias:
        query["bias"] = "1"
    if experiment.start != Experiment(bias=experiment.bias).start:
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


def _is_set(rule: Optimizer, knob) -> bool:
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
                rule(**{knob.name: _number(query[knob.name])})
            except ValueError as complaint:
                complaints.append(_refusal(knob.name, query[knob.name], str(complaint)))
            else:
                knobs[knob.name] = _number(query[knob.name])
    settings["optimizer"] = rule(**knobs)
    return Link(Experiment(**settings), tuple(complaints))


def _refusal(name: str, text: str, complaint: str) -> str:
    shown = text if len(text) <= 40 else text[:40] + "…"
    return f"{name}={shown} was not used: {complaint}. The lecture's value counts instead."


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
            raise ValueError(f"point {number} has {len(pair)} numbers, and needs an x and a y")
    if not pairs:
        raise ValueError("it holds no points")
    return {"dataset": Dataset(*zip(*[[_number(cell) for cell in pair] for pair in pairs]))}


def _read_flag(text: str, settings: dict) -> dict:
    if text not in ("0", "1"):
        raise ValueError("it must be 0 or 1")
    return {"bias": text == "1"}


def _read_rule(text: str, settings: dict) -> dict:
    if text not in OPTIMIZERS:
        raise ValueError(f"the optimizers are {', '.join(OPTIMIZERS)}")
    return {"optimizer": OPTIMIZERS[text]()}


# In this order: a start depends on the bias, and the number of updates is only complete with the batch size.
_READERS: dict[str, Callable[[str, dict], dict]] = {
    "data": _read_data,
    "bias": _read_flag,
    "start": lambda text, settings: {"start": tuple(_number(part) for part in text.split(","))},
    "optimizer": _read_rule,
    "rate": lambda text, settings: {"learning_rate": _number(text)},
    "epochs": lambda text, settings: {"epochs": _whole(text)},
    "batch": lambda text, settings: {"batch_size": _whole(text)},
    "shuffle": lambda text, settings: {"shuffle_seed": _whole(text)},
}
