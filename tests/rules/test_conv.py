from __future__ import annotations

import pytest
from flop_counter import counted_macs, needs_torch
from keras_oracle import check, layers

pytestmark = pytest.mark.keras

SIZES = (9, 11, 7)
PLAIN = [layers.Conv1D, layers.Conv2D, layers.Conv3D]
TRANSPOSED = [layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose]
DEPTHWISE = [layers.DepthwiseConv1D, layers.DepthwiseConv2D]
SEPARABLE = [layers.SeparableConv1D, layers.SeparableConv2D]

# One case at least per option; a tuple is cut to the layer's number of axes.
OPTIONS = [
    {},
    {"kernel_size": (1, 4, 2)},
    {"strides": 2},
    {"strides": (3, 1, 2), "padding": "same"},
    {"padding": "same"},
    {"padding": "same", "strides": 2},
    {"dilation_rate": 2},
    {"dilation_rate": (1, 2, 3), "padding": "same"},
    {"use_bias": False},
    {"activation": "relu"},
    {"data_format": "channels_first"},
]


def ranked(classes):
    """Each class with its number of spatial axes."""
    return [pytest.param(cls, rank, id=cls.__name__) for rank, cls in enumerate(classes, 1)]


def cut(options, rank):
    """The options with one value per axis."""
    return {k: v[:rank] if isinstance(v, tuple) else v for k, v in options.items()}


def shape_of(rank, options, channels=6):
    """An input shape without the batch, in the layout that the options ask for."""
    if options.get("data_format") == "channels_first":
        return (channels, *SIZES[:rank])
    return (*SIZES[:rank], channels)


@pytest.mark.parametrize("options", [*OPTIONS, {"groups": 3}, {"groups": 6, "filters": 12}])
@pytest.mark.parametrize(("cls", "rank"), ranked(PLAIN))
def test_conv_equals_keras(cls, rank, options):
    """Shape and every weight are Keras's, whatever the options."""
    check(cls(**cut({"filters": 9, "kernel_size": 3, **options}, rank)), shape_of(rank, options))


@pytest.mark.parametrize("options", [{}, {"strides": 2}, {"dilation_rate": 2}])
def test_causal_conv_equals_keras(options):
    """Causal padding is before the steps alone."""
    check(layers.Conv1D(4, 3, padding="causal", **options), (9, 6))


@pytest.mark.parametrize(
    "options",
    [
        *OPTIONS,
        {"strides": 3, "output_padding": 0},
        {"strides": 3, "output_padding": (2, 1, 0)},
        {"strides": 3, "padding": "same", "output_padding": 1},
        {"kernel_size": 2, "strides": 3},
    ],
)
@pytest.mark.parametrize(("cls", "rank"), ranked(TRANSPOSED))
def test_transposed_conv_equals_keras(cls, rank, options):
    """Shape and every weight are Keras's, whatever the options."""
    check(cls(**cut({"filters": 5, "kernel_size": 3, **options}, rank)), shape_of(rank, options))


@pytest.mark.parametrize("depth_multiplier", [1, 3])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(("cls", "rank"), ranked(DEPTHWISE))
def test_depthwise_conv_equals_keras(cls, rank, options, depth_multiplier):
    """Shape and every weight are Keras's, whatever the options."""
    settings = {"kernel_size": 3, "depth_multiplier": depth_multiplier, **options}
    if rank > 1 and isinstance(options.get("strides"), tuple):
        settings["strides"] = 2  # Keras's backends take one stride for both axes
    check(cls(**cut(settings, rank)), shape_of(rank, options))


@pytest.mark.parametrize("depth_multiplier", [1, 3])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(("cls", "rank"), ranked(SEPARABLE))
def test_separable_conv_equals_keras(cls, rank, options, depth_multiplier):
    """Shape and every weight are Keras's; the bias is the pointwise part's alone."""
    settings = {"filters": 5, "kernel_size": 3, "depth_multiplier": depth_multiplier, **options}
    if rank > 1 and isinstance(options.get("strides"), tuple):
        settings["strides"] = 2
    check(cls(**cut(settings, rank)), shape_of(rank, options))


