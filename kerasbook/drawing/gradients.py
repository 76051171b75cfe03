"""The one thing that Keras does not do the same way on every backend: gradients of a function."""

# The backends publish no types that fit all of them:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasbook.checks import require

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["BACKENDS", "gradient"]

BACKENDS = ("tensorflow", "jax", "torch")


def gradient(function: Callable[[Any], Any], at: Any) -> NDArray[Any]:
    """The gradient of a function at a place, on Keras's backend.

    Args:
        function: gives a tensor of one number for a tensor; made of Keras layers and `keras.ops`.
        at: a tensor of the backend, or an array.

    Returns:
        The derivative by each entry of `at`, as an array of its shape.
    """
    keras = require("keras", extra="tensorflow")
    backend = keras.backend.backend()
    place = keras.ops.convert_to_tensor(at)
    slope = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[backend](function, place)
    result: NDArray[Any] = keras.ops.convert_to_numpy(slope)
    return result


def _tensorflow(function: Callable[[Any], Any], place: Any) -> Any:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(place)
        value = function(place)
    return tape.gradient(value, place, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def _jax(function: Callable[[Any], Any], place: Any) -> Any:
    import jax

    return jax.grad(lambda x: function(x).reshape(()))(place)


def _torch(function: Callable[[Any], Any], place: Any) -> Any:
    import torch

    with torch.enable_grad():
        leaf = place.detach().clone().requires_grad_(True)  # noqa: FBT003  torch's own argument
        value = function(leaf).sum()
    if not value.requires_grad:  # it does not depend on the place
        return torch.zeros_like(leaf)
    return torch.autograd.grad(value, leaf, materialize_grads=True)[0]
