"""Comments become widgets, on the pages that have them and on no other."""

from __future__ import annotations

import pytest

from sitebuild.places import SITE
from sitebuild.widgets.markers import MARKER, marker, with_widgets
from sitebuild.widgets.remembered import remembered

PAGE = "<html><head></head><body>{}</body></html>"


def test_a_comment_becomes_its_widget():
    """Two on a page have ids of their own."""
    call = marker("calculator", "dense_params(3, 2)")
    html = with_widgets(PAGE.format(f"{call}\n{call}"))
    assert html.count('data-calculator="dense_params"') == 2
    assert 'id="kb-calculator-1-units"' in html
    assert 'id="kb-calculator-2-units"' in html


def test_a_page_without_widgets_stays_as_it_is():
    """Not a letter is another."""
    page = PAGE.format("<!-- a remark -->")
    assert with_widgets(page) == page


def test_an_unknown_widget_fails_the_build():
    """The message names those that there are."""
    with pytest.raises(ValueError, match=r"no widget is named 'stepr'; there are calculator, .*"):
        with_widgets(PAGE.format(marker("stepr")))


def test_no_comment_is_left_on_the_site():
    """Each became a widget."""
    left = [path for path in SITE.rglob("*.html") if MARKER.search(path.read_text("utf-8"))]
    assert left == []


def test_what_is_remembered_is_made_once(tmp_path, monkeypatch):
    """The same key gives the same bytes; another key makes anew."""
    monkeypatch.setattr("sitebuild.widgets.remembered.CACHE", tmp_path)
    made = []

    def make():
        made.append(1)
        return b"%d" % len(made)

    assert [remembered("x", key, make) for key in "aab"] == [b"1", b"1", b"2"]
