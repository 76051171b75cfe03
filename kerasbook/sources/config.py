"""Keras's configuration of a model, as data: the graph of a functional or sequential model.

Both forms are read: that of Keras 3, and the older one of `.h5` files, without modules. Only the
frame is checked here; what the layers' own settings mean is for the rules.
"""

from __future__ import annotations

from kerasbook.checks import MAPPINGS, SEQUENCES, printable, shown
from kerasbook.errors import SourceError
from kerasbook.frozen import frozen, replace
from kerasbook.graph import Call, Member, Model, Reference, drive, references_in
from kerasbook.rules import Layer, Tensor, check_shape, parse_layer
from kerasbook.rules.table import is_keras

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from kerasbook.rules import Shape

__all__ = ["open_model", "read_config"]

# A layer of a model, and what is inside it if it is itself one.
_Part: TypeAlias = "tuple[Layer, Model | None]"

# Arguments are tensors in lists in dicts; deeper ones are no arguments.
_DEEPEST_ARGUMENT = 20
# JSON is bounded already; a dict may hold itself.
_DEEPEST_MODEL = 5_000
_REFERENCE_LENGTH = 3
# The name under which Keras 2 writes a constant among the tensors of a call.
_CONSTANT = "_CONSTANT_VALUE"


def read_config(config: object) -> Model:
    """A model as data from its configuration.

    Args:
        config: what `json.loads(model.to_json())` or `model.get_config()` gives.

    Raises:
        SourceError: it is no such configuration, or one that Keras could not have written.

    Examples:
        >>> dense = {"class_name": "Dense", "config": {"name": "top", "units": 10}}
        >>> model = read_config(
        ...     {"name": "small", "layers": [dense], "build_input_shape": [None, 4]}
        ... )
        >>> [member.layer.name for member in model.members]
        ['input', 'top']
        >>> read_config({"units": 10})
        Traceback (most recent call last):
        kerasbook.errors.SourceError: a configuration must be that of a model, a dict with
            'class_name' and 'config' or with 'layers'; received {'units': 10}.
    """
    if not isinstance(config, MAPPINGS) or not ({"class_name", "layers"} & config.keys()):
        raise SourceError(
            where="a configuration",
            expected="be that of a model, a dict with 'class_name' and 'config' or with 'layers'",
            received=shown(config),
        )
    if "class_name" not in config:
        kind = "Functional" if "input_layers" in config else "Sequential"
        config = {"class_name": kind, "config": config}
    return drive(replace(parse_layer(config, role="a model"), where=""), _reading)


def open_model(layer: Layer) -> Model | None:
    """A layer inside a wrapper as a model, if it is one."""
    return drive(layer, _reading) if _is_model(layer) else None


def _reading(layer: Layer) -> Generator[Layer, Model, Model]:
    """Reads one model. Yields the models inside it, is sent them as data."""
    if not _is_model(layer):
        return _single(layer)
    values = layer.config["layers"]
    if not isinstance(values, SEQUENCES):
        raise SourceError(
            where=f"{_place(layer)}: layers", expected="be a list", received=shown(values)
        )
    if layer.where.count("/") > _DEEPEST_MODEL:
        raise SourceError(
            where=f"model {layer.name!r} ({layer.class_name}): it",
            expected=f"be inside at most {_DEEPEST_MODEL:,} models",
            received="more, such as a dict that holds itself",
        )
    parts: list[_Part] = []
    for value in values:
        inner = parse_layer(value, where=layer.where, role="a layer")
        parts.append((inner, (yield inner) if _is_model(inner) else None))
    trainable = layer.config.get("trainable") is not False
    if "input_layers" not in layer.config:
        return _sequential(layer, parts, trainable=trainable)
    nodes = [value.get("inbound_nodes") for value in values]
    old = _are_of_keras_2(nodes)
    shifted = {each.name for each, model in parts if model and (old or not _is_sequential(each))}
    names = _Names({each.name for each, _ in parts}, shifted)
    members = [
        Member(each, _calls(each, calls, names), model)
        for (each, model), calls in zip(parts, nodes, strict=True)
    ]
    return _functional(layer, members, shifted, trainable=trainable)


def _is_model(layer: Layer) -> bool:
    """Whether the configuration holds the layers of a functional or sequential model.

    A user's subclass counts if it is made of such a graph: it keeps Keras's own `call`, as far as
    a configuration can tell, and most such classes only train in their own way.
    """
    if "layers" not in layer.config:
        return False
    return "input_layers" in layer.config or _is_sequential(layer)


def _is_sequential(layer: Layer) -> bool:
    return is_keras(layer) and layer.class_name == "Sequential"


def _place(layer: Layer) -> str:
    return f"model {layer.where or layer.name!r} ({layer.class_name})"


# ---------------------------------------------------------------------------- the kinds of model


