"""Diagrams of models that Keras made: the article's, ResNet50, and what only memory holds."""

from __future__ import annotations

import time

import numpy as np
import pytest
from diagram_checks import assert_tidy, drawn, labels, words
from display_samples import refused

import kerasbook as kb
from kerasbook.displays import ArchitectureDisplay

pytestmark = pytest.mark.keras
keras = pytest.importorskip("keras")
layers = keras.layers


@pytest.fixture(scope="module")
def resnet50():
    """ResNet50 and its text, read once."""
    model = keras.applications.ResNet50(weights=None)
    return model, model.to_json()


def tiny(*, use_bias=True):
    """Two inputs, three hidden units, one output, with weights of both signs."""
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(3, use_bias=use_bias), layers.Dense(1)], name="tiny"
    )
    kernel = np.array([[1.0, -2.0, 0.0], [0.5, 4.0, -1.0]], "float32")
    weights = [kernel, np.array([0.25, -0.5, 0.0], "float32")]
    head = [np.array([[3.0], [-1.0], [2.0]], "float32"), np.array([-4.0], "float32")]
    model.set_weights([*(weights if use_bias else weights[:1]), *head])
    return model


# ------------------------------------------------------------------------------- the article


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (kb.linear_regressor, "neurons"),
        (kb.fnn_classifier, "neurons"),
        (kb.fnn_classifier, "volumes"),
        (kb.fnn_classifier, "graph"),
        (kb.cnn_classifier, "volumes"),
        (kb.cnn_classifier, "graph"),
    ],
)
def test_models_of_the_article_show_what_keras_counts(make, kind, theme):
    """Each layer's parameters as Keras counts them, on a page."""
    model = make()
    display = drawn(model, kind=kind, theme=theme)
    assert_tidy(display)
    said = words(display)
    for layer in model.layers:
        if layer.count_params():
            assert f"{layer.count_params():,}" in said, layer.name
    assert f"{model.count_params():,} parameters" in display.title


def test_a_file_is_drawn_as_the_model_is(tmp_path):
    """Saved and read without Keras, it is the same picture."""
    model = kb.cnn_classifier()
    model.save(tmp_path / "model.keras")
    for kind in ("volumes", "graph"):
        one = ArchitectureDisplay.from_model(model, kind=kind)
        two = ArchitectureDisplay.from_model(tmp_path / "model.keras", kind=kind)
        assert one.alt_text == two.alt_text
        assert one._rendered("svg") == two._rendered("svg")


# --------------------------------------------------------------------------------- ResNet50


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["volumes", "graph"])
def test_resnet50_fits_a_page(resnet50, kind, theme):
    """All of it, nothing left out: its equal blocks once, each with Keras's parameters."""
    model, text = resnet50
    start = time.process_time()
    display = drawn(text, kind=kind, theme=theme)
    assert time.process_time() - start < 10
    assert_tidy(display)
    said = words(display)
    assert "⋮" not in said
    assert display.layers == len(model.layers)
    for stage, count, last in ((2, 2, 3), (3, 3, 4), (4, 5, 6), (5, 2, 3)):
        names = [f"conv{stage}_block{block}_" for block in range(2, last + 1)]
        params = sum(
            layer.count_params() for layer in model.layers if layer.name.startswith(tuple(names))
        )
        assert f"×{count}: conv{stage}_block2 … conv{stage}_block{last}" in said
        assert f"{params:,} parameters in all" in said
        first = sum(
            layer.count_params()
            for layer in model.layers
            if layer.name.startswith(f"conv{stage}_block1_")
        )
        shortcut = sum(
            layer.count_params()
            for layer in model.layers
            if layer.name.startswith(f"conv{stage}_block1_0_")
        )
        assert f"{first - shortcut:,} params" in said
    assert said.count("Add") == 8


def test_resnet50_is_told_in_bounds(resnet50):
    """The alt text names the ends and the numbers, in less than a page of text."""
    told = ArchitectureDisplay.from_model(resnet50[1], kind="graph").alt_text
    assert told.startswith("The graph of 'resnet50': 177 layers, 25,636,712 parameters.")
    assert told.endswith("Dense softmax: 1,000, 2,049,000 parameters.")
    assert "2 times, 8,943,616 parameters in all: [" in told
    assert len(told) < 3000


# ---------------------------------------------------------------------------------- weights


