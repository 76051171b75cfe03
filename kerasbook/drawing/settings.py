"""Matplotlib's settings while a picture is drawn: its own, whatever style the user has chosen."""

from __future__ import annotations

import unicodedata
import warnings
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from kerasbook.drawing.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["in_own_settings", "own_settings"]

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_WITH_MARKS = "DejaVu Sans"  # Matplotlib brings it; it has ✓, ✗, ∗ and ⋮
_LATIN = "\xff"  # every font has what comes before
_FONTS: Any = (
    *("font.family", "font.serif", "font.sans-serif"),
    *("font.cursive", "font.fantasy", "font.monospace"),
)
# Matplotlib's own words about glyphs, of which a picture would make dozens.
_GLYPHS = r"Glyph .* missing from|Matplotlib currently does not support"
_NO_FONT = "Last Resort"  # it draws a box for any character
_NOTO = {
    "CJK": "Noto Sans CJK SC",
    "HIRAGANA": "Noto Sans CJK JP",
    "KATAKANA": "Noto Sans CJK JP",
    "HANGUL": "Noto Sans CJK KR",
}


def in_own_settings(plot: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """The `plot` of a display, in Matplotlib's own settings.

    Characters that no font has are warned about, once a picture.
    """

    @wraps(plot)
    def wrapped(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with own_settings(args[0]) as missing:
            result = plot(*args, **kwargs)
        if missing:
            warnings.warn(_said(missing), UserWarning, stacklevel=2)
        return result

    return wrapped


@contextmanager
def own_settings(display: object) -> Iterator[frozenset[str]]:
    """Matplotlib's settings as it ships them, but for the user's font families.

    Installed fonts that have what those lack are added to them.

    Args:
        display: whose texts are drawn.

    Yields:
        The characters in its texts that no installed font has.
    """
    from matplotlib import rcParams, style  # noqa: PLC0415  only drawing needs it

    families, missing = _families(frozenset(_characters(display)))
    fonts = {name: rcParams[name] for name in _FONTS} | {"font.family": families}
    with warnings.catch_warnings(), style.context(["default", fonts]):
        warnings.filterwarnings("ignore", _GLYPHS)
        yield missing


def _characters(value: object) -> Iterator[str]:
    """The characters beyond Latin-1 in all texts of a display."""
    if isinstance(value, str):
        yield from (c for c in value if c > _LATIN and unicodedata.category(c)[0] not in "CMZ")
    elif isinstance(value, dict):
        yield from _characters([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _characters(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _characters(getattr(value, field.name))


def _families(characters: frozenset[str]) -> tuple[list[str], frozenset[str]]:
    """Font families that have as many of the characters as can be, and what they all lack."""
    from matplotlib import font_manager, rcParams  # noqa: PLC0415  only drawing needs it

    families = [*rcParams["font.family"], _WITH_MARKS]
    missing = (
        characters.difference(*(_glyphs(family) for family in families))
        if characters
        else characters
    )
    if missing:
        found, missing = _fallbacks(missing, len(font_manager.fontManager.ttflist))
        families += found
    return families, missing


@lru_cache(maxsize=64)
def _fallbacks(missing: frozenset[str], installed: int) -> tuple[list[str], frozenset[str]]:
    """Installed families that have some of the characters, and what they all lack.

    Args:
        missing: the characters.
        installed: how many fonts there are: the answer is remembered until that changes.
    """
    del installed
    from matplotlib.font_manager import fontManager  # noqa: PLC0415  only drawing needs it

    files = {font.name: font.fname for font in fontManager.ttflist if _NO_FONT not in font.name}
    found = []
    for name in sorted(files, key=lambda name: ("Sans" not in name, name)):
        rest = missing - _glyphs_in(files[name])
        if rest != missing:
            found.append(name)
            missing = rest
        if not missing:
            break
    return found, missing


def _glyphs(family: str) -> frozenset[str]:
    """The characters that a family has; none, if it is not installed."""
    from matplotlib.font_manager import FontProperties, findfont  # noqa: PLC0415  likewise

    try:
        return _glyphs_in(findfont(FontProperties(family=family), fallback_to_default=False))
    except ValueError:
        return frozenset()


@lru_cache(maxsize=1024)
def _glyphs_in(path: str) -> frozenset[str]:
    from matplotlib.font_manager import get_font  # noqa: PLC0415  likewise

    return frozenset(map(chr, get_font(path).get_charmap()))


def _said(missing: Iterable[str]) -> str:
    characters = sorted(missing)
    fonts = sorted({_font_for(character) for character in characters})
    return (
        f"No installed font has {listed(characters, most=5)}: boxes are drawn. Load one that has, "
        f"such as {listed(fonts, most=3)}, before you draw: "
        "matplotlib.font_manager.fontManager.addfont('FILE.ttf')."
    )


def _font_for(character: str) -> str:
    """A free font that has a character."""
    script = unicodedata.name(character, "").split(" ")[0]
    if not unicodedata.category(character).startswith("L"):
        return "Noto Sans Symbols 2"
    return _NOTO.get(script, f"Noto Sans {script.title()}")
