"""`trace_call`: one call of a layer in memory, traced on the current backend."""

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
from kerasbook.tracing.calls import CallRecorder, layers_of
from kerasbook.tracing.untouched import untouched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kerasbook.tracing.calls import RecordedCall
    from kerasbook.tracing.tally import Backend, Tally

__all__ = ["Trace", "TraceError", "trace_call"]

_BACKENDS = {
    "jax": ("kerasbook.tracing.jaxpr", "Jaxpr"),
    "tensorflow": ("kerasbook.tracing.concrete", "ConcreteGraph"),
    "torch": ("kerasbook.tracing.dispatch", "Dispatch"),
}


_FAILED_WRAPPING = "has no attribute '_error_repr'"
_STYLE = re.compile(r"\x1b\[\d*m")
_LONGEST = 160


class TraceError(KerasbookError):
    """A call that cannot be traced; the message says why."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The trace of one call of a layer.

    Attributes:
        call: the call, with the calls inside it.
        tally: their multiply-accumulates, by `place`.
        backend: the backend that it was traced on.
    """

    call: RecordedCall
    tally: Tally
    backend: str

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates of the whole call, for one sample; `None` if any are unknown."""
        return None if any(self.tally.unknown.values()) else sum(self.tally.macs.values())

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the operations whose multiply-accumulates are unknown."""
        names = (name for each in self.tally.unknown.values() for name in each)
        return tuple(dict.fromkeys(names))


def trace_call(
    layer: Any,
    arguments: tuple[object, ...],
    keywords: Mapping[str, object] | None = None,
    *,
    batch_size: int = 1,
) -> Trace:
    """Multiply-accumulates of a call of a layer or model in memory, found without computing it.

    The call runs on tensors that have shapes but no data, and the operations are counted: from
    JAX's jaxpr, from PyTorch's dispatcher, or from TensorFlow's graph of the function. A loop
    counts as often as it runs. Weights and other attributes of the layer do not change. Layers that
    are not built get weights without data, which `untouched` removes again.

    Args:
        layer: a Keras layer or model, or an operation.
        arguments: the positional arguments of the call: `Tensor`s, also in lists, tuples and dicts,
            and constants.
        keywords: the keyword arguments of the call.
        batch_size: number of samples in a batch of unspecified size. The result is divided by the
            size of the batch; a layer that is made for one batch size uses that size.

    Raises:
        TraceError: a size other than the batch size is unspecified, or the layer cannot be called.

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
    # Weights are passed like inputs: only their shapes are needed.
    variables = getattr(layer, "variables", ())  # an operation has none
    weights = [Tensor(tuple(weight.shape), weight.dtype) for weight in variables]
    recorder = CallRecorder(keras, backend, batch_size)

    def run(*passed: Any) -> Any:
        recorder.begin()
        args, kwargs = _filled(call, iter(passed[len(weights) :]))
        state = list(zip(variables, passed, strict=False))
        # Variables that are not initialised yet stay so.
        with keras.StatelessScope(state_mapping=state, initialize_variables=False):
            outputs = layer(*args, **kwargs)
        return [each for each in keras.tree.flatten(outputs) if each is not None]

    try:
        with untouched(layer), recorder.on(layer):
            tally = backend.trace(run, [*weights, *passed_in])
    except Exception as error:
        raise TraceError(_reason(error)) from error
    if not recorder.calls:
        raise TraceError(
            f"the class {type(layer).__name__} never runs its call method, so it cannot be traced"
        )
    return Trace(recorder.calls[0], tally.shared(batch_size), name)


def _build(keras: Any, layer: Any, *, call: Any, tensors: list[Tensor]) -> None:
    """Build a layer and those inside it: their weights get shapes but no data."""
    if all(getattr(each, "built", True) for each in layers_of(layer)):
        return
    args, kwargs = _filled(call, (keras.KerasTensor(each.shape, each.dtype) for each in tensors))
    try:
        with catch_warnings(), keras.StatelessScope(initialize_variables=False):
            simplefilter("ignore")  # Keras warns before it fails to build
            layer(*args, **kwargs)
    except Exception as error:
        raise TraceError(_reason(error)) from error


def _batched(tensor: Tensor, layer: Any, batch_size: int) -> Tensor:
    sizes = (batch_size, *tensor.shape[1:]) if tensor.shape[:1] == (None,) else tensor.shape
    if None in sizes:
        raise TraceError(
            f"the input of {layer.name!r} has a size that is not specified: give input_shapes"
        )
    return Tensor(sizes, tensor.dtype)


def _filled(value: Any, passed: Iterator[Any]) -> Any:
    """The arguments with the backend's tensors in place of `Tensor`s, in `tensors_in`'s order."""
    if isinstance(value, Tensor):
        return next(passed)
    if isinstance(value, dict):
        return {key: _filled(value[key], passed) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return type(value)([_filled(each, passed) for each in value])
    return value


def _reason(error: BaseException) -> str:
    """The message of an error of the layer's own code or of the backend, in one line."""
    # Keras fails when it wraps some of JAX's errors: the original error has the reason.
    while error.__context__ is not None and (
        not error.__suppress_context__ or _FAILED_WRAPPING in str(error)
    ):
        error = error.__context__
    text = _STYLE.sub("", str(error)).strip()
    if text.startswith("Exception encountered when calling"):  # a prefix from Keras
        text = text.partition("\n")[2].strip()
    text = f"{type(error).__name__}: {text.partition(chr(10))[0]}".rstrip(": ")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
