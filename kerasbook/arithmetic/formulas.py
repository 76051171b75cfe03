r"""Numbers that remember how they were computed.

A `Formula` is a small tree of sums, products and rounded quotients over named integers; it has a
value, and can be written as text or LaTeX. A `Number` is an ordinary integer with the formula that
it was computed by:

>>> kernel, channels, filters = (
...     number(4, "kernel_size"),
...     number(3, "channels"),
...     number(10, "filters"),
... )
>>> params = Number(product(plus(product(kernel, kernel, channels), 1), filters))
>>> params + 0
490
>>> print(params.text)
(4·4·3 + 1)·10 = 490
>>> print(params.latex)
(4 \cdot 4 \cdot 3 + 1) \cdot 10 = 490
>>> params.factors
{'kernel_size': 4, 'channels': 3, 'filters': 10}

A dimension without a value is a symbol, and a formula with a symbol has no value either:

>>> product(symbol("height"), 7)
Formula('height·7')
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field
from math import prod
from typing import Any, Literal, Self, TypeAlias

from kerasbook.arithmetic.notation import LATEX, TEXT, equation, expression
from kerasbook.errors import ArgumentError

__all__ = [
    "Formula",
    "Number",
    "Term",
    "ceil_divide",
    "divide",
    "floor_divide",
    "formula",
    "maximum",
    "minus",
    "number",
    "plus",
    "power",
    "product",
    "symbol",
]

Operator: TypeAlias = Literal["leaf", "+", "−", "·", "/", "⌊/⌋", "⌈/⌉", "max", "^"]


@dataclass(frozen=True, slots=True)
class Formula:
    """Integer arithmetic with its value, to be written as text or LaTeX.

    Use the functions of this module to make one.

    Attributes:
        operator: the operation on the operands; `"leaf"` for a single number or symbol.
        operands: the formulas that are combined; none for a leaf.
        value: the result; `None` if the formula has a symbol.
        name: the name of a leaf; `""` if it has none.
    """

    operator: Operator
    operands: tuple[Formula, ...]
    value: int | None
    name: str = ""
    _text: str | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def expression(self) -> str:
        """The right-hand side alone: `(4·4·3 + 1)·10`."""
        return expression(self, TEXT)

    @property
    def text(self) -> str:
        """The expression and its value: `(4·4·3 + 1)·10 = 490`."""
        if self._text is None:  # written only once, because equal layers share a formula
            object.__setattr__(self, "_text", equation(self, TEXT))
        return self._text or ""

    @property
    def latex(self) -> str:
        """The expression and its value as LaTeX, for `$…$`."""
        return equation(self, LATEX)

    @property
    def factors(self) -> dict[str, int]:
        """The values of the named numbers in the formula by name, in reading order."""
        if not self.operands:
            return {self.name: self.value} if self.name and self.value is not None else {}
        found: dict[str, int] = {}
        for operand in self.operands:
            found |= operand.factors
        return found

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names of the symbols in the formula, in reading order."""
        if not self.operands:
            return (self.name,) if self.value is None else ()
        return tuple(dict.fromkeys(name for part in self.operands for name in part.symbols))

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"


Term: TypeAlias = "int | Formula"


class Number(int):
    """An integer that remembers how it was computed.

    It is an `int` in every respect: it adds, compares, hashes, formats and serialises as one, and
    arithmetic with it gives plain integers. Subclasses add further attributes.

    Examples:
        >>> total = Number(product(24, 20))
        >>> total // 2
        240
        >>> total
        Number(480)
        >>> total.text
        '24·20 = 480'
    """

    formula: Formula

    def __new__(cls, formula: Formula, **details: object) -> Self:
        """Make the integer that is the value of a formula.

        Args:
            formula: the formula, without symbols.
            **details: further attributes, for subclasses.
        """
        if formula.value is None:
            raise ValueError(f"a Number needs a value; {formula.expression} has unknown dimensions")
        self = super().__new__(cls, formula.value)
        self.__dict__.update(details, formula=formula)
        return self

    @property
    def text(self) -> str:
        """The formula and its result as text."""
        return self.formula.text

    @property
    def latex(self) -> str:
        """The formula and its result as LaTeX, for `$…$`."""
        return self.formula.latex

    @property
    def factors(self) -> dict[str, int]:
        """The values of the named numbers in the formula by name, in reading order."""
        return self.formula.factors

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self)})"

    __str__ = int.__repr__

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), dict(self.__dict__))

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")


