"""Dropout as Keras does it: nothing in prediction, other units in each step of training."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle

from kerasbook.displays import DropoutDisplay
from kerasbook.errors import ArgumentError

pytestmark = pytest.mark.keras


def test_the_values_are_keras_s_own():
    """A layer of the same seed, called as often, drops the same units."""
    display = DropoutDisplay.from_rate(0.25, units=12, steps=3, seed=7)
    layer = layers.Dropout(0.25, seed=7)
    ones = np.ones((1, 12), "float32")
    assert np.array_equal(display.prediction, np.ones(12))
    for values in display.training:
        expected = keras.ops.convert_to_numpy(layer(ones, training=True))[0]
        assert np.array_equal(values, expected)


def test_about_a_quarter_is_dropped_and_the_sum_stays():
    """Over many units and steps 25 % are 0, and the mean of all is still 1."""
    steps = [DropoutDisplay.from_rate(0.25, units=24, steps=5, seed=s).training for s in range(40)]
    values = np.concatenate(steps)
    assert set(np.unique(values.round(4))) == {0, np.float32(1.3333)}
    spread = np.sqrt(0.25 * 0.75 / values.size)
    assert (values == 0).mean() == pytest.approx(0.25, abs=4 * spread)
    assert values.mean() == pytest.approx(1, abs=4 * spread / 0.75)


def test_other_units_are_dropped_in_each_step():
    """What is left differs from step to step."""
    training = DropoutDisplay.from_rate(0.5, units=24, steps=5, seed=0).training
    assert len({tuple(values) for values in training}) == 5


def test_the_user_s_layer_is_not_called():
    """A copy is asked, so that the model's own random numbers go on as before."""
    layer = layers.Dropout(0.3, seed=1)
    state = keras.ops.convert_to_numpy(layer.seed_generator.state)
    display = DropoutDisplay.from_layer(layer, units=6, steps=4)
    assert np.array_equal(keras.ops.convert_to_numpy(layer.seed_generator.state), state)
    assert display.rate == 0.3
    assert display.training.shape == (4, 6)


def drawn():
    """Units 2 and 3 of four are dropped in the only step."""
    kept = np.array([4 / 3, 0, 0, 4 / 3], "float32")
    return DropoutDisplay(np.ones(4, "float32"), kept[None], 0.25)


def test_dropped_units_are_crossed_out_and_without_connections():
    """A dashed, crossed circle, and no line to the layers beside it."""
    prediction, training = drawn().plot().ax_
    assert prediction.get_title("left") == "prediction:\nall units"
    assert training.get_title("left") == "training, step 1:\n2 of 4 are 0"
    for ax, kept in ((prediction, [0, 1, 2, 3]), (training, [0, 3])):
        circles = [patch for patch in ax.patches if isinstance(patch, Circle)]
        middle = [circle for circle in circles if circle.center[0] == 2.3]
        assert len(circles) == 4 + 4 + 3
        assert [c.get_linestyle() for c in middle] == ["-" if i in kept else "--" for i in range(4)]
        (lines,) = (c for c in ax.collections if isinstance(c, LineCollection))
        segments = lines.get_segments()
        assert len(segments) == len(kept) * (4 + 3)
        assert {tuple(end) for _, end in segments} == {middle[i].center for i in kept}
    assert [text.get_text() for text in training.texts] == ["1.33", "×", "×", "1.33"]
    assert [text.get_text() for text in prediction.texts] == ["1"] * 4


def test_alt_text_names_the_units():
    """The units are counted from 1, and the factor of the others is said."""
    assert drawn().title == "Dropout of 25 %: 4 units, 1 step"
    assert drawn().alt_text == (
        "A layer of 4 units between two others, under dropout of 25 %. In prediction all count "
        "as they are. Step 1 of training: units 2 and 3 are 0, the others count 1.33 times."
    )
    nothing = DropoutDisplay.from_rate(0, units=3, steps=1)
    assert nothing.alt_text.endswith("Step 1 of training: none is 0, all count as they are.")
    everything = DropoutDisplay(np.ones(2), np.zeros((1, 2)), 0.5)
    assert everything.alt_text.endswith("Step 1 of training: all are 0.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rate": 1}, "rate must be a number of at least 0 and below 1; received rate=1."),
        (
            {"rate": 0.5, "units": 25},
            "units must be an integer from 1 to 24; received units=25.",
        ),
        ({"rate": 0.5, "steps": 0}, "steps must be an integer from 1 to 5; received steps=0."),
        (
            {"rate": 0.5, "seed": -1},
            "seed must be an integer of at least 0; received seed=-1.",
        ),
    ],
)
def test_numbers_out_of_bounds_are_refused(arguments, message):
    """A rate is a share, and only so many units and steps can be drawn."""
    with pytest.raises(ArgumentError) as caught:
        DropoutDisplay.from_rate(**arguments)
    assert str(caught.value) == message


def test_another_layer_is_refused():
    """Noise is no dropout."""
    with pytest.raises(ArgumentError) as caught:
        DropoutDisplay.from_layer(layers.GaussianNoise(0.5, name="noise"))
    assert str(caught.value) == "layer must be a Dropout; received layer='noise', a GaussianNoise."
