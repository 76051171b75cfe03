from __future__ import annotations

import pytest
from flop_counter import counted_macs, needs_torch
from keras_oracle import check, layers

from kerasbook.errors import SourceError
from kerasbook.rules import Layer, LayerSpec, RuleBook, Tensor

pytestmark = pytest.mark.keras

DOTS = [
    (((5,), (5,)), 1),
    (((5, 4), (5,)), 1),
    (((5,), (3, 5)), (1, 2)),
    (((2, 5, 4), (6, 5, 3)), 2),
    (((5, 4), (6, 4)), (2, 2)),
    (((5, 4), (6, 4)), -1),
    (((5, 4), (4,)), (2, 1)),
    (((5, 4), (4, 7)), (-1, -2)),
]


@pytest.mark.parametrize(
    "cls",
    [layers.Add, layers.Average, layers.Maximum, layers.Minimum, layers.Multiply, layers.Subtract],
)
@pytest.mark.parametrize(
    "shapes",
    [
        ((3, 4), (3, 4)),
        ((None, 4), (3, 4)),
        ((None, 4), (None, 4)),
        ((4,), (3, 1)),
        ((1, 4), (3, 1)),
        ((2, 3, 4), (4,)),
    ],
)
def test_elementwise_merging_broadcasts_as_keras(cls, shapes):
    """Shapes are broadcast, shorter ones with axes of one after the batch."""
    assert check(cls(), *shapes).macs.value == 0


@pytest.mark.parametrize("cls", [layers.Add, layers.Average, layers.Maximum, layers.Multiply])
def test_more_than_two_merge(cls):
    """Any number of inputs become one."""
    check(cls(), (3, 4), (3, 4), (1, 4), (4,))


@pytest.mark.parametrize(
    ("shapes", "axis"),
    [
        (((None, 4), (3, 4)), 1),
        (((None, 4), (None, 5)), -1),
        (((3, 4), (None, 4)), 2),
        (((3, 4), (3, 5), (3, 1)), 2),
    ],
)
def test_concatenate_equals_keras(shapes, axis):
    """The sizes along the axis add up."""
    check(layers.Concatenate(axis=axis), *shapes)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize(("shapes", "axes"), DOTS)
def test_dot_equals_keras(shapes, axes, normalize):
    """What is left of both shapes, without the axis summed over."""
    check(layers.Dot(axes=axes, normalize=normalize), *shapes)


@needs_torch
@pytest.mark.parametrize(("shapes", "axes"), DOTS)
def test_dot_macs_are_what_torch_runs(shapes, axes):
    """PyTorch counts the same products."""
    layer = layers.Dot(axes=axes)
    assert check(layer, *shapes).macs.value == counted_macs(layers.Dot(axes=axes), *shapes)


@pytest.mark.parametrize(
    ("class_name", "config", "shapes", "message"),
    [
        (
            "Add",
            {},
            ((None, 3), (None, 4)),
            "layer 'it' (Add): its inputs must have shapes that fit; received (3,), (4,).",
        ),
        (
            "Add",
            {},
            ((2, 3), (4, 3)),
            (
                "layer 'it' (Add): its inputs must have one batch size; "
                "received the shapes (2, 3), (4, 3)."
            ),
        ),
        (
            "Concatenate",
            {"axis": 1},
            ((None, 3, 2), (None, 4, 3)),
            (
                "layer 'it' (Concatenate): its inputs must agree but for axis 1; "
                "received the shapes (None, 3, 2), (None, 4, 3)."
            ),
        ),
        (
            "Concatenate",
            {"axis": 3},
            ((None, 3), (None, 4)),
            "layer 'it' (Concatenate): axis must be an integer from -2 to 1; received axis=3.",
        ),
        (
            "Dot",
            {"axes": 0},
            ((None, 3), (None, 3)),
            "layer 'it' (Dot): axes must name axes of its inputs but the batch; received axes=0.",
        ),
        (
            "Dot",
            {"axes": 1},
            ((None, 3), (None, 4)),
            (
                "layer 'it' (Dot): its inputs must have the same size along the axes 1 and 1; "
                "received the shapes (None, 3), (None, 4)."
            ),
        ),
    ],
)
def test_what_does_not_fit_is_named(class_name, config, shapes, message):
    """The error says which layer, what must be, and what was received."""
    tensors = [Tensor(shape) for shape in shapes]
    with pytest.raises(SourceError) as caught:
        RuleBook().facts(LayerSpec(Layer(class_name, "it", config), (tensors,)))
    assert str(caught.value) == message
