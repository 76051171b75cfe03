"""Argument checks: a correct value is returned in plain form, a wrong one is an error."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook import checks
from kerasbook.arithmetic import Number
from kerasbook.arithmetic import number as leaf
from kerasbook.errors import ArgumentError


class Scalar:
    """What NumPy's scalars look like to the checks: no NumPy is needed to test it."""

    shape = ()

    def __init__(self, value):
        self._value = value

    def item(self):
        """The value as Python's own type."""
        return self._value

    def __index__(self):
        if not isinstance(self._value, int):
            raise TypeError
        return self._value


def message(check, *arguments, **keywords):
    """The whole message of the error that the check raises."""
    with pytest.raises(ArgumentError) as caught:
        check(*arguments, **keywords)
    return str(caught.value)


# ------------------------------------------------------------------------------------ integers


@given(st.integers())
def test_an_integer_comes_back_plain(value):
    """Every type of integer becomes a Python `int` of the same value."""
    for given_value in (value, Scalar(value), Number(leaf(value))):
        result = checks.integer("n", given_value)
        assert result == value
        assert type(result) is int


@given(st.integers(-50, 50), st.integers(-20, 20), st.integers(-20, 20))
def test_bounds_of_an_integer_are_inclusive(value, minimum, maximum):
    """The check agrees with Python's own chained comparison."""
    try:
        passed = checks.integer("n", value, minimum=minimum, maximum=maximum) == value
    except ArgumentError:
        passed = False
    assert passed == (minimum <= value <= maximum)


@pytest.mark.parametrize(
    ("value", "bounds", "expected"),
    [
        (True, {}, "n must be an integer; received n=True."),
        (3.0, {}, "n must be an integer; received n=3.0."),
        ("3", {}, "n must be an integer; received n='3'."),
        (None, {}, "n must be an integer; received n=None."),
        (math.nan, {}, "n must be an integer; received n=nan."),
        ([3], {}, "n must be an integer; received n=(3,)."),
        (Scalar(2.5), {}, "n must be an integer; received n=2.5."),
        (-1, {"minimum": 0}, "n must be an integer of at least 0; received n=-1."),
        (9, {"maximum": 8}, "n must be an integer of at most 8; received n=9."),
        (9, {"minimum": 1, "maximum": 8}, "n must be an integer from 1 to 8; received n=9."),
        (
            0,
            {"minimum": 1, "mend": "Use n=1."},
            "n must be an integer of at least 1; received n=0. Use n=1.",
        ),
        (Number(leaf(-4)), {"minimum": 0}, "n must be an integer of at least 0; received n=-4."),
    ],
)
def test_what_is_no_integer_in_bounds_is_refused(value, bounds, expected):
    """A value that is no integer within its bounds is refused with the whole message."""
    assert message(checks.integer, "n", value, **bounds) == expected


@pytest.mark.parametrize("value", [0, -1, False, "1", 1.0, None])
def test_a_positive_integer_is_at_least_one(value):
    """Zero, booleans and other types are refused with the same expectation."""
    assert message(checks.positive_integer, "units", value) == (
        f"units must be an integer of at least 1; received units={value!r}."
    )


# ------------------------------------------------------------------------------------- numbers


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9))
def test_a_number_comes_back_as_a_float(value):
    """Any finite real number keeps its value."""
    result = checks.real_number("rate", value)
    assert result == value
    assert type(result) is float


@pytest.mark.parametrize(
    ("value", "bounds", "expected"),
    [
        (math.inf, {}, "rate must be a number; received rate=inf."),
        (math.nan, {}, "rate must be a number; received rate=nan."),
        (True, {}, "rate must be a number; received rate=True."),
        ("0.5", {}, "rate must be a number; received rate='0.5'."),
        (1j, {}, "rate must be a number; received rate=1j."),
        (-0.1, {"minimum": 0}, "rate must be a number of at least 0; received rate=-0.1."),
        (2, {"minimum": 0, "maximum": 1}, "rate must be a number from 0 to 1; received rate=2."),
        (1, {"below": 1}, "rate must be a number below 1; received rate=1."),
        (
            1.0,
            {"minimum": 0, "below": 1},
            "rate must be a number of at least 0 and below 1; received rate=1.0.",
        ),
    ],
)
def test_what_is_no_number_in_bounds_is_refused(value, bounds, expected):
    """Infinities, NaN and booleans are refused, and so is the bound `below` itself."""
    assert message(checks.real_number, "rate", value, **bounds) == expected


def test_a_fraction_is_a_number():
    """A `Fraction` is accepted as a number."""
    assert checks.real_number("rate", Fraction(1, 4), minimum=0, below=1) == 0.25


# -------------------------------------------------------------- booleans, strings and choices


@pytest.mark.parametrize("value", [True, False])
def test_booleans_pass(value):
    """`True` and `False` are returned unchanged."""
    assert checks.boolean("use_bias", value) is value


@pytest.mark.parametrize("value", [0, 1, None, "yes"])
def test_what_only_acts_like_a_boolean_is_refused(value):
    """Values other than booleans are refused."""
    assert message(checks.boolean, "use_bias", value) == (
        f"use_bias must be True or False; received use_bias={value!r}."
    )


@pytest.mark.parametrize("value", ["", None, 3, b"name"])
def test_a_string_is_not_empty(value):
    """Empty strings and other types are refused."""
    assert message(checks.string, "name", value) == (
        f"name must be a non-empty string; received name={value!r}."
    )


def test_a_string_passes():
    """A non-empty string is returned unchanged."""
    assert checks.string("name", "conv_1") == "conv_1"


@pytest.mark.parametrize(
    ("value", "received"),
    [
        ("sane", "received padding='sane'. Did you mean 'same'?"),
        ("full", "received padding='full'."),
        (1, "received padding=1."),
        (["same"], "received padding=('same',). Did you mean 'same'?"),
    ],
)
def test_a_wrong_choice_is_told_with_the_nearest(value, received):
    """The message names all choices, and proposes a similar one."""
    found = message(checks.choice, "padding", value, ("valid", "same", "causal"))
    assert found == f"padding must be 'valid', 'same' or 'causal'; {received}"


def test_a_single_choice_reads_well():
    """The message for a single choice has no "or"."""
    assert message(checks.choice, "mode", "b", ("a",)) == "mode must be 'a'; received mode='b'."


# ------------------------------------------------------------------------------- one or several


@given(st.integers(), st.integers(1, 9))
def test_one_value_serves_all(value, count):
    """A single value is repeated for all items."""
    assert checks.one_or_per("strides", value, count, item="axis") == (value,) * count


@given(st.lists(st.integers(), min_size=1, max_size=6), st.integers(1, 6))
def test_a_sequence_has_one_each(values, count):
    """A sequence of the right length becomes a tuple; for a wrong length the message gives both."""
    if len(values) == count:
        assert checks.one_or_per("strides", values, count, item="axis") == tuple(values)
    else:
        assert message(checks.one_or_per, "strides", values, count, item="axis") == (
            f"strides must have one value per axis ({count}); received {len(values)}: "
            f"strides={tuple(values)!r}. Give one value for all, or {count}."
        )


def test_rejection_puts_its_parts_in_order():
    """The message has the note directly after the value received, before the mend."""
    assert message(
        checks.reject, "kernel_size", "fit", [7, Scalar(3)], note=" at once", mend="Use 5."
    ) == ("kernel_size must fit; received kernel_size=(7, 3) at once. Use 5.")
