"""A network that reads handwriting, trained when the site is built, as JSON for the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kerasbook.filters.kernels import KERNELS
from sitebuild.widgets.remembered import remembered

if TYPE_CHECKING:
    from kerasbook.datasets import Dataset

__all__ = ["KERNEL_NAMES", "digits_json", "layers_of", "trained"]

KERNEL_NAMES = ("horizontal", "vertical", "diagonal_rising", "diagonal_falling", "laplacian")
_EPOCHS = 40
_BRIGHTEST = 16  # dots of a 4×4 block
_EXAMPLES_EACH = 2  # the first of each class are shown, all serve the tests


def digits_json() -> bytes:
    """The layers, some digits with Keras's answers, and hand-made kernels."""
    return remembered("digits.json", f"{_EPOCHS} {KERNEL_NAMES}", _make)


def layers_of(model: Any) -> list[dict[str, Any]]:  # noqa: ANN401  a Keras model
    """What each layer of a chain computes, as JSON values; what does nothing is left out.

    Raises:
        ValueError: a layer is none of those that the page can compute.
    """
    found: list[dict[str, Any]] = []
    for layer in model.layers:
        kind, config = type(layer).__name__, layer.get_config()
        if kind in {"InputLayer", "Dropout"}:
            continue
        if kind == "ReLU" or (kind == "Activation" and config["activation"] == "relu"):
            found[-1]["activation"] = "relu"
        elif kind == "Flatten":
            found.append({"name": layer.name, "kind": "flatten"})
        elif kind in {"Conv2D", "Dense"}:
            found.append(_weighted(layer, kind, config))
        else:
            raise ValueError(f"the page computes no {kind}: {layer.name}")
    return found


def trained() -> tuple[Any, Dataset]:
    """The trained network and the digits; the same each time on one machine."""
    import keras  # noqa: PLC0415  slow to import

    from kerasbook import cnn_classifier, datasets  # noqa: PLC0415  likewise

    keras.utils.set_random_seed(0)
    data = datasets.digits(labels="integer")
    model = cnn_classifier(
        data.x_train.shape[1:],
        10,
        filters=(8, 16),
        strides=(1, 2),
        activation="relu",
        batch_normalization=False,
        hidden_units=(),
        dropout=0.25,
        labels="integer",
        optimizer=keras.optimizers.Adam(2e-3),
        seed=0,
        name="digits",
    )
    x, y = _shifted(data)
    model.fit(x, y, batch_size=64, epochs=_EPOCHS, verbose=0)
    return model, data


def _make() -> bytes:
    model, data = trained()
    _, accuracy = model.evaluate(data.x_test, data.y_test, verbose=0)
    order = sorted(range(len(data.y_test)), key=lambda index: int(data.y_test[index]))
    chosen = [
        index
        for place in range(_EXAMPLES_EACH)
        for digit in range(10)
        for index in [index for index in order if int(data.y_test[index]) == digit][
            place : place + 1
        ]
    ]
    pixels = data.x_test[chosen]
    answers = model.predict(pixels, verbose=0)
    samples = [
        {
            "class": data.class_names[int(data.y_test[index])],
            "pixels": [round(float(value) * _BRIGHTEST) for value in image.ravel()],
            "probabilities": [float(value) for value in probabilities],
        }
        for index, image, probabilities in zip(chosen, pixels, answers, strict=True)
    ]
    return json.dumps(
        {
            "layers": layers_of(model),
            "params": model.count_params(),
            "samples": samples,
            "kernels": [_kernel(name) for name in KERNEL_NAMES],
            "classes": list(data.class_names),
            "trained_on": len(data.x_train),
            "tested_on": len(data.x_test),
            "test_accuracy": float(accuracy),
        }
    ).encode()


def _shifted(data: Dataset) -> tuple[Any, Any]:
    """The training digits, and each moved by one pixel to the left and to the right."""
    import numpy as np  # noqa: PLC0415  only training needs it

    images = [data.x_train]
    for shift in (-1, 1):
        moved = np.roll(data.x_train, shift, axis=2)  # (samples, 8, 8, 1)
        moved[:, :, 0 if shift > 0 else -1] = 0
        images.append(moved)
    return np.concatenate(images), np.concatenate([data.y_train] * len(images))


def _weighted(layer: Any, kind: str, config: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    kernel, bias = layer.get_weights()
    entry = {
        "name": layer.name,
        "kind": "conv" if kind == "Conv2D" else "dense",
        "size": list(kernel.shape),
        "kernel": _short(kernel),
        "bias": _short(bias),
        "activation": config["activation"],
    }
    if kind == "Conv2D":
        entry |= {"strides": list(config["strides"]), "padding": config["padding"]}
    return entry


def _short(values: Any) -> list[float]:  # noqa: ANN401  an array
    """The numbers with the digits that tell one float32 from the next."""
    return [float(f"{float(value):.9g}") for value in values.ravel()]


def _kernel(name: str) -> dict[str, Any]:
    kernel = KERNELS[name]
    return {
        "name": name,
        "shows": kernel.shows,
        "weights": [weight / kernel.divisor for row in kernel.rows for weight in row],
    }
