"""Budgets: whether a model stays within given parameters, MACs and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasbook.checks import positive_integer
from kerasbook.report.table import Cell, Table, TableRow, to_html, to_markdown, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kerasbook.report.table import Kind

__all__ = ["Budget", "BudgetLine", "make_budget"]

_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("Budget", "words"),
    ("At most", "number"),
    ("Model", "number"),
    ("", "words"),
)


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One limit and what the model takes of it.

    Attributes:
        name: what is limited: `"parameters"`.
        limit: the most there may be.
        actual: what there is; at least, if `known` is False.
        known: whether that is all.
    """

    name: str
    limit: int
    actual: int
    known: bool

    @property
    def met(self) -> bool:
        """Whether the model surely stays within it."""
        return self.known and self.actual <= self.limit

    @property
    def verdict(self) -> str:
        """The outcome in words: met, exceeded by how much, or not known."""
        if self.actual > self.limit:
            return f"exceeded by {self.actual - self.limit:,}"
        return "met" if self.known else "not known: some layers are unknown"


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits that were given for a model, each with what the model takes of it.

    Made by [`ModelReport.budget`][kerasbook.report.ModelReport.budget].

    Attributes:
        lines: one for each limit.
    """

    lines: tuple[BudgetLine, ...]

    @property
    def met(self) -> bool:
        """Whether the model surely stays within all limits."""
        return not self.missed

    @property
    def missed(self) -> tuple[BudgetLine, ...]:
        """The limits that the model exceeds, or may exceed."""
        return tuple(line for line in self.lines if not line.met)

    def to_text(self, *, width: int = 80) -> str:
        """A line for each limit, for a terminal.

        Args:
            width: columns of the terminal, at least 80.
        """
        return to_text(self._table(), width=width)

    def to_markdown(self) -> str:
        """The limits as a Markdown table, fit for a pull request."""
        return to_markdown(self._table())

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return to_html(self._table())

    def _table(self) -> Table:
        lines = (
            TableRow(
                (
                    Cell(line.name),
                    Cell(f"{line.limit:,}"),
                    Cell(f"{'' if line.known else '≥ '}{line.actual:,}"),
                    Cell(f"{'✓' if line.met else '✗'} {line.verdict}"),
                )
            )
            for line in self.lines
        )
        return Table("", _COLUMNS, tuple(lines))


def make_budget(
    limits: Mapping[str, int | None], taken: Mapping[str, tuple[str, int, bool]]
) -> Budget:
    """The limits that are given, each beside what a model takes.

    Args:
        limits: the most there may be, by argument; `None` where there is no limit.
        taken: for each argument what it limits, how much there is, and whether that is all.
    """
    lines = []
    for argument, limit in limits.items():
        if limit is not None:
            name, actual, known = taken[argument]
            lines.append(BudgetLine(name, positive_integer(argument, limit), actual, known))
    return Budget(tuple(lines))
