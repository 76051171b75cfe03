"""Formulas compared with Python's arithmetic: their text is read back and evaluated."""

from __future__ import annotations

import copy
import json
import math
import pickle
import re
from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kerasbook.arithmetic import (
    Formula,
    Number,
    ceil_divide,
    divide,
    floor_divide,
    formula,
    maximum,
    minus,
    number,
    plus,
    power,
    product,
    symbol,
)
from kerasbook.errors import ArgumentError

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
NAMES = {"Q": Fraction, "floor": math.floor, "ceil": math.ceil, "max": max}


def evaluate(written):
    """The value of a formula's text, evaluated by Python with exact fractions."""
    python = re.sub(r"\d+", r"Q(\g<0>)", written)
    python = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: f"**{m[0].translate(SUPERSCRIPTS)}", python)
    for sign, meaning in {
        "·": "*",
        "−": "-",
        "⌊": "floor(",
        "⌋": ")",
        "⌈": "ceil(",
        "⌉": ")",
    }.items():
        python = python.replace(sign, meaning)
    return eval(python, NAMES)  # noqa: S307  the test's own text


def evaluate_latex(written):
    """The value of a formula's LaTeX, which is translated to text first."""
    for sign, meaning in {
        r" \cdot ": "·",
        r"\left\lfloor ": "⌊",
        r" \right\rfloor": "⌋",
        r"\left\lceil ": "⌈",
        r" \right\rceil": "⌉",
        r"\max": "max",
        "-": "−",
    }.items():
        written = written.replace(sign, meaning)
    written = re.sub(r"\^\{(\d+)\}", r"**\1", written)
    fraction = re.compile(r"\\frac\{([^{}]*)\}\{([^{}]*)\}")
    while fraction.search(written):
        written = fraction.sub(r"((\1)/(\2))", written)
    return evaluate(written)


@st.composite
def grown(draw, depth):
    """A random term and the value that it must have."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        value = draw(st.integers(-20, 200))
        return draw(st.sampled_from([number(value), value])), value
    kind = draw(st.sampled_from([*JOINS, *QUOTIENTS, "²"]))
    if kind == "²":
        base, value = draw(grown(depth - 1))
        return power(base, 2), value**2
    if kind in QUOTIENTS:
        (top, above), (bottom, below) = draw(grown(depth - 1)), draw(grown(depth - 1))
        make, compute = QUOTIENTS[kind]
        assume(below != 0)
        if kind == "/":
            top, above = product(top, bottom), above * below
        return make(top, bottom), compute(Fraction(above, below))
    make, compute = JOINS[kind]
    parts = draw(st.lists(grown(depth - 1), min_size=1, max_size=4))
    return make(*(term for term, _ in parts)), compute([value for _, value in parts])


JOINS = {
    "+": (plus, sum),
    "·": (product, math.prod),
    "−": (minus, lambda values: values[0] - sum(values[1:])),
    "max": (maximum, max),
}
QUOTIENTS = {
    "⌊/⌋": (floor_divide, math.floor),
    "⌈/⌉": (ceil_divide, math.ceil),
    "/": (divide, int),
}
trees = grown(3).map(lambda pair: (formula(pair[0]), pair[1]))


@given(trees)
def test_the_value_is_what_python_computes(tree):
    """A formula's value equals the same arithmetic on plain integers."""
    assert tree[0].value == tree[1]


@given(trees)
def test_the_text_comes_to_the_value(tree):
    """Evaluating the text of a formula gives its value, so no bracket is missing."""
    assert evaluate(tree[0].expression) == tree[1]


@given(trees)
def test_the_latex_comes_to_the_value(tree):
    """Evaluating the LaTeX of a formula gives its value too."""
    left, _, right = tree[0].latex.rpartition(" = ")
    assert int(right.replace("{,}", "")) == tree[1]
    assert evaluate_latex(left or right.replace("{,}", "")) == tree[1]


@given(trees)
def test_the_equation_ends_in_the_value(tree):
    """`text` is the expression and the value with thousands marked."""
    made, value = tree
    shown = f"{value:,}".replace("-", "−")
    assert made.text == (f"{made.expression} = {shown}" if made.operands else shown)


@given(trees, st.sampled_from(["height", "steps"]))
def test_a_symbol_makes_all_above_it_a_symbol(tree, name):
    """A formula with a symbol has no value and lists its symbols."""
    unknown = plus(product(tree[0], 3), symbol(name))
    assert unknown.value is None
    assert unknown.symbols == (name,)
    assert name in unknown.text
    assert " = " not in unknown.text
    with pytest.raises(ValueError, match=r"\Aa Number needs a value; .* has unknown dimensions\Z"):
        Number(unknown)


