"""`SweepDisplay`: what a sweep found, against what each candidate costs."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, Self

from kerasbook.checks import reject
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.ruler import Ruler
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, one_line, significant
from kerasbook.drawing.theme import add_legend, add_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from kerasbook.drawing.theme import ThemeName

__all__ = ["SweepDisplay"]

_DRAWN = (("complete", "o", 0), ("pruned", "x", 1))
_DECADES = 30  # greatest to least number of parameters, from which on the scale is logarithmic


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SweepDisplay(Display["Axes"]):
    """Each candidate of a sweep at its parameters and its value, the best one marked.

    Candidates that were rejected or that failed have no value; the title counts them.

    Attributes:
        params: (N,) parameters of each candidate; NaN where unknown.
        values: (N,) its value; NaN where it has none.
        states: what came of each: `"complete"`, `"pruned"`, `"rejected"`, `"failed"`, `"running"`.
        monitor: what the values are.
        best: the place of the best candidate; `None` if none is complete.
    """

    params: NDArray[Any]
    values: NDArray[Any]
    states: tuple[str, ...]
    monitor: str
    best: int | None

    @classmethod
    def from_sweep(cls, sweep: Any) -> Self:  # noqa: ANN401  importing it would load its floor
        """The candidates of a sweep.

        Args:
            sweep: what `kerasbook.training.sweep` returned.

        Raises:
            ArgumentError: it is something else, or has no candidate.
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        candidates = getattr(sweep, "candidates", None)
        if not candidates:
            reject("sweep", "be what kerasbook.training.sweep returned, with a candidate", sweep)
        best = None if sweep.best is None else candidates.index(sweep.best)
        return cls(
            np.array([nan if each.params is None else each.params for each in candidates], float),
            np.array([nan if each.value is None else each.value for each in candidates], float),
            tuple(each.state for each in candidates),
            one_line(sweep.monitor),
            best,
        )

    @property
    def title(self) -> str:
        """How many candidates, and what came of those that were not trained to the end."""
        others = [
            f"{count} {state}"
            for state in ("pruned", "rejected", "failed", "running")
            if (count := self.states.count(state))
        ]
        return ", ".join([counted(len(self.states), "candidate"), *others])

    @property
    def alt_text(self) -> str:
        """How many candidates of each kind, and the best one with its numbers."""
        text = f"A sweep of {self.title}, each at its parameters and its {self._spoken}."
        if self.best is None:
            return f"{text} None is complete."
        value = significant(float(self.values[self.best]))
        params = float(self.params[self.best])
        size = counted(int(params), "parameter") if isfinite(params) else "unknown parameters"
        return f"{text} The best is candidate {self.best}, with {self._spoken} {value} and {size}."

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw a mark for each candidate that has a value.

        Args:
            ax: axes to draw on; those of a new figure if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        page = open_axes(ax, size=(6.4, 4.2), theme=theme)
        page.ax.grid(color=page.theme.grid, linewidth=0.8)
        page.ax.set_axisbelow(True)
        known = [isfinite(value) for value in self.values]
        for state, marker, color in _DRAWN:
            chosen = [k and each == state for k, each in zip(known, self.states, strict=True)]
            if any(chosen):
                page.ax.scatter(
                    self.params[chosen],
                    self.values[chosen],
                    marker=marker,
                    s=42,
                    color=page.theme.color(color),
                    label=state,
                )
        self._draw_best(page.ax, page.theme.text)
        sizes = [p for p, k in zip(self.params, known, strict=True) if k and p > 0]
        if sizes and max(sizes) > _DECADES * min(sizes):
            page.ax.set_xscale("log")
        add_title(page.ax, page.theme, self.title, inches=5)
        page.ax.set_xlabel("parameters")
        name = Ruler().fitted(self._spoken, page.theme.medium, most=3.2 * page.scale)
        page.ax.set_ylabel(name, parse_math=False)
        if any(known):
            add_legend(page.ax, page.theme)
        return self._drawn(page)

    def _draw_best(self, ax: Axes, color: str) -> None:
        if self.best is None:
            return
        value = significant(float(self.values[self.best]))
        ax.scatter(
            self.params[self.best],
            self.values[self.best],
            s=150,
            facecolors="none",
            edgecolors=color,
            linewidths=1.5,
            label=f"best: {value}",
        )

    @property
    def _spoken(self) -> str:
        return self.monitor.replace("val_", "validation ").replace("_", " ")
