"""A layer in memory as data: its class, and its configuration, read on demand."""

# Keras publishes no types:
# ruff: noqa: ANN401

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasbook.rules import Layer
from kerasbook.rules.layer import exported
from kerasbook.sources.live_config import LiveConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["layer_data"]


def layer_data(keras: Any, layer: Any, *, where: str) -> Layer:
    """A layer, a model or an operation as data.

    Args:
        keras: the `keras` module.
        layer: the layer.
        where: its path, for messages.

    Examples:
        >>> import keras
        >>> data = layer_data(keras, keras.layers.Dense(3, name="top"), where="top")
        >>> data.class_name, data.module, data.config["units"]
        ('Dense', 'keras.layers', 3)
    """
    own = type(layer).__module__.startswith("keras.") and isinstance(layer, keras.Layer)
    module = "keras.layers" if own else type(layer).__module__  # as in a configuration
    return Layer(
        exported(type(layer).__name__, module=module),
        layer.name,
        LiveConfig(layer) if own else _config(layer),
        module=module,
        registered_name=keras.saving.get_registered_name(type(layer)),
        where=where,
    )


def _config(layer: Any) -> Mapping[str, Any]:
    """The configuration of a user-defined layer; empty if its `get_config` fails."""
    try:
        config = layer.get_config()
    except Exception:  # noqa: BLE001  code of the user's own may raise anything
        return {}
    return config if isinstance(config, dict) else {}
