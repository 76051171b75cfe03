"""What a subclassed model in memory was built on: the tensors that it can be traced with."""

# Keras publishes no types, and keeps what a model was built on to itself:
# ruff: noqa: ANN401

from __future__ import annotations

from kerasbook.graph import Reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["called_on"]


def called_on(model: Any) -> tuple[object, ...]:
    """What a model was built on, as references to inputs with their shapes; `()` if unknown.

    Keras keeps the shapes of the first call and not the types, so numbers are taken to be of the
    model's own type.

    Examples:
        >>> import keras
        >>> model = keras.Sequential([keras.layers.Dense(3)])
        >>> called_on(model)
        ()
        >>> model.build((None, 8))
        >>> [reference.shape for reference in called_on(model)]
        [(None, 8)]
    """
    shapes = getattr(model, "_build_shapes_dict", None)
    if not model.built or not shapes:
        return ()
    dtype = model.dtype_policy.compute_dtype
    if any(shape is None for shape in shapes.values()):
        return ()
    return tuple(
        _references(shape, key.removesuffix("_shape"), dtype) for key, shape in shapes.items()
    )


def _references(shape: Any, name: str, dtype: str) -> object:
    """A nested structure of shapes as one of references."""
    if isinstance(shape, dict):
        return {key: _references(each, str(key), dtype) for key, each in shape.items()}
    if isinstance(shape, list | tuple) and any(isinstance(each, list | tuple) for each in shape):
        return tuple(
            _references(each, f"{name}_{place}", dtype) for place, each in enumerate(shape)
        )
    # The first call's batch is not the model's.
    return Reference(name, shape=(None, *shape[1:]), dtype=dtype)
