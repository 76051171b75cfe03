"""Budgets: whether a model stays within given parameters, MACs and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasbook.checks import positive_integer

if TYPE_CHECKING:
    from kerasbook.report.model_report import ModelReport

__all__ = ["BudgetLine", "budget_lines", "budget_markdown"]


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One budget and what the model takes of it.

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
        """The same in words."""
        if self.actual > self.limit:
            return f"exceeded by {self.actual - self.limit:,}"
        return "met" if self.known else "not known: some layers are unknown"


def budget_lines(
    report: ModelReport,
    *,
    max_params: int | None = None,
    max_macs: int | None = None,
    max_bytes: int | None = None,
) -> tuple[BudgetLine, ...]:
    """A line for each budget that is given.

    Args:
        report: of the model.
        max_params: the most parameters.
        max_macs: the most multiply-accumulates of one sample.
        max_bytes: the most bytes of weights.

    Raises:
        ArgumentError: a budget is no positive integer.

    Examples:
        >>> from kerasbook import explain
        >>> layer = {"class_name": "Dense", "config": {"name": "top", "units": 3}}
        >>> report = explain({"name": "net", "layers": [layer], "build_input_shape": [None, 4]})
        >>> [line.verdict for line in budget_lines(report, max_params=15, max_bytes=50)]
        ['met', 'exceeded by 10']
    """
    if max_params is max_macs is max_bytes is None:
        return ()  # there is nothing to add up
    weights_bytes = sum(report.weights_bytes.values())
    taken = (
        ("max_params", max_params, "parameters", int(report.params), report.params_known),
        ("max_macs", max_macs, "MACs", int(report.macs), report.macs_known),
        ("max_bytes", max_bytes, "bytes of weights", weights_bytes, report.params_known),
    )
    return tuple(
        BudgetLine(name, positive_integer(argument, limit), actual, known)
        for argument, limit, name, actual, known in taken
        if limit is not None
    )


def budget_markdown(lines: tuple[BudgetLine, ...]) -> str:
    """The budgets as a Markdown table, fit for a pull request."""
    rows = [
        f"| {line.name} | {line.limit:,} | {'' if line.known else '≥ '}{line.actual:,} | "
        f"{'✓' if line.met else '✗'} {line.verdict} |"
        for line in lines
    ]
    return "\n".join(["| Budget | At most | Model | |", "|---|---:|---:|---|", *rows]) + "\n"
