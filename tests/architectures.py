"""Models as configurations, made without Keras: what the tests of diagrams draw."""

from __future__ import annotations

import random
from typing import Any


def layer(class_name: str, name: str, *sources: str | list[str], **config: Any) -> dict[str, Any]:
    """A layer of a functional model; each of the sources is a call, a list of them one call."""
    calls = [[source] if isinstance(source, str) else source for source in sources]
    return {
        "module": "keras.layers",
        "class_name": class_name,
        "config": {"name": name, **config},
        "name": name,
        "inbound_nodes": [[_tensor(each) for each in call] for call in calls],
    }


def entry(name: str, *shape: int | None) -> dict[str, Any]:
    """An input, without the batch."""
    return layer("InputLayer", name, batch_shape=[None, *shape])


def functional(
    name: str, layers: list[dict[str, Any]], outputs: list[str] | None = None
) -> dict[str, Any]:
    """A functional model; its output is the last layer's, if no others are named."""
    inputs = [each["name"] for each in layers if each["class_name"] == "InputLayer"]
    config = {
        "name": name,
        "layers": layers,
        "input_layers": [[each, 0, 0] for each in inputs],
        "output_layers": [_tensor(each)[:3] for each in outputs or [layers[-1]["name"]]],
    }
    return {"module": "keras", "class_name": "Functional", "config": config, "name": name}


def inside(model: dict[str, Any], *sources: str | list[str]) -> dict[str, Any]:
    """A model as a layer of another."""
    return {**model, "inbound_nodes": layer("", "", *sources)["inbound_nodes"]}


