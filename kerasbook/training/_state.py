"""All that a run's next step depends on, read out of a model in training and put back."""

from __future__ import annotations

import json
import random
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from kerasbook.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from kerasbook.training._container import Saved

__all__ = [
    "Packer",
    "collect",
    "identity",
    "leads",
    "restore",
    "restore_generators",
    "unpack",
]


def leads() -> bool:
    """Whether this process is the one that writes: the only one, or the first of several."""
    if keras.backend.backend() != "jax":
        return True
    import jax  # noqa: PLC0415  only on this backend

    return bool(jax.process_index() == 0)


def collect(model: Any, packer: Packer) -> dict[str, Any]:  # noqa: ANN401  a Keras model
    """The state of a model and of the global generators, as a file holds it."""
    groups = _variables(model)
    return {
        "variables": {name: packer.pack_variables(group) for name, group in groups.items()},
        "generators": packer.pack(_generators(), "generators"),
    }


def restore(model: Any, saved: Saved) -> None:  # noqa: ANN401  a Keras model
    """Set every variable of a model to its saved value.

    Before a model has been trained on a batch its metrics have no variables; they are then as new,
    as they are at the beginning of an epoch.
    """
    stored = saved.header["variables"]
    if stored["seed"]:
        from keras.src.random import seed_generator  # noqa: PLC0415  Keras has no public name

        seed_generator.global_seed_generator()  # which is made on first use
    groups = _variables(model)
    for name, group in groups.items():
        values = unpack(stored[name], saved.arrays)
        if name == "metrics" and not saved.header["batches"]:
            continue
        for variable, value in zip(group, values, strict=True):
            variable.assign(value)
    restore_generators(saved)


def _variables(model: Any) -> dict[str, list[Any]]:  # noqa: ANN401  a Keras model
    """The model's variables in groups, the states of its seed generators among them."""
    # JAX's trainer keeps the state outside of the model while it trains.
    sync = getattr(model, "jax_state_sync", None)
    if sync is not None:
        sync()
    optimizer = model.optimizer
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    seed = _global_seed()
    return {
        "model": model.variables,
        "optimizer": optimizer.variables,
        "metrics": model.metrics_variables,
        "seed": [] if seed is None else [seed],
    }


def identity(model: Any) -> dict[str, Any]:  # noqa: ANN401  a Keras model
    """What a state fits: entry by entry equal, or it must not be restored."""
    backend = keras.backend.backend()
    return {
        "Keras": keras.__version__,
        "backend": backend,
        backend: version(backend),
        "dtype policy": keras.config.dtype_policy().name,
        "model": _config(model),
        "compile": _compiled(model),
        "variables": [[each.path, list(each.shape), each.dtype] for each in model.variables],
    }


class Packer:
    """Turns Python values into JSON's, arrays into numbers of a list."""

    __slots__ = ("arrays",)

    def __init__(self) -> None:
        self.arrays: list[NDArray[Any]] = []

    def pack(self, value: object, name: str) -> Any:  # noqa: ANN401  what JSON can say
        """The value as JSON can say it.

        Raises:
            TrainingError: it holds what cannot be said so.
        """
        # A NumPy float is a Python float too, and must stay what it is.
        plain = value is None or isinstance(value, bool | int | float | str)
        if plain and not isinstance(value, np.generic):
            return value
        if isinstance(value, list | tuple):
            items = [self.pack(item, f"{name}[{n}]") for n, item in enumerate(value)]
            return items if isinstance(value, list) else {"tuple": items}
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {"dict": {key: self.pack(item, f"{name}.{key}") for key, item in value.items()}}
        if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
            # A copy: the run goes on while the file is written.
            self.arrays.append(np.array(value))
            return {"array": len(self.arrays) - 1, "scalar": isinstance(value, np.generic)}
        if callable(value) and getattr(keras.ops, str(_name(value)), None) is value:
            return {"operation": _name(value)}
        raise TrainingError(f"{name} is a {type(value).__name__}, which cannot be saved exactly")

    def pack_variables(self, group: Iterable[Any]) -> Any:  # noqa: ANN401  likewise
        """Variables of Keras, each with its value now."""
        return [self.pack(keras.ops.convert_to_numpy(each.value), each.path) for each in group]


def unpack(value: Any, arrays: list[NDArray[Any]]) -> Any:  # noqa: ANN401  what was packed
    """What `Packer.pack` was given."""
    if isinstance(value, list):
        return [unpack(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if "tuple" in value:
        return tuple(unpack(item, arrays) for item in value["tuple"])
    if "dict" in value:
        return {key: unpack(item, arrays) for key, item in value["dict"].items()}
    if "operation" in value:
        return getattr(keras.ops, value["operation"])
    array = arrays[value["array"]]
    return array[()] if value["scalar"] else array


def _name(function: object) -> str | None:
    return getattr(function, "__name__", None)


def restore_generators(saved: Saved) -> None:
    """Set the global generators as they were when the state was saved."""
    states = unpack(saved.header["generators"], saved.arrays)
    python = states["python"]
    random.setstate((python["kind"], tuple(map(int, python["words"])), python["gauss"]))
    np.random.set_state(states["numpy"])  # noqa: NPY002  the global one is meant
    for name, (_, put) in _backend_generators().items():
        if name in states:
            put(states[name])


def _generators() -> dict[str, Any]:
    """The states of the global generators that a step or a user's data may draw from."""
    kind, words, gauss = random.getstate()
    return {
        "python": {"kind": kind, "words": np.array(words, np.uint64), "gauss": gauss},
        "numpy": np.random.get_state(legacy=False),  # noqa: NPY002  the global one is meant
        **{name: get() for name, (get, _) in _backend_generators().items()},
    }


def _backend_generators() -> dict[str, tuple[Callable[[], Any], Callable[[Any], None]]]:
    """PyTorch's own generators, which Keras's unseeded Dropout draws from."""
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


def _global_seed() -> Any:  # noqa: ANN401  a variable of Keras
    """The state that `keras.random` draws from where no seed is given, if it was used."""
    from keras.src.backend.common import global_state  # noqa: PLC0415  Keras has no public name

    generator = global_state.get_global_attribute("global_seed_generator")
    return None if generator is None else generator.state


def _config(model: Any) -> Any:  # noqa: ANN401  what JSON can say
    """The model's configuration, or its class if it has none."""
    try:
        return model.to_json()
    except Exception:  # noqa: BLE001  a model of a user's own class may raise anything
        return type(model).__qualname__


def _compiled(model: Any) -> Any:  # noqa: ANN401  what JSON can say
    """What the model was compiled with, less what cannot be compared."""
    try:
        config = json.loads(json.dumps(model.get_compile_config()))
    except Exception:  # noqa: BLE001  as a loss of a user's own class may
        config = type(model.optimizer).__name__
    return [config, model.jit_compile, model.run_eagerly, model.steps_per_execution]
