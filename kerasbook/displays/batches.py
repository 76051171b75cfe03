"""`BatchDisplay`: how samples, batches, iterations and epochs are related."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from kerasbook.checks import positive_integer
from kerasbook.drawing.base import Display, add_text, open_axes
from kerasbook.drawing.ruler import Ruler
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kerasbook.drawing.base import Page
    from kerasbook.drawing.theme import ThemeName

__all__ = ["BatchDisplay"]

_MOST_SHOWN = 6  # batches in a row; of more, only the first ones and the last
_FIRST = 4
_MOST_EPOCHS = 4  # rows; of more, only the first two and the last
_COLUMN = 1.02  # inches across for a batch
_SQUARES = 12  # samples of a batch that are drawn one by one


@dataclass(frozen=True, slots=True, repr=False)
class BatchDisplay(Display["Axes"]):
    """A training run as samples in batches, batches in epochs, and updates of the weights.

    Attributes:
        samples: number of training samples.
        batch_size: samples per update.
        epochs: passes over all samples.
    """

    samples: int
    batch_size: int
    epochs: int = 1

    @classmethod
    def from_sizes(cls, samples: int, *, batch_size: int, epochs: int = 1) -> Self:
        """A display of a training run, from its three sizes.

        Args:
            samples: training samples, at least 1.
            batch_size: samples in a batch, at least 1; Keras's default is 32.
            epochs: passes over all samples, at least 1.

        Raises:
            ArgumentError: a size is not an integer of at least 1.

        Examples:
            >>> BatchDisplay.from_sizes(24, batch_size=6, epochs=20)
            <BatchDisplay: 24 samples in batches of 6:
             4 iterations an epoch, 80 updates in 20 epochs>
            >>> display = BatchDisplay.from_sizes(50_000, batch_size=32)
            >>> display.iterations, display.last_batch
            (1563, 16)
            >>> BatchDisplay.from_sizes(0, batch_size=32)
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: samples must be an integer of at least 1;
                received samples=0.
        """
        return cls(
            positive_integer("samples", samples),
            positive_integer("batch_size", batch_size),
            positive_integer("epochs", epochs),
        )

    @property
    def iterations(self) -> int:
        """The number of batches in an epoch; each updates the weights once."""
        return -(-self.samples // self.batch_size)

    @property
    def last_batch(self) -> int:
        """The number of samples in the last batch of an epoch."""
        return self.samples - (self.iterations - 1) * self.batch_size

    @property
    def updates(self) -> int:
        """The number of weight updates in the whole training run."""
        return self.iterations * self.epochs

    @property
    def title(self) -> str:
        """The sizes, the iterations per epoch and the number of updates."""
        return (
            f"{counted(self.samples, 'sample')} in batches of {self.batch_size:,}: "
            f"{counted(self.iterations, 'iteration')} an epoch, "
            f"{counted(self.updates, 'update')} in {counted(self.epochs, 'epoch')}"
        )

    @property
    def alt_text(self) -> str:
        """The sizes, the smaller last batch if there is one, and the number of updates."""
        ragged = ""
        if self.last_batch < self.batch_size:
            ragged = f" The last batch of an epoch has only {counted(self.last_batch, 'sample')}."
        return (
            f"Diagram of a training: {counted(self.samples, 'sample')} are split into "
            f"{counted(self.iterations, 'batch', 'batches')} of {self.batch_size:,}. Each batch is "
            f"one iteration and updates the weights once; all of them make an epoch.{ragged} "
            f"{self.iterations:,} × {counted(self.epochs, 'epoch')} = "
            f"{counted(self.updates, 'update')}."
        )

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw a row for each epoch with a block for each batch, numbered by its update.

        Args:
            ax: axes to draw on; a new figure's if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        batches = _ends(self.iterations, most=_MOST_SHOWN, first=_FIRST)
        epochs = _ends(self.epochs, most=_MOST_EPOCHS, first=2)
        ruler = Ruler()
        column = max(_COLUMN, ruler.width(f"update {self.updates:,}", 9) + 0.1)
        left = max(0.95, ruler.width(f"epoch {self.epochs:,}", 9) / column + 0.15)  # columns
        across = (len(batches) + left) * column + 0.3
        size = (max(4.8, across), 1.3 + 0.66 * len(epochs))
        page = open_axes(ax, size=size, theme=theme, frame="none")
        for row, epoch in enumerate(epochs):
            self._draw_epoch(page, row, epoch=epoch, batches=batches)
        for column, batch in enumerate(batches):
            if batch is not None:
                add_text(page, f"iteration {batch:,}", at=(column + 0.5, -0.2), color="muted")
        page.ax.set_xlim(-left, len(batches))
        page.ax.set_ylim(len(epochs), -0.5)
        add_title(page.ax, page.theme, self.title, inches=(size[0] - 0.2) * page.scale)
        return self._drawn(page)

    def _draw_epoch(
        self, page: Page[Axes], row: int, *, epoch: int | None, batches: list[int | None]
    ) -> None:
        middle = row + 0.47
        if epoch is None:
            add_text(page, "⋮", at=(-0.1, middle), ha="right")
            return
        add_text(page, f"epoch {epoch:,}", at=(-0.1, middle), ha="right")
        for column, batch in enumerate(batches):
            if batch is None:
                add_text(page, "…", at=(column + 0.5, middle))
                continue
            size = self.last_batch if batch == self.iterations else self.batch_size
            self._draw_batch(page, (column, row), size=size, parity=batch % 2)
            update = (epoch - 1) * self.iterations + batch
            ragged = size < self.batch_size
            x = column + (0.05 if ragged else 0.5)
            ha: Literal["left", "center"] = "left" if ragged else "center"
            add_text(page, f"update {update:,}", at=(x, row + 0.2), ha=ha)
            samples = counted(size, "sample") if row == 0 or ragged else ""
            add_text(page, samples, at=(x, row + 0.74), color="muted", ha=ha)

    def _draw_batch(
        self, page: Page[Axes], place: tuple[int, int], *, size: int, parity: int
    ) -> None:
        from matplotlib.patches import Rectangle  # noqa: PLC0415  only drawing needs it

        width = 0.9 * size / self.batch_size
        pieces = size if self.batch_size <= _SQUARES else 1
        for piece in range(pieces):
            page.ax.add_patch(
                Rectangle(
                    (place[0] + 0.05 + piece * width / pieces, place[1] + 0.36),
                    width / pieces,
                    0.22,
                    facecolor=page.theme.color(0 if parity else 2),
                    edgecolor=page.theme.background,
                    hatch="///" if size < self.batch_size else None,
                    linewidth=1.2,
                )
            )


def _ends(count: int, *, most: int, first: int) -> list[int | None]:
    """The numbers from 1 to `count`; if there are more than `most`: the first, `None`, the last."""
    if count <= most:
        return list(range(1, count + 1))
    return [*range(1, first + 1), None, count]
