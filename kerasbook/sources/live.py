"""A Keras model in memory, as data: the one module that reads live objects.

What a configuration cannot tell is exact here: the weights of a layer of the user's own, which
weights are trained now, and the shapes that Keras itself computed.
"""

# Keras publishes no types, and what its own `summary` reads of a graph is private:
# ruff: noqa: ANN401, SLF001

from __future__ import annotations

from kerasbook.checks import require
from kerasbook.errors import ArgumentError
from kerasbook.formula import number
from kerasbook.frozen import replace
from kerasbook.graph import Call, Member, Model, Reference, TracedCall, drive
from kerasbook.rules import Layer, Tensor, Weight
from kerasbook.rules.layer import exported
from kerasbook.sources.config import open_model
from kerasbook.sources.live_config import LiveConfig
from kerasbook.sources.live_inputs import called_on
from kerasbook.tracing import TraceError, layers_of, trace_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from typing import Any

    from kerasbook.rules import LayerSpec, Shape
    from kerasbook.tracing import Seen, Trace

__all__ = ["read_model"]


def read_model(model: object) -> Model:
    """A model as data, from the model itself.

    Args:
        model: a Keras model: functional, sequential, or subclassed; of the last the layers are
            known and not how they are connected.

    Raises:
        ArgumentError: it is no Keras model or layer.

    Examples:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(10, name="top")])
        >>> [member.layer.name for member in read_model(model).members][1:]
        ['top']
    """
    keras = require("keras", extra="tensorflow")
    if not isinstance(model, keras.Layer):
        raise ArgumentError(
            where="model",
            expected="be a Keras model, functional, sequential or subclassed",
            received=f"{type(model).__name__}",
        )
    reader = _Reader(keras)
    return drive(model, reader.read)


