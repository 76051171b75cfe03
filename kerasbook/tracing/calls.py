"""Which layers a call calls inside it, and on what: noted while the call is traced."""

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

__all__ = ["Seen", "Watch", "layers_of"]


@dataclass(slots=True, eq=False)
class Seen:
    """One call of a layer that was seen.

    Attributes:
        layer: the layer.
        place: the number under which the trace keeps what it runs.
        arguments: what it passes by position, tensors as `Tensor`s.
        keywords: what it passes by name.
        outputs: the tensors that it puts out, in the order Keras flattens them.
        inside: the calls of layers inside it.
    """

    layer: Any
    place: int
    arguments: tuple[object, ...]
    keywords: dict[str, object]
    outputs: tuple[Tensor, ...] = ()
    inside: list[Seen] = field(default_factory=list)


def layers_of(layer: Any) -> list[Any]:
    """A layer and those inside it; an operation alone, which has none."""
    flatten = getattr(layer, "_flatten_layers", None)
    return [layer] if flatten is None else list(flatten())


class Watch:
    """Notes the calls of a layer and of the layers inside it while it is installed."""

    def __init__(self, keras: Any, backend: Backend, batch_size: int) -> None:
        self._keras = keras
        self._backend = backend
        self._batch_size = batch_size
        self._count = 0
        self._open: list[Seen] = []
        self.calls: list[Seen] = []

    def begin(self) -> None:
        """Forget what was seen: a backend that cannot trace a call in one form tries another."""
        self._count = 0
        self._open, self.calls = [], []

    @contextmanager
    def on(self, layer: Any) -> Iterator[None]:
        """Put a note-taker before the `call` of a layer and of those inside it, and take it away.

        It is set on the instances, past Keras's own tracking of attributes, so that no class and
        no other layer changes.
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
            seen = Seen(layer, self._count, self._described(args), self._described(kwargs))
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
        """A value with `Tensor`s in the place of tensors."""
        if isinstance(value, dict):
            return {key: self._described(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return tuple([self._described(each) for each in value])
        if hasattr(value, "shape") and hasattr(value, "dtype"):
            dtype = self._keras.backend.standardize_dtype(value.dtype)
            # One batch is traced, so a first axis of its size is the batch.
            sizes = tuple(value.shape)
            whole = sizes[:1] == (self._batch_size,)
            return Tensor((None, *sizes[1:]) if whole else sizes, dtype)
        return value