def chain(name: str, first: dict[str, Any], *rest: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """A functional model whose layers follow one another: class and configuration of each."""
    layers = [first]
    for number, (class_name, config) in enumerate(rest):
        own = config.get("name", f"{class_name.lower()}_{number}")
        options = {key: value for key, value in config.items() if key != "name"}
        layers.append(layer(class_name, own, layers[-1]["name"], **options))
    return functional(name, layers)


def conv(filters: int, kernel: int = 3, *, strides: int = 1, **config: Any) -> tuple[str, Any]:
    """A convolution of a chain, padded."""
    sizes = {"kernel_size": [kernel, kernel], "strides": [strides, strides], "padding": "same"}
    return "Conv2D", {"filters": filters, **sizes, **config}


def small_cnn() -> dict[str, Any]:
    """The article's small convolutional network: 15,120 parameters."""
    return chain(
        "small_cnn",
        entry("image", 32, 32, 3),
        conv(10, 4, strides=2, name="conv_1"),
        conv(20, 3, strides=2, name="conv_2"),
        ("Flatten", {"name": "flatten"}),
        ("Dense", {"units": 10, "activation": "softmax", "name": "probabilities"}),
    )


def cnn() -> dict[str, Any]:
    """The article's full convolutional network: 592,554 parameters."""
    layers: list[tuple[str, Any]] = []
    for number, (filters, strides) in enumerate(((32, 1), (32, 2), (64, 1), (64, 2)), start=1):
        layers += [
            conv(filters, strides=strides, name=f"conv_{number}"),
            ("BatchNormalization", {"name": f"conv_{number}_norm"}),
            ("LeakyReLU", {"name": f"conv_{number}_activation"}),
        ]
    layers += [
        ("Flatten", {"name": "flatten"}),
        ("Dense", {"units": 128, "name": "dense_1"}),
        ("BatchNormalization", {"name": "dense_1_norm"}),
        ("LeakyReLU", {"name": "dense_1_activation"}),
        ("Dropout", {"rate": 0.5, "name": "dense_1_dropout"}),
        ("Dense", {"units": 10, "activation": "softmax", "name": "probabilities"}),
    ]
    return chain("cnn", entry("image", 32, 32, 3), *layers)


def fnn() -> dict[str, Any]:
    """The article's fully connected network: 646,260 parameters."""
    return chain(
        "fnn",
        entry("image", 32, 32, 3),
        ("Flatten", {"name": "flatten"}),
        ("Dense", {"units": 200, "activation": "relu", "name": "dense_1"}),
        ("Dense", {"units": 150, "activation": "relu", "name": "dense_2"}),
        ("Dense", {"units": 10, "activation": "softmax", "name": "probabilities"}),
    )


def residual(blocks: int = 3) -> dict[str, Any]:
    """A stem, equal residual blocks, a head."""
    layers = [
        entry("image", 32, 32, 3),
        layer("Conv2D", "stem", "image", filters=16, kernel_size=[3, 3], padding="same"),
    ]
    for number in range(blocks):
        before = layers[-1]["name"]
        name = f"block{number}"
        layers += [
            layer("Conv2D", f"{name}_conv", before, filters=16, kernel_size=3, padding="same"),
            layer("BatchNormalization", f"{name}_norm", f"{name}_conv"),
            layer("ReLU", f"{name}_relu", f"{name}_norm"),
            layer("Conv2D", f"{name}_out", f"{name}_relu", filters=16, kernel_size=1),
            layer("Add", f"{name}_add", [before, f"{name}_out"]),
        ]
    layers.append(layer("GlobalAveragePooling2D", "pool", layers[-1]["name"]))
    layers.append(layer("Dense", "top", "pool", units=10))
    return functional("residual", layers)


def vision() -> dict[str, Any]:
    """A model of two inputs and two outputs, to be put inside others."""
    return functional(
        "vision",
        [
            entry("pixels", 64, 64, 3),
            entry("gate_in", 12),
            layer("Conv2D", "stem", "pixels", filters=8, kernel_size=3),
            layer("GlobalAveragePooling2D", "pool", "stem"),
            layer("Dense", "gate", "gate_in", units=8, activation="sigmoid"),
            layer("Multiply", "gated", ["pool", "gate"]),
        ],
        ["gated", "pool"],
    )


def multi() -> dict[str, Any]:
    """Three inputs, a model inside that puts out two tensors, two outputs."""
    return functional(
        "multi",
        [
            entry("image", 64, 64, 3),
            entry("meta", 12),
            entry("text", None),
            inside(vision(), ["image", "meta"]),
            layer("Embedding", "words", "text", input_dim=5000, output_dim=32),
            layer("LSTM", "reader", "words", units=16),
            layer("Concatenate", "joined", ["vision", "reader", "meta"]),
            layer("Dense", "hidden", "joined", units=32, activation="relu"),
            layer("Dense", "class", "hidden", units=5, activation="softmax"),
            layer("Concatenate", "with_raw", ["hidden", "vision:1"]),
            layer("Dense", "price", "with_raw", units=1),
        ],
        ["class", "price"],
    )


def siamese() -> dict[str, Any]:
    """One model inside, called on two inputs."""
    encoder = chain(
        "encoder", entry("digit", 28, 28, 1), conv(16, name="look"), ("Flatten", {"name": "flat"})
    )
    return functional(
        "siamese",
        [
            entry("left", 28, 28, 1),
            entry("right", 28, 28, 1),
            inside(encoder, "left", "right"),
            layer("Subtract", "difference", ["encoder@1", "encoder@2"]),
            layer("Dense", "same", "difference", units=1),
        ],
    )


def two_by_two() -> dict[str, Any]:
    """A model that puts out two tensors, and one that is called on both."""
    layers = [
        layer("Dense", name, "in1", units=units) for name, units in (("narrow", 3), ("broad", 5))
    ]
    first = functional("first", [entry("in1", 1), *layers], ["narrow", "broad"])
    joined = layer("Concatenate", "joined", ["in2_1", "in2_2"])
    second = functional("second", [entry("in2_1", 3), entry("in2_2", 5), joined])
    return functional(
        "two_by_two",
        [entry("in0", 1), inside(first, "in0"), inside(second, ["first", "first:1"])],
    )


def long_chain(count: int = 1000) -> dict[str, Any]:
    """Equal layers, one after the other."""
    same = ("Dense", {"units": 8})
    return chain("long_chain", entry("x", 8), *[same] * (count - 1))


def odd_chain(count: int = 1000) -> dict[str, Any]:
    """Layers one after the other, each different."""
    rng = random.Random(0)  # noqa: S311  a picture, no secret
    kinds = ("relu", "linear", "tanh")
    layers = [
        ("Dense", {"units": rng.randint(3, 40), "activation": rng.choice(kinds)})
        for _ in range(count - 1)
    ]
    return chain("odd_chain", entry("x", 8), *layers)


def tangle(count: int = 1000) -> dict[str, Any]:
    """Additions of a layer and one of those long before it."""
    rng = random.Random(0)  # noqa: S311  a picture, no secret
    layers = [entry("x", 8)]
    for number in range(count - 1):
        before, far = layers[-1]["name"], layers[max(0, number - rng.randint(2, 30))]["name"]
        layers.append(
            layer("Add", f"l{number}", [before, far])
            if number % 2
            else layer("Dense", f"l{number}", before, units=8)
        )
    return functional("tangle", layers)


def wide(count: int = 300) -> dict[str, Any]:
    """Many branches side by side."""
    names = [f"branch_{number}" for number in range(count)]
    branches = [layer("Dense", name, "x", units=4 + len(name)) for name in names]
    return functional("wide", [entry("x", 8), *branches, layer("Concatenate", "joined", names)])


def _tensor(source: str) -> list[Any]:
    """A tensor: `name`, `name:1` for its second output, `name@1` for its second call.

    The calls of a model count from 1: its own is the first.
    """
    name, _, output = source.partition(":")
    name, _, call = name.partition("@")
    return [name, int(call or 0), int(output or 0), {}]
