"""What the theme leaves undone, on pages as it writes them."""

from __future__ import annotations

from sitebuild.repairs import repaired


def test_nothing_is_asked_of_github():
    """The link to the sources stays; the script that counts stars finds nothing to do."""
    html = repaired('<a class="md-source" data-md-component="source" href="#">sources</a>')
    assert html == '<a class="md-source" href="#">sources</a>'


def test_the_search_has_a_name():
    """A screen reader says what the dialog is."""
    html = repaired('<div class="md-search" data-md-component="search" role="dialog">')
    assert 'aria-label="Search"' in html


def test_the_corner_of_a_table_heads_nothing():
    """A heading without words is a cell, for who hears the table."""
    html = repaired('<tr><th align="right">\n</th><th>words</th></tr>')
    assert html == "<tr><td></td><th>words</th></tr>"
