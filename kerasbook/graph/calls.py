"""What one call of a layer is given, as far as the walk knows it by then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.errors import SourceError
from kerasbook.frozen import frozen
from kerasbook.graph.inputs import match_inputs
from kerasbook.graph.records import Call, Reference
from kerasbook.rules import LayerSpec, Tensor, check_shape

if TYPE_CHECKING:
    from kerasbook.graph.fields import Field
    from kerasbook.graph.records import Member, Model
    from kerasbook.rules import RuleBook, Shape

__all__ = ["Given", "Output", "Outputs", "Passed", "gather", "output_of"]


@frozen
class Output:
    """A tensor of the model under way; its shape may be unknown."""

    tensor: Tensor | None
    field: Field


Passed: TypeAlias = "Reference | Tensor | None"
Outputs: TypeAlias = "dict[tuple[str, int, int], Output]"


@frozen(eq=False)
class Given:
    """What one call of a layer is given.

    Attributes:
        member: the layer.
        call: the call.
        references: the tensors of the model that it is called on.
        places: which of all its tensors, constants among them, these are.
        tensors: those of them whose shape is known.
        fields: what one unit of each sees of the inputs.
        recorded: shapes of its outputs that the source recorded.
    """

    member: Member
    call: Call
    references: tuple[Reference, ...]
    places: tuple[int, ...]
    tensors: Mapping[Reference, Tensor]
    fields: tuple[Field, ...]
    recorded: tuple[Shape | None, ...]

    @property
    def missing(self) -> bool:
        """Whether the shape of one of the tensors is unknown."""
        return any(ref not in self.tensors for ref in self.references)

    @property
    def shapes(self) -> tuple[Shape | None, ...]:
        """Shapes of the tensors of the model that it is called on."""
        found = map(self.tensors.get, self.references)
        return tuple(None if tensor is None else tensor.shape for tensor in found)

    def spec(self, book: RuleBook) -> LayerSpec | None:
        """What the rule is given; `None` if the shapes are unknown and were not recorded."""
        if not self.missing:
            arguments = _filled(self.call.arguments, self.tensors)
            keywords = _filled(self.call.keywords, self.tensors)
            return LayerSpec(self.member.layer, arguments, keywords, evaluate=book.inside)  # type: ignore[arg-type]
        # The shape that it was built with decides its weights, not what this call multiplies.
        layer = self.member.layer
        built = layer.build_config.get("input_shape")
        if not isinstance(built, list | tuple) or isinstance(next(iter(built), None), list | tuple):
            return None
        tensor = Tensor(check_shape(built, where=f"layer {layer.where!r}"))
        return LayerSpec(layer, (tensor,), evaluate=book.inside)

    def for_model(self, model: Model) -> tuple[Passed, ...]:
        """What the call passes for each input of a model."""
        arguments = self.call.arguments or (self.call.keywords.get("inputs"),)
        return tuple(match_inputs(model.inputs, arguments, where=self.member.layer.where))


def gather(member: Member, index: int, outputs: Outputs) -> Given:
    """What a call is given, from the outputs that there are.

    Args:
        member: the layer.
        index: which of its calls.
        outputs: what the calls before it put out, by layer, call and output.

    Raises:
        SourceError: it refers to an output that there is not.
    """
    call = member.calls[index] if member.calls else Call()
    passed = [leaf for leaf in call.leaves if isinstance(leaf, Reference | Tensor)]
    places = tuple(n for n, leaf in enumerate(passed) if isinstance(leaf, Reference))
    references = tuple(leaf for leaf in passed if isinstance(leaf, Reference))
    tensors: dict[Reference, Tensor] = {}
    fields: list[Field] = []
    for ref in references:
        output = output_of(ref, outputs)
        if output is None:
            raise SourceError(
                f"layer {member.layer.where!r} ({member.layer.class_name}): it must be called on "
                f"outputs that exist; received output {ref.output} of {ref.layer!r}."
            )
        if output.tensor is not None:
            tensors[ref] = output.tensor
        elif ref.shape is not None:
            tensors[ref] = Tensor(ref.shape, ref.dtype)
        fields.append(output.field)
    shapes = member.output_shapes[index] if index < len(member.output_shapes) else ()
    return Given(member, call, references, places, tensors, tuple(fields), shapes or (None,))


def output_of(ref: Reference, outputs: Outputs) -> Output | None:
    """The output that is meant; `None` if there is no such output.

    Of a layer whose outputs nobody knows, nobody knows how many there are either.
    """
    output = outputs.get((ref.layer, ref.call, ref.output))
    if output is None:
        first = outputs.get((ref.layer, ref.call, 0))
        return Output(None, None) if first is not None and first.tensor is None else None
    return output


def _filled(value: object, tensors: Mapping[Reference, Tensor]) -> object:
    """The same structure with tensors in place of references; the sources bound its depth."""
    if isinstance(value, Reference):
        return tensors[value]
    if isinstance(value, list | tuple):
        return tuple([_filled(each, tensors) for each in value])
    if isinstance(value, Mapping):
        return {key: _filled(each, tensors) for key, each in value.items()}
    return value
