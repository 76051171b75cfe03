"""Traces on TensorFlow: the graph of a concrete function, loops counted with their lengths.

TensorFlow's profiler is not used: it misses grouped and three-dimensional transposed convolutions,
and counts a loop's body once. Only operations that the outputs depend on are counted, since
TensorFlow runs no others.
"""

# TensorFlow publishes no types for what is read here:
# ruff: noqa: ANN401, PLC0415, SLF001

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasbook.arithmetic import number
from kerasbook.rules.einsum import contraction
from kerasbook.tracing.loops import trip_count
from kerasbook.tracing.tally import Tally, dot_macs, place_of, scope_name, window_macs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kerasbook.rules import Tensor
    from kerasbook.tracing.tally import Scope

__all__ = ["ConcreteGraph"]

_DOTS = ("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "MatMul")
_CONVOLUTIONS = ("Conv2D", "Conv3D", "DepthwiseConv2dNative")
_TRANSPOSED = (
    "Conv2DBackpropInput",
    "Conv2DBackpropInputV2",
    "Conv3DBackpropInputV2",
    "DepthwiseConv2dNativeBackpropInput",
)
_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_BRANCHES = {
    "If": ("then_branch", "else_branch"),
    "StatelessIf": ("then_branch", "else_branch"),
    "Case": ("branches",),
    "StatelessCase": ("branches",),
}
_LOOPS = ("StatelessWhile", "While")
# Operations whose matrix arithmetic is not a product, or that run code outside the graph.
_OPAQUE = (
    "BandedTriangularSolve",
    "BatchFunction",
    "Cholesky",
    "Cudnn",
    "Eager",
    "Eig",
    "FFT",
    "IFFT",
    "IRFFT",
    "LogMatrix",
    "Lu",
    "Matrix",
    "PyFunc",
    "Qr",
    "Quantized",
    "RFFT",
    "SelfAdjointEig",
    "Sparse",
    "Svd",
    "Tridiagonal",
    "Xla",
)
# Operations with similar names that only move numbers.
_FREE = (
    "MatrixBandPart",
    "MatrixDiag",
    "MatrixSetDiag",
    "SparseReshape",
    "SparseToDense",
    "XlaDynamicSlice",
    "XlaDynamicUpdateSlice",
)


class ConcreteGraph:
    """Traces with `tf.function`."""

    def scope(self, place: int) -> Scope:
        """A name scope."""
        import tensorflow as tf

        scope: Scope = tf.name_scope(scope_name(place))
        return scope

    def trace(self, function: Callable[..., object], tensors: Sequence[Tensor]) -> Tally:
        """The multiply-accumulates of a function, on tensors that have shapes but no data."""
        import tensorflow as tf

        specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in tensors]
        concrete = tf.function(function, autograph=False).get_concrete_function(*specs)
        tally = Tally()
        _Counter(tally, frozenset(vars(tf.raw_ops))).count(concrete.graph)
        return tally


