"""One update by hand: its arithmetic in symbols and with the numbers in it.

The lines are read from the source of the optimizer's own `update`, so that what is typeset is what was computed. Each
line of it assigns one name; the last returns the change.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from types import CodeType

from gd_core import model
from gd_core.lesson.wording import number
from gd_core.optimizers import OPTIMIZERS, Number, Optimizer, State
from gd_core.training import Run

LONG = 40  # characters of numbers, after which the result takes a row of its own

SYMBOLS = {
    "gradient": "g",
    "learning_rate": r"\alpha",
    "count": "t",
    "velocity": "v",
    "total": "s",
    "average": "s",
    "mean": "m",
    "square": "s",
    "unbiased_mean": r"\hat m",
    "unbiased_square": r"\hat s",
    "largest": "u",
    "step": "d",
    "moves": "q",
    "ahead": r"\tilde m",
    "scale": "k",
    "momentum": r"\mu_t",
    "next_momentum": r"\mu_{t+1}",
    "product": r"\Pi",
    "limit": r"\rho_\infty",
    "length": r"\rho_t",
    "warmth": "r",
}
"""Name in an optimizer's `update` -> symbol. A name that is missing here is set upright as it stands."""

COMMON = {"learning_rate", "count", "momentum", "next_momentum", "product", "limit", "length", "warmth"}
"""Names that are the same for w and for b, and so have no subscript."""


@dataclass(frozen=True)
class Line:
    """One line of an update's arithmetic, in LaTeX.

    symbol: what is computed. formula: how, in symbols. numbers: the same with the values put in, rounded for reading.
    value: the exact result.
    """

    symbol: str
    formula: str
    numbers: str
    value: float

    def typeset(self) -> str:
        """Return the line in rows, symbols above numbers; a result that is rounded is marked as such."""
        last = r"\\ &" if len(self.numbers) > LONG else ""
        return (
            rf"\begin{{aligned}} {self.symbol} &\leftarrow {self.formula} \\ "
            rf"&= {self.numbers} {last}{result(self.value)} \end{{aligned}}"
        )


def result(value: float) -> str:
    """Return "= 0.5", or with a sign for "about" where reading needs fewer digits than the number has."""
    shown = number(value)
    return rf"{'=' if float(shown) == value else chr(92) + 'approx'} {latex_number(value)}"


def latex_number(value: float) -> str:
    mantissa, _, exponent = number(value).partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


# One update of a run


@dataclass(frozen=True)
class SampleRow:
    """What one sample contributes to a gradient: error = prediction - y, and its gradient in w (and b)."""

    x: float
    y: float
    prediction: float
    error: float
    gradient: tuple[float, ...]


def sample_rows(run: Run, update: int) -> list[SampleRow]:
    """Return a row for each sample that an update (counted from 0) used, in the order used."""
    epoch, position = divmod(update, run.experiment.updates_per_epoch)
    rows = run.samples_of_epoch(epoch)[position]
    parameters = tuple(run.parameters[update].tolist())
    dataset, result_rows = run.experiment.dataset, []
    for x, y in zip(dataset.x[rows].tolist(), dataset.y[rows].tolist()):
        prediction = x * parameters[0] + parameters[1] if len(parameters) == 2 else x * parameters[0]
        result_rows.append(SampleRow(x, y, prediction, prediction - y, model.sample_gradient(x, y, parameters)))
    return result_rows


def mean_line(rows: list[SampleRow], gradient: float, index: int, bias: bool) -> Line:
    """Return the line that averages the samples' gradients in w (index 0) or b (1) to the gradient of the update."""
    symbol = f"g_{'wb'[index]}" if bias else "g"
    term = r"2 x_n e_n" if index == 0 else r"2 e_n"
    if len(rows) == 1:
        row = rows[0]
        x = rf" \cdot {signed(row.x)}" if index == 0 else ""
        return Line(symbol, term.replace("_n", ""), rf"2{x} \cdot {signed(row.error)}", gradient)
    terms = [signed(row.gradient[index]) for row in rows[:6]]
    if len(rows) > 6:
        terms.append(r"\dots")
    formula = rf"\frac{{1}}{{N}} \sum_n {term}"
    return Line(symbol, formula, rf"\frac{{1}}{{{len(rows)}}} \left({' + '.join(terms)}\right)", gradient)


