from __future__ import annotations

from fractions import Fraction
from math import comb

from hypothesis import given
from hypothesis import strategies as st

from kerasbook.drawing.chance import usual_range


def chances(right, total, drawn):
    """The exact probability of each count: ways to draw it by all ways to draw."""
    ways = comb(total, drawn)
    return [
        Fraction(comb(right, count) * comb(total - right, drawn - count), ways)
        for count in range(drawn + 1)
    ]


@given(st.data())
def test_the_shortest_run_with_two_thirds(data):
    """No shorter run of counts has two thirds of the probability, and no equal one has more."""
    total = data.draw(st.integers(1, 60))
    right = data.draw(st.integers(0, total))
    drawn = data.draw(st.integers(1, total))
    exact = chances(right, total, drawn)
    low, high = usual_range(right, total, drawn)
    length, inside = high - low + 1, sum(exact[low : high + 1])
    enough = Fraction(2, 3)
    slack = Fraction(1, 10**9)  # floating point may miss two thirds by that
    assert inside >= enough - slack
    runs = [sum(exact[a : a + length]) for a in range(len(exact) - length + 1)]
    assert inside >= max(runs) - slack
    shorter = [sum(exact[a : a + length - 1]) for a in range(len(exact) - length + 2)]
    assert length == 1 or max(shorter) < enough + slack


def test_the_articles_example():
    """With 71.7 % of 10,000 right, 6 to 8 of 10 happens 70 % of the time."""
    assert usual_range(7170, 10_000, 10) == (6, 8)
    assert round(float(sum(chances(7170, 10_000, 10)[6:9])), 2) == 0.70


def test_the_ends():
    """All drawn, none right and all right leave nothing to chance."""
    assert usual_range(3, 10, 10) == (3, 3)
    assert usual_range(0, 50_000, 10_000) == (0, 0)
    assert usual_range(50_000, 50_000, 10_000) == (10_000, 10_000)
