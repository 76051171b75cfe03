"""What displays ask of a Keras model: its predictions in batches, and what its head puts out."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

from kerasbook.checks import positive_integer, reject
from kerasbook.drawing.arrays import Summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kerasbook.drawing.labels import Scores

__all__ = ["head_scores", "predict"]

_HEADS: dict[str, Scores] = {
    "softmax": "probabilities",
    "sigmoid": "probabilities",
    "linear": "logits",
}


def predict(
    model: Any,  # noqa: ANN401  a Keras model: its type is known where Keras is installed
    inputs: NDArray[Any],
    *,
    batch_size: int = 256,
) -> NDArray[Any]:
    """The outputs of a model, computed in batches, in prediction mode, without a progress bar.

    Args:
        model: a built Keras model with one input and one output.
        inputs: (N, …) as the model takes them.
        batch_size: samples at a time; memory grows with it.

    Returns:
        (N, …) outputs as a NumPy array, on every backend.

    Raises:
        ArgumentError: `model` cannot predict, or has several outputs.
    """
    import numpy as np  # noqa: PLC0415  loaded on first use

    try:
        signature(model.predict).bind(inputs, batch_size=batch_size, verbose=0)
    except (AttributeError, TypeError, ValueError):  # a class of models, another library's model
        reject("model", "be a Keras model with a predict method", model)
    batch_size = positive_integer("batch_size", batch_size)
    outputs = model.predict(inputs, batch_size=batch_size, verbose=0)
    if isinstance(outputs, dict | list | tuple):
        names = list(outputs) if isinstance(outputs, dict) else len(outputs)
        mend = f"It has {len(outputs)}: {names!r}. Wrap the one to show in its own keras.Model."
        reject("model", "have one output", getattr(model, "name", model), mend=mend)
    result = np.asarray(outputs)
    if len(result) != len(inputs):
        reject("model", f"give {len(inputs):,} outputs for as many inputs", Summary(result))
    return result


def head_scores(model: Any) -> Scores:  # noqa: ANN401  see `predict`
    """What the outputs of a model are, as far as its last layer tells.

    Returns:
        `"probabilities"` for a softmax or sigmoid head, `"logits"` for a linear one, `"auto"` for
        any other.
    """
    layer = _head(model)
    if type(layer).__name__ == "Softmax":
        return "probabilities"
    activation = getattr(layer, "activation", None)
    return _HEADS.get(getattr(activation, "__name__", ""), "auto")


def _head(model: Any) -> Any:  # noqa: ANN401  see `predict`
    """The layer that makes the model's output; that of the last model, if models are nested."""
    # Not `output`: where a Sequential was called by another model, that is the other's tensor.
    outputs = getattr(model, "outputs", None) or [None]
    history = getattr(outputs[0], "_keras_history", None)
    layer = getattr(history, "operation", None)
    if layer is None:
        layers = getattr(model, "layers", None)
        layer = layers[-1] if layers else None
    return _head(layer) if getattr(layer, "layers", None) else layer
