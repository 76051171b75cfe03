"""Text in the columns of a terminal: how many it takes, cut to them, filled up, broken into lines.

Chinese, Japanese and Korean characters and most emoji take two columns, marks that combine with the
character before them none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["columns", "fitted", "justified", "widest", "wrapped"]

# Below it nothing combines, and nothing is wide.
_FIRST_MARK = "\u0300"


def columns(text: str) -> int:
    r"""How many columns a terminal shows a text in.

    Examples:
        >>> columns("dense"), columns("层"), columns("e\u0301"), columns("🚀")
        (5, 2, 1, 2)
    """
    if text.isascii() or max(text) < _FIRST_MARK:
        return len(text)
    return sum(map(_columns_of, text))


@lru_cache(maxsize=4096)
def _columns_of(character: str) -> int:
    from unicodedata import category, east_asian_width  # noqa: PLC0415  plain text needs neither

    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def widest(texts: Iterable[str]) -> int:
    """The columns that the widest of some texts takes."""
    return max(map(columns, texts))


def justified(text: str, width: int, *, align: str = "<") -> str:
    """The text with spaces up to the width: behind it, or before it with `align=">"`."""
    spaces = " " * (width - columns(text))
    return spaces + text if align == ">" else text + spaces


def fitted(text: str, width: int) -> str:
    """The text, its middle left out if it is too wide.

    Examples:
        >>> fitted("bottleneck_3_convolution", 12), fitted("层层层层层", 6)
        ('bottl…lution', '层…层')
    """
    if columns(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{_first(text, head)}…{_first(text[::-1], width - 1 - head)[::-1]}"


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most that width, broken at spaces, or inside a word that is wider."""
    if columns(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        rest = word
        if lines[-1] and columns(lines[-1]) + 1 + columns(rest) > width:
            lines.append("")
        while columns(rest) > width:
            lines[-1] = _first(rest, width)
            rest = rest[len(lines[-1]) :]
            lines.append("")
        lines[-1] += f" {rest}" if lines[-1] else rest
    return lines


def _first(text: str, width: int) -> str:
    """As much of the text as fits, from its start."""
    taken = 0
    for place, character in enumerate(text):
        taken += columns(character)
        if taken > width:
            return text[:place]
    return text
