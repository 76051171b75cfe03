from __future__ import annotations

import pytest
from flop_counter import counted_macs, needs_torch
from keras_oracle import check, graph_of, keras, layers

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("shape", [(10,), (5, 10), (None, 5, 10)])
def test_dense_equals_keras(shape, use_bias):
    """One weight per input and unit at every outer position, whatever its size."""
    row = check(layers.Dense(7, use_bias=use_bias), shape)
    if None in shape:
        assert row.macs.expression == "h·5·10·7"
    else:
        assert row.macs.value == (1 if len(shape) == 1 else 5) * 10 * 7


def test_dense_on_positions_counts_each_position():
    """Dense(7) on (5, 10) multiplies 350 times; counters that forget the positions say 70."""
    row = check(layers.Dense(7), (5, 10))
    assert row.macs.text == "5·10·7 = 350"
    assert row.node.params.text == "(10 + 1)·7 = 77"


@needs_torch
@pytest.mark.parametrize("shape", [(10,), (5, 10), (2, 5, 10)])
def test_dense_macs_are_what_torch_runs(shape):
    """PyTorch counts the same products."""
    assert check(layers.Dense(7), shape).macs.value == counted_macs(layers.Dense(7), shape)


@pytest.mark.parametrize("options", [{}, {"mask_zero": True}])
@pytest.mark.parametrize("shape", [(7,), (7, 2), ()])
def test_embedding_equals_keras(shape, options):
    """A table is looked up: it has parameters and multiplies nothing."""
    row = check(layers.Embedding(10, 4, **options), shape)
    assert row.macs.value == 0


@pytest.mark.parametrize("tie_weights", [True, False])
@pytest.mark.parametrize(("shape", "reverse", "macs"), [((7,), False, 0), ((7, 4), True, 280)])
def test_reversible_embedding_equals_keras(shape, reverse, macs, tie_weights):
    """Untied it holds two tables; backwards it multiplies every number with every word."""
    layer = layers.ReversibleEmbedding(10, 4, tie_weights=tie_weights)
    row = check(layer, shape, reverse=reverse)
    assert row.node.params.value == (40 if tie_weights else 80)
    assert row.macs.value == macs


@pytest.mark.parametrize("shared_axes", [None, (1, 2), [2], 1])
def test_prelu_equals_keras(shared_axes):
    """A slope for each place, one for all along the shared axes."""
    check(layers.PReLU(shared_axes=shared_axes), (4, 5, 3))


@pytest.mark.parametrize(
    "make",
    [
        layers.Identity,
        layers.Masking,
        layers.Softmax,
        layers.ReLU,
        layers.ELU,
        layers.LeakyReLU,
        layers.ActivityRegularization,
        lambda: layers.Activation("gelu"),
        lambda: layers.Dropout(0.1),
        lambda: layers.GaussianDropout(0.1),
        lambda: layers.GaussianNoise(0.1),
        lambda: layers.AlphaDropout(0.1),
        lambda: layers.SpatialDropout1D(0.1),
    ],
)
def test_free_layers_keep_the_shape(make):
    """No weights, no MACs, the same shape: also in Keras."""
    row = check(make(), (3, 4))
    assert row.node.params.value == 0
    assert row.macs.value == 0


@pytest.mark.parametrize("activation", [None, "relu", "gelu", "softmax"])
def test_activations_inside_layers_count_nothing(activation):
    """An activation adds neither parameters nor MACs."""
    assert check(layers.Dense(7, activation=activation), (10,)).macs.value == 70


def test_frozen_layers_are_not_trained():
    """`trainable=False` moves all parameters to the other side; the count stays."""
    row = check(layers.Dense(7, trainable=False), (10,))
    assert row.node.trainable.value == 0
    assert row.node.facts.non_trainable.value == row.node.params.value == 77


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16", "float64"])
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64:UserWarning")
def test_weights_have_the_variable_dtype(policy):
    """What is held and what is computed with may be different types."""
    if policy == "float64" and keras.backend.backend() == "jax":
        pytest.skip("JAX holds 32 bits unless its user asks for 64")
    dense = layers.Dense(7, dtype=policy)
    row = check(dense, (10,))
    assert row.node.policy.variable_dtype == dense.variable_dtype
    assert row.node.policy.compute_dtype == dense.compute_dtype


def test_inputs_keep_their_shape_and_type():
    """An input layer is its shape."""
    inputs = keras.Input((5, None), dtype="int32")
    graph = graph_of(keras.Model(inputs, layers.Embedding(3, 2)(inputs)))
    assert graph.nodes[0].output_shapes == ((None, 5, None),)
    assert graph.nodes[0].facts.output_dtype == "int32"
