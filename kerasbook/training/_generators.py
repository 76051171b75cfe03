"""The states of all random generators that a step, a callback or the data can use."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

__all__ = ["Generators"]


class Generators:
    """The global random generators, and those in attributes of the data and of other objects.

    A thread of the backend may prefetch data. The states of the data's generators are therefore
    recorded with each batch, and a saved run keeps those after the last batch it trained on.
    """

    __slots__ = ("_of_data", "_others")

    def __init__(self, data: object, others: Iterable[object]) -> None:
        self._of_data = _generators_in(data)
        self._others = [each for other in others for each in _generators_in(other)]

    def of_data(self) -> dict[str, Any]:
        """The states of the generators that data can use: `random`, `numpy.random`, attributes."""
        return {
            "python": random.getstate(),
            "numpy": np.random.get_state(legacy=False),  # noqa: NPY002  the global one is meant
            "data": [_get(each) for each in self._of_data],
        }

    def of_run(self) -> dict[str, Any]:
        """The states of all other generators of a run."""
        return {
            "others": [_get(each) for each in self._others],
            **{name: get() for name, (get, _) in _backend().items()},
        }

    def put_data(self, states: dict[str, Any]) -> None:
        """Restore the states of the generators that data can use."""
        random.setstate(states["python"])
        np.random.set_state(states["numpy"])  # noqa: NPY002  the global one is meant
        for each, state in zip(self._of_data, states["data"], strict=False):
            _put(each, state)

    def put_run(self, states: dict[str, Any]) -> None:
        """Restore the states of all other generators of a run."""
        for each, state in zip(self._others, states["others"], strict=False):
            _put(each, state)
        for name, (_, put) in _backend().items():
            if name in states:
                put(states[name])


def _generators_in(holder: object) -> list[Any]:
    """The generators in an object's attributes, and in the lists and dicts among them."""
    held: list[Any] = []
    for value in list(getattr(holder, "__dict__", {}).values()):
        inner = list(value.values()) if isinstance(value, dict) else value
        held.extend(inner if isinstance(inner, list | tuple) else [inner])
    kinds = np.random.Generator | np.random.RandomState | random.Random
    return [each for each in held if isinstance(each, kinds)]


def _get(generator: Any) -> Any:  # noqa: ANN401  NumPy's or Python's
    if isinstance(generator, random.Random):
        return generator.getstate()
    if isinstance(generator, np.random.RandomState):
        return generator.get_state(legacy=False)
    return generator.bit_generator.state


def _put(generator: Any, state: Any) -> None:  # noqa: ANN401  likewise
    if isinstance(generator, random.Random):
        generator.setstate(state)
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    else:
        generator.bit_generator.state = state


def _backend() -> dict[str, tuple[Callable[[], Any], Callable[[Any], None]]]:
    """Getter and setter of each PyTorch generator, which Keras's unseeded Dropout uses."""
    if keras.backend.backend() != "torch":
        return {}
    import torch  # noqa: PLC0415  only on this backend

    def put(state: NDArray[np.uint8]) -> None:
        torch.set_rng_state(torch.from_numpy(state.copy()))

    def put_all(states: list[NDArray[np.uint8]]) -> None:
        torch.cuda.set_rng_state_all([torch.from_numpy(each.copy()) for each in states])

    found: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {
        "torch": (lambda: torch.get_rng_state().numpy(), put)
    }
    if torch.cuda.is_available():
        found["cuda"] = (lambda: [s.numpy() for s in torch.cuda.get_rng_state_all()], put_all)
    return found
