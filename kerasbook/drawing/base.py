"""What every display shares: saving, alt text, notebooks, and the figure it was drawn on."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import IO, TYPE_CHECKING, Generic, Literal, Self, TypeVar, overload

from kerasbook.checks import reject
from kerasbook.drawing.saving import picture_target, render
from kerasbook.drawing.settings import own_settings
from kerasbook.drawing.theme import style_axes, theme_named

if TYPE_CHECKING:
    import os

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from kerasbook.drawing.theme import Theme

__all__ = ["Display", "Page", "add_text", "open_axes", "open_panels"]

Drawn = TypeVar("Drawn")  # what `ax_` holds: one `Axes`, or a tuple of them

_PAD = 0.1  # inches around each panel


@dataclass(frozen=True, slots=True, eq=False)
class Page(Generic[Drawn]):
    """What a display draws on.

    Attributes:
        ax: axes, or a tuple of them, already in the theme.
        theme: the colours and the text sizes.
        figure: the whole figure they are on.
        scale: how much smaller the axes are than planned, so that text can shrink with a picture.
        own: whether the figure is a new one, whose layout is ours.
    """

    ax: Drawn
    theme: Theme
    figure: Figure
    scale: float
    own: bool


class Display(Generic[Drawn]):
    """A picture of data that is already computed.

    A subclass is a frozen, slotted dataclass of plain data with a `title`, an `alt_text` and a
    `plot` that ends with `self._drawn(page)`. Only `figure_` and `ax_` are set later, by `plot`,
    so a copy or a pickle of a display is its data, not yet drawn.

    Attributes:
        figure_: the Matplotlib figure, once drawn.
        ax_: the axes drawn on; a tuple of them where a display has several panels.
    """

    __slots__ = ("ax_", "figure_")

    figure_: Figure
    ax_: Drawn

    @property
    def title(self) -> str:
        """What the picture shows, in a few words."""
        raise NotImplementedError

    @property
    def alt_text(self) -> str:
        """What the picture shows, in sentences with the numbers, for who cannot see it."""
        raise NotImplementedError

    def plot(self) -> Self:
        """Draw; each display adds `ax=` or `fig=`, and `theme=`."""
        raise NotImplementedError

    @overload
    def save(self, path: str | os.PathLike[str], *, dpi: float = 144) -> Path: ...
    @overload
    def save(
        self, path: IO[bytes], *, format: Literal["png", "svg", "pdf"] = "png", dpi: float = 144
    ) -> IO[bytes]: ...

    def save(
        self,
        path: str | os.PathLike[str] | IO[bytes],
        *,
        format: Literal["png", "svg", "pdf"] | None = None,  # noqa: A002  Matplotlib's name
        dpi: float = 144,
    ) -> Path | IO[bytes]:
        """Write the picture, drawing it first if it is not yet drawn.

        Args:
            path: where to; ends in `.png`, `.svg` or `.pdf`. Or a binary file that is open.
            format: for a file that is open: `"png"`, `"svg"` or `"pdf"`; PNG if left out.
            dpi: pixels per inch, for PNG and for photographs inside the other two.

        Returns:
            The path, or the file. It holds title and alt text, no date: the same data gives the
            same bytes.

        Raises:
            ArgumentError: the suffix or the format is another, the folder does not exist, or the
                file takes text.
        """
        target, kind = picture_target(path, format)
        content = self._rendered(kind, dpi=dpi)
        if isinstance(target, Path):
            target.write_bytes(content)
        else:
            target.write(content)
        return target

    def to_html(self, kind: Literal["svg", "png"] = "svg") -> str:
        """An `<img>` element with the whole picture and its alt text inside.

        Args:
            kind: `"svg"`, sharp at any size, or `"png"`.
        """
        media = {"svg": "image/svg+xml", "png": "image/png"}
        if kind not in media:
            reject("kind", "be 'svg' or 'png'", kind)
        data = b64encode(self._rendered(kind)).decode()
        return (
            f'<img src="data:{media[kind]};base64,{data}" alt="{escape(self.alt_text)}" '
            f'style="max-width: 100%; height: auto">'
        )

    def _repr_html_(self) -> str:
        return self.to_html()  # the only form: a notebook would store each of several

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.title}>"

    def _rendered(self, kind: str, *, dpi: float = 144) -> bytes:
        if not hasattr(self, "figure_"):
            self.plot()
        with own_settings(self):
            return render(self.figure_, kind, title=self.title, description=self.alt_text, dpi=dpi)

    def _drawn(self, page: Page[Drawn]) -> Self:
        """Keep the page's axes and figure as `ax_` and `figure_`; the last step of `plot`."""
        if page.own:
            # Placed once, here: the layout would move a little at each rendering otherwise.
            page.figure.draw_without_rendering()
            page.figure.set_layout_engine("none")
        object.__setattr__(self, "ax_", page.ax)
        object.__setattr__(self, "figure_", page.figure)
        return self


