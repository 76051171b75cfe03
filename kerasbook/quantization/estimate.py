"""Estimates of quantisation and mixed precision: bytes stored, moved, and at the peak.

`int4` is that of Keras 3.14 and later, where groups of rows share a scale; 3.11 to 3.13 keep one
for each column, and 3.10 has none. What is moved follows a convention, said at `SchemeRow`. The
peak leaves out what a backend unpacks or casts while a layer runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.arithmetic import Bytes, number, plus, product
from kerasbook.checks import positive_integer
from kerasbook.errors import ArgumentError
from kerasbook.graph import graph_rows
from kerasbook.quantization.graph import recast_graph
from kerasbook.quantization.result import Quantization, Scheme, SchemeRow
from kerasbook.quantization.schemes import NOW, SCHEMES, read_name_patterns, read_scheme
from kerasbook.quantization.storage import OTHERS_KERNEL, refusal
from kerasbook.quantization.traffic import moved_bytes, stored_bytes, total_bytes
from kerasbook.report.memory import live_bytes
from kerasbook.report.tensors import flatten_graph
from kerasbook.rules import is_keras

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.graph import Graph, Row
    from kerasbook.quantization.storage import Storage
    from kerasbook.report.tensors import Tensors

__all__ = ["estimate"]


def estimate(
    graph: Graph,
    batch_size: int,
    *,
    schemes: Sequence[str] | None,
    filters: str | Sequence[str] | None,
    eager: bool,
) -> Quantization:
    """A model under the schemes; see `ModelReport.quantization`."""
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
    return Quantization(graph.name, graph.class_name, batch_size, tuple(found), refused)


def _refusal(graph: Graph, storage: Storage) -> str:
    """The first layer because of which Keras would not quantise the model, and why; or `""`."""
    for row in graph_rows(graph):
        if row.node.inner is None and row.node.class_name != "InputLayer":
            why = refusal(row.node.member.layer, row.node.facts.weights or (), storage)
            if why:
                return f"layer {row.path!r}: {why}"
    return ""


def _scheme(graph: Graph, scheme: tuple[str, Storage], batch_size: int, *, eager: bool) -> Scheme:
    name, storage = scheme
    recast = recast_graph(graph, storage)
    places = [row for row in graph_rows(recast.graph) if row.node.inner is None]
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
    """The memory of a model while its layers run, one after the other."""

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
