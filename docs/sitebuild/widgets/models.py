"""Files to look into with the X-ray: saved by Keras, and one that nobody should open."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sitebuild.widgets.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SAMPLES", "Sample", "sample_file"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A file one click away.

    Attributes:
        name: the file's.
        label: what the button says.
        make: the file's bytes.
    """

    name: str
    label: str
    make: Callable[[], bytes]


def sample_file(sample: Sample) -> bytes:
    """The file, made once."""
    return remembered(sample.name, sample.label, sample.make)


def _cnn() -> bytes:
    """The article's convolutional network."""
    from kerasbook import cnn_classifier  # noqa: PLC0415  brings Keras

    return _saved(cnn_classifier(seed=0, name="article_cnn"), "article-cnn.keras")


def _residual() -> bytes:
    """A small network with shortcuts: branches that meet again."""
    import keras  # noqa: PLC0415  slow to import
    from keras import layers  # noqa: PLC0415  likewise

    def block(x: Any, filters: int, *, strides: int, name: str) -> Any:  # noqa: ANN401  of Keras
        y = layers.Conv2D(
            filters, 3, strides=strides, padding="same", use_bias=False, name=f"{name}_conv_1"
        )(x)
        y = layers.BatchNormalization(name=f"{name}_norm_1")(y)
        y = layers.ReLU(name=f"{name}_relu_1")(y)
        y = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv_2")(y)
        y = layers.BatchNormalization(name=f"{name}_norm_2")(y)
        if strides > 1:
            x = layers.Conv2D(filters, 1, strides=strides, use_bias=False, name=f"{name}_shortcut")(
                x
            )
        return layers.ReLU(name=f"{name}_relu_2")(layers.Add(name=f"{name}_add")([x, y]))

    image = keras.Input((32, 32, 3), name="image")
    x = layers.Conv2D(16, 3, padding="same", use_bias=False, name="stem")(image)
    for stage, (filters, strides) in enumerate([(16, 1), (32, 2), (64, 2)], start=1):
        x = block(x, filters, strides=strides, name=f"stage_{stage}")
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    answer = layers.Dense(10, activation="softmax", name="probabilities")(x)
    return _saved(keras.Model(image, answer, name="small_resnet"), "small-resnet.keras")


def _odd() -> bytes:
    """A model with a layer of the user's own, which no rule knows, and with code in a Lambda."""
    import keras  # noqa: PLC0415  slow to import
    from keras import layers  # noqa: PLC0415  likewise

    @keras.saving.register_keras_serializable(package="mylib")
    class Squeeze(layers.Layer):  # type: ignore[misc]  # Keras publishes no types
        """A layer of somebody's own."""

        def build(self, shape: tuple[int | None, ...]) -> None:
            self.scale = self.add_weight(shape=(shape[-1],), name="scale")

        def call(self, x: Any) -> Any:  # noqa: ANN401  of Keras
            return x * self.scale

    model = keras.Sequential(
        [
            keras.Input((28, 28, 1), name="image"),
            layers.Conv2D(8, 5, strides=2, activation="relu", name="conv"),
            Squeeze(name="squeeze"),
            layers.Lambda(lambda x: x + 1, output_shape=(12, 12, 8), name="code"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, name="scores"),
        ],
        name="odd",
    )
    return _saved(model, "odd.keras")


def _hostile() -> bytes:
    """An archive with a name that leads out of it, as an attacker would write one."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("config.json", '{"class_name": "Sequential", "config": {"layers": []}}')
        archive.writestr("../../outside.txt", "This text wants to be written outside.")
    return buffer.getvalue()


def _saved(model: Any, name: str) -> bytes:  # noqa: ANN401  of Keras
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        model.save(path)
        return path.read_bytes()


SAMPLES = (
    Sample("article-cnn.keras", "The article's network", _cnn),
    Sample("small-resnet.keras", "A network with shortcuts", _residual),
    Sample("odd.keras", "One with an unknown layer", _odd),
    Sample("hostile.keras", "A hostile file", _hostile),
)