def signed(value: float) -> str:
    """Return a number as it stands inside a formula: a negative one, or one with a power of ten, in brackets."""
    shown = latex_number(value)
    return rf"({shown})" if shown.startswith("-") or "cdot" in shown else shown


def worked_update(run: Run, update: int, index: int) -> list[Line]:
    """Return the lines by which an update (from 0) changed w (index 0) or b (1); the last one gives its new value."""
    name = "wb"[index]
    values = {
        "gradient": float(run.gradients[update, index]),
        "learning_rate": run.experiment.learning_rate,
        "parameter": float(run.parameters[update, index]),
    }
    arithmetic = _Arithmetic(run.experiment.optimizer, name if run.experiment.bias else "", name)
    return arithmetic.lines(state_before(run, update, index), values)


def state_before(run: Run, update: int, index: int) -> State:
    """Return the optimizer's state for one parameter before an update, by going through the run's gradients again."""
    rule, rate = run.experiment.optimizer, run.experiment.learning_rate
    state = rule.init(float(run.parameters[0, index]))
    if state == ():
        return state
    history = zip(run.gradients[:update, index].tolist(), run.parameters[:update, index].tolist())
    for gradient, parameter in history:
        _, state = rule.update(gradient, state, rate, parameter)
    return state


def formula(rule: Optimizer) -> list[str]:
    """Return a rule's lines in symbols, in LaTeX."""
    return [rf"{target} \leftarrow {text}" for target, text in _Arithmetic(rule, "", "w").symbolic()]


# From source to LaTeX


@dataclass(frozen=True)
class _Arithmetic:
    """The source of a rule's `update`, with subscript (for g, v, ...) and the name of the parameter it moves."""

    rule: Optimizer
    subscript: str
    parameter: str

    def symbolic(self) -> list[tuple[str, str]]:
        _, assignments, change = _parsed(self.rule.key)
        pairs = []
        for target, expression in assignments:
            pairs.append((self.symbol(target), _latex(expression, self._symbol_of)[0]))
        return [*pairs, (self.parameter, self._moved(change, self._symbol_of))]

    def lines(self, state: State, values: dict[str, Number]) -> list[Line]:
        """Return each line with the numbers of one update: the values known before it, and then what it computes."""
        state_names, assignments, change = _parsed(self.rule.key)
        known = {**vars(sys.modules[type(self.rule).__module__]), "self": self.rule, **values}
        known |= dict(zip(state_names, state))
        *steps, move = self.symbolic()
        lines = []
        for (target, expression), (symbol, text) in zip(assignments, steps, strict=True):
            numbers = _latex(_decided(expression, known), self._number_from(known))[0]
            known[target] = _evaluated(expression, known)
            lines.append(Line(symbol, text, numbers, float(known[target])))
        value = known["parameter"] + _evaluated(change, known)
        return [*lines, Line(*move, self._moved(change, self._number_from(known)), value)]

    def symbol(self, name: str) -> str:
        if name == "parameter":
            return self.parameter
        symbol = SYMBOLS.get(name, rf"\text{{{name.replace('_', ' ')}}}")
        return symbol if name in COMMON or not self.subscript else rf"{symbol}_{self.subscript}"

    def _symbol_of(self, node: ast.expr) -> str:
        if isinstance(node, ast.Attribute):
            return next(knob.metadata["symbol"] for knob in fields(self.rule) if knob.name == node.attr)
        return self.symbol(node.id)  # type: ignore[attr-defined]

    def _number_from(self, known: dict) -> Callable[[ast.expr], str]:
        return lambda node: signed(float(_evaluated(node, known)))

    def _moved(self, change: ast.expr, leaf: Callable[[ast.expr], str]) -> str:
        """Return parameter + change; as "w - ..." where the change is written with a leading minus."""
        parameter = ast.Name(id="parameter", ctx=ast.Load())
        against = _without_minus(change)
        moved = ast.BinOp(parameter, ast.Add(), change) if against is None else ast.BinOp(parameter, ast.Sub(), against)
        return _latex(moved, leaf)[0]


