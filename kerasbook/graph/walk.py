"""From a model as data to its graph: every call in order, its shapes, its facts, its fields.

A model inside is walked where it is called; once, if it is called again on the same shapes. Calls
are ordered by counting what they wait for, so that the time is linear in their number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from kerasbook.arithmetic import number
from kerasbook.errors import SourceError
from kerasbook.graph.call_inputs import Output, gather, output_of
from kerasbook.graph.graph import Graph, Node, Step, sum_totals
from kerasbook.graph.inputs import (
    common_batch,
    declared_inputs,
    fill_inputs,
    input_names,
    match_inputs,
    with_inputs,
)
from kerasbook.graph.memo import Memo
from kerasbook.graph.nesting import FLATTEN, check_nesting
from kerasbook.graph.order import call_order
from kerasbook.graph.records import Reference
from kerasbook.graph.rows import graph_weights
from kerasbook.graph.steps import (
    INPUT_UNKNOWN,
    idle_step,
    input_step,
    loose_step,
    model_step,
    ruled_step,
    specified_shape,
)
from kerasbook.graph.traced import TraceReader
from kerasbook.graph.whole import against_stored, checked, trace_whole, uncalled
from kerasbook.rules import LayerFacts, RuleBook, Tensor, dtype_policy, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kerasbook.graph.call_inputs import CallInputs, Outputs, Passed
    from kerasbook.graph.inputs import Fill
    from kerasbook.graph.records import Member, Model, Tracing
    from kerasbook.rules import LayerSpec, Rule

__all__ = ["build_graph"]

# More calls than any model has; a small file can ask for more by nesting what it calls twice.
_MOST_CALLS = 5_000_000

_GATHERED = "its input has parts of one sample in the place of the batch"


@dataclass(frozen=True, slots=True)
class _Task:
    """A model to walk: equal tasks have equal graphs."""

    model: Model
    inputs: tuple[Tensor | None, ...]
    batch_size: int | None = 1  # where it is specified; `None` if its inputs differ
    frozen: bool = False  # nothing of it is trained, whatever its layers say
    depth: int = 0  # wrappers around it
    why: str = ""  # it was not traced


def build_graph(
    model: Model,
    *,
    input_shapes: Fill = None,
    extra_rules: Mapping[str, Rule] | None = None,
    trace: Tracing = "unknown",
    errors: Literal["raised", "unknown"] = "raised",
) -> Graph:
    """The graph of a model: its layers in the order they run, each with its shapes and facts.

    Args:
        model: the model as data.
        input_shapes: sizes for what its inputs leave unspecified: one shape, a list with one per
            input, or a dict by input name; with or without the batch.
        extra_rules: rules for a user's own classes, by class name or registered name.
        trace: `"unknown"` to trace what no rule knows, if the model is in memory; or `"never"`.
        errors: what becomes of a layer that its rule refuses: `"raised"`, or `"unknown"`, with the
            error as the reason.

    Raises:
        ArgumentError: `input_shapes` does not fit the model's inputs.
        SourceError: the model refers to a layer that it does not have, has a cycle, or a layer's
            configuration is wrong, or models are nested deeper than 200, or than the stack allows.
    """
    model = with_inputs(model, input_shapes)
    inputs = fill_inputs(input_names(model), declared_inputs(model), input_shapes)
    walker = _Walker(RuleBook(extra_rules or {}), tracing=trace == "unknown", errors=errors)
    task = _Task(model, inputs, common_batch(inputs), frozen=not model.trainable)
    try:
        graph = walker.run(task)
    except RecursionError as error:  # the caller's own calls take a part of the stack
        raise SourceError(
            where=_named(model),
            expected="be nested no deeper than Python can follow",
            received=f"RecursionError: {error}",
            mend=FLATTEN,
        ) from error
    if model.stored is not None:
        return against_stored(graph, model.stored)
    return checked(graph, None if model.weights is None else model.weights())


class _Walker:
    """One walk: the rules to go by, and the tasks that are done."""

    def __init__(
        self, book: RuleBook, *, tracing: bool, errors: Literal["raised", "unknown"]
    ) -> None:
        self._book = book
        self._tracing = tracing
        self._errors = errors
        self._done: dict[_Task, Graph] = {}
        self._memo = Memo()
        self._calls = 0

    def run(self, task: _Task, level: int = 0) -> Graph:
        """The graph of a model inside so many others, each task done once."""
        if task not in self._done:
            check_nesting(level, where=_named(task.model))
            self._done[task] = self._walk(task, level)
        return self._done[task]

    def _walk(self, task: _Task, level: int) -> Graph:
        """One model, call by call."""
        model = task.model
        graph = self._traced_whole(task)
        if not isinstance(graph, str):
            return graph
        book = replace(self._book, models=_Opener(self, model, level), depth=task.depth)
        outputs: Outputs = {}
        # By call: a layer's calls need not run in the order in which they are numbered.
        steps: dict[str, dict[int, Step]] = {member.layer.name: {} for member in model.members}
        places = {name: place for place, name in enumerate(input_names(model))}
        order = call_order(model)
        self._count(model, len(order))
        for member, index in order:
            name = member.layer.name
            given = gather(member, index, outputs)
            if name in places and not member.calls:
                step = input_step(task.inputs[places[name]], places[name])
            elif member.model is not None and not book.adds(member.layer):
                step = self._enter(task, given, member.model, book=book, level=level)
            elif member.idle:
                step = idle_step(member)
            elif model.connected:
                step = self._layer(task, given, book=book)
            else:
                step = loose_step(member, task.why or graph)
            steps[name][index] = step
            for output, shape in enumerate(step.facts.output_shapes):
                tensor = None if shape is None else Tensor(shape, _dtype(step.facts, member))
                outputs[name, index, output] = Output(tensor, step.fields[output])
        graph = _graph(model, steps, outputs, order=order)
        return graph if model.connected else uncalled(graph)

    def _enter(
        self, task: _Task, given: CallInputs, inner: Model, *, book: RuleBook, level: int
    ) -> Step:
        """A call of a model inside: by its trace if it hides its calls, else by its own walk."""
        outer = task.model
        why = task.why
        if outer.connected and not inner.connected:
            traced = self._traced(task, given, book)
            if isinstance(traced, Step):
                return traced
            why = why or traced
        known = outer.connected and inner.connected
        passed = given.for_model(inner) if known else ()
        entered = _inner_task(inner, given, passed, outer=task)
        entered = replace(entered, frozen=task.frozen, depth=task.depth, why=why)
        return model_step(given, passed, self.run(entered, level + 1))

    def _layer(self, task: _Task, given: CallInputs, *, book: RuleBook) -> Step:
        """A call of a layer that is no model, by its rule or else by its trace."""
        spec = given.spec(book)
        facts = self._ruled(task, given, spec, book=book)
        if facts.macs is None:
            traced = self._traced(task, given, book)
            if isinstance(traced, Step):
                return traced
            facts = replace(facts, reason=f"{facts.reason}{traced}")
        return ruled_step(given, facts, frozen=task.frozen)

    def _ruled(
        self, task: _Task, given: CallInputs, spec: LayerSpec | None, *, book: RuleBook
    ) -> LayerFacts:
        """What a rule says of a call; of parts of one sample, its weights only."""
        if spec is None:
            return unknown(INPUT_UNKNOWN)
        gathered = given.gathered(task.batch_size or 1)
        try:
            facts = self._memo.facts(spec, book)
        except SourceError as error:
            if gathered:  # two of a sample may meet one of a sample
                return unknown(_GATHERED)
            if task.model.trace is not None and not book.adds(spec.layer):  # it was called so
                return unknown(f"Keras takes what its rule does not: {error}")
            if self._errors == "raised":
                raise
            return unknown(f"its rule refuses it: {error}")
        if not gathered:
            return facts
        return replace(facts, macs=None, reason=_GATHERED)

    def _traced(self, task: _Task, given: CallInputs, book: RuleBook) -> Step | str:
        """A call that was traced, or what to add to the reason why it is unknown."""
        spec = None if given.missing else given.spec(book)
        trace = task.model.trace
        if trace is None or spec is None or not self._tracing:
            return ""
        if task.batch_size is None:
            return "; the inputs of its model are batches of different sizes"
        call = trace(given.member, spec, task.batch_size)
        if isinstance(call, str):
            return f"; {call}"
        step = TraceReader(book, self._memo).step(call)
        shapes = step.facts.output_shapes
        if len(shapes) == len(given.recorded):
            shapes = tuple(map(specified_shape, given.recorded, shapes))
        first, *more = shapes
        return replace(
            step,
            facts=replace(step.facts, output_shape=first, more_outputs=tuple(more)),
            inputs=given.references,
            input_shapes=given.shapes,
            input_fields=given.fields,
            fields=(None,) * (1 + len(more)),
        )

    def _traced_whole(self, task: _Task) -> Graph | str:
        """A subclassed model, traced on its inputs; or why it is not, as `_traced` says it."""
        model = task.model
        if model.whole is None or model.trace is None or not self._tracing:
            return ""
        if None in task.inputs:
            return "; what it is called on is not recorded: give input_shapes"
        call = trace_whole(model, [each for each in task.inputs if each is not None])
        if isinstance(call, str):
            return f"; {call}"
        return TraceReader(self._book, self._memo).graph(call)

    def _count(self, model: Model, calls: int) -> None:
        self._calls += calls
        if self._calls > _MOST_CALLS:
            raise SourceError(
                where=f"model {model.name!r}: all models inside",
                expected=f"make at most {_MOST_CALLS:,} calls together",
                received="more",
            )


def _graph(
    model: Model,
    steps: dict[str, dict[int, Step]],
    outputs: Outputs,
    *,
    order: list[tuple[Member, int]],
) -> Graph:
    calls = (steps[member.layer.name] for member in model.members)
    nodes = tuple(
        Node(member, tuple([each[index] for index in sorted(each)]))
        for member, each in zip(model.members, calls, strict=True)
    )
    places = {member.layer.name: place for place, member in enumerate(model.members)}
    ends = [_end(model, ref, outputs) for ref in model.outputs]
    totals, counted = sum_totals(nodes)
    return Graph(
        name=model.name,
        class_name=model.class_name,
        nodes=nodes,
        order=tuple([(places[member.layer.name], index) for member, index in order]),
        inputs=tuple(input_names(model)) if model.connected else (),
        outputs=model.outputs,
        output_shapes=tuple(None if e.tensor is None else e.tensor.shape for e in ends),
        output_fields=tuple(end.field for end in ends),
        totals=totals,
        counted=counted,
    )


def _named(model: Model) -> str:
    """A model, as messages name it."""
    return f"model {model.name!r} ({model.class_name})"


def _dtype(facts: LayerFacts, member: Member) -> str:
    """The type of a layer's outputs."""
    return facts.output_dtype or dtype_policy(member.layer.config.get("dtype")).compute_dtype


