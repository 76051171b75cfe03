"""The page of the article's numbers: each call gives what the article has, or what is right."""

from __future__ import annotations

import pytest

from sitebuild import numbers
from sitebuild.facts import FACTS, Fact

PLACE = "<main><!-- numbers: setup --><!-- numbers: Sums --></main>"


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    """Nothing is taken from the cache of a build."""
    monkeypatch.setattr(numbers, "remembered", lambda _name, _key, make: make())


def test_every_number_is_the_article_s():
    """Each call runs, and gives the number of the article or, where that slipped, the right one."""
    checked = numbers.check_facts()
    assert [row.fact for row in checked] == list(FACTS)
    assert [row.fact.call for row in checked if not row.agrees] == []


def test_a_wrong_number_fails_the_build(monkeypatch):
    """A page is not written with a number that the library does not compute."""
    monkeypatch.setattr(numbers, "SETUP", "")
    monkeypatch.setattr(numbers, "FACTS", (Fact("Sums", "two", "1 + 2", 2),))
    with pytest.raises(SystemExit, match=r"\['1 \+ 2'\]"):
        numbers.with_numbers(PLACE)


def test_a_row_says_how_the_article_stands(monkeypatch):
    """Equal, close by after a training, or mended: a sign and words, not a colour."""
    facts = (
        Fact("Sums", "two", "1 + 1", 2),
        Fact("Sums", "about three", "3.01", 3.0, within=0.1),
        Fact("Sums", "four", "2 + 2", 4, "it prints 5"),
    )
    monkeypatch.setattr(numbers, "SETUP", "")
    monkeypatch.setattr(numbers, "FACTS", facts)
    html = numbers.with_numbers(PLACE)
    assert "<td>two<br><code>1 + 1</code></td><td>2</td><td>✓ 2</td>" in html
    assert "<td>about three<br><code>3.01</code></td><td>3.01</td><td>≈ 3.0</td>" in html
    assert "<td>four<br><code>2 + 2</code></td><td>4</td><td>✗ it prints 5</td>" in html


def test_a_part_without_a_place_fails_the_build(monkeypatch):
    """No number of the article is left out of the page."""
    monkeypatch.setattr(numbers, "SETUP", "")
    monkeypatch.setattr(numbers, "FACTS", (Fact("Products", "two", "1 * 2", 2),))
    with pytest.raises(SystemExit, match=r"No place on the page for the numbers of \['Products'\]"):
        numbers.with_numbers(PLACE)