@pytest.mark.parametrize(
    ("made", "text", "latex"),
    [
        (plus(3072, 0), "3,072", "3{,}072"),
        (plus(), "0", "0"),
        (product(), "1", "1"),
        (plus(5, number(0)), "5 + 0 = 5", "5 + 0 = 5"),
        (minus(10, plus(2, 3), 4), "10 − (2 + 3) − 4 = 1", "10 - (2 + 3) - 4 = 1"),
        (minus(2, number(-3)), "2 − (−3) = 5", "2 - (-3) = 5"),
        (minus(2, 5), "2 − 5 = −3", "2 - 5 = -3"),
        (power(number(-3), 2), "(−3)² = 9", "(-3)^{2} = 9"),
        (power(plus(1, 2), 10), "(1 + 2)¹⁰ = 59,049", "(1 + 2)^{10} = 59{,}049"),
        (maximum(product(2, 3), 7), "max(2·3, 7) = 7", r"\max(2 \cdot 3, 7) = 7"),
        (divide(plus(4, 2), product(3, 2)), "(4 + 2)/(3·2) = 1", r"\frac{4 + 2}{3 \cdot 2} = 1"),
        (
            product(divide(64, 2), symbol("units_per_head")),
            "(64/2)·units_per_head",
            r"\frac{64}{2} \cdot \mathit{units\_per\_head}",
        ),
    ],
)
def test_how_a_formula_is_written(made, text, latex):
    """Formulas have brackets only where they are needed, and a proper minus sign."""
    assert made.text == text
    assert made.latex == latex
    assert repr(made) == f"Formula({text!r})"


@pytest.mark.parametrize(
    ("dividend", "divisor", "message"),
    [
        (7, 2, "7 must be divisible by 2; received the quotient 7/2."),
        (7, 0, "7 must be divisible by 0; received the quotient 7/0."),
    ],
)
def test_an_even_division_leaves_no_remainder(dividend, divisor, message):
    """`divide` refuses a quotient with a remainder."""
    with pytest.raises(ArgumentError) as caught:
        divide(dividend, divisor)
    assert str(caught.value) == message


def test_factors_and_symbols_come_in_reading_order():
    """Named numbers are factors; dimensions without a value are symbols, each once."""
    made = plus(
        product(symbol("width"), number(4, "kernel_size")),
        number(3, "channels"),
        symbol("width"),
        1,
    )
    assert list(made.factors.items()) == [("kernel_size", 4), ("channels", 3)]
    assert made.symbols == ("width",)


def test_a_number_gives_its_formula_to_what_is_computed_from_it():
    """A `Number` in a formula contributes its own formula, a plain integer a nameless number."""
    hidden = Number(product(plus(number(3, "inputs"), 1), 2))
    assert plus(hidden, 5).text == "(3 + 1)·2 + 5 = 13"
    assert formula(7) == number(7)
    assert formula(hidden) is hidden.formula


class _Sized(Number):
    """A number with another attribute."""

    unit: str


@given(trees)
def test_a_number_is_its_integer(tree):
    """A `Number` adds, compares, hashes, formats and serializes like its integer."""
    made, value = Number(tree[0]), tree[1]
    assert made == value
    assert hash(made) == hash(value)
    assert type(made + 1) is int
    assert f"{made:,} {made}" == f"{value:,} {value}"
    assert json.dumps([made]) == json.dumps([value])
    assert repr(made) == f"Number({value})"
    assert (made.text, made.latex) == (tree[0].text, tree[0].latex)
    assert made._repr_latex_() == f"${tree[0].latex}$"


def _pickled(made):
    return pickle.loads(pickle.dumps(made))  # noqa: S301  what was written one line earlier


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, _pickled])
def test_a_copied_number_knows_all_it_knew(again):
    """Copies and pickles of a `Number` keep class, value, formula and details."""
    made = _Sized(product(number(4, "kernel_size"), 4), unit="pixels")
    twin = again(made)
    assert (type(twin), twin, twin.formula, twin.unit) == (_Sized, 16, made.formula, "pixels")


def test_numbers_and_formulas_are_frozen():
    """Attributes of a `Number` and of a formula cannot be changed or deleted."""
    made = _Sized(number(4), unit="pixels")
    with pytest.raises(FrozenInstanceError, match=r"\Acannot assign to field 'unit'\Z"):
        made.unit = "feet"
    with pytest.raises(FrozenInstanceError, match=r"\Acannot delete field 'unit'\Z"):
        del made.unit
    with pytest.raises(FrozenInstanceError):
        made.formula.value = 5
    assert isinstance(hash(made.formula), int)
    assert isinstance(made.formula, Formula)
