"""The source of an optimizer's own `update` as lines of a script, so that what is taken away is what was computed."""

import ast
import inspect
import textwrap
from dataclasses import dataclass, fields

from gd_core.optimizers import Optimizer

CALLS = {"square_root": "math.sqrt", "maximum": "max", "abs": "abs"}
"""Function in an optimizer's `update` -> what it is for floats, with the same bits, in plain Python."""


@dataclass(frozen=True)
class RuleSource:
    """A rule in plain Python.

    settings: its hyperparameters, name -> value. state: name -> value before the first update. lines: one update, which
    changes the parameter and the state in place.
    """

    settings: dict[str, float]
    state: dict[str, float]
    lines: tuple[str, ...]


def rule_source(rule: Optimizer, start: float, parameter: str, gradient: str) -> RuleSource:
    """Return a rule's update of a parameter by a gradient, both given as the names that the script has for them.

    TypeError says what in the rule's `update` has no counterpart in plain Python.
    """
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(type(rule).update))).body
    names, lines = [], []
    for statement in function.body:  # type: ignore[attr-defined]
        statement = _Plain(parameter, gradient).visit(statement)
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=elements)], value=ast.Name(id="state")):
                names = [ast.unparse(name) for name in elements]
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.IfExp(test=test, body=body, orelse=otherwise)):
                lines += [f"if {ast.unparse(test)}:", f"    {target} = {ast.unparse(body)}"]
                lines += ["else:", f"    {target} = {ast.unparse(otherwise)}"]
            case ast.Return(value=ast.Tuple(elts=[change, ast.Name(id="state")])):
                lines.append(f"{parameter} = {_moved(parameter, change)}")
            case ast.Return(value=ast.Tuple(elts=[change, ast.Tuple(elts=elements)])):
                after = [ast.unparse(element) for element in elements]
                # A state that is returned by the names it was unpacked to has been changed in place already.
                targets, values = ([], []) if after == names else (names, after)
                lines.append(f"{', '.join([parameter, *targets])} = {', '.join([_moved(parameter, change), *values])}")
            case ast.Assign(targets=[ast.Name()]):
                lines.append(ast.unparse(statement))
            case _:
                raise TypeError(f"{type(rule).__name__}.update has no plain form for: {ast.unparse(statement)}")
    # States are zeros times the start. The sign of such a zero shows nowhere but beside a start that is -0.0 itself.
    before = rule.init(start if start == 0.0 else 1.0)
    settings = {knob.name: getattr(rule, knob.name) for knob in fields(rule)}
    return RuleSource(settings, dict(zip(names, before)), tuple(lines))


def _moved(parameter: str, change: ast.expr) -> str:
    """Return parameter + change, and for a change of "-a * b" parameter - a * b, whose bits are the same."""
    text = ast.unparse(change)
    if isinstance(change, ast.BinOp) and isinstance(change.op, ast.Mult | ast.Div):
        return f"{parameter} - {text[1:]}" if text.startswith("-") else f"{parameter} + {text}"
    return f"{parameter} + ({text})"


@dataclass(frozen=True)
class _Plain(ast.NodeTransformer):
    """Puts the script's names into an `update`: its hyperparameters, its gradient, its parameter and its functions."""

    parameter: str
    gradient: str

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return ast.Name(node.attr)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name({"gradient": self.gradient, "parameter": self.parameter}.get(node.id, node.id))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = ast.unparse(node.func)
        if name not in CALLS:
            raise TypeError(f"an update calls {name}, which has no plain form: the known ones are {', '.join(CALLS)}")
        return ast.Call(ast.Name(CALLS[name]), [self.visit(argument) for argument in node.args], [])
