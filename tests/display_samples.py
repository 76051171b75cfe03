"""One small display of each kind, made without Keras: what the tests of the shared promises draw.

A new display adds its line to `SAMPLES`; the tests in `displays/test_promises.py` then hold it to
what every display promises.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import architectures
import numpy as np
import pytest

from kerasbook.displays.activation import ActivationDisplay
from kerasbook.displays.architecture import ArchitectureDisplay
from kerasbook.displays.batch_norm import BatchNormDisplay
from kerasbook.displays.batches import BatchDisplay
from kerasbook.displays.confusion import ConfusionDisplay
from kerasbook.displays.convolution_step import ConvolutionStepDisplay
from kerasbook.displays.dropout import DropoutDisplay
from kerasbook.displays.edge_filter import EdgeFilterDisplay
from kerasbook.displays.feature_maps import FeatureMapDisplay
from kerasbook.displays.filters import FilterDisplay
from kerasbook.displays.fit import FitDisplay
from kerasbook.displays.flatten import FlattenDisplay
from kerasbook.displays.history import HistoryDisplay
from kerasbook.displays.images import ImageGridDisplay
from kerasbook.displays.mosaic import ClassMosaicDisplay
from kerasbook.displays.predictions import PredictionGridDisplay
from kerasbook.displays.saliency import SaliencyDisplay
from kerasbook.displays.sweep import SweepDisplay
from kerasbook.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("airplane", "a class with quite a long name", "$5 and $10", "frog_and_toad")


class StubModel:
    """A model with one function in place of layers, for what only needs predictions."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self.batch_sizes: list[int] = []

    def predict(self, inputs: Any, batch_size: int, verbose: int) -> Any:
        """The function's value, as Keras gives it: float32."""
        assert verbose == 0
        self.batch_sizes.append(batch_size)
        return np.asarray(self._function(inputs), dtype="float32")


def refused(message: str) -> Any:
    """The context in which an argument is refused with just this message."""
    return pytest.raises(ArgumentError, match=f"^{re.escape(message)}$")


def images(count: int, *, size: int = 8) -> np.ndarray:
    """Colour images within 0..1, each different."""
    return np.random.default_rng(0).random((count, size, size, 3))


def scores(count: int, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and probabilities that are right for about two thirds of them."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    logits = rng.normal(size=(count, classes))
    logits[np.arange(count), labels] += 2
    powers = np.exp(logits)
    return labels, powers / powers.sum(axis=1, keepdims=True)


def _line() -> FitDisplay:
    model = StubModel(lambda x: 2 * x - 1)
    return FitDisplay.from_model(model, [-1, 0, 1, 2, 3, 4], [-3, -1, 1, 3, 5, 7], new=5)


def _regions() -> FitDisplay:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    y = (x.sum(axis=1) > 0).astype(int)
    model = StubModel(lambda x: 1 / (1 + np.exp(-3 * x.sum(axis=1, keepdims=True))))
    return FitDisplay.from_model(model, x, y, new=[(1, 1), (-1, -1)], class_names=NAMES[1:3])


def _history() -> HistoryDisplay:
    epochs = np.arange(12)
    return HistoryDisplay.from_history(
        {
            "accuracy": 1 - 0.7 * np.exp(-epochs / 4),
            "loss": 2 * np.exp(-epochs / 4),
            "val_accuracy": 0.7 - 0.4 * np.exp(-epochs / 2),
            "val_loss": 1.5 * np.exp(-epochs / 2) + 0.05 * epochs + 0.5,
        }
    )


def _predictions() -> PredictionGridDisplay:
    labels, probabilities = scores(40)
    return PredictionGridDisplay.from_predictions(
        images(40), labels, probabilities, class_names=NAMES, rng=0
    )


def _confusion() -> ConfusionDisplay:
    labels, probabilities = scores(200)
    return ConfusionDisplay.from_predictions(labels, probabilities, class_names=NAMES)


def _mosaic() -> ClassMosaicDisplay:
    return ClassMosaicDisplay.from_arrays(images(40), scores(40)[0], class_names=NAMES)


def _activation() -> ActivationDisplay:
    x = np.linspace(-4, 4, 513)
    values = np.stack([np.maximum(x, 0), np.tanh(x)])
    return ActivationDisplay(("relu", "tanh"), x, values, np.diff(values, axis=1) / (x[1] - x[0]))


def _feature_maps() -> FeatureMapDisplay:
    rng = np.random.default_rng(0)
    return FeatureMapDisplay(
        images(1)[0],
        names=("conv_1", "$a layer with a long name$", "probabilities"),
        maps=(rng.normal(size=(3, 8, 8)), rng.random((8, 4, 4)), rng.random((1, 1, 10))),
        sizes=((8, 8, 3), (4, 4, 20), (1, 1, 10)),
        image_size=(8, 8),
        model_name="model",
    )


def _batch_norm() -> BatchNormDisplay:
    values = np.random.default_rng(0).normal((0.5, 3, -2), (0.1, 1, 2), (500, 3))
    normal = (values - values.mean(axis=0)) / values.std(axis=0)
    return BatchNormDisplay(
        values,
        training=normal,
        prediction=0.9 * normal + 0.1,
        samples=20,
        channels=3,
        trained=6,
        kept=6,
        momentum=0.99,
        layer_name="conv_1_norm",
    )


SAMPLES: dict[str, Callable[[], Any]] = {
    "line": _line,
    "regions": _regions,
    "history": _history,
    "predictions": _predictions,
    "confusion": _confusion,
    "mosaic": _mosaic,
    "activation": _activation,
    "convolution step": lambda: ConvolutionStepDisplay.from_image(
        images(1)[0, ..., 0], "sobel_x", row=3, column=3, strides=2
    ),
    "edge filter": lambda: EdgeFilterDisplay.from_image(images(1, size=24)[0]),
    "filters": lambda: FilterDisplay(
        np.linspace(-1, 1, 54).reshape(2, 3, 3, 3), "conv_1", filters=20, channels=3
    ),
    "feature maps": _feature_maps,
    "images": lambda: ImageGridDisplay.from_arrays(images(40), scores(40)[0], class_names=NAMES),
    "flatten": lambda: FlattenDisplay.from_image(images(1)[0]),
    "batch norm": _batch_norm,
    "dropout": lambda: DropoutDisplay(
        np.ones(8), np.array([[4 / 3, 4 / 3, 0, 4 / 3, 0, 4 / 3, 4 / 3, 4 / 3]]), 0.25
    ),
    "saliency": lambda: SaliencyDisplay(
        images(1)[0],
        np.linspace(-0.2, 0.4, 64).reshape(8, 8),
        "occlusion",
        name="$5 and $10",
        score=0.731,
        is_probability=True,
        image_size=(8, 8),
    ),
    "sweep": lambda: SweepDisplay(
        np.array([120, 450, 90_000, np.nan]),
        np.array([0.7, 0.9, 0.31, np.nan]),
        ("complete", "pruned", "complete", "failed"),
        "val_loss",
        best=2,
    ),
    "neurons": lambda: ArchitectureDisplay.from_model(architectures.fnn(), kind="neurons"),
    "volumes": lambda: ArchitectureDisplay.from_model(architectures.residual()),
    "graph": lambda: ArchitectureDisplay.from_model(architectures.multi(), kind="graph", expand=1),
    "batches": lambda: BatchDisplay.from_sizes(50_000, batch_size=32, epochs=10),
}
