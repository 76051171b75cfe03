"""The results of a sweep: every candidate with its arguments, metrics and state."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kerasbook.report.table import Cell, Table, TableRow, to_html, to_markdown, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kerasbook.report.table import Kind

__all__ = ["Candidate", "State", "Sweep", "read_study"]

State = Literal["complete", "pruned", "rejected", "failed", "running"]
_COLUMNS = ("candidate", "state", "value", "epochs", "parameters", "MACs", "seconds")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate of a sweep.

    Attributes:
        number: the candidate's number, from 0.
        state: `"complete"`; `"pruned"`, stopped early because others were better at that epoch;
            `"rejected"`, above a budget and never built; `"failed"`, for example because its worker
            was killed; `"running"`.
        arguments: the arguments of the builder; a choice that is not a number is a string.
        value: the best value of the monitored metric; `None` if there is none.
        epochs: number of epochs trained.
        params: number of parameters; `None` if it failed before they were counted.
        macs: multiply-accumulates for one sample.
        seconds: duration of the candidate, in seconds.
        reason: why it was rejected.
    """

    number: int
    state: State
    arguments: Mapping[str, object]
    value: float | None
    epochs: int
    params: int | None
    macs: int | None
    seconds: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """All candidates of a sweep, including those of other workers.

    Made by [`sweep`][kerasbook.training.sweep].

    Attributes:
        candidates: the candidates, in the order in which they began.
        monitor: the metric that was compared, such as `"val_loss"`.
        direction: `"minimize"` or `"maximize"`.
    """

    candidates: tuple[Candidate, ...]
    monitor: str
    direction: Literal["minimize", "maximize"]

    @property
    def best(self) -> Candidate | None:
        """The complete candidate with the best value; `None` if there is none."""
        done = [each for each in self.candidates if each.state == "complete"]
        sign = 1 if self.direction == "minimize" else -1
        return min(done, key=lambda each: sign * (each.value or 0.0), default=None)

    def to_records(self) -> list[dict[str, object]]:
        """One dict per candidate, with its arguments: the rows of a data frame."""
        return [
            {
                "candidate": each.number,
                "state": each.state,
                "value": each.value,
                "epochs": each.epochs,
                "parameters": each.params,
                "MACs": each.macs,
                "seconds": each.seconds,
                **each.arguments,
                "reason": each.reason,
            }
            for each in self.candidates
        ]

    def to_json(self) -> str:
        """The records as JSON."""
        return json.dumps(self.to_records(), ensure_ascii=False, indent=1)

    def to_text(self) -> str:
        """The sweep as a text table: complete candidates first, the best on top."""
        return to_text(self._table())

    def to_markdown(self) -> str:
        """The sweep as a Markdown table, in the order of `to_text`."""
        return to_markdown(self._table())

    def _repr_html_(self) -> str:
        return to_html(self._table())

    def _table(self) -> Table:
        sign = 1 if self.direction == "minimize" else -1
        ranked = sorted(
            self.to_records(),
            key=lambda row: (row["state"] != "complete", sign * float(str(row["value"] or 0))),
        )
        names = [*_COLUMNS, *(self.candidates[0].arguments if self.candidates else ())]
        headings = (self.monitor if name == "value" else name for name in names)
        columns: list[tuple[str, Kind]] = [(heading, "number") for heading in headings]
        lines = (TableRow(tuple(Cell(_cell(row.get(name))) for name in names)) for row in ranked)
        return Table("", tuple(columns), tuple(lines))

    def __str__(self) -> str:
        return self.to_text()


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def read_study(study: Any, *, monitor: str) -> Sweep:  # noqa: ANN401  Optuna's
    """The candidates of an Optuna study, as a `Sweep`.

    Args:
        study: the Optuna study.
        monitor: name of the metric that its values are.
    """
    candidates = tuple(_candidate(trial) for trial in study.trials if trial.state.name != "WAITING")
    return Sweep(candidates, monitor, study.direction.name.lower())


def _candidate(trial: Any) -> Candidate:  # noqa: ANN401  Optuna's
    facts = trial.user_attrs
    states: dict[str, State] = {
        "COMPLETE": "complete",
        "PRUNED": "pruned",
        "FAIL": "failed",
        "RUNNING": "running",
    }
    reason = str(facts.get("rejected", ""))
    return Candidate(
        number=trial.number,
        state="rejected" if reason else states[trial.state.name],
        arguments=dict(trial.params),
        value=None if reason or trial.state.name == "FAIL" else trial.value,
        epochs=len(trial.intermediate_values),
        params=facts.get("params"),
        macs=facts.get("macs"),
        seconds=None if trial.duration is None else trial.duration.total_seconds(),
        reason=reason,
    )
