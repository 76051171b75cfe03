from __future__ import annotations

import pytest
from keras_oracle import check, layers

pytestmark = pytest.mark.keras

SIZES = (9, 11, 7)
RANKS = (1, 2, 3)
KINDS = ("Max", "Average")


def layer_class(pattern, rank, kind):
    """The class of that name."""
    return getattr(layers, pattern.format(kind, rank))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"pool_size": 3},
        {"strides": 1},
        {"strides": 3},
        {"padding": "same"},
        {"padding": "same", "strides": 3},
        {"pool_size": (2, 3, 1)},
        {"data_format": "channels_first"},
    ],
)
@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("kind", KINDS)
def test_pooling_equals_keras(kind, rank, options):
    """The shape is Keras's, whatever the options; there is nothing to count."""
    settings = {"pool_size": 2, **options}
    if isinstance(settings["pool_size"], tuple):
        settings["pool_size"] = settings["pool_size"][:rank]
    row = check(layer_class("{}Pooling{}D", rank, kind)(**settings), (*SIZES[:rank], 4))
    assert row.macs.value == 0


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("kind", KINDS)
def test_pooling_of_unspecified_sizes_equals_keras(kind, rank):
    """What is not specified stays open."""
    check(layer_class("{}Pooling{}D", rank, kind)(2), (*[None] * rank, 4))


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("kind", KINDS)
def test_global_pooling_equals_keras(kind, rank, data_format, keepdims):
    """One number per channel is left, of any size."""
    cls = layer_class("Global{}Pooling{}D", rank, kind)
    check(cls(data_format=data_format, keepdims=keepdims), (*SIZES[:rank], 4))
    if data_format == "channels_last":
        check(cls(keepdims=keepdims), (*[None] * rank, 4))


@pytest.mark.parametrize("output_size", [1, 3, (2, 3, 4)])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("kind", KINDS)
def test_adaptive_pooling_equals_keras(kind, rank, data_format, output_size):
    """The sizes are those that are asked for."""
    size = output_size[:rank] if isinstance(output_size, tuple) else output_size
    cls = layer_class("Adaptive{}Pooling{}D", rank, kind)
    shape = (*SIZES[:rank], 4) if data_format == "channels_last" else (4, *SIZES[:rank])
    check(cls(size, data_format=data_format), shape)
