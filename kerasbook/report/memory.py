"""What a model takes in memory: weights, gradients, optimizer, activations, by batch size."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

from kerasbook.arithmetic import Bytes, number, plus, product
from kerasbook.report.table import Cell, Table, TableRow, to_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kerasbook.arithmetic import Formula
    from kerasbook.report.tensors import Operation, Tensors

__all__ = [
    "Memory",
    "live_bytes",
    "peak_bytes",
    "saved_bytes",
    "step_memory",
    "training_peak_bytes",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes that a model takes at one batch size, each sum with its arithmetic.

    What the backend's own workspace, allocator and compiled code take comes on top, and what the
    loss computes on its way.

    Attributes:
        batch_size: samples at once.
        backend: which one it is about. PyTorch runs a functional model call by call, and Keras
            holds every output until the model ends; `None` stands for those that compile it.
        weights_bytes: of all weights, in their own types.
        gradients_bytes: one number for each trainable weight, in training.
        optimizer_bytes: what the optimizer keeps beside them: Adam's two moments, for example.
        peak_bytes: the most that tensors between layers take at one time in inference, per sample.
        saved_bytes: what the layers keep in training from the forward pass for the backward pass,
            per sample; nothing below the first layer that is trained.
        training_peak_bytes: the most that these, the tensors between layers and their gradients
            take at one time in training, per sample.
        known: whether every layer's share is known; else the sums are "at least".
    """

    batch_size: int
    backend: str | None
    weights_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    peak_bytes: int
    saved_bytes: int
    training_peak_bytes: int
    known: bool

    @property
    def inference_bytes(self) -> Bytes:
        """Weights, and the tensors between layers while `predict` runs."""
        weights = number(self.weights_bytes, "weights_bytes")
        return Bytes(plus(weights, self._batch(self.peak_bytes)))

    @property
    def training_bytes(self) -> Bytes:
        """Weights, their gradients, optimizer, and the tensors of a step, while `fit` runs."""
        fixed = (
            number(self.weights_bytes, "weights_bytes"),
            number(self.gradients_bytes, "gradients_bytes"),
            number(self.optimizer_bytes, "optimizer_bytes"),
        )
        return Bytes(plus(*fixed, self._batch(self.training_peak_bytes)))

    def to_dict(self) -> dict[str, Any]:
        """The bytes as plain values, those of activations for one sample."""
        return {
            "batch_size": self.batch_size,
            "weights_bytes": self.weights_bytes,
            "gradients_bytes": self.gradients_bytes,
            "optimizer_bytes": self.optimizer_bytes,
            "peak_bytes_per_sample": self.peak_bytes,
            "saved_bytes_per_sample": self.saved_bytes,
            "training_peak_bytes_per_sample": self.training_peak_bytes,
            "backend": self.backend,
            "known": self.known,
        }

    def _repr_html_(self) -> str:
        least = "" if self.known else "at least "
        sums = {"inference": self.inference_bytes, "training": self.training_bytes}
        lines = (
            TableRow((Cell(phase), Cell(f"{least}{taken.human}", taken.text)))
            for phase, taken in sums.items()
        )
        title = f"Memory, batch {self.batch_size}"
        return to_html(Table(title, (("Phase", "words"), ("Bytes", "number")), tuple(lines)))

    def _batch(self, per_sample: int) -> Formula:
        return product(
            number(self.batch_size, "batch_size"), number(per_sample, "bytes_per_sample")
        )


def step_memory(
    tensors: Tensors,
    *,
    batch_size: int,
    backend: str | None,
    weights_bytes: int,
    gradients_bytes: int,
    optimizer_bytes: int,
    known: bool,
) -> Memory:
    """The memory of a model whose tensors are given, and what it takes beside them.

    Args:
        tensors: of the model, for one sample.
        batch_size: as in `Memory`, like the others.
        backend: likewise.
        weights_bytes: likewise.
        gradients_bytes: likewise.
        optimizer_bytes: likewise.
        known: whether all but the tensors is known.
    """
    eager = backend == "torch"
    return Memory(
        batch_size=batch_size,
        backend=backend,
        weights_bytes=weights_bytes,
        gradients_bytes=gradients_bytes,
        optimizer_bytes=optimizer_bytes,
        peak_bytes=peak_bytes(tensors, eager=eager),
        saved_bytes=saved_bytes(tensors),
        training_peak_bytes=training_peak_bytes(tensors, eager=eager),
        known=tensors.known and known,
    )


