"""Pictures of what is seldom tried: one image, thin images, names of every kind, no numbers."""

from __future__ import annotations

import architectures
import numpy as np
import pytest
from display_samples import StubModel
from matplotlib.text import Text

from kerasbook.displays import (
    ActivationDisplay,
    ArchitectureDisplay,
    BatchDisplay,
    BatchNormDisplay,
    ClassMosaicDisplay,
    ConfusionDisplay,
    ConvolutionStepDisplay,
    DropoutDisplay,
    EdgeFilterDisplay,
    FeatureMapDisplay,
    FilterDisplay,
    FitDisplay,
    FlattenDisplay,
    HistoryDisplay,
    ImageGridDisplay,
    PredictionGridDisplay,
    SaliencyDisplay,
    SweepDisplay,
)
from kerasbook.errors import ArgumentError

RNG = np.random.default_rng(0)
LONG = "n02093256 Staffordshire bullterrier, Staffordshire bull terrier " * 4
NAMES = (LONG, "", "a\nb\tc\x00", "W" * 80)
# How many images, of which height, width and channels.
SHAPES = {
    "one image": (1, 8, 8, 3),
    "grey": (5, 8, 8, 1),
    "pixels": (3, 1, 1, 3),
    "tall": (3, 300, 2, 3),
    "wide": (3, 2, 300, 3),
    "large": (2, 900, 1200, 3),
}


def probabilities(samples, classes):
    """Rows that sum to 1."""
    powers = RNG.random((samples, classes)) + 0.01
    return powers / powers.sum(axis=1, keepdims=True)


def of_images(name):
    """Each display of images, of images of some shape."""
    images = RNG.random(SHAPES[name])
    count, last = len(images), {"data_format": "channels_last"}
    labels, picture = np.arange(count) % 2, images[0] if images.shape[-1] > 1 else images[0, ..., 0]
    grey, size = images[0, ..., 0], images.shape[1:3]
    yield PredictionGridDisplay.from_predictions(
        images, labels, probabilities(count, 4), class_names=NAMES, **last
    )
    yield ImageGridDisplay.from_arrays(images, labels, class_names=NAMES, **last)
    yield ClassMosaicDisplay.from_arrays(images, labels, class_names=NAMES, **last)
    yield FlattenDisplay.from_image(images[0], **last)
    yield SaliencyDisplay(
        picture, np.ones((2, 2)), "grad_cam", name=LONG.strip(), score=0.5, is_probability=True,
        image_size=size, layer_name="base/" + "W" * 80,
    )  # fmt: skip
    yield FeatureMapDisplay(
        picture, names=("W" * 80, "top"), maps=(np.stack([grey] * 8), RNG.random((1, 1, 10))),
        sizes=((*size, 8), (1, 1, 10)), image_size=size, model_name="W" * 80,
    )  # fmt: skip
    if name != "pixels":
        yield EdgeFilterDisplay.from_image(images[0])


def of_classes():
    """Displays of one class, of many, of those that no sample has."""
    for count in (1, 2, 19, 60):
        labels = np.arange(60) % count
        names = [f"{number} {LONG}" for number in range(count)]
        yield ConfusionDisplay.from_predictions(
            labels, (labels + np.arange(60) % 3) % count, class_names=names, normalize="true"
        )
    yield ConfusionDisplay.from_predictions([0, 1, 2], [1, 2, 0], class_names=NAMES)
    model = StubModel(lambda x: probabilities(len(x), 4))
    yield FitDisplay.from_model(
        model, RNG.random((5, 2)), [0, 1, 2, 3, 0], new=[(1, 1)], class_names=NAMES
    )
    yield FitDisplay.from_model(model, [[0.5, 0.5]], [0], class_names=NAMES)
    yield FitDisplay.from_model(StubModel(lambda x: 0 * x), [1.0], [2.0], new=[1e30])


