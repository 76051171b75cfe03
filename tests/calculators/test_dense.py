"""Dense layers, embeddings and normalizations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook import (
    batch_norm_params,
    dense_macs,
    dense_params,
    embedding_params,
    group_norm_params,
    layer_norm_params,
)
from kerasbook.errors import ArgumentError


def test_the_article_s_dense_layers():
    """The dense layers have the article's numbers of parameters, such as 614,600."""
    fnn = [dense_params(3072, 200), dense_params(200, 150), dense_params(150, 10)]
    assert fnn == [614_600, 30_150, 1_510]
    assert sum(fnn) == 646_260
    assert dense_params(inputs=3072, units=200).text == "(3072 + 1)·200 = 614,600"
    assert [dense_params(1280, 10), dense_params(4096, 128), dense_params(128, 10)] == [
        12_810,
        524_416,
        1_290,
    ]


def test_the_article_s_normalizations():
    """The normalizations have the article's parameters, of which 640 are not trained."""
    norms = [batch_norm_params(channels) for channels in (32, 32, 64, 64, 128)]
    assert norms == [128, 128, 256, 256, 512]
    assert [norm.non_trainable for norm in norms] == [64, 64, 128, 128, 256]
    assert sum(norm.non_trainable for norm in norms) == 640
    assert (norms[0].text, norms[0].trainable.text) == ("4·32 = 128", "2·32 = 64")


def test_a_dense_layer_serves_every_position():
    """7 units on an input of shape (5, 10) give 350 MACs, where other counters give 70."""
    assert dense_macs(inputs=10, units=7, outer_shape=(5,)) == 350
    assert dense_macs(10, 7, outer_shape=(2, 3)).text == "2·3·10·7 = 420"
    assert dense_macs(10, 7, outer_shape=[5, 5]).factors == {"size": 5, "inputs": 10, "units": 7}


@given(st.lists(st.integers(1, 4), max_size=3), st.integers(1, 6), st.integers(1, 6))
def test_dense_macs_are_the_products_of_a_matrix(outer_shape, inputs, units):
    """The MACs equal the products of inputs and units at all positions, counted one by one."""
    positions = [()]
    for size in outer_shape:
        positions = [(*place, index) for place in positions for index in range(size)]
    products = sum(1 for _ in positions for _ in range(inputs) for _ in range(units))
    macs = dense_macs(inputs, units, outer_shape=outer_shape)
    assert (macs, macs.flops) == (products, 2 * products)


@pytest.mark.parametrize(
    ("call", "expected_message"),
    [
        (
            lambda: dense_params(3, units=True),
            "units must be an integer of at least 1; received units=True.",
        ),
        (
            lambda: dense_macs(3, 4, outer_shape=5),
            (
                "outer_shape must be a sequence of sizes; received outer_shape=5. "
                "Use outer_shape=(5,)."
            ),
        ),
        (
            lambda: dense_macs(3, 4, outer_shape="5"),
            "outer_shape must be a sequence of sizes; received outer_shape='5'.",
        ),
        (
            lambda: dense_macs(3, 4, outer_shape=(5, None)),
            "outer_shape[1] must be an integer of at least 1; received outer_shape[1]=None.",
        ),
        (
            lambda: batch_norm_params(3, center="yes"),
            "center must be True or False; received center='yes'.",
        ),
        (
            lambda: layer_norm_params((8, 0)),
            "size[1] must be an integer of at least 1; received size[1]=0.",
        ),
        (lambda: layer_norm_params(()), "size must have at least one axis; received size=()."),
    ],
)
def test_a_wrong_argument_is_refused(call, expected_message):
    """Each wrong argument gives its whole message."""
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == expected_message


@pytest.mark.keras
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("shape", [(None, 7), (None, 5, 7), (None, 2, 3, 7)])
def test_dense_parameters_equal_keras(use_bias, shape):
    """Parameters equal Keras's for inputs of any rank with the same last dimension."""
    from keras import layers  # noqa: PLC0415  loads a backend

    layer = layers.Dense(11, use_bias=use_bias)
    layer.build(shape)
    assert dense_params(7, 11, use_bias=use_bias) == layer.count_params()


@pytest.mark.keras
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_normalization_parameters_equal_keras(center, scale):
    """Trainable and other parameters equal Keras's for three normalizations."""
    from keras import layers  # noqa: PLC0415  loads a backend

    def counted(layer, shape):
        layer.build(shape)
        return layer.count_params(), sum(w.shape[0] for w in layer.non_trainable_weights)

    options = {"center": center, "scale": scale}
    for renorm in (False, True):
        layer = layers.BatchNormalization(renorm=renorm, **options)
        ours = batch_norm_params(12, renorm=renorm, **options)
        assert (ours, ours.non_trainable) == counted(layer, (None, 5, 12))
        assert ours.trainable + ours.non_trainable == ours
    layer = layers.GroupNormalization(groups=3, **options)
    assert (group_norm_params(12, **options), 0) == counted(layer, (None, 5, 12))
    layer = layers.LayerNormalization(**options)
    assert (layer_norm_params(12, **options), 0) == counted(layer, (None, 5, 12))
    layer = layers.LayerNormalization(axis=(1, 2), **options)
    assert (layer_norm_params((5, 12), **options), 0) == counted(layer, (None, 5, 12))


@pytest.mark.keras
def test_embedding_parameters_equal_keras():
    """The parameters of an embedding equal Keras's."""
    from keras import layers  # noqa: PLC0415  loads a backend

    layer = layers.Embedding(100, 16)
    layer.build((None, 5))
    assert embedding_params(100, 16) == layer.count_params()
