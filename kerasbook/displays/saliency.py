"""`SaliencyDisplay`: where in an image a model finds what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from kerasbook.checks import choice, reject, require
from kerasbook.drawing.arrays import as_array, finite
from kerasbook.drawing.attribution import grad_cam, input_gradient, occlusion
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.cells import (
    colors_for,
    draw_picture,
    draw_scale,
    number_text,
    units_in_inches,
)
from kerasbook.drawing.gradients import BACKENDS
from kerasbook.drawing.images import read_images
from kerasbook.drawing.layers import channels_last, one_image
from kerasbook.drawing.models import predict
from kerasbook.drawing.ruler import wrapped_to
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.target import read_target
from kerasbook.drawing.text import one_line, percent, shortened, significant
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from kerasbook.drawing.base import Page
    from kerasbook.drawing.theme import ThemeName

__all__ = ["SaliencyDisplay"]

Method = Literal["occlusion", "gradient", "grad_cam"]
_SIDE = 2.2  # of a picture, in inches
_NARROWEST = 1.3  # for a picture: room for what stands above it
_GAP = 0.2
_LABEL = 0.3
_FOOT = 0.75  # for the scale below
_PLACES = (
    ("in the upper left", "at the top", "in the upper right"),
    ("on the left", "in the middle", "on the right"),
    ("in the lower left", "at the bottom", "in the lower right"),
)
_OVER = 0.6  # opacity of the map over the image


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SaliencyDisplay(Display["Axes"]):
    """What in an image counts for one class, or for one output, of a model.

    - `"occlusion"`: how far the score falls when a patch is covered. Negative where covering
      helps.
    - `"gradient"`: how strongly the score before the last activation moves with each pixel.
    - `"grad_cam"`: what a layer's maps say for the class, each by its mean gradient.

    Attributes:
        picture: (height, width) or (height, width, 3 or 4) the image, within 0..1.
        saliency: (rows, columns) what counts how much, over the whole image.
        method: how it was found.
        name: of the class, or of the output.
        score: what the model says of it for this image.
        is_probability: whether the score is a probability.
        image_size: height and width of the image; `picture` is smaller where that is large.
        layer_name: for `"grad_cam"`, the layer.
    """

    picture: NDArray[np.float32]
    saliency: NDArray[Any]
    method: Method
    name: str
    score: float
    is_probability: bool
    image_size: tuple[int, int]
    layer_name: str | None = None

    @classmethod
    def from_model(
        cls,
        model: Any,  # noqa: ANN401  a Keras model: its type is known where Keras is installed
        image: ArrayLike,
        *,
        target: int | None = None,
        method: Method = "occlusion",
        layer: object = None,
        class_names: Sequence[str] | None = None,
        value_range: tuple[float, float] | None = None,
        batch_size: int = 8,
    ) -> Self:
        """What counts in an image for a model.

        Args:
            model: a functional or sequential Keras model with one input and outputs of shape
                (N, classes), or (N, 1) for two classes or a single number.
            image: one image, as the model takes it.
            target: the class, or the index of the output; what the model predicts if left out.
            method: `"occlusion"`, on any backend; `"gradient"` or `"grad_cam"`, on TensorFlow, JAX
                and PyTorch.
            layer: for `"grad_cam"`: the name (`"backbone/conv_1"` in a model inside), index or
                layer whose maps to take. If left out, the last whose maps come from a convolution
                and have more than one pixel.
            class_names: a name for each class.
            value_range: the values of black and white, where they are not plainly 0..1 or 0..255.
            batch_size: for `"occlusion"`: covered images at a time; Keras holds what each layer
                makes of them, which for a large model is some hundred MB an image.

        Raises:
            ArgumentError: the image is not what the model takes, or there is no such class, layer
                or method.

        Examples:
            A model that looks at the middle of the image only:

            >>> import keras, numpy as np
            >>> layers = [keras.Input((8, 8, 1)), keras.layers.Cropping2D(3)]
            >>> model = keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(1)])
            >>> model.set_weights([np.ones((4, 1)), np.zeros(1)])
            >>> display = SaliencyDisplay.from_model(model, np.eye(8), method="gradient")
            >>> display
            <SaliencyDisplay: the output, 2: how strongly each pixel moves it>
            >>> np.argwhere(display.saliency).tolist()
            [[3, 3], [3, 4], [4, 3], [4, 4]]
            >>> SaliencyDisplay.from_model(model, np.eye(8), method="occluson")
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: method must be 'occlusion', 'gradient' or 'grad_cam';
                received method='occluson'. Did you mean 'occlusion'?
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        choice("method", method, get_args(Method))
        batch = one_image(model, image)
        outputs = predict(model, batch)
        if outputs.ndim != 2:  # noqa: PLR2004  (1, classes)
            reject("model", "put out (N, classes) or (N, 1)", f"{model.name}: {outputs.shape}")
        finite("model", outputs)
        aim = read_target(model, outputs, target=target, class_names=class_names)
        layer_name = None
        if method != "occlusion":
            _require_gradients(method)
        if method == "occlusion":
            saliency = occlusion(model, batch, aim.score, batch_size=batch_size)
        elif method == "gradient":
            saliency = input_gradient(model, batch, column=aim.column, sign=aim.sign)
        else:
            saliency, layer_name = grad_cam(
                model, batch, layer=layer, column=aim.column, sign=aim.sign
            )
        last = channels_last(model)
        told = "auto" if batch.ndim != 4 else "channels_last" if last else "channels_first"  # noqa: PLR2004
        images = read_images("image", batch, data_format=told, value_range=value_range)
        return cls(
            picture=images.pictures(np.arange(1))[0],
            saliency=as_array("saliency", saliency),
            method=method,
            name=aim.name,
            score=float(aim.score(outputs)[0]),
            is_probability=aim.is_probability,
            image_size=batch.shape[1:3] if told != "channels_first" else batch.shape[2:],
            layer_name=None if layer_name is None else one_line(layer_name),
        )

    @property
    def title(self) -> str:
        """What the model says, and how the picture was found."""
        how = {
            "occlusion": "how far it falls when a patch is covered",
            "gradient": "how strongly each pixel moves it",
            "grad_cam": f"what {shortened(self.layer_name or '', 30)} finds for it",
        }
        said = percent(self.score) if self.is_probability else significant(self.score, digits=3)
        return f"{shortened(self.name, 40)}, {said}: {how[self.method]}"

    @property
    def alt_text(self) -> str:
        """What the model says, how the map was found, its range, and where it is strongest."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        low, high = float(self.saliency.min()), float(self.saliency.max())
        opening = (
            "An image of {}×{} pixels and what counts in it for a model. ".format(*self.image_size)
            + f"The model says {self.title}. Values from {number_text(low)} to {number_text(high)}"
        )
        if high <= 0:
            return f"{opening}; nothing speaks for it."
        row, column = np.unravel_index(int(self.saliency.argmax()), self.saliency.shape)
        rows, columns = self.saliency.shape
        return f"{opening}, the strongest {_where((row + 0.5) / rows, (column + 0.5) / columns)}."

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw the image, the map, and the map over the image in grey.

        Args:
            ax: axes to draw on; a new figure's if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        down = min(_SIDE * self.picture.shape[0] / self.picture.shape[1], 1.6 * _SIDE)
        across = down * self.picture.shape[1] / self.picture.shape[0]
        column = max(across, _NARROWEST)  # a thin picture stands in the middle of it
        width, height = 3 * column + 2 * _GAP, down + _LABEL + _FOOT
        more = wrapped_to(self.title, inches=width, points=12).count("\n")
        size = (width + 0.3, height + 0.5 + 0.2 * more)
        page = open_axes(ax, size=size, theme=theme, frame="none")
        add_title(page.ax, page.theme, self.title, inches=width)
        scale = min(1.0, units_in_inches(page, (width, height)))
        colors = colors_for(self.saliency, page.theme)
        if colors[1] == 0:
            colors = (page.theme.sequential, *colors[1:])  # amounts, not grey values
        lefts = [(column - across) / 2 + index * (column + _GAP) for index in range(3)]
        grey = self.picture if self.picture.ndim == 2 else self.picture[..., :3].mean(axis=2)  # noqa: PLR2004
        for picture, left in ((self.picture, lefts[0]), (grey, lefts[2])):
            draw_picture(page.ax, picture, box=(left, _LABEL, across, down), colors=("gray", 0, 1))
        for left, alpha in ((lefts[1], 1.0), (lefts[2], _OVER)):
            box = (left, _LABEL, across, down)
            draw_picture(page.ax, self.saliency, box=box, colors=colors, alpha=alpha)
        self._label(page, lefts, across=across, scale=scale)
        draw_scale(
            page.ax,
            colors,
            box=(column * 1.1 + _GAP, _LABEL + down + 0.2, column * 0.8, 0.14),
            theme=page.theme,
            points=page.theme.small * scale,
        )
        return self._drawn(page)

    def _label(self, page: Page[Axes], lefts: list[float], *, across: float, scale: float) -> None:
        labels = ("image", "what counts", "over the image")
        for text, left in zip(labels, lefts, strict=True):
            page.ax.text(
                left + across / 2,
                _LABEL - 0.08,
                text,
                color=page.theme.text,
                fontsize=page.theme.small * scale,
                ha="center",
                va="bottom",
            )


def _where(down: float, across: float) -> str:
    """A place in words, from shares of the height and the width."""
    return _PLACES[min(2, int(3 * down))][min(2, int(3 * across))]


def _require_gradients(method: str) -> None:
    backend = require("keras", extra="tensorflow").backend.backend()
    if backend not in BACKENDS:
        reject(
            "method",
            f"be 'occlusion' on the {backend} backend, which gives no gradients",
            method,
        )
