"""Window arithmetic compared with windows listed one by one, and with Keras."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kerasbook.arithmetic import (
    Extent,
    convolve,
    convolve_transposed,
    covered,
    number,
    padding_of,
    padding_of_transposed,
    symbol,
)
from kerasbook.errors import ArgumentError

sizes = st.integers(1, 60)
kernels = st.integers(1, 9)
steps = st.integers(1, 7)
rates = st.integers(1, 4)


def windows(size, kernel_size, *, strides, padding, dilation_rate):
    """The positions of the taps of every window that fits, listed one by one."""
    before, after = padding
    found, start = [], -before
    while True:
        taps = [start + tap * dilation_rate for tap in range(kernel_size)]
        if taps[-1] >= size + after:
            return found
        found.append(taps)
        start += strides


# ---------------------------------------------------------------- convolution and pooling


@given(sizes, kernels, steps, st.tuples(st.integers(0, 9), st.integers(0, 9)), rates)
def test_the_size_is_the_number_of_windows(size, kernel_size, strides, padding, dilation_rate):
    """With explicit padding, there is an output for each window that fits; none is an error."""
    setting = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
    laid = windows(size, kernel_size, **setting)
    if not laid:
        with pytest.raises(ArgumentError):
            convolve(size, kernel_size, **setting)
        return
    extent = convolve(size, kernel_size, **setting)
    assert extent.size.value == len(laid)
    assert extent.padding == padding


@given(sizes, kernels, steps, rates)
def test_valid_adds_nothing(size, kernel_size, strides, dilation_rate):
    """`valid` gives the sizes of an explicit padding of 0."""
    setting = {"strides": strides, "dilation_rate": dilation_rate}
    laid = windows(size, kernel_size, padding=(0, 0), **setting)
    assume(laid)
    extent = convolve(size, kernel_size, padding="valid", **setting)
    assert (extent.size.value, extent.padding) == (len(laid), (0, 0))


@given(sizes, kernels, steps, rates)
def test_same_adds_the_least_that_keeps_every_stride(size, kernel_size, strides, dilation_rate):
    """`same` gives ⌈n/s⌉ windows with the least padding, the odd position after."""
    setting = {"strides": strides, "dilation_rate": dilation_rate}
    wanted = len(range(0, size, strides))
    least = next(
        total
        for total in range(1000)
        if len(windows(size, kernel_size, padding=(0, total), **setting)) == wanted
    )
    extent = convolve(size, kernel_size, padding="same", **setting)
    assert extent.size.value == wanted
    assert extent.padding == (least // 2, least - least // 2)


@given(sizes, kernels, steps, rates)
def test_causal_sees_nothing_later(size, kernel_size, strides, dilation_rate):
    """With `causal`, the last tap of window i is at position i·s."""
    setting = {"strides": strides, "dilation_rate": dilation_rate}
    extent = convolve(size, kernel_size, padding="causal", **setting)
    laid = windows(size, kernel_size, padding=extent.padding, **setting)
    assert [taps[-1] for taps in laid] == list(range(0, size, strides))
    assert extent.size.value == len(laid)


@given(sizes, kernels, steps, rates, st.sampled_from(["valid", "same", "causal", (2, 1)]))
def test_a_known_symbol_and_a_number_agree(size, kernel_size, strides, dilation_rate, padding):
    """A named number as size gives the result of its integer, with another name."""
    setting = {"strides": strides, "dilation_rate": dilation_rate, "padding": padding}
    assume(padding != "valid" or size > (kernel_size - 1) * dilation_rate)
    assume(padding != (2, 1) or size + 3 > (kernel_size - 1) * dilation_rate)
    plain = convolve(size, kernel_size, **setting)
    named = convolve(number(size, "height"), kernel_size, **setting)
    assert (named.size.text, named.padding) == (plain.size.text, plain.padding)
    assert named.size.factors["height"] == plain.size.factors["size"] == size


@pytest.mark.parametrize(
    ("setting", "text", "padding"),
    [
        ({"padding": "valid", "strides": 2}, "⌊(height − 3) / 2⌋ + 1", (0, 0)),
        ({"padding": "same"}, "height", (1, 1)),
        ({"padding": "same", "strides": 2}, "⌈height / 2⌉", None),
        ({"padding": "causal", "strides": 2}, "⌈height / 2⌉", (2, 0)),
        ({"padding": (1, 0)}, "⌊(height + 1 + 0 − 3) / 1⌋ + 1", (1, 0)),
    ],
)
def test_an_unknown_size_stays_unknown(setting, text, padding):
    """A symbolic size gives a formula and `None` gives `None`, with the padding if it is known."""
    extent = convolve(symbol("height"), 3, **setting)
    assert (extent.size.text, extent.size.value, extent.padding) == (text, None, padding)
    assert convolve(None, 3, **setting) == Extent(None, padding)


@pytest.mark.parametrize(
    ("size", "kernel_size", "setting", "text"),
    [
        (5, 3, {}, "⌊(5 − 3) / 1⌋ + 1 = 3"),
        (32, 4, {"strides": 2, "padding": "same"}, "⌊(32 + 1 + 1 − 4) / 2⌋ + 1 = 16"),
        (16, 3, {"strides": 2, "padding": "same"}, "⌊(16 + 0 + 1 − 3) / 2⌋ + 1 = 8"),
        (5, 3, {"padding": "same"}, "⌊(5 + 1 + 1 − 3) / 1⌋ + 1 = 5"),
        (20, 3, {"dilation_rate": 4}, "⌊(20 − ((3 − 1)·4 + 1)) / 1⌋ + 1 = 12"),
        (8, 3, {"padding": "causal"}, "⌊(8 + 2 + 0 − 3) / 1⌋ + 1 = 8"),
    ],
)
def test_how_a_size_is_written(size, kernel_size, setting, text):
    """The formula is the article's, with the padding that Keras adds before and after."""
    assert convolve(size, kernel_size, **setting).size.text == text


