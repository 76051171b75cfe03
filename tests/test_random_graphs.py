"""Random functional models against Keras: every layer of them, from memory and configuration.

A few dozen by default, thousands in the slow run.
"""

from __future__ import annotations

from math import prod

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras_oracle import forget_models, graph_of, keras, live_graph
from random_models import random_model

from kerasbook.graph import graph_rows, unknown_paths

pytestmark = pytest.mark.keras

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
MANY = 3000


def compare(model):
    """Assert that both graphs of a model say what Keras says of each layer."""
    graph = graph_of(model)
    rows = {row.path: row for row in graph_rows(graph)}
    pending = [("", model)]
    while pending:
        prefix, each = pending.pop()
        for layer in each.layers:
            path = prefix + layer.name
            node = rows[path].node
            held = sum(prod(w.shape) for w in layer.trainable_weights)
            assert node.params.value == layer.count_params(), path
            assert node.trainable.value == held, path
            if isinstance(layer, keras.Model):
                pending.append((f"{path}/", layer))
            elif not prefix:  # a layer of an inner model has a shape for each model it is called in
                shapes = [tuple(out.shape) for out in layer._inbound_nodes[0].output_tensors]
                assert list(node.output_shapes) == shapes, path
    outputs = keras.tree.flatten(model.outputs)
    assert unknown_paths(graph) == ()
    assert graph.totals.params == model.count_params()
    assert list(graph.output_shapes) == [tuple(each.shape) for each in outputs]
    assert live_graph(model).totals == graph.totals


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=CHECKS)
def test_random_models_are_counted_as_keras_does(data):
    """Parameters, trained or not, and shapes are Keras's, whatever is connected to what."""
    compare(random_model(data.draw))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@given(data=st.data())
@settings(max_examples=MANY, deadline=None, suppress_health_check=CHECKS)
def test_thousands_of_random_models_are_counted_as_keras_does(data):
    """The same, for thousands of larger ones."""
    compare(random_model(data.draw, steps=12, depth=2))
    forget_models()
