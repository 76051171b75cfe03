"""`FitDisplay`: data, what a model makes of it, and new points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kerasbook.checks import reject
from kerasbook.drawing.arrays import Summary, as_array, evenly_spaced, finite, same_length
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.labels import read_class_names, read_labels, read_predictions
from kerasbook.drawing.models import head_scores, predict
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, listed, percent, shortened, significant
from kerasbook.drawing.theme import add_legend, add_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from kerasbook.drawing.labels import Scores
    from kerasbook.drawing.theme import Theme, ThemeName

__all__ = ["FitDisplay"]

_LINE_POINTS = 201
_REGION_SIDE = 151
_MOST_DRAWN = 5000  # points; more of them only cover each other
_VECTORS = 600  # points; more of them make a vector file slow
_MOST_NAMED = 6  # new points in the legend
_LONGEST_NAME = 24  # characters in the legend
_MARKERS = "os^DvPX*"
_MARGIN = 0.06  # of the data's width, on each side


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FitDisplay(Display["Axes"]):
    """Data, the fitted line or the decision boundary of a Keras model, and new points.

    One feature gives a line: the number that the model predicts for each x. Two features give
    regions: the class that it predicts for each place in the plane.

    Attributes:
        x: (N, 1 or 2) the data.
        y: (N,) the number of each; for regions its class.
        fitted: (N,) what the model says of the data.
        grid_x: (M, 1 or 2) where else it was asked.
        grid_y: (M,) the numbers there; for regions (M, classes) the probabilities.
        new_x: (K, 1 or 2) the new points.
        new_y: (K,) what the model says of them.
        class_names: a name for each class; none for a line.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    fitted: NDArray[Any]
    grid_x: NDArray[Any]
    grid_y: NDArray[Any]
    new_x: NDArray[Any]
    new_y: NDArray[Any]
    class_names: tuple[str, ...] = ()

    @classmethod
    def from_model(
        cls,
        model: Any,  # noqa: ANN401  a Keras model: its type is known where Keras is installed
        x: ArrayLike,
        y: ArrayLike,
        *,
        new: ArrayLike | None = None,
        class_names: Sequence[str] | None = None,
        scores: Scores = "auto",
        batch_size: int = 1024,
    ) -> Self:
        """The fit of a model to data with one or two features.

        Args:
            model: a Keras model: one number out of one feature, or classes out of two.
            x: (N,), (N, 1) or (N, 2).
            y: (N,) or (N, 1) numbers; for two features classes, as integers or one-hot.
            new: points to ask the model about: a number or several; for two features a pair or
                several pairs.
            class_names: a name for each class, for two features.
            scores: what a classifier puts out; `"auto"` asks its last layer, then its numbers.
            batch_size: samples at a time.

        Raises:
            ArgumentError: a shape is another, or the model's output does not fit the data.

        Examples:
            >>> import numpy as np
            >>> from keras import Sequential, layers
            >>> model = Sequential([layers.Input((1,)), layers.Dense(1)])
            >>> model.set_weights([np.array([[2.0]]), np.array([-1.0])])
            >>> display = FitDisplay.from_model(model, [-1, 0, 1, 2], [-3, -1, 1, 3], new=5)
            >>> display
            <FitDisplay: y = 2·x − 1 fitted to 4 points>
            >>> display.new_y
            array([9.], dtype=float32)
            >>> FitDisplay.from_model(model, np.zeros((4, 3)), np.zeros(4))
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: x must have one or two features, as shape (N,), (N, 1)
                or (N, 2); received x=<float64 array of shape (4, 3)>.
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        points = _features(x)
        asked = _new_points(new, points.shape[1])
        grid = _grid_around(np.concatenate([points, asked]))
        everywhere = np.concatenate([points, grid, asked]).astype(np.float32)
        outputs = predict(model, everywhere, batch_size=batch_size)
        finite("model", outputs)
        cuts = [len(points), len(points) + len(grid)]
        if points.shape[1] == 1:
            fitted, line, new_y = np.split(_one_number_each(outputs), cuts)
            return cls(points, _numbers(y, len(points)), fitted, grid, line, asked, new_y)
        head = head_scores(model) if scores == "auto" else scores
        read = read_predictions("model", outputs, scores=head)
        labels, _ = read_labels("y", y, num_classes=read.num_classes)
        same_length("y", labels, length=len(points), of="points")
        fitted, _, new_y = np.split(read.classes, cuts)
        probabilities = np.split(read.probabilities, cuts)[1]  # type: ignore[arg-type]  # scores
        names = read_class_names(class_names, read.num_classes)
        return cls(points, labels, fitted, grid, probabilities, asked, new_y, names)

    @property
    def equation(self) -> str | None:
        """The line as y = slope·x + intercept; `None` for regions and for what is no line."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        if self.class_names:
            return None
        x, y = self.grid_x[:, 0].astype(float), self.grid_y.astype(float)
        centre = float(x.mean())  # far from 0 the fit of x itself would lose its digits
        slope, middle = map(float, np.polyfit(x - centre, y, 1))
        intercept = middle - slope * centre
        if np.abs(slope * x + intercept - y).max() > 1e-4 * max(np.abs(y).max(), 1e-30):
            return None
        # No more digits than the model's own 32 bits hold.
        near = 1e-6 * max(np.abs(y).max(), 1e-30)
        slope, intercept = (0.0 if abs(value) < near else value for value in (slope, intercept))
        sign = "−" if intercept < 0 else "+"
        constant = f" {sign} {_rounded(abs(intercept))}" if intercept else ""
        return f"y = {_rounded(slope)}·x{constant}"

    @property
    def title(self) -> str:
        """The line's equation or the share of right classes, and the number of points."""
        points = counted(len(self.x), "point")
        if self.class_names:
            names = [shortened(name, _LONGEST_NAME) for name in self.class_names]
            return f"{listed(names, most=4)} told apart on {points}: {self._accuracy} right"
        return f"{self.equation or 'curve'} fitted to {points}"

    @property
    def alt_text(self) -> str:
        """The ranges, the line or the regions, how well they fit, and each new point."""
        sides = [f"{name} from {_span(column)}" for name, column in self._columns()]
        opening = f"Scatter plot of {counted(len(self.x), 'point')}, {listed(sides)}"
        if self.class_names:
            fit = (
                f"in {counted(len(self.class_names), 'class', 'classes')} "
                f"({listed(self.class_names)}), over the regions where the model predicts each; "
                f"it is right about {self._accuracy} of the points"
            )
        else:
            fit = (
                f"with the model's {'line ' + self.equation if self.equation else 'curve'} "
                f"through them; mean squared error {significant(self._squared_error, digits=3)}"
            )
        new = [f"{_place(point)} gives {self._said(y)}" for point, y in self._new()]
        closing = f" New: {listed(new)}." if new else ""
        return f"{opening}, {fit}.{closing}"

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw data, line or regions, and new points.

        Args:
            ax: axes to draw on; a new figure's if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        page = open_axes(ax, size=(6.4, 4.4), theme=theme)
        if self.class_names:
            self._draw_regions(page.ax, page.theme)
        else:
            self._draw_line(page.ax, page.theme)
        add_title(page.ax, page.theme, self.title, inches=5.3 * page.scale)
        few = len(self.x) <= _MOST_DRAWN
        add_legend(page.ax, page.theme, loc="best" if few else "upper right")
        return self._drawn(page)

    def _draw_line(self, ax: Axes, theme: Theme) -> None:
        drawn = evenly_spaced(len(self.x), _MOST_DRAWN)
        ax.grid(color=theme.grid, linewidth=0.8)
        ax.set_axisbelow(True)
        ax.set(xlabel="x", ylabel="y")
        model = "model" if self.equation is None else f"model: {self.equation}"
        ax.plot(self.grid_x[:, 0], self.grid_y, color=theme.color(0), linewidth=2, label=model)
        ax.plot(
            self.x[drawn, 0],
            self.y[drawn],
            linestyle="none",
            marker="o",
            markersize=7 if len(drawn) <= 100 else 3,  # noqa: PLR2004  few points can be seen
            color=theme.text,
            label="data",
            rasterized=len(drawn) > _VECTORS,
        )
        if len(self.new_x):
            self._draw_new(ax, theme)

    def _draw_regions(self, ax: Axes, theme: Theme) -> None:
        self._draw_boundaries(ax, theme)
        drawn = evenly_spaced(len(self.x), _MOST_DRAWN)
        for index, name in enumerate(self.class_names):
            own = drawn[self.y[drawn] == index]
            ax.plot(
                self.x[own, 0],
                self.x[own, 1],
                linestyle="none",
                marker=_MARKERS[index % len(_MARKERS)],
                markersize=6,
                color=theme.color(index),
                markeredgecolor=theme.background,
                markeredgewidth=0.7,
                label=shortened(name, _LONGEST_NAME),
                rasterized=len(own) > _VECTORS,
            )
        ax.set(xlabel="first feature", ylabel="second feature")
        if len(self.new_x):
            self._draw_new(ax, theme)

    def _draw_boundaries(self, ax: Axes, theme: Theme) -> None:
        import numpy as np  # noqa: PLC0415  loaded on first use
        from matplotlib.colors import ListedColormap  # noqa: PLC0415  only drawing needs it

        side = _REGION_SIDE
        horizontal, vertical = (self.grid_x[:, axis].reshape(side, side) for axis in (0, 1))
        winner = self.grid_y.argmax(axis=1).reshape(side, side)  # (M, C) -> (side, side)
        count = len(self.class_names)
        colors = ListedColormap([theme.color(index) for index in range(count)])
        ax.pcolormesh(
            horizontal,
            vertical,
            winner,
            cmap=colors,
            vmin=-0.5,
            vmax=count - 0.5,
            alpha=0.25,
            shading="nearest",
            rasterized=True,
        )
        for index in range(count if count > 2 else 1):  # noqa: PLR2004  two share one boundary
            others = np.delete(self.grid_y, index, axis=1).max(axis=1)
            lead = (self.grid_y[:, index] - others).reshape(side, side)  # (M,) -> (side, side)
            if lead.min() < 0 < lead.max():
                ax.contour(horizontal, vertical, lead, [0], colors=theme.text, linewidths=1.5)

    def _draw_new(self, ax: Axes, theme: Theme) -> None:
        named = [f"{_place(point)} → {self._shortly(y)}" for point, y in self._new()]
        heights = self.new_x[:, 1] if self.class_names else self.new_y
        ax.plot(
            self.new_x[:, 0],
            heights,
            linestyle="none",
            marker="*",
            markersize=15,
            color=theme.wrong if not self.class_names else theme.text,
            markeredgecolor=theme.background,
            label="new: " + "\n        ".join(_most(named)),
            zorder=4,
        )

    def _new(self) -> list[tuple[NDArray[Any], Any]]:
        return list(zip(self.new_x, self.new_y, strict=True))

    def _said(self, y: Any) -> str:  # noqa: ANN401  a number or the index of a class
        return self.class_names[y] if self.class_names else significant(float(y))

    def _shortly(self, y: Any) -> str:  # noqa: ANN401  a number or the index of a class
        return shortened(self._said(y), _LONGEST_NAME)

    def _columns(self) -> list[tuple[str, NDArray[Any]]]:
        if self.class_names:
            return [("first feature", self.x[:, 0]), ("second feature", self.x[:, 1])]
        return [("x", self.x[:, 0]), ("y", self.y)]

    @property
    def _accuracy(self) -> str:
        return percent(float((self.fitted == self.y).mean()))

    @property
    def _squared_error(self) -> float:
        return float(((self.fitted.astype(float) - self.y) ** 2).mean())