@cache  # the source of a class does not change, and reading it takes longer than typesetting it
def _parsed(key: str) -> tuple[list[str], list[tuple[str, ast.expr]], ast.expr]:
    source = textwrap.dedent(inspect.getsource(OPTIMIZERS[key].update))
    (function,) = ast.parse(source).body
    state_names: list[str] = []
    assignments: list[tuple[str, ast.expr]] = []
    change = ast.expr()
    for statement in function.body:  # type: ignore[attr-defined]
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Name(id="state")):
                state_names = [name.id for name in names]  # type: ignore[attr-defined]
            case ast.Assign(targets=[ast.Name(id=target)], value=expression):
                assignments.append((target, expression))
            case ast.Return(value=ast.Tuple(elts=[ast.expr() as returned, _])):
                change = returned
    return state_names, assignments, change


def _without_minus(node: ast.expr) -> ast.expr | None:
    """Return an expression without the minus at its beginning, or None where there is none."""
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return operand
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right) if rest := _without_minus(left):
            return ast.BinOp(rest, op, right)
    return None


_SUM, _PRODUCT, _ATOM = range(3)  # how tightly a piece of LaTeX binds


def _latex(node: ast.expr, leaf: Callable[[ast.expr], str]) -> tuple[str, int]:
    """Return an expression in LaTeX and how tightly it binds; leaf turns a name into its symbol or its number."""
    match node:
        case ast.Name() | ast.Attribute():
            return leaf(node), _ATOM
        case ast.Constant(value=float() | int() as value):
            return latex_number(float(value)), _ATOM
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return rf"-{_bracketed(operand, leaf, _PRODUCT)}", _SUM
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return rf"\dfrac{{{_latex(left, leaf)[0]}}}{{{_latex(right, leaf)[0]}}}", _ATOM
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return rf"{_bracketed(left, leaf, _ATOM)}^{{{_latex(right, leaf)[0]}}}", _ATOM
        case ast.BinOp(left=ast.Name(id=name) as left, op=ast.Mult(), right=ast.Name(id=other)) if name == other:
            return rf"{_bracketed(left, leaf, _ATOM)}^2", _ATOM
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return rf"{_bracketed(left, leaf, _PRODUCT)} \cdot {_bracketed(right, leaf, _ATOM)}", _PRODUCT
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return rf"{_latex(left, leaf)[0]} + {_bracketed(right, leaf, _PRODUCT)}", _SUM
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return rf"{_latex(left, leaf)[0]} - {_bracketed(right, leaf, _PRODUCT)}", _SUM
        case ast.IfExp(test=ast.Compare(left=left, ops=[ast.Gt()], comparators=[right]), body=body, orelse=otherwise):
            test = rf"{_latex(left, leaf)[0]} > {_latex(right, leaf)[0]}"
            cases = rf"{_latex(body, leaf)[0]} & \text{{if }} {test} \\ {_latex(otherwise, leaf)[0]} & \text{{else}}"
            return rf"\begin{{cases}} {cases} \end{{cases}}", _ATOM
        case ast.Call(func=ast.Name(id="abs"), args=[argument]):
            return rf"\left|{_latex(argument, leaf)[0]}\right|", _ATOM
        case ast.Call(func=ast.Name(id="maximum"), args=[first, second]):
            return rf"\max\left({_latex(first, leaf)[0]},\, {_latex(second, leaf)[0]}\right)", _ATOM
        case ast.Call(func=ast.Name(id="square_root"), args=[argument]):
            return rf"\sqrt{{{_latex(argument, leaf)[0]}}}", _ATOM
        case ast.Call(func=ast.Name(id=name), args=arguments):
            inside = ", ".join(_latex(argument, leaf)[0] for argument in arguments)
            return rf"\operatorname{{{name.replace('_', ' ')}}}\left({inside}\right)", _ATOM
    raise TypeError(f"no LaTeX for {ast.unparse(node)}")


def _decided(node: ast.expr, known: dict) -> ast.expr:
    """Return the branch that an "a if c else b" takes with the values known; any other expression as it is."""
    if isinstance(node, ast.IfExp):
        return node.body if _evaluated(node.test, known) else node.orelse
    return node


def _bracketed(node: ast.expr, leaf: Callable[[ast.expr], str], at_least: int) -> str:
    text, binding = _latex(node, leaf)
    return text if binding >= at_least else rf"\left({text}\right)"


def _evaluated(node: ast.expr, known: dict) -> Number:
    return known[node.id] if isinstance(node, ast.Name) else eval(_compiled(node), known)


@cache  # all but names are nodes that `_parsed` keeps, and no two of them are equal
def _compiled(node: ast.expr) -> CodeType:
    return compile(ast.fix_missing_locations(ast.Expression(body=node)), "<update>", "eval")