@pytest.mark.parametrize(
    ("size", "kernel_size", "setting", "expected_message"),
    [
        (5, 7, {}, "5 pixels; received kernel_size=7. Use kernel_size <= 5 or padding='same'."),
        (1, 2, {}, "1 pixel; received kernel_size=2. Use kernel_size <= 1 or padding='same'."),
        (
            5,
            3,
            {"dilation_rate": 4},
            (
                "5 pixels; received kernel_size=3 with dilation_rate=4, which covers 9. "
                "Use kernel_size <= 2, dilation_rate <= 2 or padding='same'."
            ),
        ),
        (
            2,
            3,
            {"dilation_rate": 4},
            (
                "2 pixels; received kernel_size=3 with dilation_rate=4, which covers 9. "
                "Use kernel_size <= 1 or padding='same'."
            ),
        ),
        (
            3,
            8,
            {"padding": (1, 0)},
            "4 pixels; received kernel_size=8. Use kernel_size <= 4 or padding=(3, 2).",
        ),
        (
            3,
            4,
            {"padding": (0, 0)},
            "3 pixels; received kernel_size=4. Use kernel_size <= 3 or padding=(0, 1).",
        ),
        (0, 1, {}, "0 pixels; received kernel_size=1."),
    ],
)
def test_an_empty_output_is_refused_with_the_nearest_settings(
    size, kernel_size, setting, expected_message
):
    """A window that does not fit gives the whole message, with settings that would fit."""
    with pytest.raises(ArgumentError) as caught:
        convolve(size, kernel_size, **setting)
    assert (
        str(caught.value)
        == f"kernel_size must cover at most the padded input of {expected_message}"
    )


@given(st.integers(1, 12), st.integers(2, 15), steps, rates, st.data())
def test_each_proposed_setting_works_and_is_the_nearest(size, kernel_size, strides, rate, data):
    """Each setting that the message proposes gives an output; one more than its bound does not."""
    padding = data.draw(st.sampled_from(["valid", (1, 0), (0, 2)]))
    setting = {"strides": strides, "padding": padding, "dilation_rate": rate}
    added = 0 if padding == "valid" else sum(padding)
    assume(size + added <= (kernel_size - 1) * rate)
    with pytest.raises(ArgumentError) as caught:
        convolve(size, kernel_size, **setting)
    proposed = str(caught.value).rpartition("Use ")[2].rstrip(".").replace(" or ", ", ")
    for name, least, value in _read(proposed):
        assert convolve(size, **{"kernel_size": kernel_size, **setting, name: value}).size.value > 0
        if least:
            worse = {"kernel_size": kernel_size, **setting, name: value + 1}
            with pytest.raises(ArgumentError):
                convolve(size, **worse)
        elif name == "padding" and value != "same":
            assert sum(value) == (kernel_size - 1) * rate + 1 - size


