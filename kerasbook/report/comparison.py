"""What changed between two models, layer by layer."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from kerasbook.report.layers import count, shape_text
from kerasbook.report.model_report import ModelReport
from kerasbook.report.reading import explain
from kerasbook.report.table import Cell, Table, TableRow, to_html, to_json, to_markdown, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from kerasbook.report.rows import ReportRow
    from kerasbook.report.table import Kind as ColumnKind

__all__ = ["Change", "Comparison", "Total", "compare"]

Kind: TypeAlias = Literal["same", "changed", "added", "removed"]

# Above this many layers they are aligned by name alone, which takes linear time.
_MOST_ALIGNED = 2000
_TOTALS: tuple[tuple[str, ColumnKind], ...] = (
    ("", "words"),
    ("Before", "number"),
    ("After", "number"),
    ("Change", "number"),
)
_CHANGES: tuple[tuple[str, ColumnKind], ...] = (
    ("", "words"),
    ("Layer", "words"),
    ("What changed", "words"),
)
_MARKS: dict[Kind, str] = {"same": " ", "changed": "~", "added": "+", "removed": "-"}


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One layer before and after.

    Attributes:
        before: its row in the first report; `None` if it was added.
        after: its row in the second; `None` if it was removed.
    """

    before: ReportRow | None
    after: ReportRow | None

    @property
    def kind(self) -> Kind:
        """`"same"`, `"changed"`, `"added"` or `"removed"`."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "changed" if self.differences else "same"

    @property
    def row(self) -> ReportRow:
        """The row after, or before if the layer was removed."""
        row = self.after or self.before
        if row is None:
            raise ValueError("a change needs a row before or after")
        return row

    @property
    def differences(self) -> dict[str, tuple[str, str]]:
        """What is different, before and after, as texts; empty for added and removed layers."""
        if self.before is None or self.after is None:
            return {}
        pairs = {name: (tell(self.before), tell(self.after)) for name, tell in _COMPARED.items()}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _shapes(row: ReportRow) -> str:
    return " ".join(map(shape_text, row.output_shapes))


# What is compared of a layer; its name is not: Keras numbers unnamed layers anew.
_COMPARED: dict[str, Callable[[ReportRow], str]] = {
    "class": lambda row: row.class_name,
    "output": _shapes,
    "parameters": lambda row: count(row.params),
    "trainable": lambda row: (
        count(row.params.trainable) if row.params is not None and row.trainable_known else "?"
    ),
    "MACs": lambda row: "?" if row.macs_formula is None else row.macs_formula.text,
    "calls": lambda row: str(row.calls),
}


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over both models; "at least", where a layer of it is unknown.

    Attributes:
        name: what is summed up.
        before: of the first model.
        after: of the second.
        before_known: whether that is all of the first.
        after_known: whether that is all of the second.
    """

    name: str
    before: int
    after: int
    before_known: bool
    after_known: bool

    @property
    def texts(self) -> tuple[str, str]:
        """Before and after as texts."""
        sides = ((self.before, self.before_known), (self.after, self.after_known))
        before, after = (f"{'' if known else 'at least '}{count:,}" for count, known in sides)
        return before, after

    @property
    def delta(self) -> str:
        """What changed, as a number and a share; that of what is unknown is not known."""
        if not (self.before_known and self.after_known):
            return "change not known"
        if self.before == self.after:
            return "unchanged"
        change = self.after - self.before
        share = f", {change / self.before:+.1%}".replace("%", " %") if self.before else ""
        return f"{change:+,}{share}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """Two models side by side; print it, or read its changes.

    Attributes:
        before: the report on the first.
        after: the report on the second.
        changes: every layer of both, in order.
    """

    before: ModelReport
    after: ModelReport
    changes: tuple[Change, ...]

    @property
    def changed(self) -> tuple[Change, ...]:
        """The changes less the layers that are the same."""
        return tuple(change for change in self.changes if change.kind != "same")

    def totals(self) -> Iterator[Total]:
        """Each total before and after."""
        before, after = self.before, self.after
        params = before.params_known, after.params_known
        yield Total("parameters", int(before.params), int(after.params), *params)
        trainable = int(before.params.trainable), int(after.params.trainable)
        trained = (
            before.params_known and before.trainable_known,
            after.params_known and after.trainable_known,
        )
        yield Total("trainable", *trainable, *trained)
        macs = before.macs_known, after.macs_known
        yield Total("MACs", int(before.macs), int(after.macs), *macs)
        weights = sum(before.weights_bytes.values()), sum(after.weights_bytes.values())
        yield Total("bytes of weights", *weights, *params)

    def to_text(self, *, width: int = 80) -> str:
        """What changed, for a terminal.

        Args:
            width: columns of the terminal, at least 80.
        """
        same = len(self.changes) - len(self.changed)
        names = f"{self.before.name} → {self.after.name}"
        lines = (
            TableRow(
                (
                    Cell(f"{_MARKS[change.kind]} "),
                    Cell(f"{_named(change)} {_summary(change)}".rstrip()),
                ),
                below=tuple(
                    (f"{name}: ", f"{old} → {new}")
                    for name, (old, new) in change.differences.items()
                ),
            )
            for change in self.changed
        )
        notes = tuple(
            (total.name, f"{' → '.join(total.texts)} ({total.delta})") for total in self.totals()
        )
        title = f"{names}; the same: {same} of {len(self.changes)}"
        return to_text(Table(title, (), tuple(lines), notes), width=width)

    def to_markdown(self) -> str:
        """What changed, as Markdown tables fit for a pull request."""
        return to_markdown(*self._tables())

    def _repr_html_(self) -> str:
        return to_html(*self._tables(title=f"{self.before.name} → {self.after.name}"))

    def to_json(self, *, indent: int | None = 2) -> str:
        """What changed, as JSON with a `schema_version`.

        Args:
            indent: spaces a level; `None` for one line.
        """
        record = {
            "before": self.before.name,
            "after": self.after.name,
            "totals": {
                total.name: {
                    "before": total.before,
                    "after": total.after,
                    "before_known": total.before_known,
                    "after_known": total.after_known,
                }
                for total in self.totals()
            },
            "changes": [
                {
                    "kind": change.kind,
                    "before": None if change.before is None else change.before.name,
                    "after": None if change.after is None else change.after.name,
                    "class_name": change.row.class_name,
                    "differences": change.differences,
                }
                for change in self.changes
            ],
        }
        return to_json(record, indent=indent)

    def _tables(self, *, title: str = "") -> list[Table]:
        """The totals, and the layers that changed if any did."""
        totals = (
            TableRow(tuple(map(Cell, (total.name, *total.texts, total.delta))))
            for total in self.totals()
        )
        changes = (
            TableRow(tuple(map(Cell, (change.kind, _named(change), _what_changed(change)))))
            for change in self.changed
        )
        tables = [Table(title, _TOTALS, tuple(totals)), Table("", _CHANGES, tuple(changes))]
        return tables if self.changed else tables[:1]

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        names = f"{self.before.name!r} and {self.after.name!r}"
        return f"<Comparison of {names}: {len(self.changed)} changes>"


def compare(before: object, after: object) -> Comparison:
    """What changed from one model to another, layer by layer.

    Layers are aligned by their order, class and name; the numbers that Keras gives to unnamed
    layers (`dense_3`) do not matter.

    Args:
        before: a report, or what `explain` takes.
        after: likewise.

    Returns:
        The changes; print it, or use `to_markdown()` in a pull request.

    Raises:
        ArgumentError: an argument holds no model.
        SourceError: a file or configuration is damaged, foreign or hostile.

    Examples:
        >>> def net(units):
        ...     layer = {"class_name": "Dense", "config": {"name": "top", "units": units}}
        ...     return {"name": "net", "layers": [layer], "build_input_shape": [None, 4]}
        >>> print(compare(net(3), net(5)))
        net → net; the same: 1 of 2
        ~ top (Dense)
            output: 3 → 5
            parameters: 15 → 25
            trainable: 15 → 25
            MACs: 4·3 = 12 → 4·5 = 20
        <BLANKLINE>
        parameters        15 → 25 (+10, +66.7 %)
        trainable         15 → 25 (+10, +66.7 %)
        MACs              12 → 20 (+8, +66.7 %)
        bytes of weights  60 → 100 (+40, +66.7 %)
    """
    old, new = (
        each if isinstance(each, ModelReport) else explain(each) for each in (before, after)
    )
    return Comparison(old, new, tuple(_aligned(old.rows, new.rows)))


def _aligned(before: Sequence[ReportRow], after: Sequence[ReportRow]) -> Iterator[Change]:
    from difflib import SequenceMatcher  # noqa: PLC0415  only comparisons need it

    keys = _keys(before), _keys(after)
    if max(len(before), len(after)) > _MOST_ALIGNED:
        keys = _numbered(keys[0]), _numbered(keys[1])
    for tag, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        old, new = list(before[a:b]), list(after[c:d])
        if tag == "equal":
            yield from map(Change, old, new)
            continue
        # A layer whose name alone changed stays one layer: same class, same place.
        while old and new and old[0].class_name == new[0].class_name:
            yield Change(old.pop(0), new.pop(0))
        yield from (Change(row, None) for row in old)
        yield from (Change(None, row) for row in new)


def _keys(rows: Sequence[ReportRow]) -> list[Hashable]:
    return [(row.class_name, re.sub(r"_\d+(?=/|$)", "", row.name), row.depth) for row in rows]


def _numbered(keys: Sequence[Hashable]) -> list[Hashable]:
    """The keys with their occurrence, so that each is there once."""
    seen: Counter[Hashable] = Counter()
    numbered: list[Hashable] = []
    for key in keys:
        numbered.append((key, seen[key]))
        seen[key] += 1
    return numbered


def _named(change: Change) -> str:
    return f"{change.row.name} ({change.row.class_name})"


def _what_changed(change: Change) -> str:
    pairs = change.differences.items()
    return "; ".join(f"{name}: {old} → {new}" for name, (old, new) in pairs) or _summary(change)


def _summary(change: Change) -> str:
    if change.kind not in ("added", "removed"):
        return ""
    return f"{_shapes(change.row)}, {count(change.row.params)} parameters"
