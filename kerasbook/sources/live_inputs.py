"""The inputs of a subclassed model in memory, with which it can be traced."""

# Keras publishes no types, and the shapes a model was built on are private:
# ruff: noqa: ANN401

from __future__ import annotations

from inspect import Parameter, signature
from typing import Any

from kerasbook.graph import Reference
from kerasbook.tracing import layers_of

__all__ = ["called_on", "optional_inputs"]

_SWITCHES = ("training",)


def called_on(model: Any) -> tuple[tuple[object, ...], dict[str, object]]:
    """The inputs of a model's call, positional and keyword, as references.

    The inputs of a built model have shapes. Keras records the shapes of the first call but not the
    dtypes, so the model's own dtype is assumed.

    Examples:
        >>> import keras
        >>> model = keras.Sequential([keras.layers.Dense(3)])
        >>> called_on(model)
        ((Reference(layer='inputs', call=0, output=0, shape=None, dtype='float32'),), {})
        >>> model.build((None, 8))
        >>> [reference.shape for reference in called_on(model)[0]]
        [(None, 8)]
    """
    shapes = getattr(model, "_build_shapes_dict", None) or {}
    dtype = model.dtype_policy.compute_dtype
    if not model.built or not shapes or None in shapes.values():
        names = [name for name, each in _parameters(model) if each.default is each.empty]
        return tuple([Reference(name, dtype=dtype) for name in names]), {}
    # The first call's batch size is not fixed, unless the model has states for each sample.
    stateful = any(getattr(layer, "stateful", False) for layer in layers_of(model))
    first, *_ = [name for name, _ in _parameters(model)] or ["inputs"]
    names = [key.removesuffix("_shape") for key in shapes] if len(shapes) > 1 else [first]
    found = zip(names, shapes.values(), strict=True)
    return tuple([_references(s, n, dtype, keeps_batch=stateful) for n, s in found]), {}


def optional_inputs(model: Any) -> tuple[str, ...]:
    """Names of optional tensor inputs of a model, which it may or may not have been called on.

    Masks are left out, since they do not change multiply-accumulates.
    """
    optional = [name for name, each in _parameters(model) if each.default is None]
    return tuple([name for name in optional if not name.endswith("mask")])


def _parameters(model: Any) -> list[tuple[str, Any]]:
    """The parameters of a model's `call` that take inputs, with names."""
    try:
        found = signature(model.call).parameters
    except (TypeError, ValueError):  # a callable without a signature
        return []
    variadic = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return [
        (name, each)
        for name, each in found.items()
        if each.kind not in variadic and name not in _SWITCHES
    ]


def _references(shape: Any, name: str, dtype: str, *, keeps_batch: bool) -> object:
    """References to inputs, in the nested structure of their shapes."""
    if isinstance(shape, dict):
        return {
            key: _references(each, str(key), dtype, keeps_batch=keeps_batch)
            for key, each in shape.items()
        }
    if isinstance(shape, list | tuple) and any(isinstance(each, list | tuple) for each in shape):
        return tuple(
            _references(each, f"{name}_{place}", dtype, keeps_batch=keeps_batch)
            for place, each in enumerate(shape)
        )
    return Reference(name, shape=(shape[0] if keeps_batch else None, *shape[1:]), dtype=dtype)