def of_trainings():
    """Displays of trainings that diverge, that are over at once, and of sweeps without a result."""
    yield HistoryDisplay.from_history({"W" * 60: [1, 2], "loss": [np.nan, 1], "a\nb": [1e30, -1]})
    yield HistoryDisplay.from_history({"loss": [np.inf, np.inf]})
    yield HistoryDisplay.from_history({"loss": RNG.random(50_000)})
    yield BatchDisplay.from_sizes(1, batch_size=1)
    yield BatchDisplay.from_sizes(10**12, batch_size=7, epochs=10**6)
    yield SweepDisplay(np.array([np.nan]), np.array([np.nan]), ("failed",), "W" * 60, best=None)
    states, unknown = ("complete", "complete"), np.array([np.nan, 5])
    yield SweepDisplay(unknown, np.array([0.5, np.inf]), states, "val_loss", best=0)


def of_layers():
    """Displays of layers of one weight, of hundreds of taps, with names of every kind."""
    x = np.linspace(-4, 4, 65)
    yield ActivationDisplay(("W" * 80, "relu"), x, np.stack([x] * 2), np.ones((2, 64)))
    yield ActivationDisplay(tuple("abcdefghij" * 3), x, np.stack([x] * 30), np.ones((30, 64)))
    for shape in ((16, 8, 1, 200), (16, 8, 200, 1), (1, 1, 1, 1)):
        yield FilterDisplay(RNG.normal(size=shape), "W" * 80, *shape[:2])
    for shape in ((1, 1), (32, 1), (1, 32)):
        yield ConvolutionStepDisplay.from_image(1e6 * RNG.random(shape), "sobel_x")
    yield BatchNormDisplay(
        np.ones((1, 4)), np.zeros((1, 4)), np.zeros((1, 4)), samples=1, channels=4, trained=1,
        kept=1, momentum=0.9, layer_name="W" * 80,
    )  # fmt: skip
    yield DropoutDisplay(np.ones(24), np.zeros((5, 24)), 0.9999)
    model = architectures.chain(
        "W" * 120,
        architectures.entry("x\ny", 1),
        ("Dense", {"units": 3, "name": "W" * 120}),
        ("Dense", {"units": 10**9, "name": " "}),
    )
    for kind in ("volumes", "graph", "neurons"):
        yield ArchitectureDisplay.from_model(model, kind=kind)


def assert_sound(display, monkeypatch):
    """All text lies within a picture of a sensible size; the alt text is plain words."""
    texts, draw = [], Text.draw
    figure = display.plot().figure_
    with monkeypatch.context() as patch:
        patch.setattr(Text, "draw", lambda text, *a, **k: texts.append(text) or draw(text, *a, **k))
        figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    assert 1 < width < 31, display
    assert 0.5 < height < 31, display
    for text in texts:
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent()
            assert min(box.x0, box.y0) >= -1, (display, text)
            assert box.x1 <= figure.bbox.x1 + 1, (display, text)
            assert box.y1 <= figure.bbox.y1 + 1, (display, text)
    assert display.alt_text == " ".join(display.alt_text.split())
    assert not {"nan", "inf"} & set(display.alt_text.replace(".", " ").split())


@pytest.mark.parametrize("shape", SHAPES)
def test_images_of_every_shape(shape, monkeypatch):
    """One image and several, of one channel, of one pixel, thin ones and large ones."""
    for display in of_images(shape):
        assert_sound(display, monkeypatch)


@pytest.mark.parametrize("make", [of_classes, of_trainings, of_layers])
def test_names_and_numbers_of_every_kind(make, monkeypatch):
    """Names that are long, empty or of several lines; numbers that are none."""
    for display in make():
        assert_sound(display, monkeypatch)


def test_a_model_that_puts_out_no_numbers_has_no_fit():
    """NaN is refused: a line through it would be made up."""
    with pytest.raises(ArgumentError) as caught:
        FitDisplay.from_model(StubModel(lambda x: x * np.nan), [1.0, 2.0], [2.0, 2.0])
    assert str(caught.value) == (
        "model must hold finite numbers; received model=<float32 array of shape (203, 1)>. "
        "203 of its 203 numbers are NaN or infinite."
    )
