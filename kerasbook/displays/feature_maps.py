"""`FeatureMapDisplay`: what the layers of a model make of an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kerasbook.checks import reject
from kerasbook.drawing.arrays import evenly_spaced, finite
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.cells import (
    colors_for,
    draw_picture,
    draw_scale,
    number_text,
    units_in_inches,
)
from kerasbook.drawing.images import read_images
from kerasbook.drawing.layers import calls, channels_last, find_call, one_image, run
from kerasbook.drawing.ruler import Ruler, wrapped_to
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, one_line, shortened
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from kerasbook.drawing.base import Page
    from kerasbook.drawing.layers import LayerCall
    from kerasbook.drawing.theme import ThemeName

__all__ = ["FeatureMapDisplay"]

_MOST_LAYERS, _MOST_MAPS = 12, 8  # drawn
_MOST_PIXELS = 256  # a side of a map; more cannot be seen
_IMAGE, _VECTOR = 4, 2  # axes of an output, the batch included
_ROW = 5.3  # inches across, for the maps of a layer
_WIDEST, _TALLEST = 2.0, 2.4  # of a map
_GAP = 0.06
_NAMES = 1.85  # for the words on the left
_WORDS = 0.75  # height of the words and the scale on the left
_BETWEEN = 0.18  # rows


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FeatureMapDisplay(Display["Axes"]):
    """What some layers of a model make of one image: a row each, a map for each channel.

    A row has one scale: from 0 up where nothing is negative, else centred at 0. Of many channels
    the first 8 are drawn.

    Attributes:
        picture: (height, width) or (height, width, 3 or 4) the image, within 0..1.
        names: of the layers.
        maps: (maps, height, width) for each layer; a vector is a single map of one row. Sides of
            more than 256 pixels are thinned out.
        sizes: (height, width, channels) of each layer's whole output.
        image_size: height and width of the image; `picture` is smaller where that is large.
        model_name: of the model.
    """

    picture: NDArray[np.float32]
    names: tuple[str, ...]
    maps: tuple[NDArray[Any], ...]
    sizes: tuple[tuple[int, int, int], ...]
    image_size: tuple[int, int]
    model_name: str

    @classmethod
    def from_model(
        cls,
        model: Any,  # noqa: ANN401  a Keras model: its type is known where Keras is installed
        image: ArrayLike,
        *,
        layers: Sequence[object] | None = None,
        value_range: tuple[float, float] | None = None,
    ) -> Self:
        """What the layers of a model make of an image.

        Args:
            model: a functional or sequential Keras model with one input.
            image: one image, as the model takes it.
            layers: names, indices in `model.layers`, or layers; they put out images, or one number
                a unit. A layer of a model inside is named with it: `"backbone/conv_1"`. If left
                out: all of the model itself that put out images; of more than 12 the convolutions;
                of more than 12 of those 12, evenly spaced.
            value_range: the values of black and white, where they are not plainly 0..1 or 0..255.

        Raises:
            ArgumentError: the image is not what the model takes, or there is no such layer.

        Examples:
            >>> import keras, numpy as np
            >>> from kerasbook.filters import edge_filter_layer
            >>> edges = edge_filter_layer(("horizontal", "vertical"), channels=1, name="edges")
            >>> model = keras.Sequential([keras.Input((8, 8, 1)), edges], name="frozen")
            >>> display = FeatureMapDisplay.from_model(model, np.eye(8)[..., None])
            >>> display
            <FeatureMapDisplay: What 1 layer of frozen sees in an image of 8×8>
            >>> display.sizes
            ((8, 8, 2),)
            >>> FeatureMapDisplay.from_model(model, np.eye(9))
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: image must be one image of shape (8, 8, 1), as the model
                takes it; received image=<float64 array of shape (9, 9)>.
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        batch = one_image(model, image)
        last = channels_last(model)
        told = "auto" if batch.ndim != _IMAGE else "channels_last" if last else "channels_first"
        picture = read_images("image", batch, data_format=told, value_range=value_range)
        chosen = _chosen(model, layers)
        outputs = run(model, [call.outputs[0] for call in chosen], batch)
        maps = [_maps(output[0], last=last) for output in outputs]
        for every in maps:
            finite("model", every)
        return cls(
            picture=picture.pictures(np.arange(1))[0],
            names=tuple(one_line(call.name) for call in chosen),
            maps=tuple(_thinned(every) for every in maps),
            sizes=tuple(_size(output[0], last=last) for output in outputs),
            image_size=_sides(batch, last=last),
            model_name=one_line(str(model.name)),
        )

    @property
    def title(self) -> str:
        """How many layers of which model, and the size of the image."""
        see = "sees" if len(self.names) == 1 else "see"
        height, width = self.image_size
        return (
            f"What {counted(len(self.names), 'layer')} of {shortened(self.model_name, 40)} {see} "
            f"in an image of {height}×{width}"
        )

    @property
    def alt_text(self) -> str:
        """For each layer its size, the range of its values, and the maps that are empty."""
        told = []
        for name, (height, width, channels), maps in zip(
            self.names, self.sizes, self.maps, strict=True
        ):
            if height * width == 1:
                size = counted(channels, "unit")
            else:
                size = f"{height}×{width}, {counted(channels, 'channel')}"
            drawn = "" if len(maps) >= channels or height * width == 1 else f", {len(maps)} drawn"
            low, high = number_text(float(maps.min())), number_text(float(maps.max()))
            empty = int((maps == 0).all(axis=(1, 2)).sum())
            nothing = f"; {counted(empty, 'map')} 0 everywhere" if empty else ""
            told.append(f"{name}: {size}{drawn}, values from {low} to {high}{nothing}.")
        return " ".join([f"{self.title}.", *told])

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw the image and below it a row of maps for each layer.

        Args:
            ax: axes to draw on; a new figure's if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        tops = [0.1 + self._box(self.picture)[1] + _BETWEEN]
        for maps in self.maps:
            tops.append(tops[-1] + max(self._box(maps[0])[1], _WORDS) + _BETWEEN)
        widest = max(len(maps) * (self._box(maps[0])[0] + _GAP) for maps in self.maps)
        width = max(_NAMES + widest, min(Ruler().width(self.title, 12), _NAMES + _ROW))
        more = wrapped_to(self.title, inches=width, points=12).count("\n")
        height = tops[-1] + 0.5 + 0.2 * more
        page = open_axes(ax, size=(width + 0.3, height), theme=theme, frame="none")
        add_title(page.ax, page.theme, self.title, inches=width)
        scale = min(1.0, units_in_inches(page, (width, tops[-1])))
        box = (_NAMES, 0.1, *self._box(self.picture))
        draw_picture(page.ax, self.picture, box=box, colors=("gray", 0, 1))
        self._name(page, "image", "{}×{}".format(*self.image_size), top=0.1, scale=scale)
        for index in range(len(self.maps)):
            self._draw_layer(page, index, top=tops[index], scale=scale)
        return self._drawn(page)

    def _draw_layer(self, page: Page[Axes], index: int, *, top: float, scale: float) -> None:
        maps, (height, width, channels) = self.maps[index], self.sizes[index]
        colors = colors_for(maps, page.theme)
        if colors[1] == 0:
            colors = (page.theme.sequential, *colors[1:])  # amounts, not grey values
        for place, every in enumerate(maps):
            left = _NAMES + place * (self._box(every)[0] + _GAP)
            draw_picture(page.ax, every, box=(left, top, *self._box(every)), colors=colors)
        if height * width == 1:
            size = counted(channels, "unit")
        else:
            part = "" if len(maps) == channels else f"{len(maps)} of "
            size = f"{height}×{width}, {part}{counted(channels, 'channel')}"
        self._name(page, self.names[index], size, top=top, scale=scale)
        points = page.theme.small * scale
        draw_scale(
            page.ax, colors, box=(0.25, top + 0.42, 1.2, 0.1), theme=page.theme, points=points
        )

    def _box(self, picture: NDArray[Any]) -> tuple[float, float]:
        """Width and height of a map as it is drawn, in inches."""
        height, width = picture.shape[:2]
        most = max(len(maps) for maps in self.maps)
        across = min(_ROW / most - _GAP, _WIDEST, _TALLEST * width / height)
        return across, across * height / width

    def _name(self, page: Page[Axes], name: str, size: str, *, top: float, scale: float) -> None:
        for text, below, color in (
            (shortened(name, 24), 0.0, page.theme.text),
            (size, 0.2, page.theme.muted),
        ):
            page.ax.text(
                0,
                top + below,
                text,
                color=color,
                fontsize=page.theme.small * scale,
                ha="left",
                va="top",
                parse_math=False,
            )


