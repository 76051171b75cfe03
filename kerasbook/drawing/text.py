"""Numbers and lists as captions and alt texts say them."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "CHARACTER",
    "counted",
    "listed",
    "one_line",
    "percent",
    "shortened",
    "significant",
    "sparkline",
]

_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}  # control characters, halves of characters, line breaks
CHARACTER = 0.0087  # width of a character for each point of its size, in inches, on average


def percent(share: float, *, digits: int = 1) -> str:
    """A share of 1 in per cent, never rounded to certainty or to nothing.

    Examples:
        >>> percent(0.717)
        '71.7 %'
        >>> percent(0.5, digits=0)
        '50 %'
        >>> percent(0.99997), percent(0.00002, digits=0)
        ('>99.9 %', '<1 %')
        >>> percent(1), percent(0)
        ('100 %', '0 %')
    """
    if share in {0, 1}:
        return f"{share:.0%}".replace("%", " %")
    step = 10**-digits
    hundred = 100 * share
    if hundred >= 100 - step / 2:
        return f">{100 - step:.{digits}f} %"
    if hundred < step / 2:
        return f"<{step:.{digits}f} %"
    return f"{hundred:.{digits}f} %"


def significant(value: float, *, digits: int = 4) -> str:
    """A number with so many significant digits, and a minus sign that is one.

    Examples:
        >>> significant(-0.99190086)
        '−0.9919'
        >>> significant(3.8166e-05)
        '3.817e−05'
        >>> significant(12000)
        '12,000'
    """
    if float(value).is_integer() and abs(value) < 1e15:  # noqa: PLR2004  exact in a float
        text = f"{int(value):,}"
    else:
        text = f"{value:.{digits}g}"
    return text.replace("-", "−")


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """A count with its noun.

    Examples:
        >>> counted(1, "image"), counted(10_000, "image"), counted(2, "batch", "batches")
        ('1 image', '10,000 images', '2 batches')
    """
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def listed(items: Sequence[str], *, most: int = 10) -> str:
    """Items as a sentence lists them; those after the first few are counted.

    Examples:
        >>> listed(["loss", "accuracy", "recall"])
        'loss, accuracy and recall'
        >>> listed(["a", "b", "c", "d"], most=2)
        'a, b and 2 more'
    """
    if len(items) > most:
        items = [*items[:most], f"{len(items) - most:,} more"]
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def one_line(text: str) -> str:
    r"""The text on one line: what no picture or file can hold is a space, and spaces are single.

    Examples:
        >>> one_line(" a name\non two lines\x00")
        'a name on two lines'
    """
    return " ".join("".join(" " if category(c) in _UNSEEN else c for c in text).split())


def shortened(text: str, most: int) -> str:
    """The text, its middle left out if it is longer than so many characters.

    Examples:
        >>> shortened("hubble_deep_field", 12)
        'hubble…field'
        >>> shortened("cat", 12)
        'cat'
    """
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[len(text) - tail :]}"


def sparkline(values: Iterable[float], *, width: int = 20) -> str:
    """A curve in a line of text, from its least value to its greatest.

    Args:
        values: the curve; a gap where a value is no finite number.
        width: the most characters to use.

    Examples:
        >>> sparkline([1.0, 0.5, float("nan"), 0.25])
        '█▃ ▁'
    """
    curve = list(values)
    step = max(1, -(-len(curve) // width))
    curve = curve[::-1][::step][::-1]  # the last one always
    known = [value for value in curve if isfinite(value)]
    low, span = (min(known), max(known) - min(known) or 1.0) if known else (0.0, 1.0)
    levels = [round((value - low) / span * 7) if isfinite(value) else -1 for value in curve]
    return "".join(" ▁▂▃▄▅▆▇█"[level + 1] for level in levels)
