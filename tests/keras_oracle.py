"""Real Keras as the oracle: what it says of a layer or a model, beside what kerasbook says.

Where Keras is missing, the modules that import this are skipped as a whole.
"""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from kerasbook.graph import build_graph, graph_rows
from kerasbook.rules import Tensor
from kerasbook.sources.config import read_config
from kerasbook.sources.live import opened_model
from kerasbook.sources.live_config import PLAIN, LiveConfig
from kerasbook.tracing import TraceError, trace_call
from kerasbook.values import plain

if TYPE_CHECKING:
    from kerasbook.graph import Graph, Row

keras = pytest.importorskip("keras")
layers = keras.layers
_FORGOTTEN = count(1)


def forget_models() -> None:
    """Let Keras forget all models at every hundredth call.

    It searches the whole process for garbage then, which takes ten times as long as a small model.
    """
    if next(_FORGOTTEN) % 100 == 0:
        keras.utils.clear_session()


# Layers that some backend cannot trace with some settings, since Keras builds them with these and
# cannot run them there (several axes, Lanczos, pools larger than the image), or since they ask for
# random numbers themselves.
UNTRACED = {
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
    "LayerNormalization",
    "RMSNormalization",
    "RandomCrop",
    "UpSampling2D",
}
# These run once they were calibrated on data; float8 does not run beside LoRA.
UNTRACED_MODES = {"awq", "float8", "gptq"}


def live_graph(model: Any, **options: Any) -> Graph:
    """The graph of the model in memory."""
    with opened_model(model) as data:
        return build_graph(data, **options)


def config_of(model: Any) -> dict[str, Any]:
    """The model's configuration as it comes out of JSON."""
    return json.loads(model.to_json())


def model_of(layer: Any, *shapes: tuple[int | None, ...], **keywords: Any) -> keras.Model:
    """A functional model of one layer, on inputs of these shapes without the batch."""
    inputs = [keras.Input(shape) for shape in shapes]
    outputs = layer(inputs[0] if len(inputs) == 1 else inputs, **keywords)
    return keras.Model(inputs, outputs)


def graph_of(model: Any, **options: Any) -> Graph:
    """The graph from the model's configuration."""
    return build_graph(read_config(config_of(model)), **options)


def check(layer: Any, *shapes: tuple[int | None, ...], **keywords: Any) -> Row:
    """The row of one layer, held against Keras: shapes, parameters, weights one by one.

    The model in memory and its configuration must say the same.

    Args:
        layer: a Keras layer, not yet built.
        *shapes: shapes of its inputs without the batch; several are passed as a list.
        **keywords: further arguments of the call.
    """
    model = model_of(layer, *shapes, **keywords)
    row = row_of(layer, graph_of(model))
    agree(row, layer, keras.tree.flatten(model.output))
    assert row_of(layer, live_graph(model, trace="never")).facts == row.facts
    agree_with_trace(row, layer)
    kept = PLAIN & layer.get_config().keys()
    assert [plain(LiveConfig(layer)[key]) for key in kept] == [
        plain(layer.get_config()[key]) for key in kept
    ]
    return row


def row_of(layer: Any, graph: Graph) -> Row:
    """The row of a layer."""
    return next(row for row in graph_rows(graph) if row.node.name == layer.name)


def agree(row: Row, layer: Any, outputs: list[Any]) -> None:
    """Assert that a row says of a layer what Keras says."""
    facts = row.node.facts
    assert list(facts.output_shapes) == [tuple(output.shape) for output in outputs]
    assert row.node.params is not None
    assert row.node.params.value == layer.count_params()
    assert [w.shape for w in facts.weights or ()] == [tuple(w.shape) for w in layer.weights]
    assert [w.trainable for w in facts.weights or ()] == [w.trainable for w in layer.weights]
    assert [w.dtype for w in facts.weights or ()] == [str(w.dtype) for w in layer.weights]


def agree_with_trace(row: Row, layer: Any) -> None:
    """Assert that the backend multiplies what the rule says, or something else for a known reason.

    Calls with a size that is not specified are left out, since no backend traces them.
    """
    call = layer._inbound_nodes[-1].arguments
    arguments, keywords = described(call.args), described(call.kwargs)
    sized = all(None not in tensor.shape[1:] for tensor in call.keras_tensors)
    if row.macs is None or not sized:
        return
    try:
        traced = trace_call(layer, arguments, keywords).macs
    except TraceError:
        if type(layer).__name__ in UNTRACED or layer.quantization_mode in UNTRACED_MODES:
            return
        raise
    assert traced == row.macs.value or traced_differently(layer, traced, row.macs.value)


def described(value: Any) -> Any:
    """The arguments of a call with `Tensor`s in the place of Keras's."""
    if isinstance(value, keras.KerasTensor):
        return Tensor(tuple(value.shape), value.dtype)
    if isinstance(value, list | tuple):
        return tuple(map(described, value))
    if isinstance(value, dict):
        return {key: described(each) for key, each in value.items()}
    return value


def traced_differently(layer: Any, traced: int | None, ruled: int | None) -> bool:
    """Whether a backend runs more than the layer needs, in a way that is known.

    - JAX resizes images by products with matrices of weights.
    - To JAX a transposed convolution of stride 1 is a convolution, which meets the padding too.
    - TensorFlow pads dilated convolutions to whole blocks.
    - PyTorch runs a step of a recurrent layer more than there are, or two with stacked cells, to
      see what comes out.
    """
    if traced is None or ruled is None or traced < ruled:
        return False
    name, backend = type(layer).__name__, keras.backend.backend()
    if backend == "jax" and ruled == 0:
        return name in ("CenterCrop", "Pipeline", "RandomCrop", "Resizing", "UpSampling2D")
    if backend == "jax":
        return "Transpose" in name and set(layer.strides) == {1}
    if backend == "tensorflow":
        held = getattr(layer, "cell", layer)
        return max(getattr(held, "dilation_rate", (1,))) > 1
    steps = layer.input.shape[1]
    more = (traced - ruled) * steps
    return name.endswith(("RNN", "LSTM", "GRU", "1D", "2D", "3D")) and more in (ruled, 2 * ruled)
