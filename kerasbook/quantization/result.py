"""The effect of quantisation: a model under several schemes, as tables and as records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasbook.report.table import Cell, Table, TableRow, to_html, to_json, to_markdown, to_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kerasbook.arithmetic import Bytes
    from kerasbook.report.table import Kind
    from kerasbook.rules import Weight

__all__ = ["Quantization", "Scheme", "SchemeRow"]

_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("Scheme", "words"),
    ("Stored", "number"),
    ("Moved", "number"),
    ("Peak", "number"),
    ("Stored, of now", "number"),
)
_LAYER_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("Layer (class)", "words"),
    ("Stored", "number"),
    ("Moved", "number"),
    ("Peak", "number"),
)
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True, eq=False)
class SchemeRow:
    """One layer under a scheme.

    Attributes:
        name: the layer's name, after those of the models around it.
        class_name: its class.
        weights: what it would hold, each with its shape and type; none if an earlier row has them.
        stored: bytes of these.
        moved: bytes that it reads and writes in a forward pass of a batch: in each call its weights
            as they are stored, the tensors it is called on, and its outputs. An embedding reads the
            rows that are looked up. What hands its input on moves nothing.
        peak: what the model takes while the layer runs: all weights, and the tensors that live;
            `None` if it does not run by itself.
        kept: why some of its weights stay as they are; `""` if none does, or there are none.
        stored_known: whether its weights are known; else what is stored is "at least".
        known: whether its weights and sizes are known; else its numbers are "at least".
    """

    name: str
    class_name: str
    weights: tuple[Weight, ...]
    stored: Bytes
    moved: Bytes
    peak: Bytes | None
    kept: str
    stored_known: bool
    known: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scheme:
    """A model under one scheme; print it for each layer's arithmetic.

    Attributes:
        name: `"as it is"`, or the policy: `"int8"`, `"mixed_bfloat16"`.
        batch_size: samples at once.
        stored: bytes of all weights, in their own types.
        moved: bytes that all layers read and write in a forward pass of a batch.
        peak: bytes of all weights, and of the tensors between layers at their most.
        rows: the layers, each once for every place that it has.
        stored_known: whether all weights are known; else what is stored is "at least".
        known: whether nothing of it is unknown; else the numbers are "at least".
    """

    name: str
    batch_size: int
    stored: Bytes
    moved: Bytes
    peak: Bytes
    rows: tuple[SchemeRow, ...]
    stored_known: bool
    known: bool

    @property
    def kept(self) -> dict[str, tuple[str, ...]]:
        """Names of the layers that keep weights as they are, by the reason."""
        found: dict[str, tuple[str, ...]] = {}
        for row in self.rows:
            if row.kept:
                found[row.kept] = (*found.get(row.kept, ()), row.name)
        return found

    def to_text(self, *, width: int = 80) -> str:
        """The layers with the arithmetic of each, for a terminal.

        Args:
            width: columns of the terminal, at least 80.
        """
        return to_text(self._table(), width=width)

    def to_markdown(self) -> str:
        """The layers as a Markdown table."""
        return to_markdown(self._table())

    def to_records(self) -> list[dict[str, Any]]:
        """One flat dict a layer, for `pandas.DataFrame(…)`."""
        return [{"scheme": self.name, **_record(row)} for row in self.rows]

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Scheme {self.name!r}: {self.stored.human} stored>"

    def _repr_html_(self) -> str:
        return to_html(self._table())

    def _table(self, *, title: str | None = None) -> Table:
        return Table(
            title=f"{self.name}, a batch of {self.batch_size}" if title is None else title,
            name=self.name,
            columns=_LAYER_COLUMNS,
            lines=tuple(
                _line(row) for row in self.rows if row.stored or row.moved or not row.known
            ),
            sums=(Cell("all"), *map(Cell, self._totals())),
        )

    def _totals(self) -> tuple[str, str, str]:
        least = _least(known=self.known)
        stored = f"{_least(known=self.stored_known)}{self.stored.human}"
        return stored, f"{least}{self.moved.human}", f"{least}{self.peak.human}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Quantization:
    """A model under several schemes, side by side; print it, or ask for one by its name.

    Made by [`ModelReport.quantization`][kerasbook.report.ModelReport.quantization].

    Attributes:
        name: the model's name.
        class_name: its class.
        batch_size: samples at once.
        schemes: the model as it is, and under each scheme that was asked for.
        refused: schemes that Keras would raise an error for, each with the reason.
    """

    name: str
    class_name: str
    batch_size: int
    schemes: tuple[Scheme, ...]
    refused: Mapping[str, str]

    def __getitem__(self, name: str) -> Scheme:
        for each in self.schemes:
            if each.name == name:
                return each
        listed = ", ".join(repr(each.name) for each in self.schemes)
        raise KeyError(f"no scheme {name!r} here; there are {listed}")

    def to_text(self, *, width: int = 80) -> str:
        """One line a scheme, and what stays as it is, for a terminal.

        Args:
            width: columns of the terminal, at least 80.
        """
        return to_text(self._table(), width=width)

    def to_markdown(self) -> str:
        """The schemes as a Markdown table, fit for a pull request."""
        return to_markdown(self._table())

    def to_json(self, *, indent: int | None = 2) -> str:
        """The schemes and their layers as JSON, with a `schema_version`.

        Args:
            indent: spaces a level; `None` for one line.
        """
        record = {
            "name": self.name,
            "class_name": self.class_name,
            "batch_size": self.batch_size,
            "schemes": [
                {
                    "name": scheme.name,
                    "stored_bytes": int(scheme.stored),
                    "moved_bytes": int(scheme.moved),
                    "peak_bytes": int(scheme.peak),
                    "stored_known": scheme.stored_known,
                    "known": scheme.known,
                    "layers": scheme.to_records(),
                }
                for scheme in self.schemes
            ],
            "refused": dict(self.refused),
        }
        return to_json(record, indent=indent)

    def to_records(self) -> list[dict[str, Any]]:
        """One flat dict for each layer under each scheme, for `pandas.DataFrame(…)`."""
        return [record for scheme in self.schemes for record in scheme.to_records()]

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Quantization of {self.name!r}: {len(self.schemes)} schemes>"

    def _repr_html_(self) -> str:
        return to_html(self._table())

    def _table(self) -> Table:
        return Table(
            title=f"{self.name} ({self.class_name}), a batch of {self.batch_size}",
            name=self.name,
            columns=_COLUMNS,
            lines=tuple(self._lines()),
            notes=tuple(self._notes()),
        )

    def _lines(self) -> Iterator[TableRow]:
        """A line for each scheme, whose name unfolds its layers."""
        now = self.schemes[0].stored
        for scheme in self.schemes:
            share = f"{scheme.stored / now:,.1%}".replace("%", " %") if now else ""
            layers = scheme._table(title="")  # noqa: SLF001  of this module
            yield TableRow((Cell(scheme.name, layers), *map(Cell, (*scheme._totals(), share))))  # noqa: SLF001

    def _notes(self) -> Iterator[tuple[str, str]]:
        """The layers that stay as they are, named once for all schemes with the same reason."""
        said: dict[str, list[str]] = {}
        for scheme in self.schemes:
            for reason, names in scheme.kept.items():
                said.setdefault(f"{_listed(names)} as now: {reason}", []).append(scheme.name)
        for text, schemes in said.items():
            yield ", ".join(schemes), text
        for name, why in self.refused.items():
            yield name, f"Keras raises an error because of {why}"


def _line(row: SchemeRow) -> TableRow:
    """A layer with its arithmetic."""
    peak = Cell("") if row.peak is None else _cell(row.peak, known=True)
    below = (
        ("stored ", row.stored.text if row.stored else ""),
        ("moved ", row.moved.text if row.moved else ""),
        ("as now: ", row.kept),
    )
    return TableRow(
        (
            Cell(f"{row.name} ({row.class_name})", f"as now: {row.kept}" if row.kept else ""),
            _cell(row.stored, known=row.stored_known),
            _cell(row.moved, known=row.known),
            peak,
        ),
        below=tuple((label, text) for label, text in below if text),
    )


def _cell(size: Bytes, *, known: bool) -> Cell:
    return Cell(f"{_least(known=known)}{size.human}", size.text if size else "")


def _least(*, known: bool) -> str:
    return "" if known else "≥ "


def _listed(names: Sequence[str]) -> str:
    """The first few names, and how many more."""
    more = len(names) - _MOST_NAMES
    first = ", ".join(names[:_MOST_NAMES])
    return f"{first} and {more} more" if more > 0 else first


def _record(row: SchemeRow) -> dict[str, Any]:
    """The values of one layer."""
    return {
        "name": row.name,
        "class_name": row.class_name,
        "stored_bytes": int(row.stored),
        "stored_text": row.stored.text,
        "moved_bytes": int(row.moved),
        "moved_text": row.moved.text,
        "peak_bytes": None if row.peak is None else int(row.peak),
        "kept": row.kept,
        "stored_known": row.stored_known,
        "known": row.known,
    }
