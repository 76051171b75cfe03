from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras_oracle import check, layers

from kerasbook.errors import SourceError
from kerasbook.rules import Layer, LayerSpec, RuleBook, Tensor

pytestmark = pytest.mark.keras

SIZES = (9, 11, 7)
RANKS = (1, 2, 3)


def of_rank(pattern, rank):
    """The class of that name."""
    return getattr(layers, pattern.format(rank))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("margin", [1, "each", "sides"])
@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("pattern", ["ZeroPadding{}D", "Cropping{}D"])
def test_margins_equal_keras(pattern, rank, margin, data_format):
    """One number, one per axis, or one per side: the sizes are Keras's."""
    if rank == 1:
        value = 1 if margin == 1 else (2, 0)
        check(of_rank(pattern, 1)(value), (9, 4))
        check(of_rank(pattern, 1)(value), (None, 4))
        return
    sides = ((1, 2), (0, 3), (1, 1))[:rank]
    each = sides if pattern.startswith("Cropping") else (2, 3, 0)[:rank]
    value = {1: 1, "each": each, "sides": sides}[margin]
    shape = (*SIZES[:rank], 4) if data_format == "channels_last" else (4, *SIZES[:rank])
    check(of_rank(pattern, rank)(value, data_format=data_format), shape)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("size", [1, 2, (2, 3, 1)])
@pytest.mark.parametrize("rank", RANKS)
def test_up_sampling_equals_keras(rank, size, data_format):
    """Each axis is longer by its factor."""
    factor = size[:rank] if isinstance(size, tuple) and rank > 1 else 2
    options = {} if rank == 1 else {"data_format": data_format}
    shape = (*SIZES[:rank], 4)
    if options.get("data_format") == "channels_first":
        shape = (4, *SIZES[:rank])
    check(of_rank("UpSampling{}D", rank)(factor, **options), shape)


@pytest.mark.parametrize(
    "interpolation", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
)
def test_interpolation_changes_no_size(interpolation):
    """Blending decides what a unit sees, not how many there are."""
    check(layers.UpSampling2D(2, interpolation=interpolation), (4, 5, 3))


@pytest.mark.parametrize("shape", [(), (5,), (4, 5), (None, 5), (2, 3, 4)])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_flatten_equals_keras(shape, data_format):
    """All axes as one; an unspecified one leaves it open."""
    check(layers.Flatten(data_format), shape)


@pytest.mark.parametrize(
    ("target", "shape"),
    [
        ((20,), (4, 5)),
        ((-1,), (4, 5)),
        ((5, 4), (4, 5)),
        ((2, -1, 5), (4, 5)),
        ((-1,), (None, 5)),
        ((-1, 5), (None, 5)),
        ((4, 1, 5, 1), (4, 5)),
    ],
)
def test_reshape_equals_keras(target, shape):
    """-1 is what is left over, or stays open."""
    check(layers.Reshape(target), shape)


@pytest.mark.parametrize(("dims", "shape"), [((2, 1), (4, 5)), ((3, 1, 2), (4, None, 6))])
def test_permute_equals_keras(dims, shape):
    """The axes change places."""
    check(layers.Permute(dims), shape)


def test_repeat_vector_equals_keras():
    """A new axis after the batch."""
    check(layers.RepeatVector(3), (5,))


@given(st.lists(st.integers(0, 6), max_size=4), st.lists(st.integers(-2, 30), max_size=4))
def test_reshape_keeps_all_numbers_or_refuses(sizes, target):
    """Whatever is asked for: as many numbers after as before, or an error that says so."""
    layer = Layer("Reshape", "reshape", {"target_shape": target})
    try:
        facts = RuleBook().facts(LayerSpec(layer, (Tensor((None, *sizes)),)))
    except SourceError as error:
        assert "target_shape must" in str(error)  # noqa: PT017  both outcomes are the property
        return
    before, after = 1, 1
    for size in sizes:
        before *= size
    for size in facts.output_shape[1:]:
        after *= size
    assert before == after


@pytest.mark.parametrize(
    ("class_name", "config", "message"),
    [
        (
            "Reshape",
            {"target_shape": [3, 7]},
            (
                "layer 'it' (Reshape): target_shape must hold the 20 numbers of the input (4, 5); "
                "received target_shape=(3, 7)."
            ),
        ),
        (
            "Permute",
            {"dims": [1, 1]},
            "layer 'it' (Permute): dims must name the axes 1 to 2 once each; received dims=(1, 1).",
        ),
        (
            "Cropping1D",
            {"cropping": [2, 2]},
            (
                "layer 'it' (Cropping1D): cropping must leave something of the sizes (4,); "
                "received cropping=((2, 2),)."
            ),
        ),
        (
            "ZeroPadding1D",
            {"padding": [1, 2, 3]},
            (
                "layer 'it' (ZeroPadding1D): padding must have one value per side (2); received 3: "
                "padding=(1, 2, 3). Give one value for all, or 2."
            ),
        ),
        (
            "UpSampling1D",
            {"size": True},
            "layer 'it' (UpSampling1D): size must be an integer of at least 1; received size=True.",
        ),
    ],
)
def test_wrong_settings_are_named(class_name, config, message):
    """The error says which layer, what must be, and what was received."""
    spec = LayerSpec(Layer(class_name, "it", config), (Tensor((None, 4, 5)),))
    with pytest.raises(SourceError) as caught:
        RuleBook().facts(spec)
    assert str(caught.value) == message
