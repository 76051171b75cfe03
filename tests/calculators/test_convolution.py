"""Parameters and multiply-accumulates of convolutions, counted one by one."""

from __future__ import annotations

from itertools import product as every
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook import (
    conv_macs,
    conv_params,
    conv_transpose_macs,
    conv_transpose_params,
    depthwise_conv_macs,
    depthwise_conv_params,
    separable_conv_macs,
    separable_conv_params,
)
from kerasbook.errors import ArgumentError

# ----------------------------------------------------------------------------- whole networks


def test_the_article_s_convolutions():
    """The convolutions have the article's numbers of parameters, such as 490 and 1,820."""
    small = conv_params(kernel_size=(4, 4), channels=3, filters=10)
    assert (small, small.text) == (490, "(4·4·3 + 1)·10 = 490")
    assert small.latex == r"(4 \cdot 4 \cdot 3 + 1) \cdot 10 = 490"
    assert small.factors == {"kernel_size": 4, "channels": 3, "filters": 10}
    assert (small.trainable, small.non_trainable) == (490, 0)
    assert (
        conv_params(kernel_size=(3, 3), channels=10, filters=20).text == "(3·3·10 + 1)·20 = 1,820"
    )
    full = [(3, 32), (32, 32), (32, 64), (64, 64)]
    counts = [conv_params(kernel_size=(3, 3), channels=c, filters=f) for c, f in full]
    assert counts == [896, 9_248, 18_496, 36_928]


def test_vgg16_s_convolutions():
    """Published: 14,714,688 parameters without the dense top; 15,346,630,656 multiplications.

    The whole network's 15,470,264,320 less the 123,633,664 of its three dense layers.
    """
    params = macs = 0
    size, channels = 224, 3
    for filters, convolutions in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(convolutions):
            params += conv_params(kernel_size=(3, 3), channels=channels, filters=filters)
            macs += conv_macs((size, size), 3, channels=channels, filters=filters, padding="same")
            channels = filters
        size //= 2
    assert params == 14_714_688
    assert macs == 15_470_264_320 - (25_088 * 4_096 + 4_096 * 4_096 + 4_096 * 1_000)


def test_mobilenet():
    """The depthwise and pointwise layers give MobileNet's published 568,740,352 MACs."""
    size, channels = 112, 32
    macs = conv_macs((224, 224), 3, channels=3, filters=32, strides=2, padding="same")
    blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5]
    for filters, strides in [*blocks, (1024, 2), (1024, 1)]:
        macs += depthwise_conv_macs(
            (size, size), 3, channels=channels, strides=strides, padding="same"
        )
        size //= strides
        macs += conv_macs((size, size), 1, channels=channels, filters=filters)
        channels = filters
    assert macs + 1024 * 1000 == 568_740_352


@pytest.mark.parametrize(
    ("groups", "macs"), [(1, 70_560), (2, 35_280)], ids=["one group", "two groups"]
)
def test_the_transposed_case_that_counters_get_wrong(groups, macs):
    """A transposed 3×3 convolution of 4 to 10 channels on 14×14 has 70,560 MACs, half in groups."""
    ours = conv_transpose_macs((14, 14), 3, channels=4, filters=10, groups=groups)
    assert ours == macs


# ------------------------------------------------------------------------- counted one by one


axes = st.lists(
    st.tuples(st.integers(1, 7), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=2
)
groupings = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))


def _outputs(size, kernel_size, strides, padding):
    """The number of windows on one axis, for a padding by name."""
    if padding == "same":
        return len(range(0, size, strides))
    return len(range(0, size - kernel_size + 1, strides))


def _connections(channels, filters, groups):
    """The pairs of input and output channels in the same group."""
    return sum(
        channel * groups // channels == one * groups // filters
        for channel in range(channels)
        for one in range(filters)
    )


@given(axes, groupings, st.sampled_from(["valid", "same"]))
def test_macs_are_the_products_of_all_windows(setting, grouping, padding):
    """The MACs equal the number of products, counted one by one with those of padding."""
    size, kernel_size, strides = zip(*setting, strict=True)
    groups, channels, filters = grouping[0], grouping[0] * grouping[1], grouping[0] * grouping[2]
    windows = [_outputs(*axis, padding) for axis in setting]
    if min(windows) < 1:
        with pytest.raises(ArgumentError):
            conv_macs(size, kernel_size, channels=1, filters=1, strides=strides, padding=padding)
        return
    macs = conv_macs(
        size,
        kernel_size,
        channels=channels,
        filters=filters,
        strides=strides,
        padding=padding,
        groups=groups,
    )
    products = prod(windows) * prod(kernel_size)
    assert macs == products * _connections(channels, filters, groups)
    assert macs.flops == 2 * macs
    assert macs.flops.text.endswith(f" = {2 * macs:,}")
    depthwise = depthwise_conv_macs(
        size,
        kernel_size,
        channels=channels,
        depth_multiplier=filters,
        strides=strides,
        padding=padding,
    )
    assert depthwise == products * channels * filters
    separable = separable_conv_macs(
        size,
        kernel_size,
        channels=channels,
        filters=filters,
        depth_multiplier=2,
        strides=strides,
        padding=padding,
    )
    assert separable == products * channels * 2 + prod(windows) * channels * 2 * filters


