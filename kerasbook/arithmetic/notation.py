"""Formulas written as text or as LaTeX, with brackets only where they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LATEX", "TEXT", "Notation", "equation", "expression"]

# The precedence of the operators: an operand of lower precedence is put in brackets.
_BINDING: dict[str, int] = {"+": 1, "−": 1, "·": 2, "/": 2, "^": 3}
_SELF_BRACKETED = 9


class Tree(Protocol):
    """A formula, as far as it is written: an operator and its operands, or a leaf."""

    @property
    def operator(self) -> str:
        """The operation; `"leaf"` for a number or symbol."""

    @property
    def operands(self) -> Sequence[Tree]:
        """The formulas that are combined."""

    @property
    def value(self) -> int | None:
        """The result; `None` with a symbol in it."""

    @property
    def name(self) -> str:
        """The name of a leaf."""


@dataclass(frozen=True, slots=True)
class Notation:
    """The operators of a formula in one output language, as templates."""

    times: str
    fraction: str
    floor: str
    ceiling: str
    maximum: str
    power: str
    minus: str
    thousands: str


TEXT = Notation("·", "{}/{}", "⌊{} / {}⌋", "⌈{} / {}⌉", "max({})", "{}{}", "−", ",")
LATEX = Notation(
    r" \cdot ",
    r"\frac{{{}}}{{{}}}",
    r"\left\lfloor \frac{{{}}}{{{}}} \right\rfloor",
    r"\left\lceil \frac{{{}}}{{{}}} \right\rceil",
    r"\max({})",
    "{}^{{{}}}",
    "-",
    "{,}",
)
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def expression(tree: Tree, notation: Notation) -> str:
    """The text of a formula in one notation, without its value."""
    if not tree.operands:
        return _leaf(tree, notation)
    if tree.operator in ("+", "−"):
        first, *rest = tree.operands
        # `a − (b + c)` needs its brackets, `(a + b) − c` does not.
        binding = 2 if tree.operator == "−" else 1
        others = [_bracketed(part, binding, notation) for part in rest]
        sign = "+" if tree.operator == "+" else notation.minus
        return f" {sign} ".join([_bracketed(first, 1, notation), *others])
    if tree.operator == "·":
        return notation.times.join(_factor(part, notation) for part in tree.operands)
    if tree.operator == "max":
        return notation.maximum.format(
            ", ".join(expression(part, notation) for part in tree.operands)
        )
    top, bottom = tree.operands
    if tree.operator == "^":
        base = _bracketed(top, _SELF_BRACKETED, notation)
        exponent = expression(bottom, notation)
        if notation is TEXT:
            exponent = exponent.translate(_SUPERSCRIPT)
        return notation.power.format(base, exponent)
    written = {"/": notation.fraction, "⌊/⌋": notation.floor, "⌈/⌉": notation.ceiling}
    # A LaTeX fraction needs no brackets around its parts; on one line they do.
    level = 0 if notation is LATEX else 3
    parts = (_bracketed(part, level, notation) for part in (top, bottom))
    return written[tree.operator].format(*parts)


def _factor(part: Tree, notation: Notation) -> str:
    if part.operator == "/" and notation is TEXT:
        return f"({expression(part, notation)})"
    return _bracketed(part, 2, notation)


def _bracketed(part: Tree, binding: int, notation: Notation) -> str:
    written = expression(part, notation)
    own = _BINDING.get(part.operator, _SELF_BRACKETED)
    if part.operator == "leaf" and part.value is not None and part.value < 0:
        own = 0  # a minus sign never follows another operator directly
    return f"({written})" if own < binding else written


def _leaf(tree: Tree, notation: Notation) -> str:
    if tree.value is not None:
        return str(tree.value).replace("-", notation.minus)
    return rf"\mathit{{{tree.name}}}".replace("_", r"\_") if notation is LATEX else tree.name


def equation(tree: Tree, notation: Notation) -> str:
    """The text of a formula in one notation, with its value if it has one."""
    written = expression(tree, notation)
    if tree.value is None:
        return written
    value = f"{tree.value:,}".replace(",", notation.thousands).replace("-", notation.minus)
    return f"{written} = {value}" if tree.operands else value