def _end(model: Model, ref: Reference, outputs: Outputs) -> Output:
    output = output_of(ref, outputs)
    if output is None:
        raise SourceError(
            where=f"model {model.name!r}: its outputs",
            expected="be those of its layers",
            received=f"output {ref.output} of call {ref.call} of {ref.layer!r}, "
            "which does not exist",
        )
    return output


def _inner_task(
    model: Model, given: CallInputs, passed: Sequence[Passed], *, outer: _Task
) -> _Task:
    """The walk of a model inside: on what it is passed, or on inputs of its own."""
    if not outer.model.connected:
        own = tuple(declared_inputs(model))
        return _Task(model, own, common_batch(own))
    if not model.connected:  # it could not be traced
        return _Task(replace(model, whole=None, inputs=()), ())
    declared = declared_inputs(model)
    tensors = dict(zip(given.references, given.tensors, strict=True))
    found = (tensors.get(p) if isinstance(p, Reference) else p for p in passed)
    pairs = zip(found, declared, strict=True)
    return _Task(model, tuple(own if t is None else t for t, own in pairs), outer.batch_size)


class _Opener:
    """Answers for models inside wrappers, `TimeDistributed(Sequential(…))`."""

    def __init__(self, walker: _Walker, model: Model, level: int) -> None:
        self._walker, self._model, self._level = walker, model, level

    def __call__(self, spec: LayerSpec, depth: int) -> LayerFacts | None:
        """The facts of a model inside so many wrappers; `None` if the layer is no model."""
        model = self._model.open(spec.layer) if self._model.open else None
        if model is None:
            return None
        passed = match_inputs(model.inputs, spec.arguments, where=spec.layer.where)
        tensors = tuple(each if isinstance(each, Tensor) else None for each in passed)
        graph = self._walker.run(_Task(model, tensors, depth=depth), self._level + 1)
        first, *more = graph.output_shapes or (None,)
        totals = graph.totals
        return LayerFacts(
            first,
            more_outputs=tuple(more),
            weights=graph_weights(graph) if totals.params_known else None,
            macs=number(totals.macs) if totals.macs_known else None,
            reason="" if totals.macs_known else f"a layer of {model.name!r} is unknown",
        )
