"""What quantisation and mixed precision would change: bytes stored, moved, and at the peak.

`int4` is that of Keras 3.14 and later, where groups of rows share a scale; 3.11 to 3.13 keep one
for each column, and 3.10 has none. What is moved follows a convention, said at `SchemeRow`. The
peak leaves out what a backend unpacks or casts while a layer runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasbook.arithmetic import Bytes, number, plus, product
from kerasbook.checks import positive_integer
from kerasbook.errors import ArgumentError
from kerasbook.graph.recast import recast_graph
from kerasbook.report import deployment_text
from kerasbook.report.memory import live_bytes
from kerasbook.report.schemes import NOW, SCHEMES, read_name_patterns, read_scheme
from kerasbook.report.tensors import flatten_graph
from kerasbook.report.traffic import moved_bytes, stored_bytes, total_bytes
from kerasbook.rules import is_keras
from kerasbook.rules.recast import OTHERS_KERNEL, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kerasbook.graph import Graph, Row
    from kerasbook.report.tensors import Tensors
    from kerasbook.rules import Weight
    from kerasbook.rules.recast import Storage

__all__ = ["Deployment", "Scheme", "SchemeRow", "make_deployment"]


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
        return deployment_text.scheme_text(self, width=width)

    def to_markdown(self) -> str:
        """The same as a Markdown table."""
        return deployment_text.scheme_markdown(self)

    def to_records(self) -> list[dict[str, Any]]:
        """One flat dict a layer, for `pandas.DataFrame(…)`."""
        return deployment_text.scheme_records(self)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Scheme {self.name!r}: {self.stored.human} stored>"

    def _repr_html_(self) -> str:
        return deployment_text.scheme_html(self)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Deployment:
    """A model under several schemes, side by side; print it, or ask for one by its name.

    Made by [`ModelReport.deployment`][kerasbook.report.ModelReport.deployment].

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
        return deployment_text.to_text(self, width=width)

    def to_markdown(self) -> str:
        """The same as a Markdown table, fit for a pull request."""
        return deployment_text.to_markdown(self)

    def to_json(self, *, indent: int | None = 2) -> str:
        """The schemes and their layers as JSON, with a `schema_version`.

        Args:
            indent: spaces a level; `None` for one line.
        """
        return deployment_text.to_json(self, indent=indent)

    def to_records(self) -> list[dict[str, Any]]:
        """One flat dict for each layer under each scheme, for `pandas.DataFrame(…)`."""
        return [record for scheme in self.schemes for record in scheme.to_records()]

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Deployment of {self.name!r}: {len(self.schemes)} schemes>"

    def _repr_html_(self) -> str:
        return deployment_text.to_html(self)


def make_deployment(
    graph: Graph,
    batch_size: int,
    *,
    schemes: Sequence[str] | None,
    filters: str | Sequence[str] | None,
    eager: bool,
) -> Deployment:
    """A model under the schemes; see `ModelReport.deployment`."""
    batch_size = positive_integer("batch_size", batch_size)
    patterns = read_name_patterns(filters)
    if isinstance(schemes, str):
        schemes = (schemes,)
    asked = [read_scheme(each, patterns) for each in (SCHEMES if schemes is None else schemes)]
    found, refused = [_scheme(graph, NOW, batch_size, eager=eager)], {}
    for name, storage in asked:
        why = _refusal(graph, storage)
        if not why:
            found.append(_scheme(graph, (name, storage), batch_size, eager=eager))
        elif schemes is None:
            refused[name] = why
        else:
            raise ArgumentError(
                where="schemes",
                expected="be such as Keras has for this model",
                received=f"{name!r}, for which Keras raises an error because of {why}",
            )
    return Deployment(graph.name, graph.class_name, batch_size, tuple(found), refused)


def _refusal(graph: Graph, storage: Storage) -> str:
    """The first layer because of which Keras would not quantise the model, and why; or `""`."""
    for row in graph.rows():
        if row.node.inner is None and row.node.class_name != "InputLayer":
            why = refusal(row.node.member.layer, row.node.facts.weights or (), storage)
            if why:
                return f"layer {row.path!r}: {why}"
    return ""


def _scheme(graph: Graph, scheme: tuple[str, Storage], batch_size: int, *, eager: bool) -> Scheme:
    name, storage = scheme
    recast = recast_graph(graph, storage)
    places = [row for row in recast.graph.rows() if row.node.inner is None]
    held = [() if row.shared else row.node.facts.weights or () for row in places]
    stored = [stored_bytes(weights) for weights in held]
    moved = [moved_bytes(row, recast, batch_size) for row in places]
    weights_bytes = total_bytes(stored)
    tensors = flatten_graph(recast.graph)
    peaks = _Peaks(tensors, int(Bytes(weights_bytes)), batch_size, eager=eager)
    kept = [recast.kept.get(row.node.steps[0], "") for row in places]
    known = [_is_known(row, storage, why) for row, why in zip(places, kept, strict=True)]
    rows = tuple(
        SchemeRow(
            name=row.path,
            class_name=row.node.class_name,
            weights=weights,
            stored=Bytes(size),
            moved=Bytes(number(0) if traffic is None else traffic),
            peak=peaks.of(row.path),
            kept="" if row.shared else why,
            stored_known=is_known,
            known=traffic is not None and is_known,
        )
        for row, weights, size, traffic, why, is_known in zip(
            places, held, stored, moved, kept, known, strict=True
        )
    )
    return Scheme(
        name=name,
        batch_size=batch_size,
        stored=Bytes(weights_bytes),
        moved=Bytes(total_bytes(each for each in moved if each is not None)),
        peak=peaks.most,
        rows=rows,
        stored_known=all(row.stored_known for row in rows),
        known=peaks.known and all(row.known for row in rows),
    )


class _Peaks:
    """What a model takes while its layers run, one after the other."""

    def __init__(
        self, tensors: Tensors, weights_bytes: int, batch_size: int, *, eager: bool
    ) -> None:
        first, *lives = live_bytes(tensors, eager=eager)
        self._weights, self._batch = weights_bytes, batch_size
        self._live: dict[str, int] = {}
        for operation, live in zip(tensors.operations, lives, strict=True):
            self._live[operation.path] = max(live, self._live.get(operation.path, 0))
        self.known = tensors.known
        self.most = self._taken(max([first, *lives]))

    def of(self, path: str) -> Bytes | None:
        """While a layer runs; `None` if it does not run by itself."""
        return self._taken(self._live[path]) if path in self._live else None

    def _taken(self, live: int) -> Bytes:
        weights = number(self._weights, "weights_bytes")
        per_sample = number(live, "bytes_per_sample")
        return Bytes(plus(weights, product(number(self._batch, "batch_size"), per_sample)))


def _is_known(row: Row, storage: Storage, kept: str) -> bool:
    """Whether it is known what a layer holds; one of the user's own may hold what is quantised."""
    facts = row.node.facts
    if facts.weights is None or OTHERS_KERNEL in kept:
        return False
    own = not is_keras(row.node.member.layer) and facts.macs_origin != "traced"
    return not (storage.mode and own and facts.weights)
