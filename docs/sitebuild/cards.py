"""The picture that stands for a page where somebody shares it."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from kerasbook.drawing.theme import theme_named
from sitebuild.places import CACHE, PACKAGES

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from sitebuild.heads import About

__all__ = ["card"]

_CARDS, _FONTS = CACHE / "cards", CACHE / "fonts"
_VERSION = "1"  # of the drawing: what was drawn before is drawn anew
_INTER = "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"
_WIDTH, _HEIGHT = 1200, 630  # pixels, as the sites that show them ask
# The letter K as a small network: its units, and the connections between them.
_UNITS = ((0.0, 1.0), (0.0, 0.0), (0.0, -1.0), (1.5, 1.0), (1.5, -1.0))
_CONNECTIONS = ((0, 1), (1, 2), (1, 3), (1, 4))


def card(page: About) -> bytes:
    """The card of a page as a PNG of 1200×630 pixels; drawn once for each title and description."""
    key = sha256(f"{_VERSION} {page.title} {page.description}".encode()).hexdigest()[:16]
    path = _CARDS / f"{key}.png"
    if not path.exists():
        _CARDS.mkdir(parents=True, exist_ok=True)
        _draw(page, path)
    return path.read_bytes()


def _draw(page: About, path: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415  only drawing needs it

    theme = theme_named("dark")
    figure = Figure(figsize=(_WIDTH / 100, _HEIGHT / 100), facecolor=theme.background)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, _WIDTH), ylim=(_HEIGHT, 0))
    ax.axis("off")
    _draw_logo(ax, x=90, y=90, size=22)
    bold, normal = _fonts()
    ax.text(160, 92, "kerasbook", fontsize=25, font=bold, color=theme.text, va="center")
    lines = wrap(page.title, 26)[:3]
    ax.text(80, 290, "\n".join(lines), fontsize=50, font=bold, color=theme.text, va="center")
    told = "\n".join(wrap(page.description, 68)[:3])
    top = 290 + 45 * len(lines)
    ax.text(80, top, told, fontsize=20, font=normal, color=theme.muted, va="top", linespacing=1.5)
    figure.savefig(path, dpi=100, metadata={"Software": None})


def _draw_logo(ax: Axes, *, x: float, y: float, size: float) -> None:
    theme = theme_named("dark")
    for ends in _CONNECTIONS:
        across, down = zip(*(_UNITS[end] for end in ends), strict=True)
        xs, ys = [x + size * at for at in across], [y + size * at for at in down]
        ax.plot(xs, ys, color=theme.text, linewidth=3)
    for index, (right, below) in enumerate(_UNITS):
        color = theme.wrong if index == 1 else theme.text
        ax.plot(x + size * right, y + size * below, "o", markersize=11, color=color, zorder=3)


@cache
def _fonts() -> tuple[Any, Any]:
    """Inter, bold and regular, in the form that Matplotlib reads."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415  only new cards need them
    from fontTools.varLib.instancer import instantiateVariableFont  # noqa: PLC0415
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415

    _FONTS.mkdir(parents=True, exist_ok=True)
    made = []
    for weight in (700, 400):
        path = _FONTS / f"inter-{weight}.ttf"
        if not path.exists():
            font = TTFont(PACKAGES / "node_modules" / _INTER)
            instance = instantiateVariableFont(font, {"wght": weight})
            instance.flavor = None
            instance.save(path)
        made.append(FontProperties(fname=str(path)))
    return made[0], made[1]