def test_lines_are_the_weights():
    """Width goes with the size of a weight, the line style with its sign, and so does colour."""
    model = tiny()
    display = drawn(model, kind="neurons", weights="shown")
    expected = []
    for layer in model.layers:
        kernel, bias = layer.get_weights()
        for unit in range(kernel.shape[1]):
            expected += [*kernel[:, unit], bias[unit]]
    lines = display.ax_.lines
    assert len(lines) == len(expected)
    widest = max(line.get_linewidth() for line in lines)
    thinnest = min(line.get_linewidth() for line in lines)
    for line, weight in zip(lines, expected, strict=True):
        share = (line.get_linewidth() - thinnest) / (widest - thinnest)
        assert share == pytest.approx(abs(weight) / 4)
        assert line.get_linestyle() == ("--" if weight < 0 else "-")
        red, _, blue = line.get_color()
        if abs(weight) > 1:
            assert (red > blue) == (weight < 0)  # orange below 0, purple above
    assert "strongest drawn is 4 from 0" in words(display)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_weight_is_lost_on_the_background(theme):
    """The stronger a weight, the further its colour from the background, in both themes."""
    display = drawn(tiny(), kind="neurons", weights="shown", theme=theme)
    background = np.array([1.0, 1.0, 1.0] if theme == "light" else [0x14, 0x18, 0x1D]) / (
        1 if theme == "light" else 255
    )
    for sign in ("-", "--"):
        lines = [line for line in display.ax_.lines if line.get_linestyle() == sign]
        lines.sort(key=lambda line: line.get_linewidth())
        far = [np.abs(np.array(line.get_color()) - background).sum() for line in lines]
        assert far == sorted(far)
        assert far[-1] > 0.6


def test_few_weights_are_written_out():
    """The line's two parameters stand on their lines."""
    model = kb.linear_regressor()
    model.set_weights([np.array([[1.9973876]]), np.array([-0.99190086])])
    said = labels(drawn(model, kind="neurons", weights="shown"))
    assert "1.997" in said
    assert "−0.9919" in said


def test_only_the_weights_that_are_drawn_are_held():
    """Of a layer of 614,400 weights 64 are kept."""
    model = kb.fnn_classifier()
    display = ArchitectureDisplay.from_model(model, kind="neurons", weights="shown")
    first = display.weights[0]
    kernel = model.get_layer("dense_1").get_weights()[0]
    ends = [0, 1, 2, 3, -4, -3, -2, -1]
    assert np.array_equal(first.kernel, kernel[ends][:, ends])
    assert first.bias.shape == (8,)


def test_weights_of_models_inside():
    """Dense layers inside a model inside give their weights in order."""
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(4)], name="inner")
    model = keras.Sequential([keras.Input((3,)), inner, layers.Dense(2, use_bias=False)])
    display = ArchitectureDisplay.from_model(model, kind="neurons", weights="shown")
    held = [layer.get_weights()[0] for layer in (inner.layers[0], model.layers[-1])]
    assert all(np.array_equal(w.kernel, k) for w, k in zip(display.weights, held, strict=True))
    assert display.weights[1].bias is None
    assert_tidy(display.plot())


def test_a_layer_that_is_called_twice_has_its_weights_twice():
    """Both calls show the weights of the one layer."""
    x = keras.Input((4,))
    twice = layers.Dense(4, name="twice")
    model = keras.Model(x, layers.Dense(1, name="top")(twice(twice(x))))
    display = ArchitectureDisplay.from_model(model, kind="neurons", weights="shown")
    first, second, _ = display.weights
    assert np.array_equal(first.kernel, twice.get_weights()[0])
    assert np.array_equal(first.kernel, second.kernel)


def test_a_model_without_weights_yet_has_none_to_show():
    """It can be drawn, with question marks; its weights are refused with what to do."""
    model = keras.Sequential([layers.Dense(4), layers.Dense(2)])
    said = words(drawn(model, kind="neurons"))
    assert "? units" in said
    assert "? params" in said
    message = (
        "weights must be 'hidden' for a model without weights yet; received weights='shown'. "
        "Call it on a batch, or give it a keras.Input."
    )
    with refused(message):
        ArchitectureDisplay.from_model(model, kind="neurons", weights="shown")


# --------------------------------------------------------------------------- what is not known


class Subclassed(keras.Model):
    """A model whose calls nobody records."""

    def __init__(self):
        super().__init__(name="subclassed")
        self.first = layers.Dense(8, name="first")
        self.second = layers.Dense(2, name="second")

    def call(self, inputs):
        """One after the other."""
        return self.second(self.first(inputs))


@pytest.mark.parametrize("kind", ["volumes", "graph"])
def test_a_subclassed_model_shows_its_layers_without_arrows(kind):
    """Its parameters are exact; how they are connected is said to be unknown."""
    model = Subclassed()
    model(np.zeros((1, 4), "float32"))
    display = drawn(model, kind=kind)
    said = words(display)
    assert not display.ax_.lines
    assert "40 param" in said
    assert "18 param" in said
    assert "How the layers are connected is not recorded" in said
    assert "How they are connected is not recorded." in display.alt_text
    assert_tidy(display)