def _restore(cls: type[Number], details: dict[str, Any]) -> Number:
    return cls(**details)


# ----------------------------------------------------------------------------- making formulas


def number(value: int, name: str = "") -> Formula:
    """A formula of one number, with a name for what it counts.

    Examples:
        >>> number(3, "channels").factors
        {'channels': 3}
    """
    return Formula("leaf", (), int(value), name)


def symbol(name: str) -> Formula:
    """A formula of one dimension whose value is not known.

    Examples:
        >>> symbol("height").symbols
        ('height',)
    """
    return Formula("leaf", (), None, name)


def formula(term: Term) -> Formula:
    """The formula of a term: of a `Number` its own, of another integer that integer."""
    if isinstance(term, Formula):
        return term
    return term.formula if isinstance(term, Number) else number(term)


def plus(*terms: Term) -> Formula:
    """The sum of the terms. A plain 0 is left out of the formula, `number(0)` is not.

    Examples:
        >>> plus(3072, 1)
        Formula('3072 + 1 = 3,073')
        >>> plus(3072, 0)
        Formula('3,072')
    """
    kept = [formula(term) for term in terms if isinstance(term, Formula) or term != 0]
    if not kept:
        return number(0)
    return _join("+", kept, sum)


def minus(term: Term, *others: Term) -> Formula:
    """The first term minus all others.

    Examples:
        >>> minus(32, 4)
        Formula('32 − 4 = 28')
    """
    return _join("−", [formula(term), *map(formula, others)], lambda v: v[0] - sum(v[1:]))


def product(*terms: Term) -> Formula:
    """The product of the terms, 1 if there are none.

    Examples:
        >>> product(plus(3072, 1), 200)
        Formula('(3072 + 1)·200 = 614,600')
    """
    return _join("·", [formula(term) for term in terms], prod) if terms else number(1)


def power(base: Term, exponent: int) -> Formula:
    """The base raised to a power.

    Examples:
        >>> power(7, 2)
        Formula('7² = 49')
    """
    parts = [formula(base), number(exponent)]
    return _join("^", parts, lambda v: int(v[0] ** v[1]))


def divide(dividend: Term, divisor: Term) -> Formula:
    """A quotient without remainder, such as channels by groups.

    Raises:
        ArgumentError: there is a remainder.

    Examples:
        >>> product(divide(64, 2), 10)
        Formula('(64/2)·10 = 320')
        >>> divide(7, 2)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: 7 must be divisible by 2; received the quotient 7/2.
    """
    return _join("/", [formula(dividend), formula(divisor)], _divide_evenly)


def floor_divide(dividend: Term, divisor: Term) -> Formula:
    """A quotient rounded down.

    Examples:
        >>> plus(floor_divide(minus(plus(32, 1, 1), 4), 2), 1)
        Formula('⌊(32 + 1 + 1 − 4) / 2⌋ + 1 = 16')
    """
    return _join("⌊/⌋", [formula(dividend), formula(divisor)], lambda v: v[0] // v[1])


def ceil_divide(dividend: Term, divisor: Term) -> Formula:
    """A quotient rounded up.

    Examples:
        >>> ceil_divide(50_000, 32)
        Formula('⌈50000 / 32⌉ = 1,563')
    """
    return _join("⌈/⌉", [formula(dividend), formula(divisor)], lambda v: -(-v[0] // v[1]))


def maximum(*terms: Term) -> Formula:
    """The greatest of the terms.

    Examples:
        >>> maximum(3, 2)
        Formula('max(3, 2) = 3')
    """
    return _join("max", [formula(term) for term in terms], max)


def _divide_evenly(values: list[int]) -> int:
    dividend, divisor = values
    if divisor == 0 or dividend % divisor:
        raise ArgumentError(
            where=f"{dividend}",
            expected=f"be divisible by {divisor}",
            received=f"the quotient {dividend}/{divisor}",
        )
    return dividend // divisor


def _join(operator: Operator, parts: list[Formula], compute: Any) -> Formula:  # noqa: ANN401
    if len(parts) == 1:
        return parts[0]
    values = [part.value for part in parts]
    return Formula(operator, tuple(parts), None if None in values else compute(values))
