"""What runs on PyTorch: every operation that its dispatcher hands out, on tensors without data.

These are PyTorch's fake tensors, or else those of its device `meta`.

Attention goes through the plain kernel, whose products can be seen. PyTorch runs what it is told
to, whether or not the outputs need it; loops of Python run as often as they do.
"""

# PyTorch and Keras publish no types for what is read here:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from kerasbook.tracing.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kerasbook.rules import Tensor
    from kerasbook.tracing.tally import Scope

__all__ = ["Dispatch"]

# PyTorch's own operations that compute with matrices in ways that no product describes.
_OPAQUE = (
    "_cdist",
    "_fft",
    "_linalg",
    "_thnn_fused",
    "cholesky",
    "fft_",
    "geqrf",
    "linalg_",
    "lu_",
    "mkldnn",
    "ormqr",
)
_HIDDEN = tuple(f"aten::{name}" for name in _OPAQUE)
# Where PyTorch's own operations live; of others nobody knows what they do.
_OWN = frozenset(("aten", "prim", "prims", "profiler"))


class Dispatch:
    """Traces by watching PyTorch's dispatcher."""

    def __init__(self) -> None:
        self._open = [0]

    @contextmanager
    def _entered(self, place: int) -> Iterator[None]:
        self._open.append(place)
        try:
            yield
        finally:
            self._open.pop()

    def scope(self, place: int) -> Scope:
        """A place on the stack of the calls under way."""
        return self._entered(place)

    def trace(self, function: Callable[..., object], tensors: Sequence[Tensor]) -> Tally:
        """What a function multiplies, on tensors of which only the shapes are there."""
        try:
            return self._run(function, tensors, _fake_tensors())
        except Exception:
            with suppress(Exception):  # the first way is the one to tell of
                return self._run(function, tensors, _meta_device())
            raise

    def _run(self, function: Callable[..., object], tensors: Sequence[Tensor], way: Scope) -> Tally:
        import torch
        from torch.nn.attention import SDPBackend, sdpa_kernel

        tally = Tally()
        with way as device, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
            passed = [
                torch.empty(each.shape, dtype=getattr(torch, each.dtype), device=device)
                for each in tensors
            ]
            with _mode(tally, self._open):
                function(*passed)
        return tally


@contextmanager
def _fake_tensors() -> Iterator[str | None]:
    """Tensors that know their device and have no data: all but random numbers goes on as ever."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True):
        yield None  # Keras moves them to the device that it runs on


@contextmanager
def _meta_device() -> Iterator[str | None]:
    """The device that has no data, for which Keras's backend has ways of its own."""
    import keras
    from keras.src.backend.torch import core

    def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
        if getattr(pred, "is_meta", False):
            raise LookupError("nobody knows which way it goes")
        return true_fn() if pred else false_fn()

    own = core.cond
    core.cond = cond  # Keras's own takes every condition to hold there
    try:
        with keras.device("meta"):
            yield "meta"
    finally:
        core.cond = own


def _mode(tally: Tally, opened: list[int]) -> Any:
    """A dispatcher that counts for the innermost call under way; made here, where torch is."""
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils.flop_counter import flop_registry

    free: set[Any] = set()  # what was met, is one whole, and multiplies nothing: most of all

    class Counting(TorchDispatchMode):  # type: ignore[misc]  # mypy does not read torch
        def __torch_dispatch__(self, func: Any, _types: Any, *operands: Any) -> Any:
            args, kwargs = operands[0], (operands[1] if len(operands) > 1 else None) or {}
            if func in free:
                return func(*args, **kwargs)
            count = flop_registry.get(func._overloadpacket)  # noqa: SLF001  the registry's keys
            if count is None and not func.name().startswith("prim::"):
                with self:  # what it is made of is counted instead
                    whole = func.decompose(*args, **kwargs)
                if whole is not NotImplemented:
                    return whole
            output = func(*args, **kwargs)
            if count is not None:
                tally.add(opened[-1], count(*args, **kwargs, out_val=output) // 2)
            elif func.namespace not in _OWN or func.name().startswith(_HIDDEN):
                tally.miss(opened[-1], func.name().removeprefix("aten::"))
            else:
                free.add(func)
            return output

    return Counting()