def _features(x: object) -> NDArray[Any]:
    given = as_array("x", x)
    array = given.reshape(-1, 1) if given.ndim == 1 else given  # (N,) -> (N, 1)
    if array.size == 0 or array.ndim != 2 or array.shape[1] > 2:  # noqa: PLR2004  the shape
        reject("x", "have one or two features, as shape (N,), (N, 1) or (N, 2)", Summary(given))
    finite("x", given)
    return array.astype(float)


def _new_points(new: object, features: int) -> NDArray[Any]:
    import numpy as np  # noqa: PLC0415  loaded on first use

    if new is None:
        return np.empty((0, features))
    array = as_array("new", new)
    fits = array.ndim <= 1 if features == 1 else array.shape == (features,)
    if not fits and (array.ndim != 2 or array.shape[1] != features):  # noqa: PLR2004  the shape
        form = "a number or several" if features == 1 else "a pair or several, of shape (K, 2)"
        reject("new", f"be {form}, for data of {counted(features, 'feature')}", Summary(array))
    finite("new", array)
    return array.reshape(-1, features).astype(float)  # (), (K,), (2,) -> (K, features)


def _numbers(y: object, length: int) -> NDArray[Any]:
    array = as_array("y", y)
    if array.ndim not in {1, 2} or array.size != len(array):
        reject("y", "be one number for each x, of shape (N,) or (N, 1)", Summary(array))
    same_length("y", array, length=length, of="points")
    finite("y", array)
    return array.reshape(-1).astype(float)  # (N, 1) -> (N,)


