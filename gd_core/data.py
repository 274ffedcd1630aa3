"""The training set: n points (x, y), where they come from, and what is wrong with them in words."""

import csv
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from gd_core import bounds

MAX_TEXT = 1_000_000  # characters of pasted or uploaded text; 10,000 rows of two full numbers need half of it
MAX_DIGITS = 60  # characters of one number; the longest exact float that people write has about 25
MAX_NOTES = 5  # sentences shown before the rest is counted


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Dataset:
    """The points of one training set.

    x, y: sequences of one length n (1 to 10,000) of finite numbers up to 1e6 in size; kept as read-only float64 arrays of
    shape (n,). ValueError says which row (counted from 1) is wrong and why.
    """

    x: np.ndarray
    y: np.ndarray

    def __init__(self, x: ArrayLike, y: ArrayLike) -> None:
        columns = {"x": _column("x", x), "y": _column("y", y)}
        if len(columns["x"]) != len(columns["y"]):
            raise ValueError(f"x has {len(columns['x'])} rows and y has {len(columns['y'])}; each point needs both")
        for name, column in columns.items():
            object.__setattr__(self, name, column)

    @classmethod
    def lecture(cls) -> "Dataset":
        """The lecture's three students: 1, 2 and 3 hours of work gave 2, 4 and 6 points."""
        return cls((1.0, 2.0, 3.0), (2.0, 4.0, 6.0))

    def __len__(self) -> int:
        return len(self.x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dataset) and self._bits == other._bits

    def __hash__(self) -> int:
        return hash(self._bits)

    def __repr__(self) -> str:
        return f"Dataset(x={self.x.tolist()}, y={self.y.tolist()})"

    @cached_property
    def _bits(self) -> tuple[bytes, bytes]:
        return self.x.tobytes(), self.y.tobytes()


def _column(name: str, values: ArrayLike) -> np.ndarray:
    try:
        column = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must hold numbers only, got {_short(values)}") from None
    if column.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got {column.ndim} dimensions")
    if not 1 <= len(column) <= bounds.MAX_ROWS:
        raise ValueError(f"{name} must have from 1 to {bounds.MAX_ROWS} rows, got {len(column)}")
    wrong = np.flatnonzero(~(np.abs(column) <= bounds.MAX_VALUE))
    if len(wrong):
        raise ValueError(f"row {wrong[0] + 1}: {_out_of_range(name, float(column[wrong[0]]))}")
    column.flags.writeable = False
    return column


def _out_of_range(name: str, value: float) -> str:
    return f"{name} is {bounds.written(value)}, outside {bounds.written(-bounds.MAX_VALUE)} to {bounds.written(bounds.MAX_VALUE)}"


@dataclass(frozen=True)
class Standardized:
    """Points whose x has mean 0 and standard deviation 1: x -> (x - mean) / scale."""

    dataset: Dataset
    mean: float
    scale: float

    def original(self, parameters: tuple[float, ...]) -> tuple[float, float]:
        """Return the line w, b in the units of the original x that parameters (w,) or (w, b) describe."""
        w, b = (*parameters, 0.0)[:2]
        return w / self.scale, b - w * self.mean / self.scale


def standardized(dataset: Dataset) -> Standardized:
    """Return a data set with standardized x (population standard deviation). ValueError where all x are equal."""
    mean, scale = float(np.mean(dataset.x)), float(np.std(dataset.x))
    if np.ptp(dataset.x) == 0.0 or scale == 0.0:
        raise ValueError("x cannot be standardized: all x are equal, so their standard deviation is 0")
    return Standardized(Dataset((dataset.x - mean) / scale, dataset.y), mean, scale)


@dataclass(frozen=True)
class Preset:
    """A ready training set and the label under which people find it."""

    label: str
    dataset: Dataset


_ANSCOMBE_X = (10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0)

PRESETS: dict[str, Preset] = {
    "lecture": Preset("The lecture", Dataset.lecture()),
    "noisy": Preset(
        "Noisy hours and points",
        Dataset((0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0), (1.4, 1.7, 3.4, 3.6, 5.3, 5.8, 7.3, 7.7)),
    ),
    "outlier": Preset("A point far off the line", Dataset((1.0, 2.0, 3.0, 4.0, 2.5), (2.0, 4.0, 6.0, 8.0, 12.0))),
    "bias": Preset("Points that need a bias", Dataset((0.0, 1.0, 2.0, 3.0, 4.0), (3.1, 3.9, 5.2, 5.8, 7.0))),
    "scaled": Preset("Badly scaled x", Dataset((50.0, 80.0, 100.0, 120.0, 150.0), (150.0, 230.0, 310.0, 350.0, 460.0))),
    "anscombe1": Preset(
        "Anscombe 1: a line with noise",
        Dataset(_ANSCOMBE_X, (8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68)),
    ),
    "anscombe2": Preset(
        "Anscombe 2: a curve",
        Dataset(_ANSCOMBE_X, (9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74)),
    ),
    "anscombe3": Preset(
        "Anscombe 3: a line and one far point",
        Dataset(_ANSCOMBE_X, (7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73)),
    ),
    "anscombe4": Preset(
        "Anscombe 4: one point decides",
        Dataset(
            (8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 19.0, 8.0, 8.0, 8.0),
            (6.58, 5.76, 7.71, 8.84, 8.47, 7.04, 5.25, 12.50, 5.56, 7.91, 6.89),
        ),
    ),
}
"""Stable key -> preset. Anscombe's quartet: F. J. Anscombe, The American Statistician 27 (1973), 17-21."""


