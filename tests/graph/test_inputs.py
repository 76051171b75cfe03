from __future__ import annotations

import pytest

from kerasbook.errors import ArgumentError, SourceError
from kerasbook.graph import Reference
from kerasbook.graph.inputs import fill_inputs, match_inputs
from kerasbook.rules import Tensor

IMAGE = Tensor((None, None, None, 3))
TOKENS = Tensor((None, None), "int32")


@pytest.mark.parametrize(
    "shapes",
    [
        (8, 9, 3),
        [8, 9, 3],
        (None, 8, 9, 3),
        [(8, 9, 3)],
        {"image": (8, 9, 3)},
        {"image": [None, 8, 9, 3]},
    ],
)
def test_one_input_may_be_filled_in_any_form(shapes):
    """With or without the batch, alone, in a list, or by name."""
    assert fill_inputs(["image"], [IMAGE], shapes) == (Tensor((None, 8, 9, 3)),)


def test_several_inputs_are_filled_in_order_or_by_name():
    """A list has one shape each; a dict may leave some out."""
    names, declared = ["image", "tokens"], [IMAGE, TOKENS]
    filled = fill_inputs(names, declared, [(8, 9, 3), (12,)])
    assert [tensor.shape for tensor in filled] == [(None, 8, 9, 3), (None, 12)]
    assert fill_inputs(names, declared, {"tokens": (12,)}) == (IMAGE, Tensor((None, 12), "int32"))


def test_an_undeclared_input_takes_what_is_given():
    """A model that was never built learns its shape here."""
    assert fill_inputs(["in"], [None], (None, 4)) == (Tensor((None, 4)),)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (
            {"img": (8, 9, 3)},
            "input_shapes must name inputs of the model, 'image'; received 'img'.",
        ),
        (
            (8, 9, 4),
            (
                "input_shapes must fill what the input 'image' leaves unspecified in "
                "(None, None, None, 3); received (None, 8, 9, 4). Build the model anew for other "
                "sizes."
            ),
        ),
        (
            [(8, 9, 3), (12,)],
            "input_shapes must have one shape per input (1: 'image'); received 2.",
        ),
        (
            (8, 0, 3),
            (
                "input_shapes must be a shape, a list of shapes or a dict of shapes by input name, "
                "with positive integers or None as sizes; received (8, 0, 3)."
            ),
        ),
        (
            "8x8",
            (
                "input_shapes must be a shape, a list of shapes or a dict of shapes by input name, "
                "with positive integers or None as sizes; received '8x8'."
            ),
        ),
    ],
)
def test_what_does_not_fit_is_refused(shapes, message):
    """The message says what the model declares."""
    with pytest.raises(ArgumentError) as caught:
        fill_inputs(["image"], [IMAGE], shapes)
    assert str(caught.value) == message


A, B = Reference("a"), Reference("b")
X, Y = Reference("x"), Reference("y")


@pytest.mark.parametrize(
    ("inputs", "arguments"),
    [
        ([A, B], ([X, Y],)),
        ([A, B], (X, Y)),
        ({"first": A, "second": B}, ({"second": Y, "first": X},)),
        ([A, B], ({"b": Y, "a": X},)),
        ({"first": A, "second": [B]}, ({"second": [Y], "first": X},)),
    ],
)
def test_a_call_is_matched_to_the_inputs(inputs, arguments):
    """By place in lists, by key in dicts, by name if a dict is passed for a list."""
    assert match_inputs(inputs, arguments, where="m") == [X, Y]


def test_what_a_call_leaves_out_is_none():
    """An optional input may be passed None."""
    assert match_inputs([A, B], ([X, None],), where="m") == [X, None]


def test_too_few_tensors_are_refused():
    """The message counts both."""
    with pytest.raises(SourceError) as caught:
        match_inputs([A, B], ([X],), where="m")
    assert str(caught.value) == "model 'm': it must be called on its 2 inputs; received 1 tensors."
