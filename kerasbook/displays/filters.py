"""`FilterDisplay`: the kernels of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kerasbook.checks import keras_model, reject
from kerasbook.drawing.arrays import as_array, finite
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.cells import (
    cell_side,
    draw_cells,
    draw_scale,
    number_text,
    units_in_inches,
)
from kerasbook.drawing.layers import every_layer, find_layer
from kerasbook.drawing.ruler import Ruler
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, one_line, shortened
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from kerasbook.drawing.base import Page
    from kerasbook.drawing.theme import ThemeName

__all__ = ["FilterDisplay"]

_MOST_KERNELS, _MOST_CHANNELS = 128, 8  # drawn
_MOST_NUMBERS = 200  # weights that are written out, in the picture and in the alt text
_SIDE = 0.5  # of a kernel, in inches
_CELL = 0.42  # of a weight that is written out
_GAP = 0.16
_LABEL = 0.3
_WIDEST = 7.1
_SCALE = 0.75  # height of the bar with its numbers


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FilterDisplay(Display["Axes"]):
    """The kernels of a convolution: a column for each filter, a row for each input channel.

    All have one scale, centred at 0, so that they can be compared. Of a large layer the first 8
    channels are drawn, and the first filters, 128 kernels in all.

    Attributes:
        kernels: (filters, channels, height, width) the weights that are drawn.
        layer_name: of the layer.
        filters: how many the layer has.
        channels: that each of them looks at.
    """

    kernels: NDArray[np.floating[Any]]
    layer_name: str
    filters: int
    channels: int

    @classmethod
    def from_layer(cls, layer: Any) -> Self:  # noqa: ANN401  a Keras layer
        """The kernels of a layer.

        Args:
            layer: a built convolution over one or two axes; also transposed, depthwise, and
                separable, whose depthwise kernels are taken.

        Raises:
            ArgumentError: it is no such layer, or has no weights yet.

        Examples:
            >>> from kerasbook.filters import edge_filter_layer
            >>> layer = edge_filter_layer(("horizontal", "vertical"), channels=1, name="edges")
            >>> FilterDisplay.from_layer(layer)
            <FilterDisplay: edges: 2 filters of 3×3>
            >>> import keras
            >>> FilterDisplay.from_layer(keras.layers.Flatten(name="flat"))
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: layer must be a convolution over one or two axes;
                received layer='flat', a Flatten.
        """
        weights = _kernels(layer)
        channels = min(weights.shape[1], _MOST_CHANNELS)
        return cls(
            kernels=weights[: _MOST_KERNELS // channels, :channels].copy(),
            layer_name=one_line(str(layer.name)),
            filters=weights.shape[0],
            channels=weights.shape[1],
        )

    @classmethod
    def from_model(
        cls,
        model: Any,  # noqa: ANN401  a Keras model: its type is known where Keras is installed
        *,
        layer: object = None,
    ) -> Self:
        """The kernels of one layer of a model.

        Args:
            model: a Keras model.
            layer: its name (`"backbone/conv_1"` in a model inside), its index in `model.layers`, or
                the layer; the first convolution if left out.

        Raises:
            ArgumentError: the model has no such layer, or it is no convolution; or `model` is no
                Keras model.
        """
        keras_model("model", model)
        if layer is not None:
            return cls.from_layer(find_layer(model, layer))
        first = next((each for _, each in every_layer(model) if _weights(each) is not None), None)
        if first is None:
            reject("model", "have a convolution over one or two axes", model.name)
        return cls.from_layer(first)

    @property
    def limit(self) -> float:
        """The largest weight that is drawn, whatever its sign: the ends of the colours."""
        return float(abs(self.kernels).max()) or 1.0

    @property
    def title(self) -> str:
        """The layer, and how many of its filters and channels are drawn."""
        filters, channels, height, width = self.kernels.shape
        every = counted(self.filters, "filter")
        which = every if filters == self.filters else f"the first {filters} of {every}"
        text = f"{shortened(self.layer_name, 40)}: {which} of {height}×{width}"
        if channels < self.channels:
            return f"{text} on the first {channels} of {self.channels:,} channels"
        return text if self.channels == 1 else f"{text} on {self.channels} channels"

    @property
    def alt_text(self) -> str:
        """The layer, the range of its weights, and the weights themselves if they are few."""
        low, high = float(self.kernels.min()), float(self.kernels.max())
        opening = (
            f"Kernels of {self.title}. The weights that are drawn go from {number_text(low)} to "
            f"{number_text(high)}."
        )
        if self.kernels.size > _MOST_NUMBERS:
            return opening
        told = [
            f"Filter {index}: "
            + " and ".join(
                "; ".join(" ".join(number_text(float(w)) for w in row) for row in kernel)
                for kernel in channels
            )
            + "."
            for index, channels in enumerate(self.kernels)
        ]
        return " ".join([opening, *told])

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw the kernels, with the weights written out if they are few.

        Args:
            ax: axes to draw on; a new figure's if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        filters, channels, taps, _ = self.kernels.shape
        across, column, left = self._columns()
        rows = -(-filters // across)
        strip = channels * (taps * self._cell + _GAP / 2) + _LABEL
        title = min(Ruler().width(self.title, 12), _WIDEST)
        width = max(left + across * column, title, 4.0)
        height = rows * strip + _SCALE
        page = open_axes(ax, size=(width + 0.3, height + 0.6), theme=theme, frame="none")
        add_title(page.ax, page.theme, self.title, inches=width)
        scale = min(1.0, units_in_inches(page, (width, height)))
        for index in range(filters):
            row, place = divmod(index, across)
            start = (left + width - across * column + _GAP) / 2 + place * column
            self._draw_filter(page, index, at=(start, row * strip), scale=scale)
            if place == 0 and channels > 1:
                self._name_channels(page, left=start, top=row * strip, scale=scale)
        draw_scale(
            page.ax,
            (page.theme.diverging, -self.limit, self.limit),
            box=(width / 2 - 1, height - 0.45, 2, 0.14),
            theme=page.theme,
            points=page.theme.small * scale,
        )
        return self._drawn(page)

    @property
    def _numbered(self) -> bool:
        return self.kernels.size <= _MOST_NUMBERS

    @property
    def _cell(self) -> float:
        """Side of a weight, in inches."""
        if self._numbered:
            return cell_side(self.kernels, points=9, least=_CELL)
        return float(_SIDE / max(self.kernels.shape[2:]))

    def _columns(self) -> tuple[int, float, float]:
        """Filters a row, the width that each takes, and the room for names on the left."""
        filters, channels, _, taps = self.kernels.shape
        left = 0.95 if channels > 1 else 0.0
        column = max(taps * self._cell, 0.4) + _GAP
        return max(1, min(filters, int((_WIDEST - left) / column))), column, left

    def _draw_filter(
        self, page: Page[Axes], index: int, *, at: tuple[float, float], scale: float
    ) -> None:
        left, top = at
        channels, height, width = self.kernels[index].shape
        for channel in range(channels):
            draw_cells(
                page.ax,
                self.kernels[index, channel],
                left=left,
                top=top + channel * (height * self._cell + _GAP / 2),
                theme=page.theme,
                points=page.theme.small * scale if self._numbered else 0,
                side=self._cell,
                colors=(page.theme.diverging, -self.limit, self.limit),
            )
        page.ax.text(
            left + width * self._cell / 2,
            top + channels * (height * self._cell + _GAP / 2) - _GAP / 4,
            f"filter {index}" if width * self._cell > 0.7 else str(index),  # noqa: PLR2004  inches
            color=page.theme.text,
            fontsize=page.theme.small * scale,
            ha="center",
            va="top",
        )

    def _name_channels(self, page: Page[Axes], *, left: float, top: float, scale: float) -> None:
        height = self.kernels.shape[2] * self._cell
        for channel in range(self.kernels.shape[1]):
            page.ax.text(
                left - 0.1,
                top + channel * (height + _GAP / 2) + height / 2,
                f"channel {channel}",
                color=page.theme.muted,
                fontsize=page.theme.small * scale,
                ha="right",
                va="center",
            )


def _kernels(layer: Any) -> NDArray[Any]:  # noqa: ANN401  a Keras layer
    """The weights as (filters, channels, height, width)."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    name, kind = getattr(layer, "name", layer), type(layer).__name__
    weights = _weights(layer)
    if weights is None:
        waits = hasattr(layer, "kernel_size") and not getattr(layer, "built", True)
        mend = "It has no weights yet: build it, or call it on an image." if waits else ""
        reject(
            "layer",
            "be a convolution over one or two axes",
            name,
            note=f", a {kind}" if isinstance(name, str) else "",
            mend=mend,
        )
    array = as_array("layer", weights)
    finite("layer", array)
    array = array[None] if array.ndim == 3 else array  # noqa: PLR2004  (k, c, f) -> (1, k, c, f)
    if "Transpose" in kind:
        array = np.swapaxes(array, 2, 3)  # (h, w, filters, channels) -> (h, w, channels, filters)
    if hasattr(layer, "depth_multiplier"):
        array = array.reshape(*array.shape[:2], 1, -1)  # (h, w, c, m) -> (h, w, 1, c·m)
    return array.transpose(3, 2, 0, 1)  # (h, w, channels, filters) -> (filters, channels, h, w)


def _weights(layer: Any) -> Any:  # noqa: ANN401  a Keras layer and its variable
    """The kernel of a convolution over one or two axes, `None` for any other layer."""
    kernel = getattr(layer, "depthwise_kernel", None)
    kernel = getattr(layer, "kernel", None) if kernel is None else kernel
    if not hasattr(layer, "kernel_size") or kernel is None:
        return None
    return kernel if len(layer.kernel_size) <= 2 else None  # noqa: PLR2004  axes
