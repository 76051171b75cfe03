"""A Keras model in memory, as data: the one module that reads live objects.

Unlike a configuration, a live model gives the exact weights of a user's own layer, which weights
are trained now, and the shapes that Keras itself computed.
"""

# Keras publishes no types, and what its own `summary` reads of a graph is private:
# ruff: noqa: ANN401, SLF001

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kerasbook.checks import require
from kerasbook.errors import ArgumentError
from kerasbook.graph import Call, Member, Model, Reference, check_nesting
from kerasbook.rules import Layer, Tensor
from kerasbook.sources.config import open_model
from kerasbook.sources.live_inputs import called_on, optional_inputs
from kerasbook.sources.live_layers import layer_data
from kerasbook.sources.live_traces import LiveTracer
from kerasbook.sources.live_weights import Holdings
from kerasbook.tracing import layers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.rules import Shape, Weight

__all__ = ["opened_model"]


@contextmanager
def opened_model(model: object) -> Iterator[Model]:
    """A context with a live model as data; at its end the model is as it was before.

    Args:
        model: a functional, sequential or subclassed Keras model; of a subclassed one the layers
            are known, but not how they are connected.

    Raises:
        ArgumentError: `model` is not a Keras model or layer.

    Examples:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(10, name="top")])
        >>> with opened_model(model) as data:
        ...     [member.layer.name for member in data.members][1:]
        ['top']
    """
    keras = require("keras", extra="tensorflow")
    if not isinstance(model, keras.Layer):
        raise ArgumentError(
            where="model",
            expected="be a Keras model, functional, sequential or subclassed",
            received=f"{type(model).__name__}",
        )
    reader = _Reader(keras, model)
    try:
        yield replace(reader.read(model), weights=reader.weights)
    finally:
        reader.tracer.close()


