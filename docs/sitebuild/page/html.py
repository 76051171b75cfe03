"""HTML from text: everything that comes from outside passes through here."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["arithmetic", "lines", "problem"]


def arithmetic(text: str) -> str:
    """Arithmetic in the type of formulas.

    Examples:
        >>> arithmetic("4·4·3 < 50")
        '<span class="kb-arithmetic">4·4·3 &lt; 50</span>'
    """
    return f'<span class="kb-arithmetic">{escape(text)}</span>'


def lines(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of names and what they come to.

    Args:
        pairs: a name as text, and what is said of it as HTML.

    Examples:
        >>> lines([("units", "<b>3</b>")])
        '<dl class="kb-lines"><div><dt>units</dt><dd><b>3</b></dd></div></dl>'
    """
    inside = "".join(f"<div><dt>{escape(name)}</dt><dd>{said}</dd></div>" for name, said in pairs)
    return f'<dl class="kb-lines">{inside}</dl>'


def problem(error: BaseException) -> str:
    """An error as the library words it.

    Examples:
        >>> problem(ValueError("units must be at least 1; received units=-3."))
        '<p class="kb-problem"><strong>ValueError:</strong> units must be at least 1; ...</p>'
    """
    name = escape(type(error).__name__)
    return f'<p class="kb-problem"><strong>{name}:</strong> {escape(str(error))}</p>'
