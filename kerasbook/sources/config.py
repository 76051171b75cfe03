"""Keras's configuration of a model, as data: the graph of a functional or sequential model.

Both forms are read: that of Keras 3, and the older one of `.h5` files, without modules. Only the
structure of the graph is checked here; the rules interpret the layers' settings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.checks import MAPPINGS, SEQUENCES, shown
from kerasbook.errors import SourceError
from kerasbook.graph import Call, Member, Model, Reference, check_nesting, references_in
from kerasbook.rules import Layer, parse_layer
from kerasbook.rules.table import is_keras
from kerasbook.sources.config_calls import (
    DEEPEST_ARGUMENT,
    Names,
    are_of_keras_2,
    layer_place,
    read_calls,
    read_ends,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

__all__ = ["open_model", "read_config"]

# A layer, the model inside it if it is one, and the shared objects in it that count elsewhere.
_Part: TypeAlias = "tuple[Layer, Model | None, frozenset[int]]"


def read_config(config: object) -> Model:
    """The model that a configuration describes, as data.

    Args:
        config: the result of `json.loads(model.to_json())` or `model.get_config()`.

    Raises:
        SourceError: it is not a model's configuration, or Keras could not have written it.

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
    return _Reader().read(replace(parse_layer(config, role="a model"), where=""))


def open_model(layer: Layer) -> Model | None:
    """The model inside a wrapper; `None` if the wrapped layer is not a model."""
    return _Reader().read(layer) if _is_model(layer) else None


class _Reader:
    """Reads a model and the models inside it; a layer in several places is read once."""

    def __init__(self) -> None:
        self._shared: dict[int, _Part] = {}
        self._inside: set[int] = set()

    def read(self, layer: Layer, level: int = 0) -> Model:
        """The model of a layer, nested in `level` other models."""
        check_nesting(level, where=f"model {layer.name!r} ({layer.class_name})")
        if not _is_model(layer):
            return _single(layer)
        values = layer.config["layers"]
        if not isinstance(values, SEQUENCES):
            raise SourceError(
                where=f"{layer_place(layer)}: layers", expected="be a list", received=shown(values)
            )
        parts: list[_Part] = []
        for inner in _told_apart(values, layer.where):
            known = self._shared.get(inner.shared_id) if inner.shared_id is not None else None
            if known is not None:  # Keras creates the first one and uses it again
                parts.append((replace(known[0], name=inner.name, where=inner.where), *known[1:]))
                continue
            model = self.read(inner, level + 1) if _is_model(inner) else None
            part = inner, model, frozenset() if model else self._elsewhere(inner)
            if inner.shared_id is not None and inner.shared_id not in part[2]:
                self._shared[inner.shared_id] = part
            parts.append(part)
        if "input_layers" not in layer.config:
            return _sequential(layer, parts)
        return _functional(layer, parts, [value.get("inbound_nodes") for value in values])

    def _elsewhere(self, layer: Layer) -> frozenset[int]:
        """Ids of the objects in a layer that an earlier layer contains too."""
        inside = _shared_inside(layer.config)
        found = frozenset(each for each in inside if each in self._shared or each in self._inside)
        self._inside.update(inside)
        if layer.shared_id in self._inside:
            return found | {layer.shared_id}
        return found


def _told_apart(values: Sequence[object], where: str) -> list[Layer]:
    """The layers of a model; layers without a name get one."""
    layers = [parse_layer(value, where=where, role="a layer") for value in values]
    taken = {each.name for each in layers if not each.unnamed}
    found: list[Layer] = []
    numbers: dict[str, int] = {}
    for each in layers:
        name = each.name
        while each.unnamed and name in taken:
            numbers[each.name] = numbers.get(each.name, 0) + 1
            name = f"{each.name}_{numbers[each.name]}"
        if name != each.name:
            each = replace(each, name=name, where=f"{where}/{name}" if where else name)  # noqa: PLW2901
        taken.add(name)
        found.append(each)
    return found


def _shared_inside(config: Mapping[str, object]) -> set[int]:
    """Ids of the objects in a configuration that are shared with other places of the file."""
    found: set[int] = set()
    visited: set[int] = set()  # a dict or a list may contain itself
    pending = _holding(config.values())
    while pending:
        value = pending.pop()
        if id(value) in visited:
            continue
        visited.add(id(value))
        if isinstance(value, list):
            pending += _holding(value)
        else:
            shared_id, inner = value.get("shared_object_id"), value.get("config")
            if type(shared_id) is int:
                found.add(shared_id)
            if isinstance(inner, dict):
                pending += _holding(inner.values())
    return found


def _holding(values: Iterable[object]) -> list[dict[str, object] | list[object]]:
    """The dicts and lists among some values."""
    return [each for each in values if isinstance(each, dict | list)]


