"""A model as data, before anything is computed: layers, what each call is given, and the ends.

The sources make it: a configuration, a file, or a model in memory. It is plain and frozen, and it
may be wrong in ways only the walk finds out: a layer that does not exist, a cycle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from kerasbook.checks import MAPPINGS, SEQUENCES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kerasbook.rules import Layer, LayerSpec, Shape, Tensor, Weight

__all__ = [
    "Call",
    "Member",
    "Model",
    "Reference",
    "TracedCall",
    "Tracer",
    "Tracing",
    "flattened",
    "references_in",
]


@dataclass(frozen=True, slots=True)
class Reference:
    """A tensor that some layer of the same model puts out; which, is all that is compared.

    Attributes:
        layer: the layer's name.
        call: which of its calls, from 0.
        output: which of its outputs, from 0.
        shape: the shape that the source recorded; `None` if it did not.
        dtype: the type that it recorded.
    """

    layer: str
    call: int = 0
    output: int = 0
    shape: Shape | None = field(default=None, compare=False)
    dtype: str = field(default="float32", compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """What one call passes: references and constants, in lists, tuples and dicts.

    Attributes:
        arguments: what it passes by position.
        keywords: what it passes by name.
        leaves: all of it, in the order Keras flattens it.
    """

    arguments: tuple[object, ...] = ()
    keywords: Mapping[str, object] = field(default_factory=dict)
    leaves: tuple[object, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        given = (self.arguments, self.keywords) if self.keywords else self.arguments
        object.__setattr__(self, "leaves", tuple(flattened(given)))


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A layer of a model.

    Attributes:
        layer: the layer.
        calls: its calls in this model, none for an input.
        model: its inside, if it is itself a model.
        held: its weights as they are in memory; `None` if the source is a configuration.
        key: what it shares with the same layer in another place: each layer is counted once.
        elsewhere: the `shared_id` of what an earlier layer holds too, of it or of a layer inside
            it: those weights are counted there.
        stored: its weights as its file stores them, for where no rule knows them; `None` if the
            source has no arrays.
        output_shapes: shapes that the source recorded for its calls; `None` where it did not.
        idle: whether the model holds it and never calls it.
    """

    layer: Layer
    calls: tuple[Call, ...] = ()
    model: Model | None = None
    held: tuple[Weight, ...] | None = None
    key: object = None
    elsewhere: frozenset[int] = frozenset()
    stored: tuple[Weight, ...] | None = None
    output_shapes: tuple[tuple[Shape | None, ...], ...] = ()
    idle: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model: its layers, and the tensors that go in and come out.

    Attributes:
        name: the model's name.
        class_name: `"Functional"`, `"Sequential"`, or a user's class.
        members: the layers in the order of the source.
        inputs: references to its inputs, in the structure it is called with; of a subclassed model
            what it is called on by position, and by name.
        outputs: references to its outputs, in the order Keras flattens them.
        trainable: False if all its weights are frozen.
        connected: False for a subclassed model: its layers are known, their calls are not.
        whole: a subclassed model as one layer, which is what a trace is of.
        stored: how many numbers its file stores as weights; `None` if the source has no arrays.
        optional: names of what a subclassed model may be called on besides its inputs.
        weights: finds all weights of the model, each once, to hold those of its layers against;
            `None` where some are still to come.
        trace: finds what no rule knows, for models in memory.
        open: reads a serialised layer inside a wrapper as a model, if it is one.
    """

    name: str
    class_name: str
    members: tuple[Member, ...]
    inputs: object
    outputs: tuple[Reference, ...]
    trainable: bool = True
    connected: bool = True
    whole: Member | None = None
    stored: int | None = None
    optional: tuple[str, ...] = ()
    weights: Callable[[], tuple[Weight, ...] | None] | None = None
    trace: Tracer | None = None
    open: Callable[[Layer], Model | None] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TracedCall:
    """One call of a layer, as a trace saw it.

    Attributes:
        member: the layer; of its weights those that no layer called inside it holds.
        call: what it was called on, as `Tensor`s.
        outputs: the tensors that it put out.
        macs: what it multiplies itself, without the calls inside it, in all the times it runs;
            `None` if unknown.
        times: how often it runs: in a loop that was traced once more than once.
        inside: the calls of layers inside it.
        reason: why the MACs are unknown; `""` if they are not.
    """

    member: Member
    call: Call
    outputs: tuple[Tensor, ...]
    macs: int | None
    times: int
    inside: tuple[TracedCall, ...]
    reason: str = ""


Tracing: TypeAlias = Literal["unknown", "never"]
# The trace of a call of a layer on batches of that size, or why there is none.
Tracer: TypeAlias = "Callable[[Member, LayerSpec, int], TracedCall | str]"


# What calls pass most, and is quickly told from a mapping.
_LEAVES = (Reference, int, str, type(None))


def flattened(value: object) -> list[object]:
    """What is in nested lists, tuples and dicts, in the order Keras flattens them.

    Examples:
        >>> flattened([1, {"b": 2, "a": (3, None)}])
        [1, 3, None, 2]
    """
    leaves: list[object] = []
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, SEQUENCES):
            pending.extend(reversed(each))
        elif isinstance(each, _LEAVES) or not isinstance(each, MAPPINGS):
            leaves.append(each)
        else:
            pending.extend(each[key] for key in sorted(each, key=str, reverse=True))
    return leaves


def references_in(value: object) -> list[Reference]:
    """All references in nested lists, tuples and dicts."""
    return [leaf for leaf in flattened(value) if isinstance(leaf, Reference)]
