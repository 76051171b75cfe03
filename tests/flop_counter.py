"""PyTorch's counter as an oracle for multiply-accumulates: what a layer really runs, halved.

It counts matrix products and convolutions on Keras's torch backend alone. Attention must go through
the plain kernel, or it is missed.
"""

from __future__ import annotations

from typing import Any

import pytest
from keras_oracle import keras, model_of

ON_TORCH = keras.backend.backend() == "torch"
needs_torch = pytest.mark.skipif(
    not ON_TORCH, reason="PyTorch's counter sees what runs on the torch backend"
)


def counted_macs(layer: Any, *shapes: tuple[int, ...], **keywords: Any) -> int:
    """Multiply-accumulates of one call on one sample, as PyTorch counts them.

    Args:
        layer: a Keras layer.
        *shapes: shapes of its inputs without the batch; several are passed as a list.
        **keywords: further arguments of the call.
    """
    model = model_of(layer, *shapes, **keywords)
    inputs = [keras.ops.ones((1, *shape)) for shape in shapes]
    return macs_run_by(model, *inputs)


def macs_run_by(model: Any, *inputs: Any) -> int:
    """Multiply-accumulates of one call of a model on these arrays."""
    from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: PLC0415  other backends lack it
    from torch.utils.flop_counter import FlopCounterMode  # noqa: PLC0415  likewise

    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(list(inputs) if len(inputs) > 1 else inputs[0])
    return counter.get_total_flops() // 2


def bytes_kept(model: Any, batch_size: int) -> int:
    """Bytes of activations that the backward pass of a model keeps, each storage once."""
    import torch  # noqa: PLC0415  other backends lack it

    weights = {weight.value.untyped_storage().data_ptr() for weight in model.variables}
    kept: dict[int, Any] = {}

    def pack(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage  # held, so that no other takes its place
        return tensor

    inputs = [keras.random.normal((batch_size, *each.shape[1:])) for each in model.inputs]
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        outputs = model(inputs if len(inputs) > 1 else inputs[0], training=True)
    del outputs
    return sum(storage.nbytes() for storage in kept.values())