@dataclass(frozen=True)
class Reading:
    """What was read from a table or a text: the points (None if there are none) and what was left out, in sentences."""

    dataset: Dataset | None
    notes: tuple[str, ...] = ()


def read_table(x: Sequence[object], y: Sequence[object]) -> Reading:
    """Read two columns of cells (text, numbers or None), row by row; an incomplete or unreadable row is left out.

    A row of two empty cells is no row and is not mentioned.
    """
    return _read_rows("Row", ((number, x_cell, y_cell) for number, (x_cell, y_cell) in enumerate(zip(x, y), start=1)))


def read_text(text: str) -> Reading:
    """Read pasted or uploaded text: two columns with comma, semicolon, tab or blanks between, a heading allowed."""
    if len(text) > MAX_TEXT:
        return Reading(None, (f"The text has {len(text)} characters; at most {MAX_TEXT} can be read.",))
    lines = [(number, line) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1) if line.strip()]
    rows: list[tuple[int, object, object]] = []
    notes = []
    for number, line in lines:
        cells = _cells(line)
        if len(cells) != 2:
            columns = "one column" if len(cells) == 1 else f"{len(cells)} columns"
            notes.append(f"Line {number} has {columns}; two are needed, x and y. It was left out.")
        elif number == lines[0][0] and not any(_is_number(cell) for cell in cells) and all(cells):
            notes.append(f"Line {number} ({_short(cells[0])}, {_short(cells[1])}) was read as a heading.")
        else:
            rows.append((number, cells[0], cells[1]))
    if not lines:
        notes.append("The text is empty.")
    reading = _read_rows("Line", rows)
    return Reading(reading.dataset, _at_most(MAX_NOTES, (*notes, *reading.notes)))


def decode(content: bytes) -> str:
    """Return an uploaded file as text: UTF-8 or UTF-16 with a mark, else UTF-8, else Latin-1.

    ValueError says that the file is not text.
    """
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "latin-1")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ValueError("This file is not text. Save the two columns as CSV and choose that file.")


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_THOUSANDS_OR_DECIMALS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)


def parse_number(cell: object) -> float:
    """Return the number in a cell; a decimal comma counts as a point. ValueError says why the cell cannot be used."""
    text = ("" if cell is None else str(cell)).replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", " ").strip()
    if not text:
        raise ValueError("is empty")
    if len(text) > MAX_DIGITS:
        raise ValueError(f"is {_short(text)}, too long for a number")
    if _THOUSANDS_OR_DECIMALS.fullmatch(text):
        raise ValueError(f"is {text}, which can be read in two ways: write it with a point or without the comma")
    if _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"is {_short(text)}, not a number")
    return float(text)


def _read_rows(word: str, rows: Iterable[tuple[int, object, object]]) -> Reading:
    points, notes = [], []
    for number, *cells in rows:
        if all(cell is None or not str(cell).strip() for cell in cells):
            continue
        try:
            points.append([_value(name, cell) for name, cell in zip("xy", cells)])
        except ValueError as complaint:
            notes.append(f"{word} {number}: {complaint}. Type a number or delete the {word.lower()}.")
    if len(points) > bounds.MAX_ROWS:
        return Reading(None, (f"{len(points)} rows are more than the {bounds.MAX_ROWS} that fit. Use fewer rows.",))
    dataset = Dataset([x for x, _ in points], [y for _, y in points]) if points else None
    if dataset is None:
        notes.append(f"No {word.lower()} has both an x and a y.")
    return Reading(dataset, _at_most(MAX_NOTES, notes))


def _value(name: str, cell: object) -> float:
    try:
        value = parse_number(cell)
    except ValueError as complaint:
        raise ValueError(f"{name} {complaint}") from None
    if not abs(value) <= bounds.MAX_VALUE:
        raise ValueError(_out_of_range(name, value))
    return value


def _cells(line: str) -> list[str]:
    """Split a line into cells at the first separator that gives two numbers, else two cells, else whatever it gives."""
    splits = [split for separator in ("\t", ";", ",", None) if len(split := _split(line, separator)) > 1]
    for wanted in (lambda cells: all(map(_is_number, cells)), lambda cells: True):
        for cells in splits:
            if len(cells) == 2 and wanted(cells):
                return cells
    return splits[0] if splits else [line.strip()]


def _split(line: str, separator: str | None) -> list[str]:
    if separator is None:
        cells = line.split()
    else:
        try:
            (cells,) = csv.reader([line], delimiter=separator, skipinitialspace=True)
        except csv.Error:
            return [line]
    cells = [cell.strip().strip('"').strip() for cell in cells]
    while len(cells) > 2 and not cells[-1]:
        cells.pop()
    return cells


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(parse_number(cell))
    except ValueError:
        return False


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return f"“{text[:24]}…”" if len(text) > 24 else f"“{text}”"


def _at_most(limit: int, notes: Sequence[str]) -> tuple[str, ...]:
    hidden = len(notes) - limit
    return (*notes[:limit], f"{hidden} more like these.") if hidden > 0 else tuple(notes)