def _one_number_each(outputs: NDArray[Any]) -> NDArray[Any]:
    if outputs.size != len(outputs):
        mend = "For classes give x two features."
        reject("model", "put out one number for each x", Summary(outputs), mend=mend)
    return outputs.reshape(-1)  # (N, 1) -> (N,)


def _grid_around(points: NDArray[Any]) -> NDArray[Any]:
    """Where else to ask the model: along the line, or over the plane, a little past the points."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    count = _LINE_POINTS if points.shape[1] == 1 else _REGION_SIDE
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.where(high > low, _MARGIN * (high - low), 1.0)
    sides = [
        np.linspace(low[axis] - margin[axis], high[axis] + margin[axis], count)
        for axis in range(points.shape[1])
    ]
    return np.stack([side.reshape(-1) for side in np.meshgrid(*sides)], axis=1)


def _rounded(value: float) -> str:
    return significant(float(f"{value:.4g}"))


def _span(values: NDArray[Any]) -> str:
    return f"{_rounded(values.min())} to {_rounded(values.max())}"


def _place(point: NDArray[Any]) -> str:
    if len(point) == 1:
        return f"x = {_rounded(point[0])}"
    return f"({_rounded(point[0])}, {_rounded(point[1])})"


def _most(lines: list[str]) -> list[str]:
    return lines if len(lines) <= _MOST_NAMED else [*lines[:_MOST_NAMED], f"{len(lines)} in all"]
