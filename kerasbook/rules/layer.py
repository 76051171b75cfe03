"""A layer as Keras serialises it, and the tensors it is called on; not yet what they mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeGuard

from kerasbook.checks import MAPPINGS, SEQUENCES, printable, shown
from kerasbook.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kerasbook.rules.views import Shape

__all__ = [
    "EXPORTED",
    "LARGEST",
    "Layer",
    "Tensor",
    "check_shape",
    "exported",
    "is_shape",
    "parse_layer",
    "tensors_in",
]

# No array has a longer axis: a size is an int64 everywhere.
LARGEST = 2**63 - 1
_MOST_AXES = 32
# Keras's own classes that it exports under another name: configurations have that one, older `.h5`
# files and the folders of weights have the name of the class.
EXPORTED = {"GroupedQueryAttention": "GroupQueryAttention"}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor that a layer is called on.

    Attributes:
        shape: as Keras writes it: batch first, `None` where a dimension is not specified.
        dtype: its type.
        constant: whether it is a part of the model, not computed from the inputs: no batch.
    """

    shape: Shape
    dtype: str = "float32"
    constant: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer as Keras serialises it: the class and the configuration, not yet called.

    Attributes:
        class_name: `"Conv2D"`.
        name: the layer's name in its model.
        config: its `get_config()`.
        module: where the class lives, `"keras.layers"`; `""` if the file does not say.
        registered_name: `"package>MyLayer"` for a user's class, else `""`.
        where: the path to it, for messages: `"encoder/conv_1"`.
        build_config: what it was built with, `{"input_shape": …}`.
        shared_id: the number that its file gives it, where several places of it hold the layer.
        unnamed: whether the configuration gives no name, as that of a class without `get_config`.
    """

    class_name: str
    name: str
    config: Mapping[str, object]
    module: str = ""
    registered_name: str = ""
    where: str = ""
    build_config: Mapping[str, object] = field(default_factory=dict)
    shared_id: int | None = None
    unnamed: bool = False


def parse_layer(value: object, *, where: str = "", role: str = "a layer") -> Layer:
    """A serialised layer, checked as far as its frame goes.

    Args:
        value: a dict with `class_name` and `config`, as `keras.saving.serialize_keras_object`
            writes it, or the older form without `module`.
        where: the path to what holds it, for messages.
        role: what it is there, for messages: "the wrapped layer".

    Raises:
        SourceError: it is no such dict.

    Examples:
        >>> parse_layer({"class_name": "Dense", "config": {"name": "top", "units": 3}}).name
        'top'
        >>> parse_layer({"config": {}})
        Traceback (most recent call last):
        kerasbook.errors.SourceError: a layer must be a dict with 'class_name' and 'config';
            received {'config': {}}.
    """
    frame = value if isinstance(value, MAPPINGS) else {}
    class_name, config = frame.get("class_name"), frame.get("config")
    if class_name == "Sequential" and isinstance(config, list):
        config = {"layers": config}  # as Keras wrote it before 2.2.3
    if not isinstance(class_name, str) or not isinstance(config, MAPPINGS):
        place = f" of {where!r}" if where else ""
        raise SourceError(
            where=f"{role}{place}",
            expected="be a dict with 'class_name' and 'config'",
            received=shown(value),
        )
    name = frame.get("name", config.get("name"))
    class_name, module = printable(class_name), _text(frame.get("module"))
    named = isinstance(name, str) and bool(name)
    name = printable(name) if isinstance(name, str) and name else class_name.lower()
    build_config, shared_id = frame.get("build_config") or {}, frame.get("shared_object_id")
    return Layer(
        exported(class_name, module=module),
        name,
        config,
        module=module,
        registered_name=_text(frame.get("registered_name")),
        where=f"{where}/{name}" if where else name,
        build_config=build_config if isinstance(build_config, MAPPINGS) else {},
        shared_id=shared_id if type(shared_id) is int else None,
        unnamed=not named,
    )


def exported(class_name: str, *, module: str) -> str:
    """The name of a class as configurations have it.

    Args:
        class_name: its own name.
        module: where it lives; `""` if that is not known.

    Examples:
        >>> exported("GroupedQueryAttention", module="keras.layers")
        'GroupQueryAttention'
        >>> exported("GroupedQueryAttention", module="mine")
        'GroupedQueryAttention'
    """
    if module.partition(".")[0] not in {"", "keras"}:
        return class_name
    return EXPORTED.get(class_name, class_name)


def tensors_in(value: object) -> tuple[Tensor, ...]:
    """All tensors in nested lists, tuples and dicts, in the order Keras flattens them."""
    tensors: list[Tensor] = []
    pending = [value]
    while pending:
        each = pending.pop()
        if type(each) is Tensor:
            tensors.append(each)
        elif isinstance(each, SEQUENCES):
            pending.extend(reversed(each))
        elif isinstance(each, MAPPINGS):
            pending.extend(each[key] for key in sorted(each, reverse=True))
    return tuple(tensors)


def check_shape(value: object, *, where: str) -> Shape:
    """A shape as a tuple of sizes, from JSON.

    Raises:
        SourceError: it is no list of sizes, or an absurd one.
    """
    if isinstance(value, SEQUENCES) and len(value) <= _MOST_AXES:
        for size in value:
            if size is not None and not (type(size) is int and 0 <= size <= LARGEST):
                break
        else:
            return tuple(value)
    raise SourceError(
        where=f"{where}: a shape",
        expected=f"be a list of at most {_MOST_AXES} sizes, each None or an integer from 0 to "
        "2⁶³ − 1",
        received=shown(value),
    )


def is_shape(value: object) -> TypeGuard[Shape]:
    """Whether a value is a shape, and not a tuple of tensors."""
    return isinstance(value, tuple) and all(size is None or type(size) is int for size in value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
