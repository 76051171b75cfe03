"""Colours and sizes of the two themes, and the one function that gives them to axes.

Categories take the Okabe-Ito palette, which readers with any colour vision can tell apart, in an
order that keeps its contrast on the theme's background. Amounts take `cividis`, signed values
`PuOr` centred at 0. What is right or wrong is never told by colour alone.

Reference:
    Okabe and Ito, *Color Universal Design*, 2008, https://jfly.uni-koeln.de/color/.
    Nuñez, Anderton and Renslow, *Optimizing colormaps with consideration for color vision
    deficiency*, 2018, https://doi.org/10.1371/journal.pone.0199239.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kerasbook.checks import choice
from kerasbook.drawing.ruler import wrapped_to

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "Theme",
    "ThemeName",
    "add_legend",
    "add_title",
    "style_axes",
    "theme_named",
]

ThemeName = Literal["light", "dark"]

_LINE = 0.8  # points
_TICKS: Any = {
    "direction": "out",
    "length": 3.5,
    "width": _LINE,
    "pad": 3.5,
    "left": True,
    "bottom": True,
    "right": False,
    "top": False,
}


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a picture, and its three text sizes in points."""

    name: str
    background: str
    text: str
    muted: str  # ticks, notes: still at least 4.5 to 1 on the background
    grid: str
    right: str
    wrong: str
    colors: tuple[str, ...]  # categories, in the order to use them
    sequential: str = "cividis"
    diverging: str = "PuOr"
    small: float = 9.0
    medium: float = 10.0
    large: float = 12.0

    def color(self, index: int) -> str:
        """The colour of a category; they begin anew after the last."""
        return self.colors[index % len(self.colors)]


_ORANGE, _SKY, _GREEN, _YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
_BLUE, _VERMILLION, _PURPLE = "#0072B2", "#D55E00", "#CC79A7"
_THEMES = {
    "light": Theme(
        name="light",
        background="#FFFFFF",
        text="#1B1F24",
        muted="#57606A",
        grid="#D8DEE4",
        right=_BLUE,
        wrong=_VERMILLION,
        colors=(_BLUE, _VERMILLION, _GREEN, _PURPLE, _ORANGE, _SKY, "#000000", _YELLOW),
    ),
    "dark": Theme(
        name="dark",
        background="#14181D",
        text="#F0F3F6",
        muted="#AAB4BF",
        grid="#3A424B",
        right=_SKY,
        wrong=_ORANGE,
        colors=(_SKY, _ORANGE, _GREEN, _PURPLE, _YELLOW, _VERMILLION, "#FFFFFF", _BLUE),
    ),
}


def theme_named(name: str) -> Theme:
    """The theme of that name.

    Args:
        name: `"light"` or `"dark"`.

    Raises:
        ArgumentError: there is no such theme.

    Examples:
        >>> theme_named("dark").background
        '#14181D'
        >>> theme_named("darc")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: theme must be 'light' or 'dark'; received theme='darc'.
            Did you mean 'dark'?
    """
    return _THEMES[choice("theme", name, _THEMES)]


def style_axes(ax: Axes, theme: Theme, *, frame: Literal["full", "open", "none"] = "open") -> None:
    """Give axes the theme's colours and sizes; call it once, before drawing on them.

    Args:
        ax: the axes.
        theme: the colours.
        frame: all four sides, only left and bottom, or neither sides nor ticks (for pictures).
    """
    ax.set_facecolor(theme.background)
    ax.grid(visible=False, which="both")  # a style of the user's may have switched it on
    ax.minorticks_off()
    for side, spine in ax.spines.items():
        spine.set(color=theme.muted, linewidth=_LINE)
        spine.set_visible(frame == "full" or (frame == "open" and side in {"left", "bottom"}))
    ax.tick_params(
        which="both", colors=theme.muted, labelcolor=theme.muted, labelsize=theme.small, **_TICKS
    )
    if frame == "none":
        ax.set_xticks([])
        ax.set_yticks([])
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(color=theme.text, fontsize=theme.medium, fontweight="normal")
        axis.offsetText.set(color=theme.muted, fontsize=theme.small)


def add_legend(ax: Axes, theme: Theme, *, loc: Literal["best", "upper right"] = "best") -> None:
    """Give axes a legend in the theme's colours; call it last, when all that it names is drawn.

    Args:
        ax: the axes.
        theme: the colours.
        loc: where, in Matplotlib's words; `"best"` is slow with many points.
    """
    legend = ax.legend(
        loc=loc,
        fontsize=theme.small,
        labelcolor=theme.text,
        facecolor=theme.background,
        edgecolor=theme.grid,
        framealpha=0.9,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)  # a class may be called "$5 or $10"


def add_title(ax: Axes, theme: Theme, text: str, *, inches: float) -> None:
    """Give axes a title on the left, in lines that are no longer than so many inches."""
    lines = wrapped_to(text, inches=inches, points=theme.large)
    ax.set_title(lines, loc="left", color=theme.text, fontsize=theme.large, parse_math=False)
