from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook.drawing.arrays import as_array, evenly_spaced, generator
from kerasbook.errors import ArgumentError


@given(length=st.integers(1, 500), most=st.integers(1, 100))
def test_evenly_spaced_indices(length, most):
    """They rise from the first to the last, and are as many as asked for or as there are."""
    indices = evenly_spaced(length, most)
    assert len(indices) == min(length, most)
    assert indices[0] == 0
    assert np.all(np.diff(indices) > 0)
    assert indices[-1] == (length - 1 if most > 1 else 0)


@pytest.mark.parametrize(
    "value",
    ["cat", ["cat"], [[1, 2], [3]], object(), [None], {"a": 1}, np.array(["2020"], "M8[Y]")],
)
def test_what_is_no_array_of_numbers(value):
    """It is refused by the argument's name, whatever NumPy makes of it."""
    with pytest.raises(ArgumentError, match=r"^x must be an array of numbers; received x="):
        as_array("x", value)


@pytest.mark.parametrize("rng", [-1, True, 1.0, "0"])
def test_what_is_no_generator(rng):
    """Only seeds and generators decide a choice."""
    message = f"rng must be a seed of at least 0, a numpy Generator or None; received rng={rng!r}."
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$"):
        generator(rng)


def test_a_generator_goes_on():
    """A generator that is given is used, not copied: the next choice is another."""
    rng = np.random.default_rng(0)
    assert generator(rng) is rng


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int32"])
def test_tensors_of_the_backend(dtype):
    """A backend's tensor is read like NumPy's array, half precision and gradients included."""
    import keras  # noqa: PLC0415  only this test needs it

    tensor = keras.ops.convert_to_tensor([1, 2, 3], dtype=dtype)
    assert as_array("x", tensor).tolist() == [1, 2, 3]
    variable = keras.Variable([1.0, 2.0])  # a parameter, which torch tracks
    assert as_array("x", variable).tolist() == [1, 2]


@pytest.mark.parametrize("mode", ["P", "CMYK", "HSV"])
def test_a_picture_whose_numbers_are_no_brightness(mode):
    """A palette's numbers would be drawn as grey."""
    picture = pytest.importorskip("PIL.Image").new(mode, (4, 5))
    with pytest.raises(ArgumentError) as caught:
        as_array("image", picture)
    assert str(caught.value) == (
        f"image must be grey or of red, green and blue; received image='a picture of mode {mode}'. "
        f"Use image.convert('RGB')."
    )
    assert as_array("image", picture.convert("RGB")).shape == (5, 4, 3)
