"""What one call of a layer is given, as far as the walk knows it by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.checks import SEQUENCES
from kerasbook.errors import SourceError
from kerasbook.graph.inputs import match_inputs, with_tensors
from kerasbook.graph.records import Call, Reference
from kerasbook.rules import LayerSpec, Tensor, check_shape

if TYPE_CHECKING:
    from kerasbook.graph.fields import Field
    from kerasbook.graph.records import Member, Model
    from kerasbook.rules import RuleBook, Shape

__all__ = ["CallInputs", "Output", "Outputs", "Passed", "gather", "output_of"]


@dataclass(frozen=True, slots=True)
class Output:
    """A tensor of the model under way; its shape may be unknown."""

    tensor: Tensor | None
    field: Field


Passed: TypeAlias = "Reference | Tensor | None"
Outputs: TypeAlias = "dict[tuple[str, int, int], Output]"


@dataclass(frozen=True, slots=True, eq=False)
class CallInputs:
    """What one call of a layer is given.

    Attributes:
        member: the layer.
        call: the call.
        references: the tensors of the model that it is called on.
        places: which of all its tensors, constants among them, these are.
        tensors: what each of them is; `None` where its shape is unknown.
        shapes: the shape of each; `None` where unknown.
        fields: what one unit of each sees of the inputs.
        recorded: shapes of its outputs that the source recorded.
    """

    member: Member
    call: Call
    references: tuple[Reference, ...]
    places: tuple[int, ...]
    tensors: tuple[Tensor | None, ...]
    shapes: tuple[Shape | None, ...]
    fields: tuple[Field, ...]
    recorded: tuple[Shape | None, ...]

    @property
    def missing(self) -> bool:
        """Whether the shape of one of the tensors is unknown."""
        return None in self.shapes

    def gathered(self, batch_size: int) -> bool:
        """Whether one of the tensors has parts of one sample where the source saw a batch.

        Some layers put the frames of a film, or the windows of an image, in the place of the batch.
        A rule counts one of them; how many there are is known where the layer was traced.

        Args:
            batch_size: samples in a batch of the model, if that is specified.
        """
        for ref, shape in zip(self.references, self.shapes, strict=True):
            first = shape[0] if shape else None
            if first is None or not ref.shape or (batch_size > 1 and first in (1, batch_size)):
                continue
            if ref.shape[0] is None or batch_size > 1:
                return True
        return False

    def spec(self, book: RuleBook) -> LayerSpec | None:
        """What the rule is given; `None` if the shapes are unknown and were not recorded."""
        if not self.missing:
            tensors = iter(self.tensors)
            arguments = with_tensors(self.call.arguments, tensors)
            keywords = with_tensors(self.call.keywords, tensors) if self.call.keywords else {}
            return LayerSpec(self.member.layer, arguments, keywords, evaluate=book.inside)
        # The shape that it was built with decides its weights, not what this call multiplies.
        layer = self.member.layer
        built = layer.build_config.get("input_shape")
        if not isinstance(built, SEQUENCES) or isinstance(next(iter(built), None), SEQUENCES):
            return None
        tensor = Tensor(check_shape(built, where=f"layer {layer.where!r}"))
        return LayerSpec(layer, (tensor,), evaluate=book.inside)

    def for_model(self, model: Model) -> tuple[Passed, ...]:
        """What the call passes for each input of a model."""
        arguments = self.call.arguments or (self.call.keywords.get("inputs"),)
        return tuple(match_inputs(model.inputs, arguments, where=self.member.layer.where))


def gather(member: Member, index: int, outputs: Outputs) -> CallInputs:
    """What a call is given, from the outputs that there are.

    Args:
        member: the layer.
        index: which of its calls.
        outputs: what the calls before it put out, by layer, call and output.

    Raises:
        SourceError: it refers to an output that there is not.
    """
    call = member.calls[index] if member.calls else Call()
    references: list[Reference] = []
    places: list[int] = []
    tensors: list[Tensor | None] = []
    fields: list[Field] = []
    constants = 0
    of_recorded_shape: dict[Reference, Tensor] = {}
    for leaf in call.leaves:
        if not isinstance(leaf, Reference):
            constants += type(leaf) is Tensor
            continue
        output = _found(leaf, outputs, member)
        tensor = output.tensor
        if tensor is None and leaf.shape is not None:  # passed twice, it is one tensor all the same
            tensor = of_recorded_shape.setdefault(leaf, Tensor(leaf.shape, leaf.dtype))
        places.append(len(references) + constants)
        references.append(leaf)
        tensors.append(tensor)
        fields.append(output.field)
    recorded = member.output_shapes[index] if index < len(member.output_shapes) else ()
    return CallInputs(
        member,
        call,
        tuple(references),
        tuple(places),
        tuple(tensors),
        tuple([None if each is None else each.shape for each in tensors]),
        tuple(fields),
        recorded or (None,),
    )


def _found(ref: Reference, outputs: Outputs, member: Member) -> Output:
    """A tensor that a layer is called on."""
    output = output_of(ref, outputs)
    if output is None:
        raise SourceError(
            where=f"layer {member.layer.where!r} ({member.layer.class_name}): it",
            expected="be called on outputs that exist",
            received=f"output {ref.output} of {ref.layer!r}",
        )
    return output


def output_of(ref: Reference, outputs: Outputs) -> Output | None:
    """The output that is meant; `None` if there is no such output.

    If the outputs of a layer are unknown, so is their number.
    """
    output = outputs.get((ref.layer, ref.call, ref.output))
    if output is None:
        first = outputs.get((ref.layer, ref.call, 0))
        return Output(None, None) if first is not None and first.tensor is None else None
    return output
