"""The weights of a live model's Dense layers, as far as their units are drawn."""

# A Keras model has no type where Keras is not installed:
# ruff: noqa: ANN401

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasbook.checks import reject
from kerasbook.displays._arrays import as_array
from kerasbook.displays._layers import every_layer
from kerasbook.displays.architecture._neurons import shown_units
from kerasbook.displays.architecture._neurons_drawing import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.displays.architecture._neurons import UnitLayer

__all__ = ["read_weights"]


def read_weights(model: Any, layers: Sequence[UnitLayer]) -> tuple[Weights, ...]:
    """The weights between the units that are drawn, layer by layer.

    Args:
        model: a Keras model.
        layers: its columns of units.

    Raises:
        ArgumentError: it is no model in memory, or has no weights yet.
    """
    if not hasattr(model, "weights") or not hasattr(model, "layers"):
        mend = "Load it with keras.models.load_model."
        reject("weights", "be 'hidden' for what is no Keras model in memory", "shown", mend=mend)
    dense = [layer for layer in every_layer(model) if type(layer).__name__ == "Dense"]
    found = []
    for layer, before, column in zip(dense, layers, layers[1:], strict=False):
        inputs, units = list(shown_units(before.units)), list(shown_units(column.units))
        kernel = as_array("model", layer.kernel)[inputs][:, units]
        bias = None if layer.bias is None else as_array("model", layer.bias)[units]
        found.append(Weights(kernel, bias))
    return tuple(found)