def _functional(
    layer: Layer, members: list[Member], shifted: Collection[str], *, trainable: bool
) -> Model:
    config = layer.config
    ends = []
    for key in ("input_layers", "output_layers"):
        if key not in config:
            raise SourceError(
                where=f"{_place(layer)}: its configuration", expected=f"give {key}", received="none"
            )
        ends.append(_ends(config[key], shifted, where=f"{_place(layer)}: {key}"))
    outputs = tuple(references_in(ends[1]))
    if not outputs:
        raise SourceError(
            where=f"{_place(layer)}: output_layers", expected="name a tensor", received="none"
        )
    return Model(
        layer.name,
        layer.class_name,
        tuple(members),
        inputs=ends[0],
        outputs=outputs,
        trainable=trainable,
        open=open_model,
    )


def _sequential(layer: Layer, parts: list[_Part], *, trainable: bool) -> Model:
    if not parts or parts[0][0].class_name != "InputLayer":
        parts.insert(0, (_implicit_input(layer, [each for each, _ in parts]), None))
    tensors = [Reference(each.name) for each, _ in parts]
    calls = [(), *((Call((source,)),) for source in tensors[:-1])]
    members = tuple(
        Member(each, called, model) for (each, model), called in zip(parts, calls, strict=True)
    )
    return Model(
        layer.name,
        layer.class_name,
        members,
        inputs=tensors[:1],
        outputs=(tensors[-1],),
        trainable=trainable,
        open=open_model,
    )


def _implicit_input(layer: Layer, layers: list[Layer]) -> Layer:
    """The input that a sequential model without one has; its shape if the file records it."""
    shape = layer.config.get("build_input_shape")
    if shape is None and layers:
        first = layers[0]
        shape = first.config.get("batch_input_shape", first.build_config.get("input_shape"))
    plain = isinstance(shape, SEQUENCES) and not any(isinstance(s, SEQUENCES) for s in shape)
    taken = {each.name for each in layers}
    name = next(
        name for n in range(len(taken) + 1) if (name := f"input_{n}" if n else "input") not in taken
    )
    return Layer("InputLayer", name, {"batch_shape": shape if plain else None}, where=name)


def _single(layer: Layer) -> Model:
    """A layer on its own, or a subclassed model, whose graph no configuration holds."""
    shape = layer.build_config.get("input_shape")
    member = Member(layer, (Call((Reference("input"),)),))
    entry = Member(Layer("InputLayer", "input", {"batch_shape": shape}, where="input"))
    known = isinstance(shape, SEQUENCES) and layer.name != "input"
    return Model(
        layer.name,
        layer.class_name,
        (entry, member) if known else (Member(layer),),
        inputs=[Reference("input")] if known else [],
        outputs=(Reference(layer.name),),
        connected=known,
        open=open_model,
    )


# ------------------------------------------------------------------------------ calls and tensors


@frozen
class _Names:
    """The names of a model's layers, and which of them count their calls from 1.

    Keras keeps a place for the node that a model inside was made of. Keras 2 counts it wherever it
    names such a model, Keras 3 at the ends of the model around it only, and not if it is a
    `Sequential`.
    """

    layers: Collection[str]
    shifted: Collection[str]


def _are_of_keras_2(nodes: Iterable[object]) -> bool:
    """Whether calls are written as lists, as Keras 2 does, and not as dicts."""
    return any(isinstance(each, list) and each and isinstance(each[0], list) for each in nodes)


def _calls(layer: Layer, nodes: object, names: _Names) -> tuple[Call, ...]:
    """The calls of a layer from its `inbound_nodes`."""
    if nodes is None:
        return ()
    if not isinstance(nodes, SEQUENCES):
        raise SourceError(
            where=f"{_place(layer)}: inbound_nodes",
            expected="be a list",
            received=shown(nodes),
        )
    return tuple([_call(layer, node, names) for node in nodes])


def _call(layer: Layer, node: object, names: _Names) -> Call:
    where = f"{_place(layer)}: inbound_nodes"
    if isinstance(node, MAPPINGS):
        arguments, keywords = node.get("args"), node.get("kwargs", {})
        if isinstance(arguments, SEQUENCES) and isinstance(keywords, MAPPINGS):
            return Call(
                tuple([_argument(each, where) for each in arguments]),
                {str(key): _argument(each, where) for key, each in keywords.items()},
            )
    if isinstance(node, SEQUENCES) and node:
        return _legacy_call(node, names, where)
    raise SourceError(
        where=where, expected="hold dicts with 'args' and 'kwargs'", received=shown(node)
    )


def _legacy_call(node: Sequence[object], names: _Names, where: str) -> Call:
    """A call in the form of Keras 2: `[[layer, call, output, keywords], …]`."""
    arguments: list[object] = []
    keywords: Mapping[str, object] = {}
    for entry in node:
        if not isinstance(entry, SEQUENCES) or len(entry) not in (3, 4):
            raise SourceError(
                where=where,
                expected="name layers as [name, call, output]",
                received=shown(entry),
            )
        if entry[0] == _CONSTANT:
            arguments.append(_argument(entry[2], where))
        else:
            arguments.append(_shift(_reference(entry[:3], where), names.shifted))
        if len(entry) > _REFERENCE_LENGTH and isinstance(entry[3], MAPPINGS):
            keywords = entry[3]
    first = arguments[0] if len(arguments) == 1 else arguments
    return Call((first,), {str(k): _legacy_keyword(v, names, where) for k, v in keywords.items()})