def _chosen(model: Any, layers: Sequence[object] | None) -> list[LayerCall]:  # noqa: ANN401  a Keras model
    """The calls of the layers that the user named, or those that put out images."""
    if layers is not None:
        if not isinstance(layers, list | tuple) or not layers:
            reject("layers", "be a list of names, indices or layers", layers)
        named = [find_call(model, layer, name="layers") for layer in layers]
        for call in named:
            if call.rank not in {_IMAGE, _VECTOR}:
                shapes = call.output_shapes
                note = f", which puts out {shapes[0] if len(shapes) == 1 else shapes}"
                reject("layers", "put out images or one number a unit", call.name, note=note)
        return named
    own = (call for call in calls(model) if call.inputs and "/" not in call.name)
    images = [call for call in own if call.rank == _IMAGE]
    if not images:
        mend = "Name layers that put out one number a unit: layers=[…]."
        reject("model", "have a layer that puts out images", model.name, mend=mend)
    if len(images) > _MOST_LAYERS:
        images = [call for call in images if hasattr(call.layer, "kernel_size")] or images
    return [images[index] for index in evenly_spaced(len(images), _MOST_LAYERS)]


def _maps(output: NDArray[Any], *, last: bool) -> NDArray[Any]:
    """The first channels of an output as (maps, height, width); a vector as one row."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    if _size(output, last=last)[:2] == (1, 1):  # one pixel is a vector
        return output.reshape(1, 1, -1)  # (units,) or (1, 1, c) or (c, 1, 1) -> (1, 1, units)
    first = np.moveaxis(output, -1, 0) if last else output  # (h, w, c) -> (c, h, w)
    return first[:_MOST_MAPS].copy()


def _size(output: NDArray[Any], *, last: bool) -> tuple[int, int, int]:
    """Height, width and channels of an output; a vector is one pixel."""
    if output.ndim == 1:
        return 1, 1, len(output)
    height, width, channels = output.shape if last else (*output.shape[1:], output.shape[0])
    return height, width, channels


def _sides(batch: NDArray[Any], *, last: bool) -> tuple[int, int]:
    """Height and width of the image in a batch of one."""
    shape = batch.shape[1:] if last or batch.ndim != _IMAGE else batch.shape[2:]
    return shape[0], shape[1]


def _thinned(maps: NDArray[Any]) -> NDArray[Any]:
    if maps.shape[1] == 1:
        return maps
    step = -(-max(maps.shape[1:]) // _MOST_PIXELS)
    return maps[:, ::step, ::step].copy() if step > 1 else maps
