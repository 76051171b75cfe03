"""Traces on PyTorch: every operation of its dispatcher, on tensors without data.

The tensors are PyTorch's fake tensors, or, if those fail, tensors on its device `meta`.

Attention runs with the plain kernel, whose products are separate operations. PyTorch runs every
operation that is called, whether or not the outputs depend on it, and Python loops really run.
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

# PyTorch's own operations whose matrix arithmetic is not a product.
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
# The namespaces of PyTorch's own operations; all others are unknown.
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
        """The context of a call, on the stack of running calls."""
        return self._entered(place)

    def trace(self, function: Callable[..., object], tensors: Sequence[Tensor]) -> Tally:
        """The multiply-accumulates of a function, on tensors that have shapes but no data."""
        try:
            return self._run(function, tensors, _fake_tensors())
        except Exception:
            with suppress(Exception):  # report the first failure, not this one
                return self._run(function, tensors, _meta_device())
            raise

    def _run(
        self, function: Callable[..., object], tensors: Sequence[Tensor], device: Scope
    ) -> Tally:
        import torch
        from torch.nn.attention import SDPBackend, sdpa_kernel

        tally = Tally()
        with device as name, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
            passed = [
                torch.empty(each.shape, dtype=getattr(torch, each.dtype), device=name)
                for each in tensors
            ]
            with _mode(tally, self._open):
                function(*passed)
        return tally


@contextmanager
def _fake_tensors() -> Iterator[str | None]:
    """The context of fake tensors: they have a device but no data; random numbers are replaced."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True):
        yield None  # Keras moves them to the device that it runs on


@contextmanager
def _meta_device() -> Iterator[str | None]:
    """The context of the device `meta`, whose tensors have no data; Keras's backend supports it."""
    import keras
    from keras.src.backend.torch import core

    def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
        if getattr(pred, "is_meta", False):
            raise LookupError("a condition has no value during a trace")
        return true_fn() if pred else false_fn()

    own = core.cond
    core.cond = cond  # Keras's own version assumes that every condition is true
    try:
        with keras.device("meta"):
            yield "meta"
    finally:
        core.cond = own


def _mode(tally: Tally, opened: list[int]) -> Any:
    """A dispatch mode that counts operations for the innermost running call."""
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils.flop_counter import flop_registry

    free: set[Any] = set()  # operations known to multiply nothing, which most do

    class Counting(TorchDispatchMode):  # type: ignore[misc]  # mypy does not read torch
        def __torch_dispatch__(self, func: Any, _types: Any, *operands: Any) -> Any:
            args, kwargs = operands[0], (operands[1] if len(operands) > 1 else None) or {}
            if func in free:
                return func(*args, **kwargs)
            count = flop_registry.get(func._overloadpacket)  # noqa: SLF001  the registry's keys
            if count is None and not func.name().startswith("prim::"):
                with self:  # count the operations that it is composed of
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
