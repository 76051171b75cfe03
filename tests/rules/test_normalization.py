from __future__ import annotations

import pytest
from flop_counter import counted_macs, needs_torch
from keras_oracle import check, layers

pytestmark = pytest.mark.keras


@pytest.mark.parametrize(
    ("options", "params", "trainable"),
    [
        ({}, 24, 12),
        ({"axis": 1}, 36, 18),
        ({"center": False}, 18, 6),
        ({"scale": False}, 18, 6),
        ({"renorm": True}, 42, 12),
        ({"synchronized": False}, 24, 12),
        ({"trainable": False}, 24, 0),
    ],
)
def test_batch_normalization_equals_keras(options, params, trainable):
    """Two trained and two kept per channel; batch renormalisation keeps three more."""
    node = check(layers.BatchNormalization(**options), (9, 6)).node
    assert (node.params.value, node.trainable.value) == (params, trainable)


def test_batch_normalization_is_written_as_people_do():
    """Four numbers per channel."""
    assert check(layers.BatchNormalization(), (8, 32)).node.params.text == "4·32 = 128"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"axis": 1},
        {"axis": (1, 2)},
        {"axis": (-1, 1)},
        {"axis": [2, 3]},
        {"center": False},
        {"scale": False},
    ],
)
def test_layer_normalization_equals_keras(options):
    """Over several axes the weights have the product of their sizes."""
    check(layers.LayerNormalization(**options), (9, 5, 6))


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.filterwarnings("ignore:You passed `rms_scaling=True`:UserWarning")
def test_rms_scaling_has_no_shift(scale):
    """The deprecated option keeps the scale alone, asked for or not."""
    check(layers.LayerNormalization(rms_scaling=True, scale=scale), (9, 6))


@pytest.mark.parametrize("axis", [-1, 1, (1, 2), [-1]])
@pytest.mark.parametrize("cls", [layers.RMSNormalization, layers.UnitNormalization])
def test_rms_and_unit_normalization_equal_keras(cls, axis):
    """One scale per place, or nothing at all."""
    check(cls(axis=axis), (9, 5, 6))


@pytest.mark.parametrize(
    "options",
    [
        {"groups": 3},
        {"groups": -1},
        {"groups": 3, "axis": 1},
        {"groups": 2, "center": False},
        {"groups": 2, "scale": False},
    ],
)
def test_group_normalization_equals_keras(options):
    """γ and β per channel, however the channels are grouped."""
    check(layers.GroupNormalization(**options), (9, 5, 6))


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: layers.Dense(4), (6,)),
        (lambda: layers.Conv2D(4, 3, use_bias=False), (6, 7, 3)),
        (lambda: layers.Embedding(10, 3), (6,)),
    ],
)
def test_spectral_normalization_equals_keras(make, shape):
    """The layer inside, and one number per unit that is not trained."""
    inner, outer = check(make(), shape), check(layers.SpectralNormalization(make()), shape)
    units = inner.node.facts.output_shape[-1]
    assert outer.node.params.value - inner.node.params.value == units
    assert outer.node.trainable.value == inner.node.trainable.value
    assert outer.macs == inner.macs


@needs_torch
def test_spectral_normalization_multiplies_as_its_layer_does():
    """At inference PyTorch counts the products of the layer inside alone."""

    def make():
        return layers.SpectralNormalization(layers.Dense(4))

    assert check(make(), (6,)).macs.value == counted_macs(make(), (6,))