class _Reader:
    """Reads a model and the models inside it, each layer's weights once."""

    def __init__(self, keras: Any, model: Any) -> None:
        self._keras = keras
        self._holdings = Holdings(model)
        self._complete = True
        self.tracer = LiveTracer(keras, model, self._holdings)
        self._deal_out(model)

    def weights(self) -> tuple[Weight, ...] | None:
        """All weights of the model; `None` if some are not created yet."""
        return self._holdings.all() if self._complete else None

    def _deal_out(self, model: Any) -> None:
        """Assign each weight to the innermost layer that has it."""
        models, found = {id(model): model}, {}
        pending = [model]
        for each in pending:  # models inside are appended during the loop
            connected = self._kind(each) != "subclassed"
            for layer in self._layers(each):
                if connected:
                    self._holdings.place(layer, each)
                if isinstance(layer, self._keras.Model):
                    if id(layer) not in models:
                        models[id(layer)] = layer
                        pending.append(layer)
                elif getattr(layer, "built", False):
                    found[id(layer)] = layer
        for layer in sorted(found.values(), key=lambda each: len(layers_of(each))):
            self._holdings.of(layer)

    def _layers(self, model: Any) -> list[Any]:
        """The layers of a model, and the operations of a functional one."""
        if self._kind(model) == "functional":
            return list(model.operations)
        return [each for each in getattr(model, "layers", None) or [] if each is not model]

    def read(self, model: Any, level: int = 0) -> Model:
        """A model as data, nested in `level` other models."""
        check_nesting(level, where=f"model {model.name!r} ({type(model).__name__})")
        kind = self._kind(model)
        layers = self._layers(model)
        inside: dict[int, Model] = {}
        for layer in layers:
            if isinstance(layer, self._keras.Model):
                inside[id(layer)] = self.read(layer, level + 1)
        if kind == "functional":
            return self._functional(model, layers, inside)
        if kind == "sequential":
            return self._sequential(model, layers, inside)
        return self._subclassed(model, layers, inside)

    def _kind(self, model: Any) -> str:
        """The kind of the model; a class that overrides `call` is `"subclassed"`."""
        if isinstance(model, self._keras.Sequential):
            plain = type(model).call is self._keras.Sequential.call
            # A sequential model that was called on several tensors has no input and no graph.
            return "sequential" if plain and _has_input(model) else "subclassed"
        for base in type(model).__mro__:
            if base.__name__ == "Functional" and base.__module__.startswith("keras."):
                return "functional" if type(model).call is vars(base)["call"] else "subclassed"
        return "subclassed"

    def _functional(self, model: Any, operations: list[Any], inside: dict[int, Model]) -> Model:
        own = {id(node) for nodes in model._nodes_by_depth.values() for node in nodes}
        calls = {id(op): [n for n in op._inbound_nodes if id(n) in own] for op in operations}
        # A layer may be called outside this model too: its calls in the model are counted from 0.
        index = {id(node): n for nodes in calls.values() for n, node in enumerate(nodes)}

        def reference(tensor: Any) -> Reference:
            operation, place, output = tensor._keras_history
            node = operation._inbound_nodes[place]
            if id(node) not in own:  # another model has used the tensor as its input since
                node, output = _maker(tensor, model)
            call = index[id(node)]
            return Reference(node.operation.name, call, output, tuple(tensor.shape), tensor.dtype)

        def argument(value: Any) -> object:
            if isinstance(value, self._keras.KerasTensor):
                return reference(value)
            if isinstance(value, list | tuple):
                return tuple([argument(each) for each in value])
            if isinstance(value, dict):
                return {key: argument(each) for key, each in value.items()}
            if hasattr(value, "shape") and hasattr(value, "dtype"):  # a constant tensor or array
                dtype = self._keras.backend.standardize_dtype(value.dtype)
                return Tensor(tuple(value.shape), dtype, constant=True)
            return value

        members = []
        for operation in operations:
            nodes = [node for node in calls[id(operation)] if not node.is_input]
            members.append(
                self._member(
                    operation,
                    inside,
                    calls=tuple(
                        Call(
                            tuple(map(argument, node.arguments.args)),
                            {key: argument(each) for key, each in node.arguments.kwargs.items()},
                        )
                        for node in nodes
                    ),
                    output_shapes=tuple(
                        tuple(tuple(out.shape) for out in node.outputs) for node in nodes
                    ),
                )
            )
        return Model(
            model.name,
            type(model).__name__,
            _renamed([*members, *self._idle(model), *self._own(model)]),
            inputs=argument(model._inputs_struct),
            outputs=tuple(reference(tensor) for tensor in model.outputs),
            trainable=bool(model.trainable),
            trace=self.tracer.trace,
            open=open_model,
        )

    def _idle(self, model: Any) -> list[Member]:
        """Layers with weights that a functional model contains but does not call.

        A subclass may contain a whole network and call only half of its layers. Keras
        counts them all.
        """
        layers = [each for each in model._flatten_layers(include_self=False) if each.built]
        layers.reverse()  # the layers inside a layer come after it
        idle = [e for e in layers if not self._holdings.takes(e) and self._holdings.of(e)]
        return [replace(self._member(layer, {}), idle=True) for layer in reversed(idle)]

    def _own(self, model: Any) -> list[Member]:
        """The weights of a model itself, outside its layers, as a subclass may have."""
        weights = self._holdings.of(model)
        layer = _as_layer(model)
        return [Member(layer, held=weights, key=id(model), idle=True)] if weights else []

    def _sequential(self, model: Any, layers: list[Any], inside: dict[int, Model]) -> Model:
        first = model._layers[0] if model._layers else None
        if isinstance(first, self._keras.layers.InputLayer):
            tensor = first.output
            name = first.name
            config = {"batch_shape": tuple(tensor.shape), "dtype": tensor.dtype}
        else:
            name, config = f"{model.name}_input", _built_on(first)
        members = [Member(Layer("InputLayer", name, config, module="keras.layers", where=name))]
        recorded = _recorded_shapes(model)
        for layer in layers:
            source = Reference(members[-1].layer.name)
            shapes = recorded.get(id(layer))
            member = self._member(
                layer,
                inside,
                calls=(Call((source,)),),
                output_shapes=() if shapes is None else (shapes,),
            )
            # A layer that was not called yet may still get weights, even if it is marked as built.
            members.append(member if model.built else replace(member, held=member.held or None))
        return Model(
            model.name,
            type(model).__name__,
            _renamed([*members, *self._own(model)]),
            inputs=[Reference(name)],
            outputs=(Reference(members[-1].layer.name),),
            trainable=bool(model.trainable),
            trace=self.tracer.trace,
            open=open_model,
        )

    def _subclassed(self, model: Any, layers: list[Any], inside: dict[int, Model]) -> Model:
        """A model whose calls are not recorded: its layers, and its weights outside them."""
        members = [self._member(layer, inside, whole=True) for layer in layers]
        built = all(each.built for each in layers_of(model))
        own = self._holdings.of(model)
        whole = Member(_as_layer(model), held=own if built else None, key=id(model))
        self.tracer.layers[id(model)] = model
        if own or not members:
            members.append(whole)
        return Model(
            model.name,
            type(model).__name__,
            _renamed(members),
            inputs=called_on(model),
            outputs=(),
            trainable=bool(model.trainable),
            connected=False,
            whole=whole,
            optional=optional_inputs(model),
            trace=self.tracer.trace,
        )

    def _member(
        self, layer: Any, inside: dict[int, Model], *, whole: bool = False, **calls: Any
    ) -> Member:
        """A layer in its model.

        Args:
            layer: the layer.
            inside: the models inside, as data, by the `id` of the layer.
            whole: whether all layers inside must be built for its weights to be known; a layer that
                a functional model has called has built everything it uses.
            calls: its calls.
        """
        model = inside.get(id(layer))
        self.tracer.layers[id(layer)] = layer
        held = None
        if model is None and isinstance(layer, self._keras.Layer):
            if all(each.built for each in layers_of(layer)) if whole else layer.built:
                held = self._holdings.of(layer)
            self._complete = self._complete and (whole or held is not None)
        data = layer_data(self._keras, layer, where=layer.name)
        return Member(data, model=model, held=held, key=id(layer), **calls)


