"""`PredictionGridDisplay`: images with what the model says of them, and what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from kerasbook.checks import choice, positive_integer, reject
from kerasbook.drawing.arrays import Summary, as_array, generator, same_length
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.chance import usual_range
from kerasbook.drawing.grid import draw_pictures, grid_for
from kerasbook.drawing.images import read_images
from kerasbook.drawing.labels import read_class_names, read_labels, read_predictions
from kerasbook.drawing.models import head_scores, predict
from kerasbook.drawing.ruler import Ruler, wrapped_to
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, percent
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from kerasbook.drawing.base import Page
    from kerasbook.drawing.grid import Grid
    from kerasbook.drawing.images import DataFormat
    from kerasbook.drawing.labels import Scores
    from kerasbook.drawing.theme import ThemeName

__all__ = ["PredictionGridDisplay"]

Select = Literal["random", "wrong", "top_loss", "stratified"]
_WIDEST_NAME = 1.25  # inches in the picture; `captions_` has it all
_TOLD = 20  # images that the alt text goes through one by one
_LEGIBLE = 2.5  # points; smaller captions are left out of the picture


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PredictionGridDisplay(Display["Axes"]):
    """Images with predicted class, confidence and true class, and how typical they are.

    Right predictions have a solid border and ✓, wrong ones a dashed border and ✗.

    Attributes:
        pictures: (n, height, width) or (n, height, width, 3 or 4) the images shown, within 0..1.
        indices: (n,) their places in the images given.
        true: (n,) their classes.
        predicted: (n,) the classes that the model says.
        confidence: (n,) how probable it says they are.
        class_names: a name for each class.
        select: how they were chosen.
        right_in_all: how many predictions are right of all that were given.
        total: how many were given.
    """

    pictures: NDArray[np.float32]
    indices: NDArray[np.intp]
    true: NDArray[np.intp]
    predicted: NDArray[np.intp]
    confidence: NDArray[np.floating[Any]]
    class_names: tuple[str, ...]
    select: Select
    right_in_all: int
    total: int

    @classmethod
    def from_predictions(
        cls,
        images: ArrayLike,
        y_true: ArrayLike,
        y_prob: ArrayLike,
        *,
        class_names: Sequence[str] | None = None,
        n: int = 10,
        select: Select = "random",
        rng: int | np.random.Generator | None = None,
        scores: Scores = "auto",
        data_format: DataFormat = "auto",
        value_range: tuple[float, float] | None = None,
    ) -> Self:
        """Some of the images, with the predictions that a model has already made.

        Args:
            images: (N, height, width), or with 1, 3 or 4 channels, last or first.
            y_true: (N,) or (N, 1) class indices, or (N, C) one-hot.
            y_prob: (N, C) probabilities or logits, or (N,) or (N, 1) of one sigmoid unit.
            class_names: a name for each class.
            n: how many to show; all if there are fewer.
            select: `"random"`; `"wrong"`, at random among the wrong ones; `"top_loss"`, those
                whose true class got the least probability; `"stratified"`, at random but equally
                many of each class.
            rng: a seed or a NumPy generator, for a choice that can be repeated.
            scores: what `y_prob` holds: `"probabilities"` or `"logits"`, where that is not plain.
            data_format: `"channels_last"` or `"channels_first"`, where that is not plain.
            value_range: the values of black and white, where they are not plainly 0..1 or 0..255.

        Raises:
            ArgumentError: a shape or a value does not fit, or leaves open what it means.

        Examples:
            >>> import numpy as np
            >>> images = np.linspace(0, 1, 4 * 8 * 8).reshape(4, 8, 8)
            >>> y_prob = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]]
            >>> display = PredictionGridDisplay.from_predictions(
            ...     images, [0, 1, 1, 0], y_prob, class_names=("cat", "dog"), n=4
            ... )
            >>> display.captions_
            ('cat 90 % ✓', 'dog 80 % ✓', 'cat 60 % ✗ dog', 'dog 70 % ✗ cat')
            >>> display
            <PredictionGridDisplay: 2 of 4 right: 50.0 %>
            >>> PredictionGridDisplay.from_predictions(images, [0, 1], y_prob)
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: y_true must have one entry for each of the 4 images;
                received y_true=<int64 array of shape (2,)>.
        """
        every = read_images("images", images, data_format=data_format, value_range=value_range)
        read = read_predictions("y_prob", y_prob, scores=scores)
        if read.probabilities is None:
            mend = "Give what the model puts out, not the class it chooses."
            reject("y_prob", "hold probabilities or logits", Summary(read.classes), mend=mend)
        labels, _ = read_labels("y_true", y_true, num_classes=read.num_classes)
        same_length("y_true", labels, length=len(every), of="images")
        same_length("y_prob", read.classes, length=len(every), of="images")
        choice("select", select, get_args(Select))
        n = min(positive_integer("n", n), len(every))
        chosen = _chosen(select, labels, read.probabilities, n=n, rng=generator(rng))
        return cls(
            pictures=every.pictures(chosen),
            indices=chosen,
            true=labels[chosen],
            predicted=read.classes[chosen],
            confidence=read.probabilities[chosen, read.classes[chosen]],
            class_names=read_class_names(class_names, read.num_classes),
            select=select,
            right_in_all=int((labels == read.classes).sum()),
            total=len(every),
        )

    @classmethod
    def from_model(
        cls,
        model: Any,  # noqa: ANN401  a Keras model: its type is known where Keras is installed
        images: ArrayLike,
        y_true: ArrayLike,
        *,
        batch_size: int = 256,
        scores: Scores = "auto",
        class_names: Sequence[str] | None = None,
        n: int = 10,
        select: Select = "random",
        rng: int | np.random.Generator | None = None,
        data_format: DataFormat = "auto",
        value_range: tuple[float, float] | None = None,
    ) -> Self:
        """Some of the images, with what a model predicts for all of them.

        Args:
            model: a Keras classifier.
            images: as the model takes them.
            y_true: (N,) or (N, 1) class indices, or (N, C) one-hot.
            batch_size: images at a time.
            scores: what the model puts out; `"auto"` asks its last layer, then its numbers.
            class_names: see `from_predictions`, as for all that follow.
            n: how many to show.
            select: which.
            rng: a seed or a NumPy generator.
            data_format: where the channels are.
            value_range: the values of black and white.

        Raises:
            ArgumentError: see `from_predictions`.
        """
        array = as_array("images", images)
        outputs = predict(model, array, batch_size=batch_size)
        return cls.from_predictions(
            array,
            y_true,
            outputs,
            scores=head_scores(model) if scores == "auto" else scores,
            class_names=class_names,
            n=n,
            select=select,
            rng=rng,
            data_format=data_format,
            value_range=value_range,
        )

    @property
    def right(self) -> NDArray[np.bool_]:
        """(n,) whether each prediction shown is right."""
        result: NDArray[np.bool_] = self.predicted == self.true
        return result

    @property
    def captions_(self) -> tuple[str, ...]:
        """Predicted class, confidence and mark for each image; then the true class, if wrong."""
        return tuple(
            f"{self.class_names[said]} {percent(float(sure), digits=0)} "
            + ("✓" if said == true else f"✗ {self.class_names[true]}")
            for said, true, sure in self._rows()
        )

    @property
    def usual(self) -> tuple[int, int]:
        """The least and the greatest usual count of right ones among n drawn at random.

        The shortest run of counts that together have a probability of at least two thirds; drawn
        without replacement, the count is hypergeometric.
        """
        return usual_range(self.right_in_all, self.total, len(self.pictures))

    @property
    def title(self) -> str:
        """How many are right here, how many in all, and what would be usual."""
        here, shown = int(self.right.sum()), len(self.pictures)
        accuracy, all_ = percent(self.right_in_all / self.total), f"all {self.total:,}"
        if self.select == "wrong":
            wrong = self.total - self.right_in_all
            which = f"{shown:,} of the {wrong:,} wrong ones" if shown else "None is wrong"
            return f"{which}; {accuracy} right on {all_}"
        if shown == self.total:
            return f"{here:,} of {shown:,} right: {accuracy}"
        right_here = f"{here:,} of {shown:,} right here"
        if self.select == "top_loss":
            which = f"The {shown:,} largest losses" if shown > 1 else "The largest loss"
            return f"{which}: {right_here}; {accuracy} on {all_}"
        if self.select == "stratified":
            return f"{right_here}, spread over the classes; {accuracy} on {all_}"
        low, high = self.usual
        usual = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        return f"{right_here}; {accuracy} on {all_}; {usual} would be usual"

    @property
    def alt_text(self) -> str:
        """The counts, then each image: what the model says, how sure, and whether it is so."""
        told = [
            f"{place}: {self.class_names[said]}, {percent(float(sure), digits=0)} sure, "
            + ("right." if said == true else f"wrong, it is {self.class_names[true]}.")
            for place, (said, true, sure) in enumerate(self._rows()[:_TOLD], start=1)
        ]
        if len(self.pictures) > _TOLD:
            rest = self.right[_TOLD:]
            told.append(f"Of the other {len(rest):,}, {int(rest.sum()):,} are right.")
        grid = f"Grid of {counted(len(self.pictures), 'image')} with a model's predictions."
        return " ".join([grid, f"{self.title}.", *told])

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw the images, each with a border and a caption of three lines.

        Args:
            ax: axes to draw on; a new figure's, large enough, if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        lines = self._lines()
        ruler = Ruler()
        longest = max((ruler.width(line, 9) for three in lines for line in three), default=0)
        width = max(1.3, longest + 0.12)
        aspect = self.pictures.shape[1] / self.pictures.shape[2]
        grid = grid_for(len(self.pictures), aspect=aspect, cell_width=width, caption=0.67)
        across, down = (grid.scale * side for side in grid.size)
        title = wrapped_to(self.title, inches=across, points=12)
        size = (across + 0.3, down + 0.3 + 0.22 * (title.count("\n") + 1))
        page = open_axes(ax, size=size, theme=theme, frame="none")
        add_title(page.ax, page.theme, self.title, inches=across * page.scale)
        draw_pictures(page.ax, self.pictures, grid)
        self._draw_captions(page, grid)
        return self._drawn(page)

    def _draw_captions(self, page: Page[Axes], grid: Grid) -> None:
        from matplotlib.patches import Rectangle  # noqa: PLC0415  only drawing needs it

        theme, scale = page.theme, grid.scale * page.scale
        points = theme.small * scale
        for index, (right, three) in enumerate(zip(self.right, self._lines(), strict=True)):
            left, end, bottom, top = grid.box(index)
            page.ax.add_patch(
                Rectangle(
                    (left, top),
                    end - left,
                    bottom - top,
                    fill=False,
                    edgecolor=theme.right if right else theme.wrong,
                    linestyle="-" if right else (0, (3, 1.5)),
                    linewidth=max(3 * scale, 0.5),
                    clip_on=False,
                )
            )
            if points < _LEGIBLE:
                continue
            for line, text in enumerate(three):
                page.ax.text(
                    (left + end) / 2,
                    bottom + 0.06 + 0.17 * line,
                    text,
                    fontsize=points,
                    color=theme.text if line == 0 else theme.muted,
                    ha="center",
                    va="top",
                    parse_math=False,
                )

    def _lines(self) -> list[tuple[str, str, str]]:
        """The caption of each image in three lines, short enough to stand below it."""
        ruler = Ruler()
        names = [ruler.fitted(name, 9, most=_WIDEST_NAME) for name in self.class_names]
        return [
            (
                f"{'✓' if said == true else '✗'} {names[said]}",
                f"{percent(float(sure), digits=0)} sure",
                f"is {names[true]}",
            )
            for said, true, sure in self._rows()
        ]

    def _rows(self) -> list[tuple[int, int, float]]:
        return list(zip(self.predicted, self.true, self.confidence, strict=True))


def _chosen(
    select: Select,
    labels: NDArray[np.intp],
    probabilities: NDArray[Any],
    *,
    n: int,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """The indices of the images to show: in their own order, or the largest loss first."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    every = np.arange(len(labels))
    if select == "top_loss":
        # The loss −log p falls as p rises; a stable sort keeps equals in their order.
        return np.argsort(probabilities[every, labels], kind="stable")[:n]
    if select == "stratified":
        return _stratified(labels, n, rng)
    pool = every if select == "random" else every[probabilities.argmax(axis=1) != labels]
    return np.sort(rng.choice(pool, min(n, len(pool)), replace=False))


def _stratified(labels: NDArray[np.intp], n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Equally many of each class; where a class has too few, the others give more."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    order = rng.permutation(len(labels))
    turn = np.empty(len(labels), dtype=np.intp)  # an image's place among those of its class
    for index in np.unique(labels):
        own = order[labels[order] == index]
        turn[own] = np.arange(len(own))
    # Deal one image of each class, then a second one of each; which classes come first in an
    # incomplete last deal is left to chance.
    rank = rng.permutation(int(labels.max()) + 1)[labels]
    chosen = np.lexsort((rank, turn))[:n]
    result: NDArray[np.intp] = chosen[np.lexsort((chosen, labels[chosen]))]
    return result
