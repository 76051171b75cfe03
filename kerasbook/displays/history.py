"""`HistoryDisplay`: how a training went, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Self

from kerasbook.drawing.base import Display, open_panels
from kerasbook.drawing.curves import read_curves
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, listed, significant
from kerasbook.drawing.theme import add_legend, add_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from kerasbook.drawing.theme import Theme, ThemeName

__all__ = ["HistoryDisplay"]

_COLUMNS = 2
_MOST_PANELS = 16  # more make a picture that no page holds
_PANEL = 3.7  # inches across
_MARKED = 30  # epochs; more markers than that run together
_AFTER_BEST = 2  # epochs needed after the best one to speak of a trend
_DECADES = 1000  # greatest to least value, from which on an even scale hides the end
_RISE = 1.01  # how far validation loss must end above its best


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class HistoryDisplay(Display["tuple[Axes, ...]"]):
    """The curves of a training, one panel a metric, its best epoch marked.

    The best epoch has the least validation loss; without validation, the least loss. From there
    on the model overfits if, over at least two more epochs, the straight lines through the curves
    rise for validation loss and fall for loss, and validation loss ends 1 % or more above its
    best.

    Attributes:
        epochs: (E,) numbers of the epochs; the first is 1.
        curves: name → (E,) values; NaN where an epoch has none.
        given: name → (E,) whether an epoch has a value: one that is NaN is told, one that is
            missing, as without validation, is not.
    """

    epochs: NDArray[Any]
    curves: dict[str, NDArray[Any]]
    given: dict[str, NDArray[Any]]

    @classmethod
    def from_history(
        cls,
        history: object,
        *,
        metrics: Sequence[str] | None = None,
        validation_freq: int | None = None,
    ) -> Self:
        """The curves of a training that is over.

        Args:
            history: what `model.fit` returned, a dict from metric to its values, `None` where an
                epoch has none, or the path of the file that Keras's `CSVLogger` wrote.
            metrics: which to show, without `val_`; all if left out.
            validation_freq: how many epochs passed between validations, where that is not plain
                from the number of values.

        Raises:
            ArgumentError: it is something else, or holds no epoch.
            SourceError: the file cannot be read as a `CSVLogger`'s.

        Examples:
            >>> display = HistoryDisplay.from_history(
            ...     {"loss": [0.9, 0.6, 0.4, 0.3, 0.2], "val_loss": [1.0, 0.8, 0.9, 1.0, 1.2]}
            ... )
            >>> display.best_epoch, display.overfitting_from
            (2, 2)
            >>> display
            <HistoryDisplay: 5 epochs, best at epoch 2, overfitting from there>
            >>> HistoryDisplay.from_history({"loss": []})
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: history must hold at least one epoch;
                received history={'loss': []}. Train for one first.
        """
        read = read_curves(history, validation_freq=validation_freq, metrics=metrics)
        return cls(read.epochs, read.values, read.given)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics, without `val_`, loss first: one panel each."""
        names = dict.fromkeys(name.removeprefix("val_") for name in self.curves)
        return tuple(sorted(names, key=lambda name: name != "loss"))

    @property
    def monitor(self) -> str | None:
        """The curve that tells the best epoch; `None` if the history has no loss."""
        return next((name for name in ("val_loss", "loss") if name in self.curves), None)

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the least validation loss, or loss; the first of equals."""
        best = self._best
        return None if best is None else int(self.epochs[best])

    @property
    def overfitting_from(self) -> int | None:
        """The epoch after which validation loss rises while loss falls; `None` if it does not."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        best = self._best
        if best is None or not {"loss", "val_loss"} <= self.curves.keys():
            return None
        loss, validation = self.curves["loss"][best:], self.curves["val_loss"][best:]
        both = np.isfinite(loss) & np.isfinite(validation)
        if both.sum() <= _AFTER_BEST:
            return None
        epochs, loss, validation = self.epochs[best:][both], loss[both], validation[both]
        falls = np.polyfit(epochs, loss, 1)[0] < 0
        rises = np.polyfit(epochs, validation, 1)[0] > 0
        if falls and rises and validation[-1] >= _RISE * validation[0]:
            return int(self.epochs[best])
        return None

    @property
    def diverged_from(self) -> int | None:
        """The epoch from which on loss, or validation loss, is NaN or infinite to its end."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        found = []
        for name in self.curves.keys() & {"loss", "val_loss"}:
            given = self.given[name]
            epochs, values = self.epochs[given], self.curves[name][given]
            last = np.flatnonzero(np.isfinite(values))
            ahead = epochs[last[-1] + 1 if len(last) else 0 :]
            found += [int(ahead[0])] if len(ahead) else []
        return min(found, default=None)

    @property
    def title(self) -> str:
        """The number of epochs, the best one, and whether the model overfits or diverges."""
        best = "" if self.best_epoch is None else f", best at epoch {self.best_epoch}"
        overfits = ", overfitting from there" if self.overfitting_from is not None else ""
        diverged = self.diverged_from
        ends = "" if diverged is None else f", loss no finite number from epoch {diverged} on"
        return f"{counted(len(self.epochs), 'epoch')}{best}{overfits}{ends}"

    @property
    def alt_text(self) -> str:
        """Where each curve begins and ends or is no number, the best epoch, and overfitting."""
        first, last = self.epochs[0], self.epochs[-1]
        sentences = [
            f"Training curves over {counted(len(self.epochs), 'epoch')}"
            + (f", {first} to {last}." if last > first else ".")
        ]
        for name, values in self.curves.items():
            given = self.given[name]
            sentences.append(_told(_spoken(name), self.epochs[given], values[given]))
        if self.best_epoch is not None:
            value = significant(float(self.curves[str(self.monitor)][self._best]))
            sentences.append(
                f"The best epoch is {self.best_epoch}, with {_spoken(str(self.monitor))} {value}."
            )
        if self.overfitting_from is not None:
            sentences.append(
                f"From epoch {self.overfitting_from} on the model overfits: "
                "validation loss rises while loss falls."
            )
        return " ".join(sentences)

    @in_own_settings
    def plot(self, *, fig: Figure | SubFigure | None = None, theme: ThemeName = "light") -> Self:
        """Draw one panel a metric.

        Args:
            fig: a figure to draw on; a new one if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`, a tuple of axes in the order of
            `metrics`.

        Raises:
            ArgumentError: `fig` is no figure, or there is no such theme.
        """
        count = min(len(self.metrics), _MOST_PANELS)
        columns = min(count, _COLUMNS)
        rows = -(-count // columns)
        size = (max(5.4, _PANEL * columns), 3.3 * rows)
        page = open_panels(fig, shape=(rows, columns), size=size, theme=theme, panels=count)
        for ax, metric in zip(page.ax, self.metrics, strict=False):
            self._draw_metric(ax, metric, page.theme)
        if count < len(self.metrics):
            more = f"{len(self.metrics) - count} more metrics are not drawn: name them in metrics=."
            page.ax[-1].set_xlabel(f"epoch\n{more}")
        return self._drawn(page)

    def _draw_metric(self, ax: Axes, metric: str, theme: Theme) -> None:
        import numpy as np  # noqa: PLC0415  loaded on first use
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  only drawing needs it

        ax.grid(color=theme.grid, linewidth=0.8)
        ax.set_axisbelow(True)
        kinds = (("training", metric, "-", "o", 0), ("validation", f"val_{metric}", "--", "s", 1))
        for label, name, line, marker, color in kinds:
            if name in self.curves:
                values = self.curves[name]
                known = np.isfinite(values)
                ax.plot(
                    self.epochs[known],
                    values[known],
                    linestyle=line,
                    linewidth=2,
                    marker=marker if len(self.epochs) <= _MARKED else None,
                    markersize=4.5,
                    color=theme.color(color),
                    label=label,
                )
                self._draw_no_numbers(ax, name, label=label, color=theme.color(color), row=color)
        self._draw_best(ax, metric, theme)
        name = metric.replace("_", " ")
        if self._spans_decades(metric):
            ax.set_yscale("log")
            name += " (log scale)"
        add_title(ax, theme, name, inches=_PANEL - 0.5)
        ax.set_xlabel("epoch")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        # All epochs, also those without a number; and none as wide as one.
        beside = max(0.5, 0.04 * float(self.epochs[-1] - self.epochs[0]))
        ax.set_xlim(self.epochs[0] - beside, self.epochs[-1] + beside)
        add_legend(ax, theme)

    def _draw_no_numbers(self, ax: Axes, name: str, *, label: str, color: str, row: int) -> None:
        """Crosses at the foot of the panel where a value is NaN or infinite."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        wrong = self.given[name] & ~np.isfinite(self.curves[name])
        if wrong.any():
            ax.plot(
                self.epochs[wrong],
                np.full(int(wrong.sum()), 0.03 + 0.05 * row),
                transform=ax.get_xaxis_transform(),
                linestyle="none",
                marker="x",
                color=color,
                label=f"{label}: {_no_number(self.curves[name][wrong], nan='NaN')}",
            )

    def _draw_best(self, ax: Axes, metric: str, theme: Theme) -> None:
        if self._best is None or self.best_epoch is None:
            return
        name = f"val_{metric}" if f"val_{metric}" in self.curves else metric
        value = float(self.curves[name][self._best])
        label = f"{'' if name == self.monitor else 'at '}best epoch {self.best_epoch}"
        if isfinite(value):
            label += f": {significant(value)}"
        ax.axvline(self.best_epoch, color=theme.muted, linestyle=":", linewidth=1.5, label=label)
        if metric == "loss" and self.overfitting_from is not None:
            ax.axvspan(
                self.overfitting_from,
                self.epochs[-1],
                facecolor=theme.wrong,
                alpha=0.15,
                hatch="//",
                edgecolor=theme.wrong,
                linewidth=0,
                label="overfitting: validation loss\nrises while loss falls",
            )

    def _spans_decades(self, metric: str) -> bool:
        import numpy as np  # noqa: PLC0415  loaded on first use

        curves = [self.curves[name] for name in (metric, f"val_{metric}") if name in self.curves]
        values = np.concatenate(curves)
        values = values[np.isfinite(values)]
        return bool(len(values) and values.min() > 0 and values.max() > _DECADES * values.min())

    @property
    def _best(self) -> int | None:
        import numpy as np  # noqa: PLC0415  loaded on first use

        values = self.curves.get(self.monitor or "")
        if values is None or not np.isfinite(values).any():
            return None
        return int(np.argmin(np.where(np.isfinite(values), values, np.inf)))


def _spoken(name: str) -> str:
    return name.replace("val_", "validation ").replace("_", " ")


def _told(name: str, epochs: NDArray[Any], values: NDArray[Any]) -> str:
    """One curve in a sentence: where it begins and ends, and where it is no finite number."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    finite = np.isfinite(values)
    name, known, wrong = name.capitalize(), values[finite], values[~finite]
    if not len(values):
        return f"{name} has no value."
    if not len(known):
        return f"{name} is {_no_number(wrong)} at every epoch."
    begin, end = (significant(float(value)) for value in (known[0], known[-1]))
    verb = "goes" if known[0] == known[-1] else "falls" if known[0] > known[-1] else "rises"
    course = f"is {begin}" if len(known) == 1 else f"{verb} from {begin} to {end}"
    if not len(wrong):
        return f"{name} {course}."
    last = int(np.flatnonzero(finite)[-1])
    if last + 1 + len(wrong) == len(values):
        course += f" at epoch {epochs[last]}; from epoch {epochs[last + 1]} on it is"
        return f"{name} {course} {_no_number(wrong)}."
    at = listed([str(epoch) for epoch in epochs[~finite]], most=5)
    where = f"epoch {at}" if len(wrong) == 1 else f"epochs {at}"
    return f"{name} {course}; at {where} it is {_no_number(wrong)}."


def _no_number(values: NDArray[Any], *, nan: str = "not a number (NaN)") -> str:
    """What values that are not finite are, in words."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    if np.isnan(values).all():
        return nan
    return "infinite" if np.isinf(values).all() else f"infinite or {nan}"
