"""`BatchNormDisplay`: a real batch before and after normalisation, in training and prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kerasbook.checks import positive_integer, reject, require
from kerasbook.drawing.arrays import Summary, as_array, finite
from kerasbook.drawing.base import Display, open_panels
from kerasbook.drawing.layers import calls, find_call, run
from kerasbook.drawing.ruler import Ruler
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, one_line, shortened, significant
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import ArrayLike, NDArray

    from kerasbook.drawing.theme import Theme, ThemeName

__all__ = ["BatchNormDisplay"]

_MOST_CHANNELS = 4  # drawn
_MOST_VALUES = 200_000  # values of a channel: enough for any histogram
_LEAST_BINS, _MOST_BINS = 8, 50
_ROUNDING = 1e-5  # share of the deviation: a smaller mean is a rounding error and is written as 0
_BAND = 0.78  # inches down for each channel
_HEIGHT = 0.6  # height of the histogram, as a share of the band


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchNormDisplay(Display["tuple[Axes, ...]"]):
    """How a `BatchNormalization` layer shifts and scales the values of a batch.

    In training the layer normalises with the mean and variance of the batch, in prediction with
    its moving mean and variance. At most the first four channels are drawn.

    Attributes:
        before: (values, channels) inputs of the layer.
        training: (values, channels) outputs in training.
        prediction: (values, channels) outputs in prediction.
        samples: number of samples in the batch.
        channels: number of channels of the layer.
        trained: number of trainable parameters: γ and β.
        kept: number of non-trainable parameters: the moving means and variances.
        momentum: the share of a moving value that remains after a training step.
        layer_name: name of the layer.
    """

    before: NDArray[Any]
    training: NDArray[Any]
    prediction: NDArray[Any]
    samples: int
    channels: int
    trained: int
    kept: int
    momentum: float
    layer_name: str

    @classmethod
    def from_layer(cls, layer: Any, x: ArrayLike) -> Self:  # noqa: ANN401  a Keras layer
        """A display of a layer's outputs for a batch; the layer itself is not changed.

        Args:
            layer: a built `keras.layers.BatchNormalization`.
            x: the input batch, of shape (samples, …).

        Raises:
            ArgumentError: the layer is of another class, or the batch does not fit it.

        Examples:
            >>> import keras, numpy as np
            >>> layer = keras.layers.BatchNormalization(name="norm")
            >>> layer.build((None, 2))
            >>> display = BatchNormDisplay.from_layer(layer, [[1.0, 10.0], [3.0, 50.0]])
            >>> display
            <BatchNormDisplay: norm: 2 channels, 4 parameters trained and 4 kept aside>
            >>> display.training.round(2)
            array([[-1., -1.],
                   [ 1.,  1.]])
            >>> BatchNormDisplay.from_layer(keras.layers.ReLU(name="relu"), [[1.0]])
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: layer must be a BatchNormalization; received
                layer='relu', a ReLU.

        Reference:
            Ioffe and Szegedy, *Batch normalization: accelerating deep network training by reducing
            internal covariate shift*, 2015, https://arxiv.org/abs/1502.03167.
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        kind = require("keras", extra="tensorflow").layers.BatchNormalization
        if not isinstance(layer, kind) or getattr(layer, "renorm", False):
            note = f", a {type(layer).__name__}"
            reject("layer", "be a BatchNormalization", getattr(layer, "name", layer), note=note)
        if not layer.built:
            mend = "It has no weights yet: build it, or call it on a batch."
            reject("layer", "be a BatchNormalization that is built", layer.name, mend=mend)
        values = _columns(x, layer)
        gamma, beta, mean, variance = _weights(layer, values.shape[1])
        drawn = values[:: -(-len(values) // _MOST_VALUES), :_MOST_CHANNELS]
        # Double precision: in single precision the mean of millions of values is inexact.
        batch_mean: NDArray[Any] = values.mean(axis=0, dtype=np.float64)
        batch_variance: NDArray[Any] = values.var(axis=0, dtype=np.float64)

        def normalised(mean: NDArray[Any], variance: NDArray[Any]) -> NDArray[Any]:
            scale = gamma / np.sqrt(variance + layer.epsilon)
            result = (drawn - mean[:_MOST_CHANNELS]) * scale[:_MOST_CHANNELS]
            return np.asarray(result + beta[:_MOST_CHANNELS], drawn.dtype)

        return cls(
            before=drawn,
            training=normalised(batch_mean, batch_variance),
            prediction=normalised(mean, variance),
            samples=len(as_array("x", x)),
            channels=values.shape[1],
            trained=values.shape[1] * (bool(layer.scale) + bool(layer.center)),
            kept=2 * values.shape[1],
            momentum=float(layer.momentum),
            layer_name=one_line(str(layer.name)),
        )

    @classmethod
    def from_model(
        cls,
        model: Any,  # noqa: ANN401  a Keras model: its type is known where Keras is installed
        x: ArrayLike,
        *,
        layer: object = None,
        batch_size: int = 32,
    ) -> Self:
        """A display of a layer within a model, for the batch that reaches it.

        Args:
            model: a functional or sequential Keras model with one input.
            x: inputs of the model, of shape (samples, …); only the first batch is used.
            layer: the layer's name (`"backbone/norm_1"` in a nested model), its index in
                `model.layers`, or the layer; the first `BatchNormalization` if left out.
            batch_size: samples in the batch; `fit` takes 32 by default.

        Raises:
            ArgumentError: the model has no such layer, or the inputs do not fit.
        """
        kind = require("keras", extra="tensorflow").layers.BatchNormalization
        found = calls(model)
        if len(model.inputs) != 1:
            names = tuple(each.name for each in found if not each.inputs)
            reject("model", "have one input", names)
        if layer is not None:
            call = find_call(model, layer)
        else:
            kept = [each for each in found if isinstance(each.layer, kind)]
            if not kept:
                reject("model", "have a BatchNormalization", model.name)
            call = kept[0]
        batch = as_array("x", x)[: positive_integer("batch_size", batch_size)]
        expected = tuple(model.inputs[0].shape)
        if batch.shape[1:] != tuple(
            given if wanted is None else wanted
            for wanted, given in zip(expected[1:], batch.shape[1:], strict=False)
        ):
            form = ", ".join(["samples", *("any" if s is None else str(s) for s in expected[1:])])
            reject("x", f"have shape ({form}), as the model takes it", Summary(as_array("x", x)))
        return cls.from_layer(call.layer, run(model, [call.inputs[0]], batch)[0])

    @property
    def title(self) -> str:
        """The layer, its channels and its parameters."""
        return (
            f"{shortened(self.layer_name, 40)}: {counted(self.channels, 'channel')}, "
            f"{counted(self.trained, 'parameter')} trained and {self.kept:,} kept aside"
        )

    @property
    def alt_text(self) -> str:
        """The mean and standard deviation of each channel, before and after the layer."""
        panels = (
            ("Before", self.before),
            ("After, in training, by mean and variance of the batch", self.training),
            ("After, in prediction, by the moving mean and variance", self.prediction),
        )
        told = []
        for name, values in panels:
            each = (
                f"channel {channel}: {self._described(values, channel)}"
                for channel in range(values.shape[1])
            )
            told.append(f"{name}: {'; '.join(each)}.")
        opening = (
            f"Histograms of a batch of {counted(self.samples, 'sample')} in {self.title}; a step "
            f"of training leaves {significant(self.momentum)} of each moving value."
        )
        return " ".join([opening, *told])

    @in_own_settings
    def plot(self, *, fig: Figure | SubFigure | None = None, theme: ThemeName = "light") -> Self:
        """Draw the histograms of each channel: before, after in training, after in prediction.

        Each histogram is scaled to the same height; a vertical line marks its mean.

        Args:
            fig: a figure to draw on; a new one if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`, a tuple of three axes.

        Raises:
            ArgumentError: `fig` is no figure, or there is no such theme.
        """
        channels = self.before.shape[1]
        page = open_panels(fig, shape=(1, 3), size=(7.4, 1.3 + _BAND * channels), theme=theme)
        drawn = "" if channels == self.channels else f"\n{channels} of {self.channels:,} channels"
        name = Ruler().fitted(self.layer_name, page.theme.medium, most=1.2)
        batch = f"{counted(self.samples, 'sample')} in {name}{drawn}"
        panels = (
            ("before", batch, self.before),
            ("after, in training", "by mean and variance\nof the batch", self.training),
            ("after, in prediction", "by the moving mean\nand variance", self.prediction),
        )
        for ax, (name, how, values) in zip(page.ax, panels, strict=True):
            self._draw(ax, page.theme, values)
            add_title(ax, page.theme, name, inches=2.2)
            ax.set_xlabel(f"value\n{how}").set_parse_math(False)
        names = [f"channel {channel}" for channel in range(channels)]
        page.ax[0].set_yticks([channels - 1 - c for c in range(channels)], names, va="bottom")
        page.ax[0].tick_params(axis="y", length=0)
        # Both outputs share an axis, so that they can be compared.
        ends = [end for ax in page.ax[1:] for end in ax.get_xlim()]
        for ax in page.ax[1:]:
            ax.set_xlim(min(ends), max(ends))
        return self._drawn(page)

    def _draw(self, ax: Axes, theme: Theme, values: NDArray[Any]) -> None:
        """Draw a band for each channel, the first on top: histogram, mean and numbers."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        low, high = float(values.min()), float(values.max())
        bins = min(_MOST_BINS, max(_LEAST_BINS, round(2 * len(values) ** (1 / 3))))
        edges = np.linspace(low, high if high > low else low + 1, bins + 1)
        count = values.shape[1]
        for channel in range(count):
            color, base = theme.color(channel), count - 1 - channel
            shares, _ = np.histogram(values[:, channel], edges)
            heights = base + _HEIGHT * shares / shares.max()
            ax.stairs(heights, edges, baseline=base, fill=True, color=color, alpha=0.35)
            ax.stairs(heights, edges, baseline=base, color=color, linewidth=1.5)
            mean = float(values[:, channel].mean(dtype=float))
            for x, line, width in ((0, theme.muted, 1), (mean, theme.text, 1.8)):
                ax.plot([x, x], [base, base + _HEIGHT], color=line, linewidth=width)
            ax.text(
                0.02,
                base + 0.76,
                self._described(values, channel),
                transform=ax.get_yaxis_transform(),
                color=theme.text,
                fontsize=theme.small,
                va="center",
            )
        ax.spines["left"].set_visible(False)
        ax.set(yticks=[], ylim=(-0.04, count))

    def _described(self, values: NDArray[Any], channel: int) -> str:
        column = values[:, channel].astype(float)
        mean, deviation = float(column.mean()), float(column.std())
        mean = 0.0 if abs(mean) < _ROUNDING * deviation else mean
        return f"mean {significant(mean, digits=3)}, sd {significant(deviation, digits=3)}"


def _columns(x: object, layer: Any) -> NDArray[Any]:  # noqa: ANN401  a Keras layer
    """The batch as (values, channels)."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    array = as_array("x", x)
    channels = int(layer.moving_mean.shape[0])
    axis = layer.axis if array.ndim else 0
    fits = array.ndim > 1 and array.size and -array.ndim <= axis < array.ndim
    if not fits or array.shape[axis] != channels:
        reject("x", f"have {counted(channels, 'channel')} on axis {layer.axis}", Summary(array))
    finite("x", array)
    columns = np.moveaxis(array, axis, -1).reshape(-1, channels)  # (n, …, c) -> (n·…, c)
    return columns.astype(np.result_type(columns.dtype, np.float32))


def _weights(layer: Any, channels: int) -> tuple[NDArray[Any], ...]:  # noqa: ANN401  a Keras layer
    """γ, β, moving mean and moving variance; a missing γ is 1, a missing β 0."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    gamma, beta = (
        as_array("layer", weight) if weight is not None else np.full(channels, absent, np.float32)
        for weight, absent in ((layer.gamma, 1), (layer.beta, 0))
    )
    return (
        gamma,
        beta,
        as_array("layer", layer.moving_mean),
        as_array("layer", layer.moving_variance),
    )
