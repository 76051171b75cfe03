"""The layers of a live model: which there are, and where it calls them."""

# What Keras itself walks to build a functional model is private there:
# ruff: noqa: ANN401, SLF001

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from kerasbook.checks import choice, integer, reject, require
from kerasbook.drawing.arrays import Summary, as_array, finite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = [
    "Key",
    "LayerCall",
    "calls",
    "channels_last",
    "every_layer",
    "find_call",
    "find_layer",
    "one_image",
    "run",
]

# A tensor of a model: which model, counted as they are met, and which of its symbolic tensors.
Key: TypeAlias = "tuple[int, int]"

_Found = TypeVar("_Found")
_MOST_NAMES = 20  # in a message
_GRAPHS = ("Functional.call", "Sequential.call")


@dataclass(frozen=True, slots=True, eq=False)
class LayerCall:
    """One place where a functional or sequential model calls a layer, or a function of Keras.

    The calls inside a model inside are there too, each with its path; the model itself comes
    after them, and passes their outputs on.

    Attributes:
        layer: the layer; a model, if it stands inside another.
        name: its name, after those of the models around it: `backbone/conv_1`.
        inputs: the tensors that go in.
        outputs: those that come out.
        input_shapes: their shapes, the batch included.
        output_shapes: likewise.
        passes: whether it computes nothing, but passes on what goes in.
    """

    layer: Any
    name: str
    inputs: tuple[Key, ...]
    outputs: tuple[Key, ...]
    input_shapes: tuple[tuple[int | None, ...], ...]
    output_shapes: tuple[tuple[int | None, ...], ...]
    passes: bool
    _compute: Callable[[dict[Key, Any]], list[Any]]

    def __call__(self, values: dict[Key, Any]) -> None:
        """Call the layer for real, as the model does in prediction.

        Args:
            values: what stands for each tensor; what comes out is added.
        """
        values.update(zip(self.outputs, self._compute(values), strict=True))

    @property
    def rank(self) -> int:
        """Axes of the output, the batch included; 0 if there are several outputs."""
        return len(self.output_shapes[0]) if len(self.output_shapes) == 1 else 0

    @property
    def is_entry(self) -> bool:
        """Whether it is an input, of the model or of one inside."""
        return not self.inputs or type(self.layer).__name__ == "InputLayer"


def calls(model: Any) -> list[LayerCall]:
    """All calls of a model, each after those that it depends on; the input is the first.

    Raises:
        ArgumentError: the model is not functional or sequential, or not yet built.
    """
    if isinstance(model, type) or not _outputs(model):
        reject(
            "model",
            "be a functional or sequential Keras model that knows its input shape",
            model if isinstance(model, type) else getattr(model, "name", model),
            mend="Give it a keras.Input, or build it from layers with the functional API.",
        )
    return list(_Walk().calls(model, (), above=""))


def _outputs(model: Any) -> list[Any]:
    try:
        return list(model.outputs or ())
    except (AttributeError, ValueError):  # a sequential model without its input shape
        return []


@dataclass(slots=True)
class _Walk:
    models: int = 0  # met so far

    def calls(self, model: Any, given: Sequence[Key], *, above: str) -> Iterator[LayerCall]:
        """The calls of a model.

        Args:
            model: the model.
            given: for a model inside, the tensors that it is called on.
            above: the path of the model, with `/` after it.
        """
        number = self.models
        self.models += 1
        entries = dict(zip(map(id, model.inputs), given, strict=False))
        for node in _nodes(model):
            ends = _keys(number, node.input_tensors), _keys(number, node.output_tensors)
            name = f"{above}{node.operation.name}"
            if not node.input_tensors and given:
                (tensor,) = node.output_tensors
                entry = entries[id(tensor)]
                ends = (entry,), ends[1]
                yield _call(node, name, ends, compute=_entering(entry, tensor))
            elif _opens(node):
                inside, within = node.operation, self.models
                yield from self.calls(inside, ends[0], above=f"{name}/")
                made = _keys(within, inside.outputs)
                ends = made, ends[1]
                yield _call(node, name, ends, compute=_leaving(made), passes=True)
            else:
                yield _call(node, name, ends, compute=_computing(node, number))


def _keys(number: int, tensors: Sequence[Any]) -> tuple[Key, ...]:
    return tuple((number, id(tensor)) for tensor in tensors)


def _call(
    node: Any,
    name: str,
    ends: tuple[tuple[Key, ...], tuple[Key, ...]],
    *,
    compute: Callable[[dict[Key, Any]], list[Any]],
    passes: bool = False,
) -> LayerCall:
    taken, given = (
        tuple(tuple(tensor.shape) for tensor in tensors)
        for tensors in (node.input_tensors, node.output_tensors)
    )
    return LayerCall(node.operation, name, *ends, taken, given, passes, compute)


def _entering(entry: Key, tensor: Any) -> Callable[[dict[Key, Any]], list[Any]]:
    """What a model inside does with what it is called on: it takes it as its own type."""
    convert = require("keras", extra="tensorflow").ops.convert_to_tensor
    return lambda values: [convert(values[entry], dtype=tensor.dtype)]


def _leaving(made: Sequence[Key]) -> Callable[[dict[Key, Any]], list[Any]]:
    return lambda values: [values[key] for key in made]


