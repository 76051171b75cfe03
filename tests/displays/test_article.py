"""Each figure of the article, in at most three lines."""

from __future__ import annotations

import ast
import re
from functools import cache

import numpy as np
import pytest

import kerasbook as kb
from kerasbook.drawing.base import Display

pytestmark = [pytest.mark.keras, pytest.mark.data]

# What a reader has at hand: the two libraries, data, and networks of their own.
NAMES = "kb, keras, photos, photo, line, regressor, fnn, cnn"

# figure → its lines, of which the last is the figure, and what it must say in words.
FIGURES = {
    "B5, the line": (
        "kb.FitDisplay.from_model(regressor, line.x_train, line.y_train, new=5).plot()",
        ("6 points, x from −1 to 4 and y from −3 to 7, .* line y = 2·x − 1 .*x = 5 gives 9"),
    ),
    "C1, ten of each class": (
        (
            "kb.ClassMosaicDisplay.from_arrays(\n"
            "    photos.x_test, photos.y_test, class_names=photos.class_names\n"
            ").plot()"
        ),
        "10 images of each of 10 classes",
    ),
    "C1, the first ten": (
        (
            "x, y, names = photos.x_train, photos.y_train, photos.class_names\n"
            "kb.ImageGridDisplay.from_arrays(x, y, class_names=names).plot()"
        ),
        "The first 10 of 8,000 images of 32 × 32 pixels",
    ),
    "C3, flattening": (
        "kb.FlattenDisplay.from_image(photos.x_train[0]).plot()",
        "32 · 32 · 3 = 3,072 numbers",
    ),
    "C5, activations": (
        (
            "names = ('relu', 'leaky_relu', 'sigmoid', 'softmax')\n"
            "kb.ActivationDisplay.from_names(names).plot()"
        ),
        "relu goes from 0 to 4.*leaky_relu goes.*sigmoid goes.*softmax of",
    ),
    "C9, batches": (
        "kb.BatchDisplay.from_sizes(24, batch_size=6, epochs=20).plot()",
        "4 batches of 6.*4 × 20 epochs = 80 updates",
    ),
    "C9, a last batch of 16": (
        "kb.BatchDisplay.from_sizes(50_000, batch_size=32, epochs=10).plot()",
        "1,563 batches of 32.*only 16 samples",
    ),
    "C13, predictions of the FNN": (
        (
            "x, y, names = photos.x_test, photos.y_test, photos.class_names\n"
            "kb.PredictionGridDisplay.from_model(fnn, x, y, class_names=names).plot()"
        ),
        r"Grid of 10 images .* of 10 right here; .* on all 2,000; \d.* would be usual",
    ),
    "D3, one step": (
        (
            "image = [[0.6, 0.4, 0.6], [0.1, -0.2, -0.3], [-0.5, -0.4, -0.3]]\n"
            "kb.ConvolutionStepDisplay.from_image(image, 'horizontal', padding='valid').plot()"
        ),
        "The sum of the products is 2.8",
    ),
    "D4, edges of a cup": (
        "kb.EdgeFilterDisplay.from_image(photo).plot()",
        "400×600 pixels.*horizontal .*rows 1 1 1; 0 0 0; −1 −1 −1.*vertical .*1 0 −1; 1 0 −1",
    ),
    "D5, a first layer of two filters": (
        (
            "edges = kb.filters.edge_filter_layer(('horizontal', 'vertical'), channels=1)\n"
            "model = keras.Sequential([keras.Input((64, 64, 1)), edges])\n"
            "kb.FeatureMapDisplay.from_model(model, photo[:64, :64, :1] / 255).plot()"
        ),
        "image of 64×64.*64×64, 2 channels",
    ),
    "D5, its shapes": (
        (
            "layers = [keras.Input((64, 64, 1)), keras.layers.Conv2D(2, 3, padding='same')]\n"
            "kb.ArchitectureDisplay.from_model(keras.Sequential(layers)).plot()"
        ),
        "Input: 64×64×1. Conv2D 3×3, stride 1, same: 64×64×2, 20 parameters",
    ),
    "D6, padding": (
        (
            "image = [[1, 2, 3, 4, 5]] * 5\n"
            "kb.ConvolutionStepDisplay.from_image(image, 'vertical').plot()"
        ),
        "padded with zeros to 7×7: 1 on each side.*Output: 5×5",
    ),
    "D6, stride": (
        (
            "image = [[1, 2, 3, 4, 5, 6]] * 6\n"
            "kb.ConvolutionStepDisplay.from_image(image, 'vertical', strides=2).plot()"
        ),
        "0 above, 1 below, 0 left and 1 right.*stride 2. Output: 3×3",
    ),
    "D9, batch normalisation": (
        "kb.BatchNormDisplay.from_model(cnn, photos.x_train).plot()",
        "32 samples in conv_1_norm: 32 channels, 64 parameters trained and 64 kept aside",
    ),
    "D10, dropout": (
        "kb.DropoutDisplay.from_rate(0.25).plot()",
        "dropout of 25 %",
    ),
    "D11, the network": (
        "kb.ArchitectureDisplay.from_model(cnn).plot()",
        "592,554 parameters.*Flatten: 4,096.*Dense softmax: 10, 1,290 parameters",
    ),
    "D13, predictions of the CNN": (
        (
            "x, y, names = photos.x_test, photos.y_test, photos.class_names\n"
            "kb.PredictionGridDisplay.from_model(cnn, x, y, class_names=names).plot()"
        ),
        r"Grid of 10 images .* of 10 right here; .* on all 2,000; \d.* would be usual",
    ),
}


@cache
def given():
    """The names, and what they stand for; the line's weights are those that training finds."""
    import keras  # noqa: PLC0415  the tests that need none run where there is none
    from skimage.data import coffee  # noqa: PLC0415  likewise

    regressor = kb.linear_regressor(seed=0)
    regressor.set_weights([np.array([[2.0]]), np.array([-1.0])])
    values = (
        kb, keras, kb.datasets.photos(labels="integer"), coffee(), kb.datasets.line(), regressor,
        kb.fnn_classifier(seed=0), kb.cnn_classifier(seed=0),
    )  # fmt: skip
    return dict(zip(NAMES.split(", "), values, strict=True))


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_takes_at_most_three_lines(figure, tmp_path):
    """The lines run, draw, and say in words what the article's figure shows."""
    code, words = FIGURES[figure]
    assert len(code.splitlines()) <= 3
    assert max(map(len, code.splitlines())) <= 100
    *before, last = ast.parse(code).body
    names = dict(given())
    exec(compile(ast.Module(before, []), figure, "exec"), names)  # noqa: S102  the lines above
    display = eval(compile(ast.Expression(last.value), figure, "eval"), names)  # noqa: S307  likewise
    assert isinstance(display, Display)
    assert re.search(words, display.alt_text), display.alt_text
    assert display.save(tmp_path / "figure.svg").stat().st_size > 1000


def test_each_figure_of_the_article_is_there():
    """None of the list is missing."""
    asked = ["B5", "C1", "C3", "C5", "C9", "C13", "D3", "D4", "D5", "D6", "D9", "D10", "D11", "D13"]
    assert sorted({name.partition(",")[0] for name in FIGURES}) == sorted(asked)
