"""What a model is called on: the shapes its inputs declare, filled in by the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from kerasbook.checks import MAPPINGS, SEQUENCES, shown
from kerasbook.errors import ArgumentError, SourceError
from kerasbook.graph.records import Reference, flattened, references_in
from kerasbook.rules import Tensor, check_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.graph.records import Member, Model
    from kerasbook.rules import Shape

__all__ = [
    "Fill",
    "common_batch",
    "declared_inputs",
    "fill_inputs",
    "input_names",
    "match_inputs",
    "with_inputs",
    "with_tensors",
]

# One shape, a list with one per input, or a dict by input name.
Fill: TypeAlias = "Sequence[object] | Mapping[str, object] | None"


def fill_inputs(
    names: Sequence[str], declared: Sequence[Tensor | None], shapes: Fill
) -> tuple[Tensor | None, ...]:
    """The inputs of a model, with the sizes that the caller gives for unspecified ones.

    Args:
        names: names of the inputs.
        declared: what the model declares for each; `None` if it declares nothing.
        shapes: what the caller gives; a shape may leave the batch out.

    Raises:
        ArgumentError: an input does not exist, or a size differs from the declared one.

    Examples:
        >>> image = Tensor((None, None, None, 3))
        >>> fill_inputs(["image"], [image], (224, 224, 3))
        (Tensor(shape=(None, 224, 224, 3), ...),)
        >>> fill_inputs(["image"], [image], {"img": (224, 224, 3)})
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: input_shapes must name inputs of the model, 'image';
            received 'img'.
    """
    given = _by_name(names, shapes)
    return tuple(
        _filled(name, tensor, given[name]) if name in given else tensor
        for name, tensor in zip(names, declared, strict=True)
    )


def with_inputs(model: Model, shapes: Fill) -> Model:
    """A subclassed model with the inputs that the caller gives shapes for.

    A model that was not called yet may take several tensors in one list or dict; and one that was
    may take more of them than are recorded.
    """
    if model.connected or shapes is None or not model.inputs:
        return model
    inputs: Any = model.inputs
    arguments, keywords = inputs
    names = input_names(model)
    first = arguments[0] if len(arguments) == 1 else None
    if isinstance(shapes, Mapping):
        given = {str(name): Reference(str(name)) for name in shapes}
        if _is_open(first) and not set(given) <= {*names, *model.optional}:
            arguments = (given,)
        else:
            keywords = {**keywords, **{n: r for n, r in given.items() if n in model.optional}}
    elif _is_open(first) and any(isinstance(each, list | tuple) for each in shapes):
        arguments = (tuple(Reference(f"{names[0]}_{n}") for n in range(len(shapes))),)
    return replace(model, inputs=(arguments, keywords))


def _is_open(value: object) -> bool:
    """Whether an input may be anything: one of which no shape was recorded."""
    return isinstance(value, Reference) and value.shape is None


def common_batch(tensors: Sequence[Tensor | None]) -> int | None:
    """Samples in a batch of inputs; 1 if that is not specified, `None` if they differ.

    Examples:
        >>> common_batch([Tensor((32, 8)), Tensor((None, 8))])
        32
        >>> common_batch([Tensor((32, 8)), Tensor((16, 8))])
    """
    sizes = {each.shape[0] for each in tensors if each is not None and each.shape}
    sizes -= {None, 1}
    if not sizes:
        return 1
    return sizes.pop() if len(sizes) == 1 else None


def match_inputs(
    inputs: object, arguments: Sequence[object], *, where: str
) -> list[Reference | Tensor | None]:
    """What a call passes for each input of a model, `None` for what it leaves out.

    Args:
        inputs: the model's inputs, in their structure.
        arguments: what the call passes by position.
        where: the model's path, for messages.

    Raises:
        SourceError: the call passes fewer tensors, or something else.
    """
    wanted = list(references_in(inputs))
    first = arguments[0] if arguments else None
    if isinstance(first, Mapping):
        if isinstance(inputs, Mapping):
            found = [leaf for key in sorted(inputs, key=str) for leaf in flattened(first.get(key))]
        else:
            found = [first.get(ref.layer) for ref in wanted]
    else:
        found = flattened(list(arguments))
    if len(found) < len(wanted):
        raise SourceError(
            where=f"model {where!r}: it",
            expected=f"be called on its {len(wanted)} inputs",
            received=f"{len(found)} tensors",
        )
    passed: list[Reference | Tensor | None] = []
    for each in found[: len(wanted)]:
        if each is not None and not isinstance(each, Reference | Tensor):
            raise SourceError(
                where=f"model {where!r}: it",
                expected="be called on tensors",
                received=shown(each),
            )
        passed.append(each)
    return passed


def input_names(model: Model) -> list[str]:
    """Names of a model's inputs, in the order Keras flattens them.

    Raises:
        SourceError: one of them is no layer of the model.
    """
    names = [ref.layer for ref in references_in(model.inputs)]
    if not model.connected:  # its inputs are no layers
        return names
    foreign = set(names).difference(member.layer.name for member in model.members)
    if foreign:
        raise SourceError(
            where=f"model {model.name!r}: its inputs",
            expected="be layers of the model",
            received=f"{min(foreign)!r}, which it does not have",
        )
    return names


def declared_inputs(model: Model) -> list[Tensor | None]:
    """What the model declares for each of its inputs."""
    if not model.connected:
        refs = references_in(model.inputs)
        return [None if ref.shape is None else Tensor(ref.shape, ref.dtype) for ref in refs]
    members = {member.layer.name: member for member in model.members}
    return [_input_tensor(members.get(name)) for name in input_names(model)]


def with_tensors(value: object, tensors: Iterator[Tensor | None]) -> Any:  # noqa: ANN401  any structure
    """The same structure with tensors, in the order of `flattened`, in place of its references."""
    if isinstance(value, Reference):
        return next(tensors)
    if isinstance(value, SEQUENCES):
        return tuple([with_tensors(each, tensors) for each in value])
    if isinstance(value, MAPPINGS):
        found = {key: with_tensors(value[key], tensors) for key in sorted(value, key=str)}
        return {key: found[key] for key in value}  # in the order that it had
    return value


def _by_name(names: Sequence[str], shapes: Fill) -> dict[str, object]:
    """The shapes that the caller gives, by input name."""
    if shapes is None:
        return {}
    listed = ", ".join(map(repr, names)) or "of which there are none"
    if isinstance(shapes, Mapping):
        foreign = [name for name in shapes if name not in names]
        if foreign:
            raise ArgumentError(
                where="input_shapes",
                expected=f"name inputs of the model, {listed}",
                received=f"{foreign[0]!r}",
            )
        return {str(name): shape for name, shape in shapes.items()}
    if not isinstance(shapes, Sequence) or isinstance(shapes, str):
        _reject(shapes)
    if any(isinstance(each, list | tuple) for each in shapes):
        if len(shapes) != len(names):
            raise ArgumentError(
                where="input_shapes",
                expected=f"have one shape per input ({len(names)}: {listed})",
                received=f"{len(shapes)}",
            )
        return dict(zip(names, shapes, strict=True))
    if len(names) != 1:
        raise ArgumentError(
            where="input_shapes",
            expected=f"have one shape per input ({len(names)}: {listed})",
            received="one",
        )
    return {names[0]: shapes}


def _filled(name: str, tensor: Tensor | None, given: object) -> Tensor:
    if not isinstance(given, list | tuple):
        _reject(given)
    sizes = tuple(given)
    if not all(size is None or (type(size) is int and size > 0) for size in sizes):
        _reject(given)
    if tensor is None:
        return Tensor(sizes if sizes[:1] == (None,) else (None, *sizes))
    declared = tensor.shape
    if len(sizes) == len(declared) - 1:
        sizes = (declared[0], *sizes)
    agree = len(sizes) == len(declared) and all(
        None in (old, new) or old == new for old, new in zip(declared, sizes, strict=True)
    )
    if not agree:
        raise ArgumentError(
            where="input_shapes",
            expected=f"fill what the input {name!r} leaves unspecified in {declared}",
            received=f"{sizes}",
            mend="Build the model anew for other sizes.",
        )
    return Tensor(_joined(declared, sizes), tensor.dtype)


def _joined(declared: Shape, given: Shape) -> Shape:
    return tuple(new if old is None else old for old, new in zip(declared, given, strict=True))


def _reject(value: object) -> NoReturn:
    raise ArgumentError(
        where="input_shapes",
        expected="be a shape, a list of shapes or a dict of shapes by input name, "
        "with positive integers or None as sizes",
        received=shown(value),
    )


def _input_tensor(member: Member | None) -> Tensor | None:
    if member is None:
        return None
    config = member.layer.config
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    if shape is None:
        return None
    where = f"layer {member.layer.where!r} ({member.layer.class_name})"
    dtype = config.get("dtype")
    return Tensor(check_shape(shape, where=where), dtype if isinstance(dtype, str) else "float32")
