"""What a model takes in memory: weights, gradients, optimizer, activations, by batch size."""

from __future__ import annotations

from kerasbook.formula import number, plus, product
from kerasbook.frozen import frozen
from kerasbook.quantities import Bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.formula import Formula
    from kerasbook.report.tensors import Tensors

__all__ = ["Memory", "live_bytes", "peak_bytes", "saved_bytes"]


@frozen(kw_only=True)
class Memory:
    """Bytes that a model takes at one batch size, each sum with its arithmetic.

    What the backend's own workspace, allocator and compiled code take comes on top.

    Attributes:
        batch_size: samples at once.
        weights_bytes: of all weights, in their own types.
        gradients_bytes: one number for each trainable weight, in training.
        optimizer_bytes: what the optimizer keeps beside them: Adam's two moments, for example.
        peak_bytes: the most that tensors between layers take at one time in inference, per sample.
        saved_bytes: what the forward pass of training keeps for the backward pass, per sample.
        known: whether every layer's share is known; else the sums are "at least".
    """

    batch_size: int
    weights_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    peak_bytes: int
    saved_bytes: int
    known: bool

    @property
    def inference_bytes(self) -> Bytes:
        """Weights, and the tensors between layers while `predict` runs."""
        weights = number(self.weights_bytes, "weights_bytes")
        return Bytes(plus(weights, self._batch(self.peak_bytes)))

    @property
    def training_bytes(self) -> Bytes:
        """Weights, gradients, optimizer, and what the backward pass needs, while `fit` runs."""
        fixed = (
            number(self.weights_bytes, "weights_bytes"),
            number(self.gradients_bytes, "gradients_bytes"),
            number(self.optimizer_bytes, "optimizer_bytes"),
        )
        return Bytes(plus(*fixed, self._batch(self.saved_bytes)))

    def _batch(self, per_sample: int) -> Formula:
        return product(
            number(self.batch_size, "batch_size"), number(per_sample, "bytes_per_sample")
        )


def peak_bytes(tensors: Tensors) -> int:
    """The most that tensors take at one time while the operations run in order, per sample."""
    return max(live_bytes(tensors))


def live_bytes(tensors: Tensors) -> Iterator[int]:
    """What tensors take before the first operation, and while each of them runs, per sample.

    A tensor lives from the operation that makes it to the last one that reads it; an operation
    holds what it reads and what it makes.
    """
    last: dict[int, int] = {}
    for place, operation in enumerate(tensors.operations):
        for each in operation.inputs:
            last[each] = place
        for each in operation.outputs:
            last[each] = place
    for each in tensors.results:
        last[each] = len(tensors.operations)
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


def saved_bytes(tensors: Tensors) -> int:
    """What the forward pass keeps for the backward pass, per sample; each tensor counts once."""
    kept = {each for operation in tensors.operations for each in operation.saved}
    buffers_bytes = sum(operation.buffers_bytes for operation in tensors.operations)
    return sum(tensors.sizes_bytes[each] for each in kept) + buffers_bytes
