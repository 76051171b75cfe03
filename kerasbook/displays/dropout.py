"""`DropoutDisplay`: a layer of units without dropout, and with it, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kerasbook.checks import integer, real_number, reject, require
from kerasbook.drawing.base import Display, open_panels
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, listed, significant
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from kerasbook.drawing.theme import Theme, ThemeName

__all__ = ["DropoutDisplay"]

_MOST_UNITS, _MOST_STEPS = 24, 5
_BEFORE, _AFTER = 4, 3  # units of the layers beside it
_UNIT = 0.41  # inches down for each unit
_PANEL, _COLUMNS = 2.45, 3  # inches across, and how many side by side
_RADIUS = 0.42  # of a unit, where units are 1 apart


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DropoutDisplay(Display["tuple[Axes, ...]"]):
    """What a `Dropout` layer does to units that are all 1: in prediction, and in training.

    In prediction nothing. In each step of training it sets other units to 0 and makes the rest
    larger, so that their sum stays the same on average.

    Attributes:
        prediction: (units,) what is left of each unit in prediction.
        training: (steps, units) what is left of each in some steps of training.
        rate: the share that is set to 0, on average.
    """

    prediction: NDArray[Any]
    training: NDArray[Any]
    rate: float

    @classmethod
    def from_rate(
        cls, rate: float, *, units: int = 8, steps: int = 2, seed: int | None = None
    ) -> Self:
        """What Keras's `Dropout` of a rate does.

        Args:
            rate: the share of units that is set to 0, at least 0 and below 1.
            units: how many units the layer has, at most 24.
            steps: how many steps of training to show, at most 5.
            seed: for steps that can be repeated on the same backend.

        Raises:
            ArgumentError: a number is out of its bounds.

        Examples:
            >>> display = DropoutDisplay.from_rate(0.25, units=4, seed=0)
            >>> display
            <DropoutDisplay: Dropout of 25 %: 4 units, 2 steps>
            >>> display.prediction
            array([1., 1., 1., 1.], dtype=float32)
            >>> sorted({round(float(value), 2) for value in display.training.flat})
            [0.0, 1.33]
            >>> DropoutDisplay.from_rate(25)
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: rate must be a number of at least 0 and below 1;
                received rate=25.

        Reference:
            Srivastava and others, *Dropout: a simple way to prevent neural networks from
            overfitting*, 2014, https://jmlr.org/papers/v15/srivastava14a.html.
        """
        rate = real_number("rate", rate, minimum=0, below=1)
        seed = None if seed is None else integer("seed", seed, minimum=0)
        layer = require("keras", extra="tensorflow").layers.Dropout(rate, seed=seed)
        return cls.from_layer(layer, units=units, steps=steps)

    @classmethod
    def from_layer(
        cls,
        layer: Any,  # noqa: ANN401  a Keras layer
        *,
        units: int = 8,
        steps: int = 2,
    ) -> Self:
        """What a layer of the user's model does. A copy is asked: the layer stays as it is.

        Args:
            layer: a `keras.layers.Dropout`.
            units: how many units to give it, at most 24.
            steps: how many steps of training to show, at most 5.

        Raises:
            ArgumentError: it is another layer, or a number is out of its bounds.
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        keras = require("keras", extra="tensorflow")
        if not isinstance(layer, keras.layers.Dropout):
            note = f", a {type(layer).__name__}"
            reject("layer", "be a Dropout", getattr(layer, "name", layer), note=note)
        units = integer("units", units, minimum=1, maximum=_MOST_UNITS)
        steps = integer("steps", steps, minimum=1, maximum=_MOST_STEPS)
        copy = type(layer).from_config(layer.get_config())
        ones = np.ones((1, units), np.float32)
        told = [
            keras.ops.convert_to_numpy(copy(ones, training=step > 0))[0]
            for step in range(steps + 1)
        ]
        return cls(told[0], np.stack(told[1:]), float(layer.rate))

    @property
    def title(self) -> str:
        """The rate, and how many units and steps are shown."""
        units, steps = self.training.shape[1], len(self.training)
        return (
            f"Dropout of {_percent(self.rate)}: {counted(units, 'unit')}, {counted(steps, 'step')}"
        )

    @property
    def alt_text(self) -> str:
        """What becomes of the units in prediction and in each step."""
        told = [
            f"Step {step} of training: {self._dropped(values)}."
            for step, values in enumerate(self.training, start=1)
        ]
        units = counted(self.training.shape[1], "unit")
        opening = (
            f"A layer of {units} between two others, under dropout of {_percent(self.rate)}. "
            "In prediction all count as they are."
        )
        return " ".join([opening, *told])

    @in_own_settings
    def plot(self, *, fig: Figure | SubFigure | None = None, theme: ThemeName = "light") -> Self:
        """Draw the layer in prediction, and then in each step of training.

        Args:
            fig: a figure to draw on; a new one if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`, a tuple of axes: prediction first.

        Raises:
            ArgumentError: `fig` is no figure, or there is no such theme.
        """
        panels = [self.prediction, *self.training]
        height = max(len(self.prediction), _BEFORE) * _UNIT + 0.9
        columns = min(len(panels), _COLUMNS)
        rows = -(-len(panels) // columns)
        page = open_panels(
            fig,
            shape=(rows, columns),
            size=(_PANEL * columns, height * rows),
            theme=theme,
            panels=len(panels),
            frame="none",
        )
        for step, (ax, values) in enumerate(zip(page.ax, panels, strict=True)):
            _draw_network(ax, page.theme, values)
            dropped = int((values == 0).sum())
            name = f"training, step {step}:\n{dropped} of {len(values)} are 0"
            add_title(ax, page.theme, name if step else "prediction:\nall units", inches=_PANEL)
        return self._drawn(page)

    def _dropped(self, values: NDArray[Any]) -> str:
        zero = [str(index) for index in range(1, len(values) + 1) if not values[index - 1]]
        times = f"count {significant(1 / (1 - self.rate), digits=3)} times"
        if not zero:
            return f"none is 0, all {times if self.rate else 'count as they are'}"
        if len(zero) == len(values):
            return "all are 0"
        verb = "unit {} is 0" if len(zero) == 1 else "units {} are 0"
        return f"{verb.format(listed(zero, most=_MOST_UNITS))}, the others {times}"


def _draw_network(ax: Axes, theme: Theme, values: NDArray[Any]) -> None:
    """The layer between two others; a unit that is 0 is crossed out and has no connections."""
    from matplotlib.collections import LineCollection  # noqa: PLC0415  only drawing needs it

    count = len(values)
    left, middle, right = (
        _column(x, n, count) for x, n in ((0, _BEFORE), (2.3, count), (4.6, _AFTER))
    )
    kept = [place for place, value in zip(middle, values, strict=True) if value]
    lines = [(one, two) for beside in (left, right) for one in beside for two in kept]
    ax.add_collection(LineCollection(lines, colors=theme.muted, linewidths=0.6, zorder=1))
    for place in (*left, *right):
        _draw_unit(ax, theme, place, text="", color=theme.grid)
    for place, value in zip(middle, values, strict=True):
        text = significant(float(value), digits=3) if value else "×"
        _draw_unit(ax, theme, place, text=text, color=theme.color(0) if value else None)
    ax.set_xlim(-0.6, 5.2)
    ax.set_ylim(max(count, _BEFORE) - 0.4, -0.6)
    ax.set_aspect("equal")


def _column(x: float, count: int, tallest: int) -> list[tuple[float, float]]:
    """The places of so many units, in the middle of the height."""
    tallest = max(tallest, _BEFORE)
    return [(x, (tallest - count) / 2 + index) for index in range(count)]


def _draw_unit(
    ax: Axes, theme: Theme, place: tuple[float, float], *, text: str, color: str | None
) -> None:
    from matplotlib.colors import to_rgb  # noqa: PLC0415  only drawing needs it
    from matplotlib.patches import Circle  # noqa: PLC0415  likewise

    from kerasbook.drawing.cells import text_on  # noqa: PLC0415  beside its colours

    ax.add_patch(
        Circle(
            place,
            _RADIUS,
            facecolor=color or theme.background,
            edgecolor=theme.muted if color else theme.wrong,
            linestyle="-" if color else "--",
            linewidth=1.2,
            zorder=2,
        )
    )
    if text:
        ax.text(
            *place,
            text,
            color=text_on(to_rgb(color)) if color else theme.text,
            fontsize=theme.small if color else 1.6 * theme.small,
            ha="center",
            va="center",
        )


def _percent(share: float) -> str:
    return f"{significant(100 * share, digits=3)} %"