def _is_model(layer: Layer) -> bool:
    """Whether the configuration is that of a functional or sequential model.

    A user's subclass counts if its configuration lists such a graph: most of these classes keep
    Keras's own `call` and only customise training.
    """
    if "layers" not in layer.config:
        return False
    return "input_layers" in layer.config or _is_sequential(layer)


def _is_sequential(layer: Layer) -> bool:
    return is_keras(layer) and layer.class_name == "Sequential"


# ---------------------------------------------------------------------------- the kinds of model


def _functional(layer: Layer, parts: list[_Part], nodes: list[object]) -> Model:
    config = layer.config
    old = are_of_keras_2(nodes)
    shifted = {each.name for each, model, _ in parts if model and (old or not _is_sequential(each))}
    names = Names({each.name for each, _, _ in parts}, shifted)
    members = [
        _member(part, read_calls(part[0], calls, names))
        for part, calls in zip(parts, nodes, strict=True)
    ]
    ends = []
    for key in ("input_layers", "output_layers"):
        if key not in config:
            raise SourceError(
                where=f"{layer_place(layer)}: its configuration",
                expected=f"give {key}",
                received="none",
            )
        ends.append(read_ends(config[key], shifted, where=f"{layer_place(layer)}: {key}"))
    outputs = tuple(references_in(ends[1]))
    if not outputs:
        raise SourceError(
            where=f"{layer_place(layer)}: output_layers", expected="name a tensor", received="none"
        )
    return Model(
        layer.name,
        layer.class_name,
        tuple(members),
        inputs=ends[0],
        outputs=outputs,
        trainable=config.get("trainable") is not False,
        open=open_model,
    )


def _member(part: _Part, calls: tuple[Call, ...]) -> Member:
    layer, model, elsewhere = part
    return Member(layer, calls, model, key=layer.shared_id, elsewhere=elsewhere)


def _sequential(layer: Layer, parts: list[_Part]) -> Model:
    """A sequential model; Keras saves its `trainable` flag layer by layer only."""
    if not parts or parts[0][0].class_name != "InputLayer":
        entry = _implicit_input(layer, [each for each, _, _ in parts])
        parts = [(entry, None, frozenset()), *parts]
    tensors = [Reference(each.name) for each, _, _ in parts]
    calls = [(), *((Call((source,)),) for source in tensors[:-1])]
    members = tuple(map(_member, parts, calls))
    return Model(
        layer.name,
        layer.class_name,
        members,
        inputs=tensors[:1],
        outputs=(tensors[-1],),
        open=open_model,
    )


def _implicit_input(layer: Layer, layers: list[Layer]) -> Layer:
    """The input layer of a sequential model that lists none, with the shape from the file."""
    shape = layer.config.get("build_input_shape")
    if shape is None and layers:
        first = layers[0]
        shape = first.config.get("batch_input_shape", first.build_config.get("input_shape"))
    plain = isinstance(shape, SEQUENCES) and not any(isinstance(s, SEQUENCES) for s in shape)
    return _implicit_input_of(shape if plain else None, {each.name for each in layers})


def _implicit_input_of(shape: object, taken: Collection[str]) -> Layer:
    """An input layer of that shape, under a name that is not taken."""
    name = next(
        name for n in range(len(taken) + 1) if (name := f"input_{n}" if n else "input") not in taken
    )
    return Layer("InputLayer", name, {"batch_shape": shape}, where=name)


def _single(layer: Layer) -> Model:
    """A single layer, or a subclassed model, whose configuration does not contain its graph."""
    taken = {layer.name}
    inputs: list[Layer] = []

    def entry(shape: object) -> Reference:
        found = _implicit_input_of(shape, taken)
        taken.add(found.name)
        inputs.append(found)
        return Reference(found.name)

    argument = _structured(layer.build_config.get("input_shape"), entry)
    members = [Member(each) for each in inputs]
    return Model(
        layer.name,
        layer.class_name,
        (*members, Member(layer, (Call((argument,)),) if members else ())),
        inputs=[Reference(each.name) for each in inputs],
        outputs=(Reference(layer.name),),
        connected=bool(members),
        open=open_model,
    )


def _structured(value: object, entry: Callable[[object], Reference], depth: int = 0) -> object:
    """An argument of a model, from the shapes of its tensors in lists and dicts."""
    if depth > DEEPEST_ARGUMENT:
        raise SourceError(
            where="input_shape", expected=f"be at most {DEEPEST_ARGUMENT} levels deep"
        )
    if isinstance(value, MAPPINGS):
        return {str(key): _structured(value[key], entry, depth + 1) for key in value}
    if not isinstance(value, SEQUENCES):
        return None
    if value and all(isinstance(each, (*SEQUENCES, *MAPPINGS)) for each in value):
        return [_structured(each, entry, depth + 1) for each in value]
    return entry(value)