@given(axes, groupings)
def test_transposed_macs_are_the_products_that_are_scattered(setting, grouping):
    """The MACs equal the products of input pixels and taps, counted one by one."""
    size, kernel_size, _ = zip(*setting, strict=True)
    groups, channels, filters = grouping[0], grouping[0] * grouping[1], grouping[0] * grouping[2]
    ranges = [range(length) for length in (*size, *kernel_size)]
    scattered = sum(1 for _ in every(*ranges))
    macs = conv_transpose_macs(size, kernel_size, channels=channels, filters=filters, groups=groups)
    assert macs == scattered * _connections(channels, filters, groups)


def test_axes_that_differ_keep_their_factors_apart():
    """The factors name both sides of a rectangular kernel, and the side of a square one once."""
    macs = conv_macs((9, 5), (3, 5), channels=2, filters=4)
    assert macs.text == "7·1·3·5·2·4 = 840"
    assert macs.factors == {
        "output_size[0]": 7,
        "output_size[1]": 1,
        "kernel_size[0]": 3,
        "kernel_size[1]": 5,
        "channels": 2,
        "filters": 4,
    }


@pytest.mark.parametrize(
    ("call", "expected_message"),
    [
        (
            lambda: conv_params(kernel_size=3, channels=3, filters=10),
            (
                "kernel_size must have one value per axis; received kernel_size=3. "
                "Use kernel_size=(3,) for one axis or (3, 3) for two."
            ),
        ),
        (
            lambda: conv_params(kernel_size=(), channels=3, filters=10),
            "kernel_size must have one value per axis; received kernel_size=().",
        ),
        (
            lambda: conv_params(kernel_size=(3, 0), channels=3, filters=10),
            "kernel_size[1] must be an integer of at least 1; received kernel_size[1]=0.",
        ),
        (
            lambda: conv_params(kernel_size=(3,), channels=9, filters=6, groups=2),
            "groups must divide channels=9; received groups=2. Use groups=3 or a divisor of it.",
        ),
        (
            lambda: conv_macs(8, 3, channels=4, filters=9, groups=2),
            "groups must divide filters=9; received groups=2. Use groups=1.",
        ),
        (
            lambda: conv_params(kernel_size=(3,), channels=4, filters=4, use_bias=1),
            "use_bias must be True or False; received use_bias=1.",
        ),
        (
            lambda: depthwise_conv_macs((8, 8), 3, channels=4, padding="causal"),
            "padding must be 'valid' or 'same'; received padding='causal'.",
        ),
        (
            lambda: conv_transpose_macs((8, 8), (3, 3, 3), channels=4, filters=4),
            (
                "kernel_size must have one value per axis (2); received 3: kernel_size=(3, 3, 3). "
                "Give one value for all, or 2."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused(call, expected_message):
    """Each wrong argument gives its whole message."""
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == expected_message


# ------------------------------------------------------------------------------ against Keras


@pytest.mark.keras
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("use_bias", [True, False])
def test_convolution_parameters_equal_keras(rank, use_bias):
    """Parameters equal Keras's for `Conv1D` to `Conv3D` with groups, and for their transposes."""
    from keras import layers  # noqa: PLC0415  loads a backend

    kernel = (3, 2, 4)[:rank]
    shape = (None, *(8,) * rank, 6)
    for groups in (1, 2, 3):
        layer = getattr(layers, f"Conv{rank}D")(12, kernel, groups=groups, use_bias=use_bias)
        layer.build(shape)
        ours = conv_params(
            kernel_size=kernel, channels=6, filters=12, groups=groups, use_bias=use_bias
        )
        assert ours == layer.count_params()
    layer = getattr(layers, f"Conv{rank}DTranspose")(12, kernel, use_bias=use_bias)
    layer.build(shape)
    ours = conv_transpose_params(kernel_size=kernel, channels=6, filters=12, use_bias=use_bias)
    assert ours == layer.count_params()


@pytest.mark.keras
@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("depth_multiplier", [1, 3])
def test_depthwise_and_separable_parameters_equal_keras(rank, use_bias, depth_multiplier):
    """Parameters equal Keras's for depthwise and separable convolutions with all options."""
    from keras import layers  # noqa: PLC0415  loads a backend

    kernel, shape = (3, 2)[:rank], (None, *(8,) * rank, 6)
    options = {"use_bias": use_bias, "depth_multiplier": depth_multiplier}
    layer = getattr(layers, f"DepthwiseConv{rank}D")(kernel, **options)
    layer.build(shape)
    assert depthwise_conv_params(kernel_size=kernel, channels=6, **options) == layer.count_params()
    layer = getattr(layers, f"SeparableConv{rank}D")(12, kernel, **options)
    layer.build(shape)
    ours = separable_conv_params(kernel_size=kernel, channels=6, filters=12, **options)
    assert ours == layer.count_params()
