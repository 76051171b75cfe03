"""A model planned as a list of layers with their arguments, and built from it.

All builders make chains, so a plan is a list. A `KernelLayer` in it is a convolution or a dense
layer, together with the normalization, activation and dropout after it.
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

__all__ = ["Head", "KernelLayer", "LayerPlan", "Options", "assemble", "hidden_layers"]


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """One layer, as its class in `keras.layers` and its arguments."""

    class_name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KernelLayer:
    """A convolution or dense layer, with the rate of the dropout after it."""

    class_name: str
    arguments: dict[str, Any]
    channel_axis: int = -1
    dropout: float = 0.0


@dataclass(frozen=True, slots=True)
class LayerOptions:
    """The checked options of one convolution or dense layer."""

    batch_normalization: bool
    activation: objects.Activation
    kernel_initializer: Callable[[int | None], Any]
    kernel_regularizer: Any


@dataclass(frozen=True, slots=True)
class Options:
    """The user's options, one value for all convolutions and dense layers or one each."""

    activation: object = None
    batch_normalization: object = False
    kernel_regularizer: object = None
    kernel_initializer: object = "glorot_uniform"


@dataclass(frozen=True, slots=True)
class Head:
    """The last layer: its kind, its number of outputs, and the loss for the labels."""

    kind: str
    units: int
    loss: str
    metrics: tuple[str, ...]

    @classmethod
    def of(cls, head: object, num_classes: object, labels: object) -> Head | None:
        """The head that the arguments ask for; `None` for a backbone."""
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
        """The metric for the name "accuracy"; `None` if Keras's own choice is right."""
        return "BinaryAccuracy" if self.kind == "multi_label" else None

    def layer(self) -> KernelLayer:
        """The head's dense layer, in single precision even if the other layers use half precision.

        Half precision is not enough for probabilities:
        https://keras.io/api/mixed_precision/
        """
        name, activation, *_ = _LAYERS[self.kind]
        settings = {"name": name, "units": self.units, "activation": activation}
        if objects.in_half_precision():
            settings["dtype"] = "float32"
        return KernelLayer("Dense", settings)


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
) -> list[KernelLayer | LayerPlan]:
    """The hidden layers `dense_1`, `dense_2`, …, after a `flatten` if the input is not a vector.

    Args:
        sizes: shape of the input.
        units: number of units of each layer.
        rates: dropout rate after each layer; without hidden layers, after the input.
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
            KernelLayer("Dense", {"name": f"dense_{index}", "units": count}, dropout=rate)
            for index, (count, rate) in named
        ),
    ]


def assemble(
    sizes: tuple[int, ...],
    steps: Iterable[KernelLayer | LayerPlan],
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
    """The compiled model: its input, the layers in their order, and the head.

    Args:
        sizes: the shape of one input.
        steps: the layers between the input and the head.
        head: the last layer; `None` for a backbone.
        options: activation, normalization, regularizer and initializer of the layers.
        training: the arguments for compiling the model.
        item: the name of a layer in an error, such as "hidden layer".
        input_scale: the factor that inputs are multiplied with first.
        seed: seed of the first weights and of dropout.
        name: the model's name.
        prefix: the text that begins the name of every layer.
    """
    steps = list(steps)
    hidden = sum(isinstance(step, KernelLayer) for step in steps)
    layer_options = _layer_options(options, hidden, headed=head is not None, item=item)
    layers = list(_expand(steps if head is None else [*steps, head.layer()], layer_options))
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
    """The arguments of `model.compile`, or `None`."""
    if head is None:
        return objects.compile_arguments(training, None)
    return objects.compile_arguments(training, (head.loss, head.metrics), accuracy=head.accuracy)


def _expand(
    steps: list[KernelLayer | LayerPlan], layer_options: Iterator[LayerOptions]
) -> Iterator[LayerPlan]:
    """The layers, with normalization, activation and dropout after each `KernelLayer`."""
    for step in steps:
        if isinstance(step, LayerPlan):
            yield step
        else:
            yield from _block(step, next(layer_options))


def _layer_options(
    options: Options, hidden: int, *, headed: bool, item: str
) -> Iterator[LayerOptions]:
    """The options of each hidden layer, and of the head if there is one."""
    kernels = hidden + headed
    every = " and ".join([item] * (hidden > 0) + ["head"] * headed) or item
    labeled = arguments.labeled
    flags = arguments.flags("batch_normalization", options.batch_normalization, hidden, item=item)
    activations = [
        objects.read_activation(label, value)
        for label, value in labeled("activation", options.activation, hidden, item=item)
    ]
    initializers = [
        objects.initializer(label, value)
        for label, value in labeled(
            "kernel_initializer", options.kernel_initializer, kernels, item=every
        )
    ]
    regularizers = [
        objects.regularizer(label, value)
        for label, value in labeled(
            "kernel_regularizer", options.kernel_regularizer, kernels, item=every
        )
    ]
    # The head has its own activation and no normalization.
    return map(LayerOptions, [*flags, False], [*activations, None], initializers, regularizers)


def _block(layer: KernelLayer, options: LayerOptions) -> Iterator[LayerPlan]:
    """A layer, then its normalization, activation and dropout.

    Without a normalization, an activation function is the layer's own `read_activation`.
    """
    name, activation = layer.arguments["name"], options.activation
    settings = layer.arguments | {
        "kernel_initializer": options.kernel_initializer,
        "kernel_regularizer": options.kernel_regularizer,
    }
    if isinstance(activation, str) and not options.batch_normalization:
        settings["activation"], activation = activation, None
    yield LayerPlan(layer.class_name, settings)
    if options.batch_normalization:
        axis = layer.channel_axis
        yield LayerPlan("BatchNormalization", {"name": f"{name}_norm", "axis": axis})
    if activation is not None:
        if isinstance(activation, str):
            activation = "Activation", {"activation": activation}
        class_name, config = activation
        yield LayerPlan(class_name, {**config, "name": f"{name}_activation"})
    yield from _dropout(name, layer.dropout)


def _dropout(name: str, rate: float) -> list[LayerPlan]:
    return [LayerPlan("Dropout", {"name": f"{name}_dropout", "rate": rate})] if rate else []


def _seeded(layer: LayerPlan, seed: int | None) -> dict[str, Any]:
    """The layer's arguments, with a seed of its own if it draws random numbers.

    The layer's seed depends only on the given seed and the layer's name without its prefix, so that
    a layer keeps its first weights when other layers are added.
    """
    settings = dict(layer.arguments)
    own = None if seed is None else _hash(f"{seed}/{settings['name']}")
    if layer.class_name == "Dropout":
        settings["seed"] = own
    if "kernel_initializer" in settings:
        settings["kernel_initializer"] = settings["kernel_initializer"](own)
    return settings


def _hash(text: str) -> int:
    """A hash below 2³¹, which every backend takes as a seed, equal in every process."""
    return int.from_bytes(sha256(text.encode()).digest()[:4]) >> 1
