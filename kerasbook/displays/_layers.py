"""The layers of a live model: which there are, and where it calls them."""

# What Keras itself walks to build a functional model is private there:
# ruff: noqa: ANN401, SLF001

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasbook.checks import choice, integer, reject, require
from kerasbook.displays._arrays import Summary, as_array, finite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = [
    "Call",
    "calls",
    "channels_last",
    "every_layer",
    "find_call",
    "find_layer",
    "one_image",
    "run",
]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One place where a functional or sequential model calls a layer, or a function of Keras.

    Attributes:
        layer: the layer; a model, if it stands inside another.
        inputs: the symbolic tensors that go in.
        outputs: those that come out.
    """

    layer: Any
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    _arguments: Any

    def __call__(self, values: dict[int, Any]) -> None:
        """Call the layer for real, as the model does in prediction.

        Args:
            values: the tensor that stands for each symbolic one, by its `id`; what comes out is
                added.
        """
        tree = require("keras", extra="tensorflow").tree
        positional, named = self._arguments.fill_in(values)
        results = tree.flatten(self.layer(*positional, **named))
        values.update(zip(map(id, self.outputs), results, strict=True))

    @property
    def name(self) -> str:
        """The layer's name."""
        return str(self.layer.name)

    @property
    def rank(self) -> int:
        """Axes of the output, the batch included; 0 if there are several outputs."""
        return len(self.outputs[0].shape) if len(self.outputs) == 1 else 0


def calls(model: Any) -> list[Call]:
    """All calls of a model, each after those that it depends on; the input is the first.

    Raises:
        ArgumentError: the model is not functional or sequential, or not yet built.
    """
    try:
        outputs = model.outputs
    except (AttributeError, ValueError):  # a sequential model without its input shape
        outputs = None
    if not outputs:
        reject(
            "model",
            "be a functional or sequential Keras model that knows its input shape",
            getattr(model, "name", model),
            mend="Give it a keras.Input, or build it from layers with the functional API.",
        )
    found: dict[int, Call] = {}
    # A node is kept once all that it depends on is kept: no recursion, however deep the model.
    stack = [(_node(tensor), False) for tensor in reversed(outputs)]
    while stack:
        node, ready = stack.pop()
        if id(node) in found:
            continue
        if ready or not node.input_tensors:
            tensors = tuple(node.input_tensors), tuple(node.output_tensors)
            found[id(node)] = Call(node.operation, *tensors, node.arguments)
            continue
        stack.append((node, True))
        stack.extend((_node(tensor), False) for tensor in reversed(node.input_tensors))
    return list(found.values())


def _node(tensor: Any) -> Any:
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def find_call(model: Any, layer: object, *, name: str = "layer") -> Call:
    """The first call of a layer that a user named.

    Args:
        model: a functional or sequential model.
        layer: the layer's name, its index in `model.layers`, or the layer.
        name: of the argument, for the messages.

    Raises:
        ArgumentError: the model has no such layer.
    """
    found: dict[str, Call] = {}
    for call in calls(model):
        if not call.inputs:  # the model's own input
            continue
        found.setdefault(call.name, call)
    return found[_named(list(found), model, layer, name=name)]


def find_layer(model: Any, layer: object, *, name: str = "layer") -> Any:
    """The layer that a user named, in the model or in a model inside it: see `find_call`."""
    found: dict[str, Any] = {}
    for each in every_layer(model):
        found.setdefault(each.name, each)
    return found[_named(list(found), model, layer, name=name)]


def _named(names: list[str], model: Any, layer: object, *, name: str) -> str:
    if isinstance(layer, int) and not isinstance(layer, bool):
        count = len(model.layers)
        layer = model.layers[integer(name, layer, minimum=-count, maximum=count - 1)]
    return choice(name, getattr(layer, "name", layer), names)


def every_layer(model: Any) -> Iterator[Any]:
    """All layers of a model in order, those of models inside it in their place."""
    for layer in model.layers:
        yield layer
        if getattr(layer, "layers", None):
            yield from every_layer(layer)


def channels_last(model: Any) -> bool:
    """Whether a model's images have their channels last, as far as its layers tell."""
    formats = [getattr(layer, "data_format", None) for layer in every_layer(model)]
    told = [form for form in formats if form in {"channels_last", "channels_first"}]
    default = require("keras", extra="tensorflow").config.image_data_format()
    return str(told[0] if told else default) == "channels_last"


def one_image(model: Any, image: object) -> NDArray[Any]:
    """An image as a batch of one, of the model's type of numbers, if it is what the model takes.

    Args:
        model: a functional or sequential model with one input.
        image: as the model takes it, with or without the batch axis; grey also without channels.

    Raises:
        ArgumentError: the model has several inputs, or takes another shape.
    """
    found = calls(model)  # refuses models without a graph
    if len(model.inputs) != 1:
        names = tuple(call.name for call in found if not call.inputs)
        reject("model", "have one input, an image", names)
    expected = tuple(model.inputs[0].shape)
    array = given = as_array("image", image)
    if array.ndim == len(expected) - 2 and expected[-1] == 1:
        array = array[..., None]  # (h, w) -> (h, w, 1)
    if array.ndim == len(expected) - 1:
        array = array[None]  # (…) -> (1, …)
    fits = array.ndim == len(expected) and array.shape[0] == 1
    if not fits or any(
        wanted not in {None, given}
        for wanted, given in zip(expected[1:], array.shape[1:], strict=True)
    ):
        shape = ", ".join("any" if side is None else str(side) for side in expected[1:])
        reject("image", f"be one image of shape ({shape}), as the model takes it", Summary(given))
    finite("image", array)
    kind = str(model.inputs[0].dtype)
    return array.astype("float32" if kind == "bfloat16" else kind)


def run(model: Any, tensors: Sequence[Any], batch: NDArray[Any]) -> list[NDArray[Any]]:
    """What a batch makes of some of a model's symbolic tensors, in prediction mode."""
    keras = require("keras", extra="tensorflow")
    outputs = keras.Model(model.inputs[0], list(tensors))(batch, training=False)
    outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
    return [as_array("output", keras.ops.convert_to_numpy(output)) for output in outputs]