def _read(proposed):
    """The settings in a proposal, as tuples (name, whether it is a bound, value)."""
    found = []
    for part in proposed.replace("=(", "=[").split(", "):
        if part.endswith(")"):  # the second half of a pair
            name, least, value = found.pop()
            found.append((name, least, (value, int(part.rstrip(")")))))
            continue
        name, sign, value = part.replace(" <= ", "<=").partition("=")
        value = value.strip("['")
        found.append(
            (name.rstrip("<"), name.endswith("<"), int(value) if value.isdigit() else value)
        )
        assert sign
    return found


# ------------------------------------------------------------------ transposed convolution


def scattered(size, kernel_size, *, strides, dilation_rate):
    """The number of products that fall on each position of the full output."""
    full = [0] * ((size - 1) * strides + (kernel_size - 1) * dilation_rate + 1)
    for position in range(size):
        for tap in range(kernel_size):
            full[position * strides + tap * dilation_rate] += 1
    return full


@given(sizes, kernels, steps, rates, st.sampled_from(["valid", "same"]), st.data())
def test_what_is_cut_leaves_the_size(size, kernel_size, strides, dilation_rate, padding, data):
    """The output is the full output minus the positions cut, or plus the margin added."""
    output_padding = data.draw(st.none() | st.integers(0, strides - 1))
    setting = {
        "strides": strides,
        "padding": padding,
        "dilation_rate": dilation_rate,
        "output_padding": output_padding,
    }
    extent = convolve_transposed(size, kernel_size, **setting)
    full = scattered(size, kernel_size, strides=strides, dilation_rate=dilation_rate)
    before, after = extent.padding
    assert before >= 0
    assert extent.size.value == len(full) - before - after
    assert extent.padding == padding_of_transposed(kernel_size, **setting)


@given(sizes, kernels, steps, rates, st.sampled_from(["valid", "same"]))
def test_it_transposes_the_convolution(size, kernel_size, strides, dilation_rate, padding):
    """A convolution of the same settings leads back to the input size, with the cut as padding."""
    setting = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
    extent = convolve_transposed(size, kernel_size, **setting)
    back = convolve(extent.size.value, kernel_size, **setting)
    assert back.size.value == size
    assert back.padding == (extent.padding[0], max(extent.padding[1], 0))


@pytest.mark.parametrize(
    ("setting", "text", "padding"),
    [
        ({"padding": "same"}, "14·2 = 28", (0, 1)),
        ({"padding": "valid"}, "(14 − 1)·2 + max(3, 2) = 29", (0, 0)),
        ({"padding": "valid", "output_padding": 1}, "(14 − 1)·2 + 3 + 1 = 30", (0, -1)),
        ({"padding": "same", "output_padding": 0}, "(14 − 1)·2 + 3 − 2·1 + 0 = 27", (1, 1)),
        (
            {"padding": "same", "output_padding": 1, "dilation_rate": 2},
            "(14 − 1)·2 + (3 − 1)·2 + 1 − 2·2 + 1 = 28",
            (1, 2),
        ),
    ],
)
def test_how_a_transposed_size_is_written(setting, text, padding):
    """Each of Keras's four cases has its own formula."""
    extent = convolve_transposed(14, 3, strides=2, **setting)
    assert (extent.size.text, extent.padding) == (text, padding)


def test_a_transposed_unknown_size_stays_unknown():
    """A symbolic size stays in the formula, `None` stays `None`, and the cut is always known."""
    extent = convolve_transposed(symbol("height"), 3, strides=2, padding="same")
    assert (extent.size.text, extent.padding) == ("height·2", (0, 1))
    assert convolve_transposed(None, 3, strides=2) == Extent(None, (0, 0))


@given(kernels, rates)
def test_a_window_covers_its_taps_and_gaps(kernel_size, dilation_rate):
    """A window covers the positions from its first tap to its last."""
    taps = range(0, kernel_size * dilation_rate, dilation_rate)
    assert covered(kernel_size, dilation_rate).value == taps[-1] - taps[0] + 1