def _computing(node: Any, number: int) -> Callable[[dict[Key, Any]], list[Any]]:
    flatten = require("keras", extra="tensorflow").tree.flatten
    tensors = [id(tensor) for tensor in node.input_tensors]

    def compute(values: dict[Key, Any]) -> list[Any]:
        given = {tensor: values[number, tensor] for tensor in tensors}
        positional, named = node.arguments.fill_in(given)
        named = {**named, "training": False} if "training" in named else named
        return list(flatten(node.operation(*positional, **named)))

    return compute


def _opens(node: Any) -> bool:
    """Whether a model inside can be gone through: a graph, called in the form that it has."""
    model = node.operation
    call = getattr(type(model), "call", None)
    outputs = _outputs(model) if getattr(call, "__qualname__", "") in _GRAPHS else []
    if not outputs or not node.input_tensors or len(model.inputs) != len(node.input_tensors):
        return False
    forms = (model.input, *node.arguments.args[:1])
    return len({isinstance(form, dict) for form in forms}) == 1 and all(
        len(own.shape) == len(given.shape)
        for own, given in zip(model.inputs, node.input_tensors, strict=True)
    )


def _nodes(model: Any) -> list[Any]:
    """The nodes of a model's graph, each after those that it depends on."""
    found: dict[int, Any] = {}
    # A node is kept once all that it depends on is kept: no recursion, however deep the model.
    stack = [(_node(tensor), False) for tensor in reversed(model.outputs)]
    while stack:
        node, ready = stack.pop()
        if id(node) in found:
            continue
        if ready or not node.input_tensors:
            found[id(node)] = node
            continue
        stack.append((node, True))
        stack.extend((_node(tensor), False) for tensor in reversed(node.input_tensors))
    return list(found.values())


def _node(tensor: Any) -> Any:
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def find_call(model: Any, layer: object, *, name: str = "layer") -> LayerCall:
    """The first call of a layer that a user named.

    Args:
        model: a functional or sequential model.
        layer: the layer's name, with or without those of the models around it
            (`"backbone/conv_1"`), its index in `model.layers`, or the layer.
        name: of the argument, for the messages.

    Raises:
        ArgumentError: the model has no such layer, or several of that name.
    """
    found = [(call.name, call.layer, call) for call in calls(model) if not call.is_entry]
    return _named(found, model, layer, name=name)


def find_layer(model: Any, layer: object, *, name: str = "layer") -> Any:
    """The layer that a user named, in the model or in a model inside it: see `find_call`."""
    found = [(path, each, each) for path, each in every_layer(model)]
    return _named(found, model, layer, name=name)


def _named(
    found: Sequence[tuple[str, Any, _Found]], model: Any, layer: object, *, name: str
) -> _Found:
    """What a name, an index or a layer stands for, among paths and their layers."""
    if isinstance(layer, int) and not isinstance(layer, bool):
        count = len(model.layers)
        layer = model.layers[integer(name, layer, minimum=-count, maximum=count - 1)]
    if isinstance(layer, str):
        path = _path(list(dict.fromkeys(path for path, _, _ in found)), model, layer, name=name)
        return next(result for each, _, result in found if each == path)
    own = [result for _, each, result in found if each is layer]
    if not own:
        reject(name, "be a name, an index or a layer of the model", getattr(layer, "name", layer))
    return own[0]


def _path(paths: list[str], model: Any, layer: str, *, name: str) -> str:
    """The path that a name stands for: in full, or the layer's own where that is enough."""
    if layer in paths:
        return layer
    same = [path for path in paths if _last(path) == layer]
    if len(same) > 1:
        mend = f"Say {' or '.join(map(repr, same[:_MOST_NAMES]))}."
        reject(name, "name one layer", layer, note=f", which {len(same)} have", mend=mend)
    if same:
        return same[0]
    if len(paths) <= _MOST_NAMES:
        return choice(name, layer, paths)
    known = [each for path in paths for each in (path, _last(path))]
    near = get_close_matches(layer[:60], known, n=1)
    mend = f"Did you mean {near[0]!r}?" if near else ""
    return reject(name, f"be one of the {len(paths)} layers of {model.name!r}", layer, mend=mend)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def every_layer(model: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """All layers of a model in order with their paths, those of models inside in their place."""
    for layer in model.layers:
        path = f"{above}{layer.name}"
        yield path, layer
        if getattr(layer, "layers", None):
            yield from every_layer(layer, f"{path}/")


def channels_last(model: Any) -> bool:
    """Whether a model's images have their channels last, as far as its layers tell."""
    formats = [getattr(layer, "data_format", None) for _, layer in every_layer(model)]
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


def run(model: Any, wanted: Sequence[Key], batch: NDArray[Any]) -> list[NDArray[Any]]:
    """What a batch makes of some of a model's tensors, in prediction mode."""
    ops = require("keras", extra="tensorflow").ops
    found, needed = calls(model), set(wanted)
    for call in reversed(found):
        if needed.intersection(call.outputs):
            needed.update(call.inputs)
    dtype = model.inputs[0].dtype
    values = {found[0].outputs[0]: ops.convert_to_tensor(batch, dtype=dtype)}
    for call in found[1:]:
        if needed.intersection(call.outputs):
            call(values)
    return [as_array("output", ops.convert_to_numpy(values[key])) for key in wanted]
