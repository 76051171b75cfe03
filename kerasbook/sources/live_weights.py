"""The weights of a model in memory by layer, each weight counted once."""

# Keras publishes no types:
# ruff: noqa: ANN401

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasbook.arithmetic import number
from kerasbook.rules import Weight
from kerasbook.tracing import layers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Holdings"]


class Holdings:
    """The weights of a model, divided among its layers.

    A weight belongs to the first layer that claims it. A layer may contain another layer that has
    its own place in the model, and claim only the kernel of that layer.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._taken: set[int] = set()
        self._held: dict[int, dict[int, Weight]] = {}
        self._shares: dict[int, tuple[Weight, ...]] = {}
        self._placed: dict[int, set[int]] = {}

    def of(self, layer: Any) -> tuple[Weight, ...]:
        """The weights of a layer and of those inside it that no other layer has claimed."""
        held = self._held.setdefault(id(layer), {})
        for variable in layer.weights:
            if id(variable) not in self._taken:
                self._taken.add(id(variable))
                held[id(variable)] = self._weight(variable)
        return tuple(held.values())

    def place(self, layer: Any, model: Any) -> None:
        """Record that a layer has its own row in a model."""
        self._placed.setdefault(id(layer), set()).add(id(model))

    def takes(self, layer: Any) -> bool:
        """Whether a layer has claimed weights before."""
        return id(layer) in self._held

    def share(self, layers: Sequence[Any]) -> None:
        """Divide the weights of one call among its layers: each gets those no earlier layer has.

        Layers inside that are not called are included, except those with their own row.

        Args:
            layers: the called layers, each after all layers that are called inside it; the last is
                the outermost.
        """
        inside = layers_of(layers[-1])
        called, within = set(map(id, layers)), set(map(id, inside))
        held: dict[int, Weight] = {}
        for layer in inside:
            if id(layer) in called or self._placed.get(id(layer), set()) <= within:
                held |= self._held.get(id(layer), {})
        for layer in layers:
            own = [id(v) for v in getattr(layer, "weights", ()) if id(v) in held]
            self._shares.setdefault(id(layer), tuple([held.pop(each) for each in own]))

    def share_of(self, layer: Any) -> tuple[Weight, ...]:
        """The weights that `share` has assigned to a layer."""
        return self._shares[id(layer)]

    def all(self) -> tuple[Weight, ...]:
        """All weights that Keras lists for the model, each once."""
        found = {id(variable): variable for variable in self._model.weights}
        return tuple([self._weight(variable) for variable in found.values()])

    def _weight(self, variable: Any) -> Weight:
        """A variable as data; it is trainable if the model's flags allow it."""
        return Weight(
            variable.name,
            tuple(number(size) for size in variable.shape),
            trainable=bool(self._model.trainable and variable.trainable),
            dtype=variable.dtype,
        )