def open_axes(
    ax: Axes | None,
    *,
    size: tuple[float, float],
    theme: str,
    frame: Literal["full", "open", "none"] = "open",
) -> Page[Axes]:
    """Axes to draw on, in the theme: those given, or the only ones of a new figure.

    Args:
        ax: the user's axes; their figure keeps its own colours and layout.
        size: width and height of a new figure, in inches.
        theme: `"light"` or `"dark"`.
        frame: see `style_axes`.
    """
    from matplotlib.axes import Axes  # noqa: PLC0415  only drawing needs it

    chosen, own = theme_named(theme), ax is None
    if ax is None:
        ax = _new_figure(size, chosen).add_subplot()
    elif not isinstance(ax, Axes):
        reject("ax", "be a Matplotlib Axes", ax, mend="Leave it out to draw on a new figure.")
    style_axes(ax, chosen, frame=frame)
    scale = 1.0 if own else _scale((ax,), size)
    return Page(ax, chosen, _whole(ax.figure), scale, own)


def open_panels(
    fig: Figure | SubFigure | None,
    *,
    shape: tuple[int, int],
    size: tuple[float, float],
    theme: str,
    panels: int | None = None,
    frame: Literal["full", "open", "none"] = "open",
) -> Page[tuple[Axes, ...]]:
    """Several axes to draw on, row by row, in the theme: on the figure given, or a new one.

    Args:
        fig: the user's figure or subfigure, which keeps its own colours and layout.
        shape: rows and columns of panels.
        size: width and height of a new figure, in inches.
        theme: `"light"` or `"dark"`.
        panels: how many to keep, if the last row is not full.
        frame: see `style_axes`.
    """
    from matplotlib.figure import FigureBase  # noqa: PLC0415  only drawing needs it

    chosen, own = theme_named(theme), fig is None
    if fig is None:
        fig = _new_figure(size, chosen)
    elif not isinstance(fig, FigureBase):
        reject(
            "fig", "be a Matplotlib Figure or SubFigure", fig, mend="Leave it out for a new one."
        )
    every = tuple(fig.subplots(*shape, squeeze=False).flat)
    for ax in every[panels:] if panels is not None else ():
        ax.remove()
    kept = every[:panels]
    for ax in kept:
        style_axes(ax, chosen, frame=frame)
    return Page(kept, chosen, _whole(fig), 1.0 if own else _scale(kept, size), own)


def add_text(
    page: Page[Axes],
    text: str,
    *,
    at: tuple[float, float],
    color: Literal["text", "muted"] = "text",
    ha: Literal["left", "center", "right"] = "center",
) -> None:
    """Write a text at a place of the axes, as it stands: no formulas between dollar signs."""
    page.ax.text(
        *at,
        text,
        ha=ha,
        va="center",
        fontsize=page.theme.small * page.scale,
        color=page.theme.text if color == "text" else page.theme.muted,
        parse_math=False,
    )


def _new_figure(size: tuple[float, float], theme: Theme) -> Figure:
    # Not through pyplot: nothing is registered, so nothing leaks and no window opens.
    from matplotlib.figure import Figure  # noqa: PLC0415  only drawing needs it
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415  likewise

    layout = ConstrainedLayoutEngine(w_pad=_PAD, h_pad=_PAD)
    return Figure(figsize=size, layout=layout, facecolor=theme.background)


def _scale(axes: tuple[Axes, ...], size: tuple[float, float]) -> float:
    """How much smaller than planned the user's axes are, all together; 1 if they are larger."""
    from matplotlib.transforms import Bbox  # noqa: PLC0415  only drawing needs it

    figure = _whole(axes[0].figure)
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()  # so that the user's layout has placed the axes
    room = Bbox.union([ax.bbox for ax in axes])
    inches = room.width / figure.dpi, room.height / figure.dpi
    return min(1.0, inches[0] / size[0], inches[1] / size[1])


def _whole(figure: Figure | SubFigure) -> Figure:
    return figure.figure  # a subfigure's `figure` is the whole; a figure's is itself
