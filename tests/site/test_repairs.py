"""What the theme leaves undone, on pages as it writes them."""

from __future__ import annotations

from sitebuild.repairs import repaired

HEAD = (
    "<title>A page</title>"
    '<link rel="stylesheet" href="../assets/stylesheets/main.0.min.css">'
    '<link rel="stylesheet" href="../assets/vendor/katex/dist/katex.min.css">'
    '<link rel="stylesheet" href="../assets/css/formulas.css">'
)


def test_a_page_without_formulas_waits_for_no_style_of_theirs():
    """Only a page with a formula loads the style sheets of formulas."""
    assert "katex" not in repaired(HEAD)
    assert "formulas.css" not in repaired(HEAD)
    assert "katex" in repaired(HEAD + '<span class="arithmatex"></span>')


def test_fonts_are_asked_for_at_once_from_where_the_page_is():
    """The fonts' addresses begin where those of the theme's style sheets do."""
    for root in ("", "../", "/kerasbook/"):
        html = repaired(HEAD.replace("../", root))
        assert f'href="{root}assets/vendor/inter/files/inter-latin-wght-normal.woff2"' in html


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