@pytest.mark.parametrize("cls", [layers.Conv2D, layers.Conv2DTranspose])
def test_unspecified_sizes_stay_open(cls):
    """The shape has None where Keras has, the MACs a symbol."""
    row = check(cls(32, 3, strides=2), (None, None, 3))
    assert row.macs.value is None
    assert row.macs.expression.startswith("h·w·3·3·")


@needs_torch
@pytest.mark.parametrize("options", [*OPTIONS, {"groups": 3}, {"groups": 6, "filters": 12}])
@pytest.mark.parametrize(("cls", "rank"), ranked(PLAIN))
def test_conv_macs_are_what_torch_runs(cls, rank, options):
    """PyTorch counts the same products: padding in full, channels per group."""
    settings = cut({"filters": 9, "kernel_size": 3, **options}, rank)
    shape = shape_of(rank, options)
    assert check(cls(**settings), shape).macs.value == counted_macs(cls(**settings), shape)


@needs_torch
@pytest.mark.parametrize("options", [{}, {"strides": 2}, {"padding": "same"}, {"dilation_rate": 2}])
@pytest.mark.parametrize(("cls", "rank"), ranked(SEPARABLE))
def test_separable_macs_are_what_torch_runs(cls, rank, options):
    """PyTorch counts the same products in both parts."""
    settings = {"filters": 5, "kernel_size": 3, "depth_multiplier": 2, **options}
    shape = shape_of(rank, options)
    assert check(cls(**settings), shape).macs.value == counted_macs(cls(**settings), shape)


@needs_torch
@pytest.mark.parametrize("options", [{}, {"strides": 2}, {"padding": "same"}, {"dilation_rate": 2}])
@pytest.mark.parametrize(("cls", "rank"), ranked(DEPTHWISE))
def test_depthwise_macs_are_what_torch_runs(cls, rank, options):
    """PyTorch counts the same products, per channel."""
    settings = {"kernel_size": 3, "depth_multiplier": 2, **options}
    shape = shape_of(rank, options)
    assert check(cls(**settings), shape).macs.value == counted_macs(cls(**settings), shape)


@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize(("cls", "rank"), ranked(TRANSPOSED))
def test_transposed_macs_are_those_of_the_conv_it_transposes(cls, rank, strides):
    """A convolution from the output back to the input multiplies the same pairs."""
    there = check(cls(4, 3, strides=strides), shape_of(rank, {}))
    sizes = there.node.facts.output_shape[1:-1]
    back = check(PLAIN[rank - 1](6, 3, strides=strides), (*sizes, 4))
    assert back.node.facts.output_shape[1:-1] == SIZES[:rank]
    assert there.macs.value == back.macs.value


def test_transposed_conv_counts_its_inputs():
    """3×3, stride 2, 4 → 10 channels on 14×14: 70,560; counting outputs gives 302,760."""
    row = check(layers.Conv2DTranspose(10, 3, strides=2), (14, 14, 4))
    assert row.macs.text == "14·14·3·3·10·4 = 70,560"


def test_parameters_are_written_as_people_do():
    """One bracket for the weights of a filter and its bias."""
    shape = (32, 32, 3)
    assert check(layers.Conv2D(10, 4), shape).node.params.text == "(4·4·3 + 1)·10 = 490"
    assert check(layers.Conv2D(12, 3, groups=3), shape).node.params.text == (
        "(3·3·(3/3) + 1)·12 = 120"
    )
    assert check(layers.DepthwiseConv2D(3), shape).node.params.text == "(3·3 + 1)·3·1 = 30"
    assert check(layers.SeparableConv2D(8, 3), shape).node.params.text == (
        "3·3·3·1 + (1·1·3·1 + 1)·8 = 59"
    )
