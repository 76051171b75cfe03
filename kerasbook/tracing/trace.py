"""One call of a layer in memory, traced on the backend that runs."""

# Keras publishes no types for what is read here:
# ruff: noqa: ANN401

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

from kerasbook.checks import require
from kerasbook.errors import KerasbookError
from kerasbook.rules import Tensor, tensors_in
from kerasbook.tracing.calls import Watch, layers_of
from kerasbook.tracing.untouched import untouched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kerasbook.tracing.calls import Seen
    from kerasbook.tracing.tally import Backend, Tally

__all__ = ["Trace", "TraceError", "trace_call"]

_BACKENDS = {
    "jax": ("kerasbook.tracing.jaxpr", "Jaxpr"),
    "tensorflow": ("kerasbook.tracing.concrete", "ConcreteGraph"),
    "torch": ("kerasbook.tracing.dispatch", "Dispatch"),
}


_REMADE = "has no attribute '_error_repr'"
_STYLE = re.compile(r"\x1b\[\d*m")
_LONGEST = 160


class TraceError(KerasbookError):
    """A call that cannot be traced; the message says why."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What one call runs.

    Attributes:
        seen: the call, and the calls inside it.
        tally: what they multiply, by `seen.place`.
        backend: the backend that it was traced on.
    """

    seen: Seen
    tally: Tally
    backend: str

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates of all of it, for one sample; `None` if something is unknown."""
        return None if any(self.tally.unknown.values()) else sum(self.tally.macs.values())

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the operations of which nobody knows what they multiply."""
        names = (name for each in self.tally.unknown.values() for name in each)
        return tuple(dict.fromkeys(names))


def trace_call(
    layer: Any,
    arguments: tuple[object, ...],
    keywords: Mapping[str, object] | None = None,
    *,
    batch_size: int = 1,
) -> Trace:
    """What a call of a layer or a model in memory multiplies, found without computing it.

    The backend is asked what it would run on tensors of which only the shapes are there: JAX for
    its jaxpr, PyTorch for what its dispatcher hands out on tensors without data, TensorFlow for the
    graph of the function. Loops count as often as they run. No weight changes, and nothing that
    the layer keeps; but what is not built yet gets its weights, with shapes and without numbers,
    which `untouched` takes away again.

    Args:
        layer: a Keras layer or model, or an operation.
        arguments: what the call passes by position: `Tensor`s, in lists, tuples and dicts, and
            constants.
        keywords: what it passes by name.
        batch_size: samples in a batch whose size is not specified. Where a layer is made for
            batches of one size, that: one sample has its share of what the batch multiplies.

    Raises:
        TraceError: a size other than the batch is not specified, or the layer cannot be called.

    Examples:
        >>> import keras
        >>> from kerasbook.rules import Tensor
        >>> layer = keras.layers.Dense(10)
        >>> layer.build((None, 3072))
        >>> trace_call(layer, (Tensor((None, 3072)),)).macs
        30720
    """
    keras = require("keras", extra="tensorflow")
    name = keras.backend.backend()
    if name not in _BACKENDS:
        raise TraceError(f"the backend {name!r} cannot be traced")
    module, class_name = _BACKENDS[name]
    backend: Backend = getattr(import_module(module), class_name)()
    call = (tuple(arguments), dict(keywords or {}))
    passed_in = [_batched(tensor, layer, batch_size) for tensor in tensors_in(call)]
    _build(keras, layer, call=call, tensors=passed_in)
    # Weights are passed like inputs: their numbers are not asked for, nor need they be there yet.
    variables = getattr(layer, "variables", ())  # an operation has none
    weights = [Tensor(tuple(weight.shape), weight.dtype) for weight in variables]
    watch = Watch(keras, backend, batch_size)

    def run(*passed: Any) -> Any:
        watch.begin()
        args, kwargs = _filled(call, iter(passed[len(weights) :]))
        state = list(zip(variables, passed, strict=False))
        # What waits for its numbers goes on waiting.
        with keras.StatelessScope(state_mapping=state, initialize_variables=False):
            outputs = layer(*args, **kwargs)
        return [each for each in keras.tree.flatten(outputs) if each is not None]

    try:
        with untouched(layer), watch.on(layer):
            tally = backend.trace(run, [*weights, *passed_in])
    except Exception as error:
        raise TraceError(_told(error)) from error
    if not watch.calls:
        raise TraceError(f"the class {type(layer).__name__} has a way of its own to be called")
    return Trace(watch.calls[0], tally.shared(batch_size), name)


def _build(keras: Any, layer: Any, *, call: Any, tensors: list[Tensor]) -> None:
    """Give a layer and those inside it the weights that a call makes, without numbers."""
    if all(getattr(each, "built", True) for each in layers_of(layer)):
        return
    args, kwargs = _filled(call, (keras.KerasTensor(each.shape, each.dtype) for each in tensors))
    try:
        with catch_warnings(), keras.StatelessScope(initialize_variables=False):
            simplefilter("ignore")  # Keras warns of what it cannot build, and then fails
            layer(*args, **kwargs)
    except Exception as error:
        raise TraceError(_told(error)) from error


def _batched(tensor: Tensor, layer: Any, batch_size: int) -> Tensor:
    sizes = (batch_size, *tensor.shape[1:]) if tensor.shape[:1] == (None,) else tensor.shape
    if None in sizes:
        raise TraceError(
            f"the input of {layer.name!r} has a size that is not specified: give input_shapes"
        )
    return Tensor(sizes, tensor.dtype)


def _filled(value: Any, passed: Iterator[Any]) -> Any:
    """The arguments with the backend's tensors, in the order that `tensors_in` finds them."""
    if isinstance(value, Tensor):
        return next(passed)
    if isinstance(value, dict):
        return {key: _filled(value[key], passed) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return type(value)([_filled(each, passed) for each in value])
    return value


def _told(error: BaseException) -> str:
    """What an error says that the layer's own code or the backend raised, in one line."""
    # Keras remakes some of JAX's errors, and fails: what it began with says what was wrong.
    while error.__context__ is not None and (
        not error.__suppress_context__ or _REMADE in str(error)
    ):
        error = error.__context__
    text = _STYLE.sub("", str(error)).strip()
    if text.startswith("Exception encountered when calling"):  # Keras puts this before it
        text = text.partition("\n")[2].strip()
    text = f"{type(error).__name__}: {text.partition(chr(10))[0]}".rstrip(": ")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
