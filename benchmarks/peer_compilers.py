"""What TensorFlow's profiler and JAX's compiler say of the Keras layers, as JSON: for peers.py.

A process of its own for each, since Keras has one backend a process:

    KERAS_BACKEND=jax python benchmarks/peer_compilers.py

Both count floating-point operations of a compiled graph, additions and softmax included; halved.
"""

# Keras and the backends publish no types:
# ruff: noqa: ANN401

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import Any

import keras
from peer_cases import LAYERS, NETWORKS, model_of


def main() -> None:
    """Print the answers by name, and the version of the backend."""
    backend = keras.backend.backend()
    count = {"tensorflow": in_tensorflow, "jax": in_jax}[backend]
    answers = {"layers": {}, "networks": {}}
    for case in LAYERS:
        if case.keras_layer is not None:
            answers["layers"][case.name] = count(model_of(case), case.shape, case.dtype)
    for name in NETWORKS:
        model = getattr(keras.applications, name)(weights=None)
        answers["networks"][name] = count(model, model.input_shape[1:], "float32")
    json.dump({"version": version(backend), **answers}, sys.stdout)


def in_tensorflow(model: Any, shape: tuple[int, ...], dtype: str) -> float:
    """Half the operations that the profiler of TensorFlow finds in the graph of one sample."""
    import tensorflow as tf  # noqa: PLC0415  one backend a process

    spec = tf.TensorSpec((1, *shape), dtype)
    graph = tf.function(lambda x: model(x, training=False)).get_concrete_function(spec).graph
    builder = tf.compat.v1.profiler.ProfileOptionBuilder
    options = builder(builder.float_operation()).with_empty_output().build()
    return tf.compat.v1.profiler.profile(graph, options=options).total_float_ops / 2


def in_jax(model: Any, shape: tuple[int, ...], dtype: str) -> float:
    """Half the operations that XLA states for the compiled call on one sample."""
    import jax  # noqa: PLC0415  one backend a process

    weights = [variable.value for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]

    def call(weights: Any, others: Any, x: Any) -> Any:
        return model.stateless_call(weights, others, x, training=False)[0]

    x = jax.ShapeDtypeStruct((1, *shape), dtype)
    return jax.jit(call).lower(weights, others, x).compile().cost_analysis()["flops"] / 2


if __name__ == "__main__":
    main()