class _Reader:
    """Reads a model and the models inside it, each layer's weights once."""

    def __init__(self, keras: Any) -> None:
        self._keras = keras
        self._layers: dict[object, Any] = {}
        self._held: dict[int, dict[int, Weight]] = {}
        self._shares: dict[int, tuple[Weight, ...]] = {}
        self._variables: set[int] = set()

    def read(self, model: Any) -> Generator[Any, Model, Model]:
        """One model. Yields the models inside it, is sent them as data."""
        kind = self._kind(model)
        layers = list(model.operations if kind == "functional" else _layers(model))
        inside: dict[int, Model] = {}
        for layer in layers:
            if isinstance(layer, self._keras.Model) and layer is not model:
                inside[id(layer)] = yield layer
        if kind == "functional":
            return self._functional(model, layers, inside)
        if kind == "sequential":
            return self._sequential(model, layers, inside)
        return self._subclassed(model, layers, inside)

    def _kind(self, model: Any) -> str:
        """How the model is called; a class that overrides `call` hides it."""
        if isinstance(model, self._keras.Sequential):
            return "sequential" if type(model).call is self._keras.Sequential.call else "subclassed"
        for base in type(model).__mro__:
            if base.__name__ == "Functional" and base.__module__.startswith("keras."):
                return "functional" if type(model).call is vars(base)["call"] else "subclassed"
        return "subclassed"

    def _functional(self, model: Any, operations: list[Any], inside: dict[int, Model]) -> Model:
        own = {id(node) for nodes in model._nodes_by_depth.values() for node in nodes}
        calls = {id(op): [n for n in op._inbound_nodes if id(n) in own] for op in operations}
        # A layer may be called outside of this model too: its calls are counted anew in here.
        index = {id(node): n for nodes in calls.values() for n, node in enumerate(nodes)}

        def reference(tensor: Any) -> Reference:
            operation, node, output = tensor._keras_history
            call = index[id(operation._inbound_nodes[node])]
            return Reference(operation.name, call, output, tuple(tensor.shape), tensor.dtype)

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
            _renamed([*members, *self._idle(model)]),
            inputs=argument(model._inputs_struct),
            outputs=tuple(reference(tensor) for tensor in model.outputs),
            trainable=bool(model.trainable),
            trace=self.trace,
            open=open_model,
        )

    def _idle(self, model: Any) -> list[Member]:
        """What a functional model holds besides the layers that it calls, with their weights.

        A class that derives from it may keep a whole network and call half of its layers. Keras
        counts them all.
        """
        found = []
        layers = [each for each in model._flatten_layers(include_self=False) if each.built]
        for layer in reversed(layers):  # the layers inside a layer come after it
            own = [v for v in layer.weights if id(v) not in self._variables]
            if own and id(layer) not in self._held:
                found.append(replace(self._member(layer, {}), idle=True))
        return found[::-1]

    def _sequential(self, model: Any, layers: list[Any], inside: dict[int, Model]) -> Model:
        if model.built and layers:
            tensor = model.inputs[0]
            name = tensor._keras_history.operation.name
            config = {"batch_shape": tuple(tensor.shape), "dtype": tensor.dtype}
        else:
            name, config = f"{model.name}_input", {}
        members = [Member(Layer("InputLayer", name, config, module="keras.layers", where=name))]
        recorded = _recorded_shapes(model)
        for layer in layers:
            source = Reference(members[-1].layer.name)
            shapes = recorded.get(id(layer))
            members.append(
                self._member(
                    layer,
                    inside,
                    calls=(Call((source,)),),
                    output_shapes=() if shapes is None else (shapes,),
                )
            )
        return Model(
            model.name,
            type(model).__name__,
            tuple(members),
            inputs=[Reference(name)],
            outputs=(Reference(members[-1].layer.name),),
            trainable=bool(model.trainable),
            trace=self.trace,
            open=open_model,
        )

    def _subclassed(self, model: Any, layers: list[Any], inside: dict[int, Model]) -> Model:
        """A model whose calls nobody recorded: its layers, and what it holds besides them."""
        members = [self._member(layer, inside) for layer in layers if layer is not model]
        own = self._weights(model)
        layer = Layer(
            type(model).__name__, model.name, {}, module=self._module(model), where=model.name
        )
        whole = Member(layer, held=own if model.built else None, key=id(model))
        self._layers[id(model)] = model
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
            trace=self.trace,
        )

    # ------------------------------------------------------------------------------- traces

    def trace(self, member: Member, spec: LayerSpec) -> TracedCall | str:
        """What a call of a layer runs, on the backend; or why nobody can trace it."""
        layer = self._layers.get(member.key)
        # Operations hold no weights, so there is nothing to build.
        if layer is None or not getattr(layer, "built", not isinstance(layer, self._keras.Layer)):
            return "it is not built, so it cannot be traced"
        try:
            trace = trace_call(layer, spec.arguments, spec.keywords)
        except TraceError as error:
            return f"tracing it failed: {error}"
        held: dict[int, Weight] = {}
        for each in layers_of(layer):
            held |= self._held.get(id(each), {})
        for each in _deepest_first(trace.seen):
            self._share(each, held)
        return self._traced(trace, trace.seen, where=member.layer.where)

    def _share(self, layer: Any, held: dict[int, Weight]) -> None:
        """Give a layer its share of the weights, which are taken out of those still there."""
        own = [id(v) for v in getattr(layer, "weights", ()) if id(v) in held]
        if id(layer) not in self._shares:
            self._shares[id(layer)] = tuple(held.pop(each) for each in own)

    def _traced(self, trace: Trace, seen: Seen, *, where: str) -> TracedCall:
        """A call and those inside it, each with the weights that no layer inside it holds."""
        tally = trace.tally
        inside = tuple(
            self._traced(trace, each, where=f"{where}/{each.layer.name}") for each in seen.inside
        )
        unknown = tally.unknown.get(seen.place, [])
        return TracedCall(
            self._traced_member(seen.layer, where),
            Call(seen.arguments, seen.keywords),
            seen.outputs,
            macs=None if unknown else tally.macs.get(seen.place, 0),
            times=max(tally.times.get(seen.place, 1), 1),
            inside=inside,
            reason=f"nobody knows what {', '.join(unknown)} multiplies" if unknown else "",
        )

    def _traced_member(self, layer: Any, where: str) -> Member:
        """A layer with its share of the weights."""
        data = replace(self._data(layer), where=where)
        return Member(data, held=self._shares[id(layer)], key=id(layer))

    def _member(self, layer: Any, inside: dict[int, Model], **calls: Any) -> Member:
        model = inside.get(id(layer))
        self._layers[id(layer)] = layer
        held = None
        if model is None and getattr(layer, "built", False):
            held = self._weights(layer)
        return Member(self._data(layer), model=model, held=held, key=id(layer), **calls)

    def _data(self, layer: Any) -> Layer:
        module = self._module(layer)
        return Layer(
            exported(type(layer).__name__, module=module),
            layer.name,
            self._config(layer),
            module=module,
            registered_name=self._keras.saving.get_registered_name(type(layer)),
            where=layer.name,
        )

    def _module(self, layer: Any) -> str:
        """Where the class lives, as a configuration says it."""
        module = type(layer).__module__
        own = module.startswith("keras.") and isinstance(layer, self._keras.Layer)
        return "keras.layers" if own else module

    def _config(self, layer: Any) -> Mapping[str, Any]:
        """The layer's configuration; empty where a class of the user's own cannot give it."""
        if self._module(layer) == "keras.layers":
            return LiveConfig(layer)
        try:
            config = layer.get_config()
        except Exception:  # noqa: BLE001  code of the user's own may raise anything
            return {}
        return config if isinstance(config, dict) else {}

    def _weights(self, layer: Any) -> tuple[Weight, ...]:
        """The weights of a layer that no other layer holds too, each time the same."""
        if id(layer) not in self._held:
            own = [v for v in layer.weights if id(v) not in self._variables]
            self._variables.update(map(id, own))
            self._held[id(layer)] = {id(variable): _weight(variable) for variable in own}
        return tuple(self._held[id(layer)].values())


def _deepest_first(seen: Seen) -> list[Any]:
    """The layers that a call calls, each after all that are called inside it, in whichever call."""
    found: list[Any] = []
    level = [seen]
    while level:
        found.extend(each.layer for each in level)
        level = [inner for each in level for inner in each.inside]
    return found[::-1]


def _weight(variable: Any) -> Weight:
    return Weight(
        variable.name,
        tuple(number(size) for size in variable.shape),
        trainable=bool(variable.trainable),
        dtype=variable.dtype,
    )


def _layers(model: Any) -> list[Any]:
    return getattr(model, "layers", None) or []


def _recorded_shapes(model: Any) -> dict[int, tuple[Shape | None, ...]]:
    """Output shapes of the layers of a sequential model, which keeps its graph to itself."""
    graph = getattr(model, "_functional", None)
    if graph is None:
        return {}
    return {
        id(node.operation): tuple(tuple(out.shape) for out in node.outputs)
        for nodes in graph._nodes_by_depth.values()
        for node in nodes
    }


def _renamed(members: list[Member]) -> tuple[Member, ...]:
    """The layers of a subclassed model, which may be named alike, under names of their own."""
    taken: dict[str, int] = {}
    renamed = []
    for member in members:
        name = member.layer.name
        taken[name] = taken.get(name, 0) + 1
        own = name if taken[name] == 1 else f"{name} ({taken[name]})"
        renamed.append(replace(member, layer=replace(member.layer, name=own)))
    return tuple(renamed)