class _Counter:
    """Counts the operations of a graph and of the functions that it calls."""

    def __init__(self, tally: Tally, listed: frozenset[str]) -> None:
        self._tally = tally
        self._listed = listed

    def count(self, graph: Any, place: int = 0, times: int = 1) -> None:
        """Count all operations that the outputs depend on, each for the call in its name."""
        live = _live(graph)
        for operation in graph.get_operations():
            at = place_of(operation.name, place)
            runs = times if operation in live else 0
            self._tally.ran(at, runs)
            if runs:
                self._operation(operation, at, runs)

    def _operation(self, operation: Any, place: int, times: int) -> None:
        kind = operation.type
        if kind in _DOTS:
            self._tally.add(place, times * _dot(operation))
        elif kind == "Einsum":
            self._tally.add(place, times * _einsum(operation))
        elif kind in _CONVOLUTIONS:
            kernel = operation.inputs[1].shape.as_list()
            self._tally.add(place, times * _window(operation, operation.outputs[0], kernel))
        elif kind in _TRANSPOSED:
            kernel = operation.inputs[1].shape.as_list()
            self._tally.add(place, times * _window(operation, operation.inputs[2], kernel))
        elif kind in _CALLS:
            self.count(_function(operation, operation.get_attr("f")), place, times)
        elif kind in _BRANCHES:
            self._branches(operation, place, times)
        elif kind in _LOOPS:
            self._loop(operation, place, times)
        elif not kind.startswith(_FREE) and (kind not in self._listed or kind.startswith(_OPAQUE)):
            self._tally.miss(place, kind)

    def _branches(self, operation: Any, place: int, times: int) -> None:
        """Count a conditional: known only if all branches multiply equally often."""
        found = [operation.get_attr(key) for key in _BRANCHES[operation.type]]
        functions = found[0] if isinstance(found[0], list) else found
        tallies = []
        for each in functions:
            tallies.append(Tally())
            inside = _Counter(tallies[-1], self._listed)
            inside.count(_function(operation, each), place, times)
        self._tally.choose(tallies, place)

    def _loop(self, operation: Any, place: int, times: int) -> None:
        condition, body = (_function(operation, operation.get_attr(k)) for k in ("cond", "body"))
        trips = trip_count(operation, condition, body)
        if trips is not None:
            self.count(body, place, times * trips)
            return
        inside = Tally()
        _Counter(inside, self._listed).count(body, place, times)
        self._tally.repeat(inside)


def _function(operation: Any, name: Any) -> Any:
    """The graph of the function that an operation names."""
    return operation.graph._get_function(name.name).graph


def _live(graph: Any) -> set[Any]:
    """The operations that the outputs of a graph need."""
    pending = [tensor.op for tensor in graph.outputs] + list(graph.control_outputs)
    live: set[Any] = set()
    while pending:
        operation = pending.pop()
        if operation not in live:
            live.add(operation)
            pending.extend(tensor.op for tensor in operation.inputs)
            pending.extend(operation.control_inputs)
    return live


def _dot(operation: Any) -> int:
    shape = operation.inputs[0].shape.as_list()
    key = "transpose_a" if operation.type == "MatMul" else "adj_x"
    contracted = shape[-2] if operation.get_attr(key) else shape[-1]
    return dot_macs(operation.outputs[0].shape.as_list(), [contracted])


def _einsum(operation: Any) -> int:
    """Multiply-accumulates of an einsum; 0 if it has a single operand."""
    equation = operation.get_attr("equation").decode()
    terms, result = equation.split("->")
    labels = terms.split(",")
    if len(labels) == 1:
        return 0
    shapes = [tensor.shape.as_list() for tensor in operation.inputs]
    named = [_labels(*pair) for pair in zip(labels, shapes, strict=True)]
    sizes: dict[str, int] = {}
    for each, shape in zip(named, shapes, strict=True):
        for label, size in zip(each, shape, strict=True):
            sizes[label] = max(size, sizes.get(label, 1))
    macs = contraction(
        *named,
        result=_labels(result, operation.outputs[0].shape.as_list()),
        sizes={label: number(size) for label, size in sizes.items()},
    )
    return macs.value or 0


def _labels(term: str, shape: Sequence[int]) -> list[str]:
    """One label per axis; the axes of `...` get numbers, counted from the last."""
    head, dots, tail = term.partition("...")
    elided = len(shape) - len(head) - len(tail) if dots else 0
    return [*head, *(str(n) for n in range(elided, 0, -1)), *tail]


def _window(operation: Any, positions: Any, kernel: Sequence[int]) -> int:
    """Multiply-accumulates of a convolution whose kernel ends with channels and filters."""
    shape = positions.shape.as_list()
    first = operation.get_attr("data_format").startswith(b"NC")
    batch, *axes = [shape[0], *shape[2:]] if first else shape[:-1]
    *taps, channels, filters = kernel
    return window_macs((batch, *axes), taps, channels=channels, filters=filters)
