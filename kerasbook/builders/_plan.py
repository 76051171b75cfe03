"""A model as a list: which layers, in which order, with which arguments.

All builders make chains, so a plan is a list of layers; a `Kernel` in it stands for a convolution
or a dense layer and for what follows that: normalization, activation and dropout.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from kerasbook.builders import _arguments as arguments
from kerasbook.builders import _objects as objects
from kerasbook.checks import choice, require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Head", "Kernel", "LayerPlan", "Options", "assemble", "hidden_layers"]


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """One layer: its class in `keras.layers` and its arguments."""

    class_name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kernel:
    """A layer with a kernel, and the dropout at the end of what follows it."""

    class_name: str
    arguments: dict[str, Any]
    channel_axis: int = -1
    dropout: float = 0.0


@dataclass(frozen=True, slots=True)
class Finish:
    """What one kernel is given of the options, checked."""

    batch_normalization: bool
    activation: objects.Activation
    kernel_initializer: Callable[[int | None], Any]
    kernel_regularizer: Any


@dataclass(frozen=True, slots=True)
class Options:
    """What is given for all layers with a kernel at once, or one each; not yet checked."""

    activation: object = None
    batch_normalization: object = False
    kernel_regularizer: object = None
    kernel_initializer: object = "glorot_uniform"


@dataclass(frozen=True, slots=True)
class Head:
    """The last layer: what it answers, how many numbers, and the loss that fits the labels."""

    kind: str
    units: int
    loss: str
    metrics: tuple[str, ...]

    @classmethod
    def of(cls, head: object, num_classes: object, labels: object) -> Head | None:
        """The head that the arguments ask for; none for a backbone."""
        kind = None if head is None else choice("head", head, _HEADS)
        count = arguments.classes(num_classes, kind)
        label_kind = arguments.label_kind(labels, kind, count)
        if kind is None:
            return None
        if kind == "sigmoid":
            kind, count = ("multi_label", count) if label_kind == "multi_hot" else (kind, 1)
        _, _, loss, metrics = _LAYERS[kind]
        if kind == "softmax" and label_kind == "integer":
            loss = f"sparse_{loss}"
        return cls(kind, count, loss, metrics)

    @property
    def accuracy(self) -> str | None:
        """The metric that "accuracy" stands for, where Keras would compare the largest entries."""
        return "BinaryAccuracy" if self.kind == "multi_label" else None

    def kernel(self) -> Kernel:
        """The dense layer itself, in single precision even where the rest is in half.

        Probabilities lose too much in half precision:
        https://keras.io/api/mixed_precision/
        """
        name, activation, *_ = _LAYERS[self.kind]
        settings = {"name": name, "units": self.units, "activation": activation}
        if objects.in_half_precision():
            settings["dtype"] = "float32"
        return Kernel("Dense", settings)


_HEADS = ("softmax", "sigmoid", "linear")
# kind of head: (layer name, activation, loss for one-hot labels, metrics)
_LAYERS: dict[str, tuple[str, str | None, str, tuple[str, ...]]] = {
    "softmax": ("probabilities", "softmax", "categorical_crossentropy", ("accuracy",)),
    "sigmoid": ("probability", "sigmoid", "binary_crossentropy", ("accuracy",)),
    "multi_label": ("probabilities", "sigmoid", "binary_crossentropy", ("accuracy",)),
    "linear": ("prediction", None, "mean_squared_error", ()),
}


def hidden_layers(
    sizes: tuple[int, ...], units: Sequence[int], rates: Sequence[float], **settings: object
) -> list[Kernel | LayerPlan]:
    """The hidden layers `dense_1`, `dense_2`, …, after `flatten` where there is more than a vector.

    Args:
        sizes: the shape of what comes in.
        units: of each layer.
        rates: the share that is dropped after each layer; without layers, of what comes in.
        settings: further arguments of `Flatten`.
    """
    flat = [LayerPlan("Flatten", {"name": "flatten", **settings})] if len(sizes) > 1 else []
    if not units:
        name = "flatten" if flat else "input"
        return [*flat, *(layer for rate in rates for layer in _dropout(name, rate))]
    named = enumerate(zip(units, rates, strict=True), start=1)
    return [
        *flat,
        *(
            Kernel("Dense", {"name": f"dense_{index}", "units": count}, dropout=rate)
            for index, (count, rate) in named
        ),
    ]


def assemble(
    sizes: tuple[int, ...],
    steps: Iterable[Kernel | LayerPlan],
    head: Head | None,
    *,
    options: Options,
    training: objects.Training,
    item: str,
    input_scale: float | None,
    seed: int | None,
    name: str,
    prefix: str = "",
) -> Any:  # noqa: ANN401  a keras.Model, which publishes no types
    """The compiled model: its input, the steps one after the other, the head.

    Args:
        sizes: the shape of one input.
        steps: what lies between the input and the head.
        head: the last layer; a backbone has none.
        options: activation, normalization, regularizer and initializer of the kernels.
        training: what the model is compiled with.
        item: what one activation belongs to, in an error: "hidden layer".
        input_scale: what inputs are multiplied by first.
        seed: of initial weights and dropout.
        name: of the model.
        prefix: what the name of every layer begins with.
    """
    steps = list(steps)
    hidden = sum(isinstance(step, Kernel) for step in steps)
    finishes = _finishes(options, hidden, headed=head is not None, item=item)
    layers = list(_expand(steps if head is None else [*steps, head.kernel()], finishes))
    settings = _settings(training, head)
    if input_scale is not None:
        layers.insert(0, LayerPlan("Rescaling", {"name": "rescaling", "scale": input_scale}))
    keras = require("keras", extra="tensorflow")
    inputs = outputs = keras.Input(sizes, name=f"{prefix}input")
    for layer in layers:
        own = _seeded(layer, seed) | {"name": f"{prefix}{layer.arguments['name']}"}
        outputs = getattr(keras.layers, layer.class_name)(**own)(outputs)
    model = keras.Model(inputs, outputs, name=name)
    if settings is not None:
        model.compile(**settings)
    return model


def _settings(training: objects.Training, head: Head | None) -> dict[str, Any] | None:
    """What the model is compiled with, if it is."""
    if head is None:
        return objects.compile_arguments(training, None)
    return objects.compile_arguments(training, (head.loss, head.metrics), accuracy=head.accuracy)


def _expand(steps: list[Kernel | LayerPlan], finishes: Iterator[Finish]) -> Iterator[LayerPlan]:
    """Each kernel with what follows it; other layers as they are."""
    for step in steps:
        if isinstance(step, LayerPlan):
            yield step
        else:
            yield from _block(step, next(finishes))


def _finishes(options: Options, hidden: int, *, headed: bool, item: str) -> Iterator[Finish]:
    """What the options say of each hidden kernel, and of the head if there is one."""
    kernels = hidden + headed
    every = " and ".join([item] * (hidden > 0) + ["head"] * headed) or item
    each = arguments.each
    flags = arguments.flags("batch_normalization", options.batch_normalization, hidden, item=item)
    activations = [
        objects.activation(label, value)
        for label, value in each("activation", options.activation, hidden, item=item)
    ]
    initializers = [
        objects.initializer(label, value)
        for label, value in each(
            "kernel_initializer", options.kernel_initializer, kernels, item=every
        )
    ]
    regularizers = [
        objects.regularizer(label, value)
        for label, value in each(
            "kernel_regularizer", options.kernel_regularizer, kernels, item=every
        )
    ]
    # The head has its own activation and no normalization.
    return map(Finish, [*flags, False], [*activations, None], initializers, regularizers)


def _block(kernel: Kernel, finish: Finish) -> Iterator[LayerPlan]:
    """A kernel, then normalization, activation and dropout.

    A function that follows its kernel directly is that layer's own `activation`.
    """
    name, activation = kernel.arguments["name"], finish.activation
    settings = kernel.arguments | {
        "kernel_initializer": finish.kernel_initializer,
        "kernel_regularizer": finish.kernel_regularizer,
    }
    if isinstance(activation, str) and not finish.batch_normalization:
        settings["activation"], activation = activation, None
    yield LayerPlan(kernel.class_name, settings)
    if finish.batch_normalization:
        axis = kernel.channel_axis
        yield LayerPlan("BatchNormalization", {"name": f"{name}_norm", "axis": axis})
    if activation is not None:
        if isinstance(activation, str):
            activation = "Activation", {"activation": activation}
        class_name, config = activation
        yield LayerPlan(class_name, {**config, "name": f"{name}_activation"})
    yield from _dropout(name, kernel.dropout)


def _dropout(name: str, rate: float) -> list[LayerPlan]:
    return [LayerPlan("Dropout", {"name": f"{name}_dropout", "rate": rate})] if rate else []


def _seeded(layer: LayerPlan, seed: int | None) -> dict[str, Any]:
    """The layer's arguments, with a seed of its own where it draws random numbers.

    It depends on the seed and the layer's name without its prefix alone, so that a layer keeps its
    first weights when others are added.
    """
    settings = dict(layer.arguments)
    own = None if seed is None else _hash(f"{seed}/{settings['name']}")
    if layer.class_name == "Dropout":
        settings["seed"] = own
    if "kernel_initializer" in settings:
        settings["kernel_initializer"] = settings["kernel_initializer"](own)
    return settings


def _hash(text: str) -> int:
    """A number below 2³¹, which every backend takes as a seed; the same in every process."""
    return int.from_bytes(sha256(text.encode()).digest()[:4]) >> 1
