"""The calls of layers inside a call, with their arguments, recorded during the trace."""

# Keras publishes no types for what is read here:
# ruff: noqa: ANN401

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any

from kerasbook.rules import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kerasbook.tracing.tally import Backend

__all__ = ["CallRecorder", "RecordedCall", "layers_of"]


@dataclass(slots=True, eq=False)
class RecordedCall:
    """A call of a layer, recorded during a trace.

    Attributes:
        layer: the layer.
        place: the call's number, under which the trace counts its operations.
        arguments: the positional arguments, with tensors as `Tensor`s.
        keywords: the keyword arguments, likewise.
        outputs: the output tensors, in the order in which Keras flattens them.
        inside: the calls of layers inside it.
    """

    layer: Any
    place: int
    arguments: tuple[object, ...]
    keywords: dict[str, object]
    outputs: tuple[Tensor, ...] = ()
    inside: list[RecordedCall] = field(default_factory=list)


def layers_of(layer: Any) -> list[Any]:
    """A layer and the layers inside it; an operation has no layers inside."""
    flatten = getattr(layer, "_flatten_layers", None)
    return [layer] if flatten is None else list(flatten())


class CallRecorder:
    """Records the calls of a layer and of the layers inside it."""

    def __init__(self, keras: Any, backend: Backend, batch_size: int) -> None:
        self._keras = keras
        self._backend = backend
        self._batch_size = batch_size
        self._count = 0
        self._open: list[RecordedCall] = []
        self.calls: list[RecordedCall] = []

    def begin(self) -> None:
        """Discard all recorded calls: a backend may trace a call again in another form."""
        self._count = 0
        self._open, self.calls = [], []

    @contextmanager
    def on(self, layer: Any) -> Iterator[None]:
        """Wrap the `call` of a layer and of those inside it, for the time of the context.

        The wrapper is set on the instances, without Keras's tracking of attributes, so that
        classes and other layers do not change.
        """
        watched = []
        try:
            for each in layers_of(layer):
                for name in ("call", "quantized_call"):
                    if hasattr(each, name) and name not in vars(each):
                        object.__setattr__(each, name, self._noted(each, getattr(each, name)))
                        watched.append((each, name))
            yield
        finally:
            for each, name in watched:
                object.__delattr__(each, name)

    def _noted(self, layer: Any, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def noted(*args: Any, **kwargs: Any) -> Any:
            seen = RecordedCall(layer, self._count, self._described(args), self._described(kwargs))
            self._count += 1
            (self._open[-1].inside if self._open else self.calls).append(seen)
            self._open.append(seen)
            try:
                with self._backend.scope(seen.place):
                    outputs = call(*args, **kwargs)
            finally:
                self._open.pop()
            leaves = map(self._described, self._keras.tree.flatten(outputs))
            seen.outputs = tuple(each for each in leaves if isinstance(each, Tensor))
            return outputs

        return noted

    def _described(self, value: Any) -> Any:
        """The value, with a `Tensor` in place of each tensor."""
        if isinstance(value, dict):
            return {key: self._described(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return tuple([self._described(each) for each in value])
        if hasattr(value, "shape") and hasattr(value, "dtype"):
            dtype = self._keras.backend.standardize_dtype(value.dtype)
            # A first axis of the traced batch's size is taken for the batch axis.
            sizes = tuple(value.shape)
            whole = sizes[:1] == (self._batch_size,)
            return Tensor((None, *sizes[1:]) if whole else sizes, dtype)
        return value