def peak_bytes(tensors: Tensors, *, eager: bool) -> int:
    """The most that tensors take at one time while the operations run in order, per sample.

    Args:
        tensors: of a model.
        eager: whether every output is held until the model ends that it is inside.
    """
    return max(live_bytes(tensors, eager=eager))


def live_bytes(tensors: Tensors, *, eager: bool) -> Iterator[int]:
    """What tensors take before the first operation, and while each of them runs, per sample.

    A tensor lives from the operation that makes it to the last one that reads it; an operation
    holds what it reads, what it makes, and what it computes on its way. Compiled code adds biases
    and applies activations in place.
    """
    works = (
        _workspace_bytes(each, eager=eager) + each.product_bytes * eager
        for each in tensors.operations
    )
    lives = _forward(tensors, _last_uses(tensors, eager=eager))
    return map(int.__add__, lives, chain((0,), works))


def saved_bytes(tensors: Tensors) -> int:
    """What the forward pass keeps for the backward pass, per sample; each tensor counts once."""
    kept = {each for operation in tensors.operations for each in operation.saved}
    buffers_bytes = sum(operation.buffers_bytes for operation in tensors.operations)
    return sum(tensors.sizes_bytes[each] for each in kept) + buffers_bytes


def training_peak_bytes(tensors: Tensors, *, eager: bool) -> int:
    """The most that a step of training takes at one time, weights and theirs aside, per sample.

    The forward pass holds what is saved. The loss computes as many numbers as the results have,
    and their gradients; then each operation, the last first, makes the gradients of its inputs
    from those of its outputs, and lets go of them and of what it saved.
    """
    end = len(tensors.operations)
    last = _last_uses(tensors, eager=eager)
    for operation in tensors.operations:
        last.update(dict.fromkeys(operation.saved, end))
    kept = accumulate((each.buffers_bytes for each in tensors.operations), initial=0)
    works = (
        max(_workspace_bytes(each, eager=eager) - each.buffers_bytes, 0)
        + each.product_bytes * eager
        for each in tensors.operations
    )
    lives = zip(_forward(tensors, last), kept, chain((0,), works), strict=True)
    return max(chain(map(sum, lives), _backward(tensors)))


def _workspace_bytes(operation: Operation, *, eager: bool) -> int:
    """The bytes of workspace that an operation holds at one time in the forward pass."""
    return operation.workspace_bytes if eager else operation.step_bytes


def _last_uses(tensors: Tensors, *, eager: bool) -> dict[int, int]:
    """For each tensor the place of the last operation that holds it; the results have no last."""
    last: dict[int, int] = {}
    for place, operation in enumerate(tensors.operations):
        for each in (*operation.inputs, *operation.outputs):
            last[each] = max(place, tensors.ends[each] - 1) if eager else place
    last.update(dict.fromkeys(tensors.results, len(tensors.operations)))
    return last


def _forward(tensors: Tensors, last: Mapping[int, int]) -> Iterator[int]:
    """What tensors take before the first operation, and while each of them runs."""
    ends: list[list[int]] = [[] for _ in range(len(tensors.operations) + 1)]
    for each, place in last.items():
        ends[place].append(each)
    sizes = tensors.sizes_bytes
    made = {each for operation in tensors.operations for each in operation.outputs}
    live = sum(sizes[each] for each in last if each not in made)
    yield live
    for place, operation in enumerate(tensors.operations):
        live += sum([sizes[each] for each in set(operation.outputs).difference(operation.inputs)])
        yield live
        live -= sum([sizes[each] for each in ends[place]])


def _backward(tensors: Tensors) -> Iterator[int]:
    """What tensors and gradients take after the loss, and while each operation runs backward."""
    sizes = tensors.sizes_bytes
    first: dict[int, int] = {}  # the operation that saved it first needs it last
    for place, operation in enumerate(tensors.operations):
        for each in operation.saved:
            first.setdefault(each, place)
    results = set(tensors.results)
    gradients = results & tensors.differentiated
    live = saved_bytes(tensors) + sum([sizes[each] for each in results.difference(first)])
    lost = sum([sizes[each] for each in gradients])
    live += lost
    yield live + lost
    for place, operation in reversed(list(enumerate(tensors.operations))):
        if gradients.isdisjoint(operation.outputs):
            continue
        made = tensors.differentiated.intersection(operation.inputs).difference(gradients)
        live += sum([sizes[each] for each in made])
        gradients |= made
        yield live + operation.workspace_bytes + operation.product_bytes
        done = gradients.intersection(operation.outputs)
        gradients -= done
        kept = {each for each in operation.saved if first[each] == place} - results
        live -= sum([sizes[each] for each in (*done, *kept)]) + operation.buffers_bytes