def _legacy_keyword(value: object, names: _Names, where: str, *, depth: int = 0) -> object:
    """An argument by keyword, where `[layer, call, output]` is a tensor."""
    if not isinstance(value, list) or depth > _DEEPEST_ARGUMENT:
        return _argument(value, where, depth)
    if (
        len(value) == _REFERENCE_LENGTH
        and isinstance(value[0], str)
        and printable(value[0]) in names.layers
    ):
        return _shift(_reference(value, where), names.shifted)
    return [_legacy_keyword(each, names, where, depth=depth + 1) for each in value]


def _shift(reference: Reference, shifted: Collection[str]) -> Reference:
    """The reference with its call counted from 0."""
    if reference.layer not in shifted:
        return reference
    return replace(reference, call=max(reference.call - 1, 0))


def _argument(value: object, where: str, depth: int = 0) -> object:
    """An argument of a call: references, constants, and lists and dicts of them."""
    if depth > _DEEPEST_ARGUMENT:
        raise SourceError(where=where, expected=f"be at most {_DEEPEST_ARGUMENT} levels deep")
    if isinstance(value, SEQUENCES):
        return [_argument(each, where, depth + 1) for each in value]
    if not isinstance(value, MAPPINGS):
        return value
    kind, config = value.get("class_name"), value.get("config")
    special = _SPECIAL.get(kind) if isinstance(kind, str) else None
    if special is not None:
        if not isinstance(config, MAPPINGS):
            raise SourceError(
                where=where, expected=f"give a {kind} its config", received=shown(value)
            )
        return special(config, where)
    if kind == "__ellipsis__":
        return Ellipsis
    if kind == "__tuple__" and isinstance(value.get("items"), list):
        return tuple(_argument(each, where, depth + 1) for each in value["items"])
    return {str(key): _argument(each, where, depth + 1) for key, each in value.items()}


def _keras_tensor(config: Mapping[str, object], where: str) -> object:
    shape = check_shape(config.get("shape"), where=where)
    dtype = config.get("dtype")
    dtype = dtype if isinstance(dtype, str) else "float32"
    history = config.get("keras_history")
    return (
        Tensor(shape, dtype)
        if history is None
        else _reference(history, where, shape=shape, dtype=dtype)
    )


def _constant(config: Mapping[str, object], where: str) -> Tensor:  # noqa: ARG001  as its siblings
    """A tensor of constants: its shape is that of the nested lists."""
    shape: list[int] = []
    value = config.get("value")
    while isinstance(value, SEQUENCES):
        shape.append(len(value))
        value = value[0] if value else None
    dtype = config.get("dtype")
    dtype = dtype if isinstance(dtype, str) else "float32"
    return Tensor(tuple(shape), dtype, constant=True)


def _slice(config: Mapping[str, object], where: str) -> slice:
    ends = [config.get(key) for key in ("start", "stop", "step")]
    if not all(end is None or isinstance(end, int) for end in ends):
        raise SourceError(
            where=f"{where}: a slice", expected="have integers or None", received=shown(config)
        )
    return slice(*ends)


_SPECIAL: Mapping[str, Callable[[Mapping[str, object], str], object]] = {
    "__keras_tensor__": _keras_tensor,
    "__tensor__": _constant,
    "__numpy__": _constant,
    "__slice__": _slice,
}


def _reference(
    value: object, where: str, *, shape: Shape | None = None, dtype: str = "float32"
) -> Reference:
    if isinstance(value, SEQUENCES) and len(value) == _REFERENCE_LENGTH:
        name, call, output = value
        if isinstance(name, str) and type(call) is int and type(output) is int:
            return Reference(printable(name), call, output, shape, dtype)
    raise SourceError(
        where=where,
        expected="name a tensor as [layer, call, output]",
        received=shown(value),
    )


def _ends(value: object, shifted: Collection[str], *, where: str, depth: int = 0) -> object:
    """The inputs or outputs of a model, in their structure."""
    if depth > _DEEPEST_ARGUMENT:
        raise SourceError(where=where, expected=f"be at most {_DEEPEST_ARGUMENT} levels deep")
    if isinstance(value, MAPPINGS):
        return {str(k): _ends(v, shifted, where=where, depth=depth + 1) for k, v in value.items()}
    if isinstance(value, SEQUENCES):
        if value and isinstance(value[0], str):
            return _shift(_reference(value, where), shifted)
        return [_ends(each, shifted, where=where, depth=depth + 1) for each in value]
    raise SourceError(
        where=where,
        expected="name tensors as [layer, call, output]",
        received=shown(value),
    )
