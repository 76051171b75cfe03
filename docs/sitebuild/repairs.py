"""What the theme leaves undone on a page, for who cannot see it and for the policy."""

from __future__ import annotations

import re

__all__ = ["in_order", "repaired"]

_HEADING = re.compile(r"<(/?)h([1-6])(?=[\s>])")
# As the theme writes it -> as it should be.
_REPLACED = {
    # It would ask GitHub for the number of stars.
    ' data-md-component="source"': "",
    'data-md-component="search" role="dialog"': (
        'data-md-component="search" role="dialog" aria-label="Search"'
    ),
    # Else the page moves when the picture comes.
    'logo.svg" alt="logo">': 'logo.svg" alt="logo" width="24" height="24">',
}
_CORNER = re.compile(r"<th(?: [^>]*)?>\s*</th>")  # of a table: it heads nothing


def repaired(html: str) -> str:
    """A page with the theme's gaps closed."""
    for before, after in _REPLACED.items():
        html = html.replace(before, after)
    html = _CORNER.sub("<td></td>", html)
    return in_order(html)


def in_order(html: str) -> str:
    """A page whose headings leave out no level: what is below a first heading is a second one.

    A docstring's headings cannot know how deep the page is where it is shown.

    Examples:
        >>> in_order("<h1>a</h1><h3>b</h3><h4>c</h4><h3>d</h3>")
        '<h1>a</h1><h2>b</h2><h3>c</h3><h2>d</h2>'
    """
    open_levels: list[int] = []

    def renamed(match: re.Match[str]) -> str:
        closes, level = match[1], int(match[2])
        if not closes:
            while open_levels and open_levels[-1] >= level:
                open_levels.pop()
            open_levels.append(level)
        return f"<{closes}h{len(open_levels)}"

    return _HEADING.sub(renamed, html)