def test_same_padding_of_an_unknown_size_depends_on_the_strides():
    """The padding of `same` depends on the size only with strides above 1."""
    assert padding_of(None, 4, padding="same") == (1, 2)
    assert padding_of(None, 4, strides=2, padding="same") is None


# ------------------------------------------------------------------------------ against Keras


def _ones(layer_class, size, kernel_size, **setting):
    """The output of a layer of ones for a line of ones: the number of products in each output."""
    from keras import ops  # noqa: PLC0415  loads a backend

    layer = layer_class(1, kernel_size, use_bias=False, kernel_initializer="ones", **setting)
    return _line(layer(ops.ones((1, size, 1))))


def _line(tensor):
    from keras import ops  # noqa: PLC0415  loads a backend

    return [round(float(value)) for value in ops.convert_to_numpy(tensor)[0, :, 0]]


GRID = [
    (size, kernel_size, strides, dilation_rate)
    for size in (1, 2, 5, 8, 13)
    for kernel_size in (1, 2, 3, 4, 7)
    for strides, dilation_rate in ((1, 1), (2, 1), (3, 1), (5, 1), (1, 2), (1, 3))
]


@pytest.mark.keras
@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_padding_equals_keras(padding):
    """Each output of `Conv1D` sums as many products as taps of our window lie on the input.

    That pins sizes and padding before and after, with real calls, for all 150 settings.
    """
    from keras import layers  # noqa: PLC0415  loads a backend

    for size, kernel_size, strides, dilation_rate in GRID:
        setting = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
        if padding == "valid" and size <= (kernel_size - 1) * dilation_rate:
            with pytest.raises(ValueError, match="zero or negative"):
                _ones(layers.Conv1D, size, kernel_size, **setting)
            with pytest.raises(ArgumentError):
                convolve(size, kernel_size, **setting)
            continue
        extent = convolve(size, kernel_size, **setting)
        laid = windows(size, kernel_size, **{**setting, "padding": extent.padding})
        ours = [sum(0 <= tap < size for tap in taps) for taps in laid]
        assert _ones(layers.Conv1D, size, kernel_size, **setting) == ours, setting


@pytest.mark.keras
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_what_is_cut_equals_keras(padding):
    """With the cut, each output of `Conv1DTranspose` has as many products as fall on it."""
    from keras import layers  # noqa: PLC0415  loads a backend

    for size, kernel_size, strides, dilation_rate in GRID:
        setting = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
        extent = convolve_transposed(size, kernel_size, **setting)
        before, after = extent.padding
        full = scattered(size, kernel_size, strides=strides, dilation_rate=dilation_rate)
        ours = [*full, *[0] * -after][before : len(full) - after]
        assert _ones(layers.Conv1DTranspose, size, kernel_size, **setting) == ours, setting


@pytest.mark.keras
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_output_padding_equals_keras(padding):
    """With `output_padding`, the sizes are those of `Conv1DTranspose`."""
    from keras import layers  # noqa: PLC0415  loads a backend

    for size, kernel_size, strides, dilation_rate in GRID:
        for output_padding in range(strides):
            setting = {
                "strides": strides,
                "padding": padding,
                "dilation_rate": dilation_rate,
                "output_padding": output_padding,
            }
            layer = layers.Conv1DTranspose(1, kernel_size, **setting)
            expected = layer.compute_output_shape((1, size, 1))[1]
            assert convolve_transposed(size, kernel_size, **setting).size.value == expected, setting


@pytest.mark.keras
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pooling_equals_keras(padding):
    """Sizes and padding equal those of Keras's average pooling, called on ones."""
    from keras import layers, ops  # noqa: PLC0415  loads a backend

    for size, kernel_size, strides, dilation_rate in GRID:
        if dilation_rate > 1 or (padding == "valid" and size < kernel_size):
            continue
        layer = layers.MaxPooling1D(kernel_size, strides=strides, padding=padding)
        # On rising numbers the maximum is the last input position that the window sees.
        seen = _line(layer(ops.reshape(ops.arange(size, dtype="float32"), (1, size, 1))))
        extent = convolve(size, kernel_size, strides=strides, padding=padding)
        laid = windows(size, kernel_size, strides=strides, padding=extent.padding, dilation_rate=1)
        ours = [max(tap for tap in taps if tap < size) for taps in laid]
        assert seen == ours, (size, kernel_size, strides)