def _as_layer(model: Any) -> Layer:
    """A model as one layer."""
    kind = type(model)
    return Layer(kind.__name__, model.name, {}, module=kind.__module__, where=model.name)


def _maker(tensor: Any, model: Any) -> tuple[Any, int]:
    """The node of a functional model that a tensor comes from, and its index in the outputs."""
    nodes = [node for nodes in model._nodes_by_depth.values() for node in nodes]
    outputs = [(node, place, out) for node in nodes for place, out in enumerate(node.outputs)]
    return next((node, place) for node, place, out in outputs if out is tensor)


def _has_input(model: Any) -> bool:
    """Whether a sequential model has one input tensor, or was not called yet."""
    return not model.built or not model._layers or hasattr(model._layers[0], "batch_shape")


def _built_on(layer: Any) -> dict[str, object]:
    """The settings of an input layer with the shape that a single layer was built on."""
    record = getattr(layer, "_build_shapes_dict", None) or {}
    shape = record.get("input_shape")
    plain = isinstance(shape, tuple) and all(size is None or type(size) is int for size in shape)
    return {"batch_shape": shape} if plain else {}


def _recorded_shapes(model: Any) -> dict[int, tuple[Shape | None, ...]]:
    """Output shapes of a sequential model's layers, from its private graph, by layer `id`."""
    graph = getattr(model, "_functional", None)
    if graph is None:
        return {}
    return {
        id(node.operation): tuple(tuple(out.shape) for out in node.outputs)
        for nodes in graph._nodes_by_depth.values()
        for node in nodes
    }


def _renamed(members: list[Member]) -> tuple[Member, ...]:
    """The layers of a subclassed model, with equal names made unique."""
    taken: dict[str, int] = {}
    renamed = []
    for member in members:
        name = member.layer.name
        taken[name] = taken.get(name, 0) + 1
        own = name if taken[name] == 1 else f"{name} ({taken[name]})"
        renamed.append(replace(member, layer=replace(member.layer, name=own)))
    return tuple(renamed)
