"""Inverse problems: every result is right, none is missing, and none is better."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasbook import ConvSettings, conv_output_size, dense_params, solve_conv, widest_dense
from kerasbook.errors import ArgumentError


def _forward(size, setting):
    """The size that a setting gives, or `None` if the output is empty."""
    try:
        return conv_output_size(size, **setting)
    except ArgumentError:
        return None


def _grid(max_kernel_size, max_strides, max_dilation_rate):
    """All settings within bounds that Keras supports."""
    for kernel_size, strides, padding, dilation_rate in product(
        range(1, max_kernel_size + 1),
        range(1, max_strides + 1),
        ("valid", "same"),
        range(1, max_dilation_rate + 1),
    ):
        if strides == 1 or dilation_rate == 1:
            yield {
                "kernel_size": kernel_size,
                "strides": strides,
                "padding": padding,
                "dilation_rate": dilation_rate,
            }


@settings(deadline=None)
@given(
    st.integers(1, 30),
    st.integers(1, 30),
    st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 3)),
)
def test_the_settings_are_all_there_are(size, wanted, bounds):
    """The settings are those that trying every setting finds; it is an error if there are none."""
    expected = [setting for setting in _grid(*bounds) if _forward(size, setting) == wanted]
    names = ("max_kernel_size", "max_strides", "max_dilation_rate")
    limits = dict(zip(names, bounds, strict=True))
    if not expected:
        with pytest.raises(ArgumentError):
            solve_conv(size, wanted, **limits)
        return
    found = solve_conv(size, wanted, **limits)
    assert sorted(map(str, expected)) == sorted(str(one.config) for one in found)
    for one in found:
        assert one.output_size == wanted
        assert one.output_size.text == conv_output_size(size, **one.config).text


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), min_size=2, max_size=3),
    st.sampled_from([{}, {"strides": 2}, {"padding": "valid"}, {"kernel_size": 3}]),
)
def test_several_axes_share_their_settings(axes, fixed):
    """With several axes, the settings are those that give each axis its size."""
    sizes, wanted = zip(*axes, strict=True)
    expected = [
        setting
        for setting in _grid(4, 4, 1)
        if _forward(sizes, setting) == wanted and fixed.items() <= setting.items()
    ]
    if not expected:
        with pytest.raises(ArgumentError):
            solve_conv(sizes, wanted, max_kernel_size=4, max_strides=4, **fixed)
        return
    found = solve_conv(sizes, wanted, max_kernel_size=4, max_strides=4, **fixed)
    assert sorted(map(str, expected)) == sorted(str(one.config) for one in found)
    assert all(one.output_size == wanted for one in found)


def test_14_from_28():
    """The usual settings, such as 3×3 with stride 2, come first, those that skip pixels last."""
    found = solve_conv(28, 14, max_kernel_size=5)
    assert (
        ConvSettings(3, 2, "same", 1, conv_output_size(28, 3, strides=2, padding="same")) in found
    )
    assert [tuple(one.config.values()) for one in found] == [
        (3, 2, "same", 1),
        (5, 2, "same", 1),
        (2, 2, "same", 1),
        (2, 2, "valid", 1),
        (4, 2, "same", 1),
        (1, 2, "same", 1),
        (1, 2, "valid", 1),
    ]
    assert found[0].output_size.padding == (0, 1)


def test_simple_settings_come_first():
    """The order is by dilation, then skipped pixels, then kernel size, then strides."""
    found = solve_conv(12, 6, max_kernel_size=7, max_strides=4, max_dilation_rate=3)
    kernels = [3, 5, 7, 2, 4, 1, 6]
    keys = [
        (
            one.dilation_rate,
            one.strides > one.kernel_size,
            kernels.index(one.kernel_size),
            one.strides,
            one.padding == "valid",
        )
        for one in found
    ]
    assert keys == sorted(keys)
    assert tuple(found[0].config.values()) == (3, 2, "same", 1)


@settings(deadline=None)
@given(st.integers(1, 20), st.integers(1, 40))
def test_the_nearest_size_is_proposed(size, wanted):
    """If no setting gives the size, the message names the nearest size and its settings."""
    reached = {_forward(size, setting) for setting in _grid(4, 4, 1)} - {None}
    if wanted in reached:
        return
    with pytest.raises(ArgumentError) as caught:
        solve_conv(size, wanted, max_kernel_size=4, max_strides=4)
    expected_message, proposal = str(caught.value).split(". The nearest is ")
    assert expected_message == (
        f"output_size must be one that such a convolution gives for size={size}; "
        f"received output_size={wanted}"
    )
    nearest, _, setting = proposal.rstrip(".").partition(", with ")
    assert abs(int(nearest) - wanted) == min(abs(one - wanted) for one in reached)
    assert _forward(size, eval(f"dict({setting})")) == int(nearest)  # noqa: S307  our own text


@pytest.mark.parametrize(
    ("call", "expected_message"),
    [
        (
            lambda: solve_conv(28, 14, padding="valid", kernel_size=5),
            (
                "output_size must be one that such a convolution gives for size=28; "
                "received output_size=14. The nearest is 12, with kernel_size=5, strides=2, "
                "padding='valid', dilation_rate=1."
            ),
        ),
        (
            lambda: solve_conv((8, 8), (9, 8)),
            (
                "output_size must be one that such a convolution gives for size=(8, 8); "
                "received output_size=(9, 8). The nearest is (8, 8), with kernel_size=3, "
                "strides=1, padding='same', dilation_rate=1."
            ),
        ),
        (
            lambda: solve_conv(5, 3, padding="valid", kernel_size=7),
            (
                "kernel_size must cover at most the padded input of 5 pixels; "
                "received kernel_size=7. Use kernel_size <= 5 or padding='same'."
            ),
        ),
        (
            lambda: solve_conv(5, 3, strides=2, dilation_rate=2),
            (
                "dilation_rate must be 1 where strides are above 1; "
                "received dilation_rate=2 with strides=2. Use strides=1 or dilation_rate=1."
            ),
        ),
        (
            lambda: solve_conv((5, 5), (3, 3, 3)),
            (
                "output_size must have one value per axis (2); received 3: "
                "output_size=(3, 3, 3). Give one value for all, or 2."
            ),
        ),
        (
            lambda: solve_conv(5, 3, padding="causal"),
            "padding must be 'same' or 'valid'; received padding='causal'.",
        ),
        (
            lambda: solve_conv(5, 0),
            "output_size must be an integer of at least 1; received output_size=0.",
        ),
        (
            lambda: solve_conv(5, 3, max_strides=0),
            "max_strides must be an integer of at least 1; received max_strides=0.",
        ),
        (
            lambda: widest_dense(max_params=100, inputs=3072),
            "max_params must be at least 3073, enough for one unit; received max_params=100.",
        ),
        (
            lambda: widest_dense(100, inputs=True),
            "inputs must be an integer of at least 1; received inputs=True.",
        ),
    ],
)
def test_a_wrong_argument_is_refused(call, expected_message):
    """Each wrong argument gives its whole message."""
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == expected_message


@given(st.integers(1, 5_000), st.integers(1, 50), st.none() | st.integers(1, 50), st.booleans())
def test_one_unit_more_would_exceed_the_budget(max_params, inputs, outputs, use_bias):
    """The widest layer fits and one with another unit does not; it is an error if none fits."""

    def needed(units):
        after = dense_params(units, outputs, use_bias=use_bias) if outputs else 0
        return dense_params(inputs, units, use_bias=use_bias) + after

    setting = {"outputs": outputs, "use_bias": use_bias}
    if needed(1) > max_params:
        with pytest.raises(ArgumentError) as caught:
            widest_dense(max_params, inputs, **setting)
        assert f"be at least {needed(1)}, enough for one unit" in str(caught.value)
        return
    widest = widest_dense(max_params, inputs, **setting)
    assert needed(widest) <= max_params < needed(widest + 1)
    assert widest.params == needed(widest)
    assert widest.text.endswith(f" = {widest:,}")


def test_a_search_that_would_not_end_is_refused():
    """A search with too many settings is refused, and one at the limit is not."""
    message = (
        "max_kernel_size, max_strides and max_dilation_rate must leave at most 100,000 settings to "
        "try; received bounds that leave 31,999,999,968: 999,999,999 kernels, 32 strides, "
        "1 dilation rates. Lower one of them, or give kernel_size, strides or dilation_rate."
    )
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$"):
        solve_conv(28, 14, max_kernel_size=999_999_999)
    assert solve_conv(28, 14, kernel_size=3, max_strides=100_000)
