"""`ActivationDisplay`: activation functions and their derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kerasbook.checks import real_number, reject
from kerasbook.drawing.base import Display, open_panels
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import listed, one_line, significant
from kerasbook.drawing.theme import add_legend, add_title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from kerasbook.drawing.theme import Theme, ThemeName

__all__ = ["ActivationDisplay"]

_MOST = 33  # functions, one panel each
_STEP = (
    1 / 64
)  # distance between points: exact in binary, so that kinks at whole numbers are points
_JUMP = 0.05  # smallest change of slope between two points that is drawn as a gap
_SUDDEN = 8  # a change is a jump if it is this many times its neighbours
# Width and height of a panel in inches, by the number of panels in a row.
_PANELS = {1: (4.6, 3.1), 2: (3.7, 3.1), 3: (2.5, 2.5)}
# The result for one input depends on the other inputs; the panel names those.
_BESIDE = {"softmax": "(x, 0, 0)", "log_softmax": "(x, 0, 0)", "sparsemax": "(x, 0, 0)"}
_HEADS = {"softmax": "many classes", "sigmoid": "two classes", "linear": "regression"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ActivationDisplay(Display["tuple[Axes, ...]"]):
    """Activation functions, each with its derivative, as Keras computes them.

    Softmax, log-softmax and sparsemax are computed for the vector (x, 0, 0). The derivative is
    the slope between neighbouring points, 1/64 apart: exact for piecewise linear functions.

    Attributes:
        names: names of the functions.
        x: (M,) the points at which they were computed.
        values: (functions, M) values of the functions at these points.
        slopes: (functions, M − 1) derivatives, halfway between neighbouring points.
    """

    names: tuple[str, ...]
    x: NDArray[Any]
    values: NDArray[Any]
    slopes: NDArray[Any]

    @classmethod
    def from_names(
        cls,
        names: str | Callable[..., Any] | Sequence[str | Callable[..., Any]],
        *,
        low: float = -4.0,
        high: float = 4.0,
    ) -> Self:
        """A display of activations given by name, as functions or as layers.

        Args:
            names: one or several: `"relu"`, `keras.activations.relu`,
                `keras.layers.LeakyReLU(negative_slope=0.1)`.
            low: smallest x.
            high: largest x.

        Raises:
            ArgumentError: Keras knows no such activation, or the range is empty.

        Examples:
            >>> display = ActivationDisplay.from_names(("relu", "sigmoid"))
            >>> display
            <ActivationDisplay: relu and sigmoid with their derivatives>
            >>> float(display.slopes[0].min()), float(display.slopes[0].max())
            (0.0, 1.0)
            >>> ActivationDisplay.from_names("rely")
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: names must be Keras's activations, or functions;
                received names='rely'. Did you mean 'relu'?
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        given = (names,) if isinstance(names, str) or callable(names) else names
        if not isinstance(given, list | tuple) or not 0 < len(given) <= _MOST:
            reject("names", f"be 1 to {_MOST} activations", names)
        low, high = real_number("low", low), real_number("high", high)
        if high <= low:
            reject("high", f"be more than low={low!r}", high)
        x = np.arange(np.floor(low / _STEP), np.ceil(high / _STEP) + 1) * _STEP
        functions = [_activation(name) for name in given]
        values = np.stack([_computed(name, function, x) for name, function in functions])
        slopes = np.diff(values, axis=1) / _STEP
        return cls(tuple(one_line(name) for name, _ in functions), x, values, slopes)

    @property
    def title(self) -> str:
        """The names of the functions."""
        return f"{listed(self.names)} with {'its' if len(self.names) == 1 else 'their'} " + (
            "derivative" if len(self.names) == 1 else "derivatives"
        )

    @property
    def alt_text(self) -> str:
        """The range of each function and of its derivative."""
        begin, end = significant(float(self.x[0])), significant(float(self.x[-1]))
        told = [
            f"{self._label(index)} goes from {_at(values[0])} to {_at(values[-1])}, its derivative "
            f"lies between {_at(slopes.min())} and {_at(slopes.max())}."
            for index, (values, slopes) in enumerate(zip(self.values, self.slopes, strict=True))
        ]
        return f"Activation functions for x from {begin} to {end}. {' '.join(told)}"

    @in_own_settings
    def plot(self, *, fig: Figure | SubFigure | None = None, theme: ThemeName = "light") -> Self:
        """Draw one panel for each function: the function solid, its derivative dashed.

        Args:
            fig: a figure to draw on; a new one if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`, a tuple of axes in the order of `names`.

        Raises:
            ArgumentError: `fig` is no figure, or there is no such theme.
        """
        count = len(self.names)
        columns = 2 if count == 4 else min(count, 3)  # noqa: PLR2004  two by two
        rows = -(-count // columns)
        width, height = _PANELS[columns]
        size = (width * columns, height * rows)
        page = open_panels(fig, shape=(rows, columns), size=size, theme=theme, panels=count)
        for index, ax in enumerate(page.ax):
            self._draw_function(ax, index, page.theme)
            add_title(ax, page.theme, self._label(index), inches=width - 0.4)
        add_legend(page.ax[0], page.theme)  # the legend of one panel holds for all
        return self._drawn(page)

    def _draw_function(self, ax: Axes, index: int, theme: Theme) -> None:
        import numpy as np  # noqa: PLC0415  loaded on first use

        ax.grid(color=theme.grid, linewidth=0.8)
        ax.set_axisbelow(True)
        ax.axhline(0, color=theme.muted, linewidth=1)
        ax.axvline(0, color=theme.muted, linewidth=1)
        slopes = self.slopes[index].copy()
        change = np.pad(np.abs(np.diff(slopes)), 1)
        beside = np.maximum(change[:-2], change[2:])
        jumps = (change[1:-1] > _JUMP) & (change[1:-1] > _SUDDEN * beside)
        slopes[1:][jumps] = np.nan  # a gap: a steep line would suggest a slope
        ax.plot(self.x, self.values[index], color=theme.color(0), linewidth=2.5, label="value")
        middles = (self.x[1:] + self.x[:-1]) / 2
        ax.plot(
            middles, slopes, color=theme.color(1), linewidth=2, linestyle="--", label="derivative"
        )
        head = _HEADS.get(self.names[index])
        ax.set_xlabel(f"x   (a head for {head})" if head else "x")

    def _label(self, index: int) -> str:
        name = self.names[index]
        return f"{name} of {_BESIDE[name]}" if name in _BESIDE else name


def _activation(name: Any) -> tuple[str, Callable[..., Any]]:  # noqa: ANN401  a name or a callable
    from difflib import get_close_matches  # noqa: PLC0415  only a wrong name pays for it

    import keras  # noqa: PLC0415  importing this module must not load it

    if callable(name):
        return str(
            getattr(name, "name", None) or getattr(name, "__name__", type(name).__name__)
        ), name
    try:
        return str(name), keras.activations.get(name)
    except (ValueError, TypeError):
        known = [known for known in dir(keras.activations) if not known.startswith("_")]
        near = get_close_matches(str(name), known, n=1)
        mend = f"Did you mean {near[0]!r}?" if near else ""
        reject("names", "be Keras's activations, or functions", name, mend=mend)


def _computed(name: str, function: Callable[..., Any], x: NDArray[Any]) -> NDArray[Any]:
    import keras  # noqa: PLC0415  importing this module must not load it
    import numpy as np  # noqa: PLC0415  loaded on first use

    column = np.asarray(x, dtype="float32").reshape(-1, 1)  # (M,) -> (M, 1)
    if name in _BESIDE:
        column = np.concatenate([column, np.zeros((len(x), 2), "float32")], axis=1)
    try:
        result = keras.ops.convert_to_numpy(function(keras.ops.convert_to_tensor(column)))
        return np.asarray(result, dtype=float).reshape(len(x), -1)[:, 0]  # (M, …) -> (M,)
    except (TypeError, ValueError) as error:
        mend = f"It says: {error} Pass a function of x alone, made with functools.partial."
        reject("names", "be functions of one array that keep its shape", name, mend=mend)


def _at(value: Any) -> str:  # noqa: ANN401  a NumPy scalar
    return significant(float(value), digits=3)
