"""The calls of a model's layers, from a configuration of Keras 3 or Keras 2."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kerasbook.checks import MAPPINGS, SEQUENCES, printable, shown
from kerasbook.errors import SourceError
from kerasbook.graph import Call, Reference
from kerasbook.rules import Tensor, check_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from kerasbook.rules import Layer, Shape

__all__ = ["DEEPEST_ARGUMENT", "Names", "are_of_keras_2", "layer_place", "read_calls", "read_ends"]

# Real arguments are tensors in lists in dicts; deeper ones are refused.
DEEPEST_ARGUMENT = 20
_REFERENCE_LENGTH = 3
# The name under which Keras 2 writes a constant among the tensors of a call.
_CONSTANT = "_CONSTANT_VALUE"


def layer_place(layer: Layer) -> str:
    """A model or a layer in it, as messages name it."""
    return f"model {layer.where or layer.name!r} ({layer.class_name})"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a model's layers, and those whose calls are counted from 1.

    The first node of a nested model is the one that it was built with. Keras 2 counts this node in
    every reference to such a model; Keras 3 only in the inputs and outputs of the model around it,
    and not for a `Sequential`.
    """

    layers: Collection[str]
    shifted: Collection[str]


def are_of_keras_2(nodes: Iterable[object]) -> bool:
    """Whether calls are written as lists, as Keras 2 does, and not as dicts."""
    return any(isinstance(each, list) and each and isinstance(each[0], list) for each in nodes)


def read_calls(layer: Layer, nodes: object, names: Names) -> tuple[Call, ...]:
    """The calls of a layer from its `inbound_nodes`."""
    if nodes is None:
        return ()
    if not isinstance(nodes, SEQUENCES):
        raise SourceError(
            where=f"{layer_place(layer)}: inbound_nodes",
            expected="be a list",
            received=shown(nodes),
        )
    return tuple([_call(layer, node, names) for node in nodes])


def _call(layer: Layer, node: object, names: Names) -> Call:
    where = f"{layer_place(layer)}: inbound_nodes"
    if isinstance(node, MAPPINGS):
        arguments, keywords = node.get("args"), node.get("kwargs", {})
        if isinstance(arguments, SEQUENCES) and isinstance(keywords, MAPPINGS):
            return Call(
                tuple([_argument(each, where) for each in arguments]),
                {str(key): _argument(each, where) for key, each in keywords.items()},
            )
    if isinstance(node, (*SEQUENCES, *MAPPINGS)) and node:
        return _legacy_call(node, names, where)
    raise SourceError(
        where=where, expected="hold dicts with 'args' and 'kwargs'", received=shown(node)
    )


def _legacy_call(node: object, names: Names, where: str) -> Call:
    """A call in the form of Keras 2: `[[layer, call, output, keywords], …]`.

    For an operation of TensorFlow the first argument keeps its form and may be a single tensor.
    """
    keywords: dict[str, object] = {}
    first = _legacy_argument(node, keywords, names=names, where=where)
    if isinstance(first, list) and len(first) == 1:
        first = first[0]
    return Call((first,), {k: _legacy_keyword(v, names, where) for k, v in keywords.items()})


def _legacy_argument(
    value: object, keywords: dict[str, object], *, names: Names, where: str, depth: int = 0
) -> object:
    """The first argument of a call, in its structure; keywords found with it are added."""

    def inside(each: object) -> object:
        return _legacy_argument(each, keywords, names=names, where=where, depth=depth + 1)

    named = isinstance(value, SEQUENCES) and bool(value) and isinstance(value[0], str)
    if depth > DEEPEST_ARGUMENT:
        raise SourceError(where=where, expected=f"be at most {DEEPEST_ARGUMENT} levels deep")
    if isinstance(value, MAPPINGS):
        return {str(key): inside(each) for key, each in value.items()}
    if isinstance(value, SEQUENCES) and value and not named:
        return [inside(each) for each in value]
    if not isinstance(value, SEQUENCES) or len(value) not in (3, 4):
        raise SourceError(
            where=where, expected="name layers as [name, call, output]", received=shown(value)
        )
    if len(value) > _REFERENCE_LENGTH and isinstance(value[3], MAPPINGS):
        keywords.update({str(key): each for key, each in value[3].items()})
    if value[0] == _CONSTANT:
        return _argument(value[2], where)
    return _shift(_reference(value[:3], where), names.shifted)


def _legacy_keyword(value: object, names: Names, where: str, *, depth: int = 0) -> object:
    """An argument by keyword, where `[layer, call, output]` is a tensor."""
    if not isinstance(value, list) or depth > DEEPEST_ARGUMENT:
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
    if depth > DEEPEST_ARGUMENT:
        raise SourceError(where=where, expected=f"be at most {DEEPEST_ARGUMENT} levels deep")
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
        where=where, expected="name a tensor as [layer, call, output]", received=shown(value)
    )


def read_ends(value: object, shifted: Collection[str], *, where: str, depth: int = 0) -> object:
    """The inputs or outputs of a model, in their structure."""
    if depth > DEEPEST_ARGUMENT:
        raise SourceError(where=where, expected=f"be at most {DEEPEST_ARGUMENT} levels deep")
    if isinstance(value, MAPPINGS):
        return {
            str(k): read_ends(v, shifted, where=where, depth=depth + 1) for k, v in value.items()
        }
    if isinstance(value, SEQUENCES):
        if value and isinstance(value[0], str):
            return _shift(_reference(value, where), shifted)
        return [read_ends(each, shifted, where=where, depth=depth + 1) for each in value]
    raise SourceError(
        where=where, expected="name tensors as [layer, call, output]", received=shown(value)
    )
