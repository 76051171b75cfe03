"""The weights of a live model's Dense layers, as far as their units are drawn."""

# A Keras model has no type where Keras is not installed:
# ruff: noqa: ANN401

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kerasbook.checks import reject
from kerasbook.diagrams.neurons import shown_units
from kerasbook.diagrams.neurons_drawing import Weights
from kerasbook.drawing.arrays import as_array, finite
from kerasbook.drawing.layers import every_layer
from kerasbook.drawing.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.diagrams.neurons import UnitLayer

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
    waiting: dict[str, list[Any]] = {}  # layers of models inside may be named alike
    for _, layer in every_layer(model):
        waiting.setdefault(one_line(layer.name), []).append(layer)
    found: list[Weights] = []
    for before, column in pairwise(layers):
        named = waiting[column.head.name]
        layer = named[0] if column.head.shared or len(named) == 1 else named.pop(0)
        found.append(_drawn(layer, shown_units(before.units), shown_units(column.units)))
    return tuple(found)


def _drawn(layer: Any, inputs: Sequence[int], units: Sequence[int]) -> Weights:
    """The weights of a layer between some of its inputs and some of its units."""
    if not layer.built:
        mend = "Call it on a batch, or give it a keras.Input."
        reject("weights", "be 'hidden' for a model without weights yet", "shown", mend=mend)
    if layer.quantization_mode is not None:
        note = f", and {layer.name!r} in {layer.quantization_mode}"
        reject("weights", "be 'hidden' for quantized layers", "shown", note=note)
    kernel = as_array("model", layer.kernel)[list(inputs)][:, list(units)]
    bias = None if layer.bias is None else as_array("model", layer.bias)[list(units)]
    for array in (kernel, bias):
        if array is not None:
            finite("model", array)
    return Weights(kernel, bias)
