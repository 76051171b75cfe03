"""Small configurations for tests that need no Keras."""

from __future__ import annotations

from typing import Any


def layer(class_name: str, name: str, **config: Any) -> dict[str, Any]:
    """A layer as Keras serialises it."""
    module = config.pop("module", "keras.layers")
    return {"class_name": class_name, "module": module, "config": {"name": name, **config}}


def sequential(*layers: dict[str, Any], shape: tuple[int | None, ...] = (4,)) -> dict[str, Any]:
    """A sequential model of these layers on inputs of that shape, without the batch."""
    config = {"name": "net", "layers": list(layers), "build_input_shape": [None, *shape]}
    return {"class_name": "Sequential", "module": "keras", "config": config}


MINE = layer("Mine", "mine", module="mylib.layers")
TOP = layer("Dense", "top", units=3)
CONV = layer(
    "Conv2D",
    "conv",
    filters=10,
    kernel_size=[4, 4],
    strides=[2, 2],
    padding="same",
    data_format="channels_last",
)
IMAGE_NET = sequential(CONV, layer("Flatten", "flatten"), TOP, shape=(32, 32, 3))
