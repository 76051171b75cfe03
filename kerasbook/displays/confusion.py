"""`ConfusionDisplay`: a confusion matrix with the worst confusions named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

from kerasbook.checks import choice, reject
from kerasbook.drawing.arrays import as_array, same_length
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.labels import read_class_names, read_labels, read_predictions
from kerasbook.drawing.models import head_scores, predict
from kerasbook.drawing.ruler import wrapped_to
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, listed, percent, shortened
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from kerasbook.drawing.base import Page
    from kerasbook.drawing.labels import Scores
    from kerasbook.drawing.theme import ThemeName

__all__ = ["ConfusionDisplay", "Pair"]

Normalize = Literal["true", "pred", "all"]
_MOST_CLASSES = 2000
_WRITTEN = 20  # classes whose counts are written out; more could not be read
_UNWRITTEN = 4.4  # inches for the whole matrix, if cells are only coloured
_TICKS = 25
_LEAST_OUTLINE = 0.016  # half a side of the smallest outline, as a share of the matrix
_OUTLINED = 3  # worst pairs
_LONGEST_NAME, _LONGEST_SAID = (
    18,
    40,
)  # longest class names in characters: beside the cells, and below
_POINTS, _LINE = 10.0, 0.17  # of the text below: points, inches


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of confused classes, with how often it occurred and the share of the true class."""

    true: str
    predicted: str
    count: int
    share: float  # of all samples whose class is `true`

    def __str__(self) -> str:
        return f"{self.true} as {self.predicted}, {self.count:,} ({percent(self.share)})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ConfusionDisplay(Display["Axes"]):
    """A confusion matrix of true and predicted classes, the worst confusions named and outlined.

    Attributes:
        counts: (classes, classes) number of samples of the row's class that were predicted as the
            column's class.
        class_names: a name for each class.
        normalize: numbers in the cells: counts (`None`), or shares of the row's true class
            (`"true"`), of the column's predicted class (`"pred"`) or of all (`"all"`).
    """

    counts: NDArray[np.intp]
    class_names: tuple[str, ...]
    normalize: Normalize | None = None

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_prob: ArrayLike,
        *,
        class_names: Sequence[str] | None = None,
        normalize: Normalize | None = None,
        scores: Scores = "auto",
    ) -> Self:
        """A confusion matrix from predictions that a model has already made.

        Args:
            y_true: (N,) or (N, 1) class indices, or (N, C) one-hot.
            y_prob: (N, C) probabilities or logits, (N,) or (N, 1) of one sigmoid unit, or the
                predicted classes as integers.
            class_names: a name for each class.
            normalize: show shares of the true class, the predicted class or all instead of
                counts.
            scores: what `y_prob` holds, if its values leave it open.

        Raises:
            ArgumentError: a shape or a value does not fit, or is ambiguous.

        Examples:
            >>> display = ConfusionDisplay.from_predictions(
            ...     [0, 0, 1, 1], [0, 1, 1, 1], class_names=("cat", "dog")
            ... )
            >>> display.counts
            array([[1, 1],
                   [0, 2]])
            >>> print(*display.worst_pairs)
            cat as dog, 1 (50.0 %)
            >>> ConfusionDisplay.from_predictions([0, 1], [0, 1], normalize="rows")
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: normalize must be 'true', 'pred' or 'all';
                received normalize='rows'.
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        if normalize is not None:
            choice("normalize", normalize, ("true", "pred", "all"))
        read = read_predictions("y_prob", y_prob, scores=scores)
        if read.probabilities is not None:
            labels, count = read_labels("y_true", y_true, num_classes=read.num_classes)
        else:
            labels, count = read_labels("y_true", y_true)
            count = max(count, read.num_classes, len(class_names or ()))
        same_length("y_prob", read.classes, length=len(labels), of="labels")
        if count > _MOST_CLASSES:
            reject("y_true", f"have at most {_MOST_CLASSES:,} classes", count)
        cells = np.bincount(labels * count + read.classes, minlength=count * count)
        names = read_class_names(class_names, count)
        return cls(cells.reshape(count, count), names, normalize)  # (C·C,) -> (C, C)

    @classmethod
    def from_model(
        cls,
        model: Any,  # noqa: ANN401  a Keras model: its type is known where Keras is installed
        x: ArrayLike,
        y_true: ArrayLike,
        *,
        class_names: Sequence[str] | None = None,
        normalize: Normalize | None = None,
        scores: Scores = "auto",
        batch_size: int = 256,
    ) -> Self:
        """A confusion matrix of a model's predictions for data.

        Args:
            model: a Keras classifier.
            x: inputs as the model takes them.
            y_true: (N,) or (N, 1) class indices, or (N, C) one-hot.
            class_names: a name for each class.
            normalize: see `from_predictions`.
            scores: the kind of the model's output; `"auto"` infers it from the last layer, or else
                from the values.
            batch_size: samples at a time.

        Raises:
            ArgumentError: see `from_predictions`.
        """
        outputs = predict(model, as_array("x", x), batch_size=batch_size)
        return cls.from_predictions(
            y_true,
            outputs,
            class_names=class_names,
            normalize=normalize,
            scores=head_scores(model) if scores == "auto" else scores,
        )

    @property
    def values(self) -> NDArray[Any]:
        """(classes, classes) the counts or shares in the cells; NaN for a share of no samples."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        if self.normalize is None:
            return self.counts
        axis = {"true": 1, "pred": 0, "all": None}[self.normalize]
        sums = self.counts.sum(axis=axis, keepdims=True)
        shares = np.full(self.counts.shape, np.nan)
        np.divide(self.counts, sums, out=shares, where=sums > 0)
        return shares

    @property
    def samples(self) -> NDArray[np.intp]:
        """(classes,) the number of samples of each true class."""
        result: NDArray[np.intp] = self.counts.sum(axis=1)
        return result

    @property
    def worst_pairs(self) -> tuple[Pair, ...]:
        """All pairs of confused classes, the most frequent first."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        sums = self.samples
        return tuple(
            Pair(
                self.class_names[true],
                self.class_names[said],
                int(self.counts[true, said]),
                float(self.counts[true, said] / sums[true]),
            )
            for true, said in zip(*np.unravel_index(self._worst, self.counts.shape), strict=True)
        )

    @property
    def accuracy(self) -> float:
        """The share of samples that were predicted correctly, in 0..1."""
        return float(self.counts.trace() / self.counts.sum())

    @property
    def title(self) -> str:
        """The share of right predictions, and the number of samples."""
        return f"{percent(self.accuracy)} of {counted(int(self.counts.sum()), 'sample')} right"

    @property
    def alt_text(self) -> str:
        """The accuracy, the recall of each class, and the worst confusions."""
        rows = list(zip(self.class_names, self.counts.diagonal(), self.samples, strict=True))
        each = [f"{name} {percent(float(found / count))}" for name, found, count in rows if count]
        none = [name for name, _, count in rows if not count]
        without = f"No sample is of {listed(none, most=20)}. " if none else ""
        worst = [str(pair) for pair in self.worst_pairs[:5]]
        return (
            f"Confusion matrix of {counted(len(self.class_names), 'class', 'classes')}: "
            f"{self.title}. Found of each class: {listed(each, most=20)}. {without}"
            + (f"Most often confused: {'; '.join(worst)}." if worst else "Nothing is confused.")
        )

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw the matrix, with true classes as rows and predicted classes as columns.

        Args:
            ax: axes to draw on; a new figure's if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        import numpy as np  # noqa: PLC0415  loaded on first use
        from matplotlib.colors import Normalize as Norm  # noqa: PLC0415  only drawing needs it

        count = len(self.class_names)
        side = 3.2 + (0.42 * count if count <= _WRITTEN else _UNWRITTEN)
        worst = self._worst_named(side - 0.5)
        height = side + 0.5 + _LINE * worst.count("\n")
        page = open_axes(ax, size=(side + 0.4, height), theme=theme, frame="full")
        values = self.values
        image = page.ax.imshow(
            values,
            cmap=page.theme.sequential,
            norm=Norm(0, max(float(np.nanmax(values)), 1e-12)),
            interpolation="nearest",
        )
        if count <= _WRITTEN:
            self._write_cells(page, image.norm)
        self._outline_worst(page, image.norm)
        self._name_sides(page)
        add_title(page.ax, page.theme, self.title, inches=side * page.scale)
        if worst:
            self._write_below(page, worst)
        return self._drawn(page)

    def _worst_named(self, inches: float) -> str:
        """The worst confusions as text wrapped to a width; empty if there are none."""
        worst = [
            str(
                replace(
                    pair,
                    true=shortened(pair.true, _LONGEST_SAID),
                    predicted=shortened(pair.predicted, _LONGEST_SAID),
                )
            )
            for pair in self.worst_pairs[:_OUTLINED]
        ]
        text = "\n".join(["most often confused:", *worst]) if worst else ""
        return wrapped_to(text, inches=inches, points=_POINTS)

    def _write_below(self, page: Page[Axes], text: str) -> None:
        """Write a text below the column names, starting at the left edge of the row names."""
        page.ax.annotate(
            text,
            xy=(0, 0),
            xycoords=(page.ax.yaxis.label, page.ax.xaxis.label),
            xytext=(0, -_POINTS),
            textcoords="offset points",
            ha="left",
            va="top",
            fontsize=_POINTS * page.scale,
            color=page.theme.text,
            parse_math=False,
            annotation_clip=False,
        )

    def _write_cells(self, page: Page[Axes], norm: Any) -> None:  # noqa: ANN401  a Normalize
        import numpy as np  # noqa: PLC0415  loaded on first use

        for (row, column), value in np.ndenumerate(self.values):
            known = value == value  # noqa: PLR0124  not NaN
            share = f"{100 * value:.0f}" if known else "–"
            page.ax.text(
                column,
                row,
                f"{value:,}" if self.normalize is None else share,
                ha="center",
                va="center",
                fontsize=page.theme.small,
                color=_readable(norm(value)) if known else page.theme.muted,
            )

    def _outline_worst(self, page: Page[Axes], norm: Any) -> None:  # noqa: ANN401  a Normalize
        from matplotlib.patches import Rectangle  # noqa: PLC0415  only drawing needs it

        half = max(0.45, _LEAST_OUTLINE * len(self.class_names))
        for cell in self._worst[:_OUTLINED]:
            row, column = divmod(int(cell), len(self.class_names))
            # A larger outline around a cell that is too small for a border of its own.
            around = half > 0.5  # noqa: PLR2004  a cell's
            level = 0.0 if around else float(norm(self.values[row, column]))
            page.ax.add_patch(
                Rectangle(
                    (column - half, row - half),
                    2 * half,
                    2 * half,
                    fill=False,
                    edgecolor=_readable(level),
                    linestyle="--",
                    linewidth=2,
                )
            )

    def _name_sides(self, page: Page[Axes]) -> None:
        step = -(-len(self.class_names) // _TICKS)
        places = range(0, len(self.class_names), step)
        names = [shortened(self.class_names[place], _LONGEST_NAME) for place in places]
        upright = max(map(len, names)) <= 3  # noqa: PLR2004  short enough to stand side by side
        page.ax.set_xticks(places, names, rotation=0 if upright else 45)
        page.ax.set_yticks(places, names)
        for label in page.ax.get_xticklabels():
            label.set(ha="center" if upright else "right", parse_math=False, rotation_mode="anchor")
        for label in page.ax.get_yticklabels():
            label.set_parse_math(False)
        cells = {"true": "true class", "pred": "predicted class", "all": "all samples"}
        unit = f"   (cells: % of {cells[self.normalize]})" if self.normalize else ""
        page.ax.set(xlabel="predicted", ylabel=f"true{unit}")

    @property
    def _worst(self) -> NDArray[np.intp]:
        """Flat indices of the non-empty cells off the diagonal, the largest count first."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        off = np.nan_to_num(self.values.astype(float))
        np.fill_diagonal(off, 0)
        flat = off.reshape(-1)  # (C, C) -> (C·C,)
        order = np.argsort(-flat, kind="stable")
        return order[: np.count_nonzero(flat)]


def _readable(level: float) -> str:
    """White or black, whichever is easier to read on that level of `cividis`, 0 to 1."""
    return "#FFFFFF" if level < 0.5 else "#000000"  # noqa: PLR2004  the middle of the scale
