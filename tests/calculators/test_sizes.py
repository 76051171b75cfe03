"""Output sizes and receptive fields."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kerasbook import (
    conv_output_size,
    conv_transpose_output_size,
    pool_output_size,
    receptive_field,
)
from kerasbook.arithmetic import OutputSize, ReceptiveField, field_after_window
from kerasbook.errors import ArgumentError


def message(calculator, *arguments, **keywords):
    """The message of the error that a calculator raises."""
    with pytest.raises(ArgumentError) as caught:
        calculator(*arguments, **keywords)
    return str(caught.value)


def test_the_article_s_sizes():
    """The sizes are the article's: 32 → 16 → 8 with strides 2, and 5 → 5 with padding."""
    first = conv_output_size(32, 4, strides=2, padding="same")
    second = conv_output_size(int(first), 3, strides=2, padding="same")
    assert (first, first.padding, first.text) == (16, (1, 1), "⌊(32 + 1 + 1 − 4) / 2⌋ + 1 = 16")
    assert (second, second.padding) == (8, (0, 1))
    kept = conv_output_size(5, 3, padding="same")
    assert (kept, sum(kept.padding) + 5) == (5, 7)


def test_a_size_shows_what_it_was_computed_from():
    """A size has its calculation as text, LaTeX and factors with Keras's names."""
    size = conv_output_size(32, 4, strides=2, padding="same")
    assert size.factors == {
        "size": 32,
        "padding_before": 1,
        "padding_after": 1,
        "kernel_size": 4,
        "strides": 2,
    }
    assert size.latex == r"\left\lfloor \frac{32 + 1 + 1 - 4}{2} \right\rfloor + 1 = 16"


per_axis = st.lists(
    st.tuples(st.integers(1, 40), st.integers(1, 6), st.integers(1, 4), st.integers(1, 3)),
    min_size=1,
    max_size=3,
)


@given(per_axis, st.sampled_from(["valid", "same"]))
def test_each_axis_is_computed_alone(axes, padding):
    """Several axes together give the sizes of each axis alone."""
    size, kernel_size, strides, dilation_rate = zip(*axes, strict=True)
    assume(padding == "same" or all(n > (f - 1) * d for n, f, _, d in axes))
    together = conv_output_size(
        size, kernel_size, strides=strides, padding=padding, dilation_rate=dilation_rate
    )
    alone = tuple(
        conv_output_size(n, f, strides=s, padding=padding, dilation_rate=d) for n, f, s, d in axes
    )
    assert together == alone
    assert [one.text for one in together] == [one.text for one in alone]
    assert [one.padding for one in together] == [one.padding for one in alone]


@pytest.mark.parametrize(
    "arguments",
    [
        {"size": (9, 9), "kernel_size": 3},
        {"size": 9, "kernel_size": (3, 3)},
        {"size": 9, "kernel_size": 3, "strides": [1, 1]},
        {"size": 9, "kernel_size": 3, "dilation_rate": [1, 1]},
        {"size": 9, "kernel_size": 3, "padding": ((0, 0), (0, 0))},
    ],
)
def test_any_argument_may_say_how_many_axes_there_are(arguments):
    """A single value is used for all axes, and the result has one size per axis."""
    assert conv_output_size(**arguments) == (7, 7)
    assert isinstance(conv_output_size(9, 3), OutputSize)


def test_explicit_padding_is_before_and_after():
    """A padding is one pair for all axes, or a pair per axis."""
    assert conv_output_size(9, 3, padding=(1, 0)).text == "⌊(9 + 1 + 0 − 3) / 1⌋ + 1 = 8"
    assert conv_output_size((9, 9), 3, padding=(1, 0)) == (8, 8)
    assert conv_output_size((9, 9), 3, padding=((1, 0), (2, 2))) == (8, 11)


def test_a_pool_moves_by_its_own_size():
    """The strides of a pooling default to its window, as in Keras."""
    assert pool_output_size((28, 9), (2, 3)) == (14, 3)
    assert pool_output_size(28, 3, strides=1).text == "⌊(28 − 3) / 1⌋ + 1 = 26"
    assert pool_output_size(28, 3, padding="same").padding == (1, 1)


@pytest.mark.parametrize(
    ("call", "expected_message"),
    [
        (lambda: conv_output_size(0, 3), "size must be an integer of at least 1; received size=0."),
        (
            lambda: conv_output_size((32, -1), 3),
            "size[1] must be an integer of at least 1; received size[1]=-1.",
        ),
        (
            lambda: conv_output_size(32, 3, strides=True),
            "strides must be an integer of at least 1; received strides=True.",
        ),
        (
            lambda: conv_output_size(32, 3.0),
            "kernel_size must be an integer of at least 1; received kernel_size=3.0.",
        ),
        (
            lambda: conv_output_size((32, 32), (3, 3, 3)),
            (
                "kernel_size must have one value per axis (2); received 3: kernel_size=(3, 3, 3). "
                "Give one value for all, or 2."
            ),
        ),
        (lambda: conv_output_size((), 3), "size must have at least one axis; received size=()."),
        (
            lambda: conv_output_size(32, 3, padding="sane"),
            (
                "padding must be 'valid', 'same' or 'causal'; received padding='sane'. "
                "Did you mean 'same'?"
            ),
        ),
        (
            lambda: conv_output_size(32, 3, padding=1),
            (
                "padding must be 'valid', 'same', 'causal' or pixels as (before, after); "
                "received padding=1. Use padding=(1, 1)."
            ),
        ),
        (
            lambda: conv_output_size(32, 3, padding=None),
            (
                "padding must be 'valid', 'same', 'causal' or pixels as (before, after); "
                "received padding=None."
            ),
        ),
        (
            lambda: conv_output_size(32, 3, padding=(1, -1)),
            "padding[1] must be an integer of at least 0; received padding[1]=-1.",
        ),
        (
            lambda: conv_output_size((8, 8), 3, padding="causal"),
            (
                "padding must be 'valid' or 'same' for 2 axes; received padding='causal'. "
                "Use 'same', or ((before, 0), …) with a pair per axis."
            ),
        ),
        (
            lambda: conv_output_size((32, 4), 5),
            (
                "kernel_size must cover at most the padded input of 4 pixels; "
                "received kernel_size=5. Use kernel_size <= 4 or padding='same'."
            ),
        ),
        (
            lambda: pool_output_size(8, 0),
            "pool_size must be an integer of at least 1; received pool_size=0.",
        ),
        (
            lambda: pool_output_size(8, 2, padding="causal"),
            "padding must be 'valid' or 'same'; received padding='causal'.",
        ),
        (
            lambda: pool_output_size((8, 8), (2, 9)),
            (
                "pool_size must cover at most the padded input of 8 pixels; received pool_size=9. "
                "Use pool_size <= 8 or padding='same'."
            ),
        ),
        (
            lambda: conv_transpose_output_size(8, 3, padding=(1, 1)),
            "padding must be 'valid' or 'same'; received padding=(1, 1).",
        ),
        (
            lambda: conv_transpose_output_size(8, 3, strides=2, output_padding=2),
            (
                "output_padding must be an integer from 0 to 1; received output_padding=2. "
                "It must be less than strides=2."
            ),
        ),
        (
            lambda: conv_transpose_output_size(1, 2, padding="same", output_padding=0),
            (
                "output_padding must leave at least 1 pixel of the output; "
                "received output_padding=0. Use output_padding=None or padding='valid'."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused(call, expected_message):
    """Each wrong argument gives its whole message."""
    assert message(call) == expected_message


# ------------------------------------------------------------------------------ against Keras


SETTINGS = [
    {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
    for strides, dilation_rate in (
        (1, 1),
        (2, 1),
        ((1, 2, 3), 1),
        ((3, 1, 2), 1),
        (1, 2),
        (1, (3, 1, 2)),
    )
    for padding in ("valid", "same")
]
SIZES = [(13, 12, 11), (10, 16, 14)]
KERNELS = [1, 2, 3, 4, (1, 2, 3), (4, 3, 2)]


def _cut(value, rank):
    return value[:rank] if isinstance(value, tuple) else value


@pytest.mark.keras
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Conv", "DepthwiseConv", "SeparableConv", "ConvTranspose"])
def test_convolutions_equal_keras(kind, rank):
    """Sizes equal Keras's for 144 settings of each convolution in one to three dimensions."""
    from keras import layers  # noqa: PLC0415  loads a backend

    base, transposed, _ = kind.partition("Transpose")
    layer_class = getattr(layers, f"{base}{rank}D{transposed}", None)
    if layer_class is None:  # Keras has no depthwise or separable convolution in 3-D
        assert (kind, rank) in {("DepthwiseConv", 3), ("SeparableConv", 3)}
        return
    calculator = conv_transpose_output_size if transposed else conv_output_size
    for size in SIZES:
        for kernel_size in KERNELS:
            for setting in SETTINGS:
                own = {name: _cut(value, rank) for name, value in setting.items()}
                filters = {} if kind == "DepthwiseConv" else {"filters": 2}
                layer = layer_class(kernel_size=_cut(kernel_size, rank), **filters, **own)
                expected = tuple(layer.compute_output_shape((None, *size[:rank], 2)))[1:-1]
                assert calculator(size[:rank], _cut(kernel_size, rank), **own) == expected


@pytest.mark.keras
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("kind", ["MaxPooling", "AveragePooling"])
def test_pooling_equals_keras(kind, rank):
    """Sizes equal Keras's for all settings of two poolings in one to three dimensions."""
    from keras import layers  # noqa: PLC0415  loads a backend

    for size in SIZES:
        for pool_size in KERNELS:
            for strides in (None, 1, 2, (1, 2, 3)):
                for padding in ("valid", "same"):
                    layer = getattr(layers, f"{kind}{rank}D")(
                        _cut(pool_size, rank), strides=_cut(strides, rank), padding=padding
                    )
                    expected = tuple(layer.compute_output_shape((None, *size[:rank], 2)))[1:-1]
                    ours = pool_output_size(
                        size[:rank],
                        _cut(pool_size, rank),
                        strides=_cut(strides, rank),
                        padding=padding,
                    )
                    assert ours == expected


# ---------------------------------------------------------------------------- receptive fields


stacks = st.lists(
    st.tuples(st.integers(1, 7), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=6
)


@given(stacks)
def test_a_receptive_field_is_what_dependencies_span(stack):
    """The field equals the positions found by following unit 0 back to the input."""
    first = last = 0
    for kernel_size, strides, dilation_rate in reversed(stack):
        first, last = first * strides, last * strides + (kernel_size - 1) * dilation_rate
    field = receptive_field(*zip(*stack, strict=True))
    assert field == last - first + 1
    walked = ReceptiveField()
    for kernel_size, strides, dilation_rate in stack:
        walked = field_after_window(
            walked, kernel_size, strides=strides, dilation_rate=dilation_rate
        )
    assert (field, field.jump) == (walked.size, walked.jump)


def test_vgg16_sees_212_pixels():
    """The field of VGG16 has its published size of 212 pixels, with a jump of 32."""
    kernels, strides = [], []
    for convolutions in (2, 2, 3, 3, 3):
        kernels += [3] * convolutions + [2]
        strides += [1] * convolutions + [2]
    field = receptive_field(kernels, strides)
    assert (field, field.jump) == (212, 32)


def test_a_single_window_sees_itself():
    """The field of a single layer is its window, gaps included."""
    assert receptive_field(5) == 5
    assert receptive_field(3, dilation_rate=4).text == "1 + (3 − 1)·4·1 = 9"


def test_a_layer_s_wrong_value_is_named_with_its_layer():
    """A wrong value gives the whole message, which names the layer."""
    assert message(receptive_field, [3, 0]) == (
        "kernel_size[1] must be an integer of at least 1; received kernel_size[1]=0."
    )
    assert message(receptive_field, []) == (
        "kernel_size must have at least one layer; received kernel_size=()."
    )
