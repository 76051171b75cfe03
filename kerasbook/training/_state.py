"""The state of a model in training: everything that its next step depends on."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from kerasbook.errors import TrainingError
from kerasbook.training._packing import checksum, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.training._container import Saved
    from kerasbook.training._packing import Packer

__all__ = [
    "build_optimizer",
    "checksum_of",
    "collect",
    "complete",
    "innermost_optimizers",
    "is_first_process",
    "optimizers",
    "refuse_others",
    "restore",
    "train_once",
]

# Attributes that Keras and PyTorch themselves set on layers, also on the user's own.
_KEPT_BY_KERAS = {
    "autocast",
    "built",
    "jit_compile",
    "run_eagerly",
    "steps_per_execution",
    "stop_evaluating",
    "stop_predicting",
    "stop_training",
    "supports_jit",
    "supports_masking",
    "training",
}


def is_first_process() -> bool:
    """Whether this is process 0, the only one that writes files."""
    if keras.backend.backend() != "jax":
        return True
    import jax  # noqa: PLC0415  only on this backend

    return bool(jax.process_index() == 0)


def refuse_others(model: Any) -> None:  # noqa: ANN401  a Keras model
    """Check that all state of a model can be saved.

    Raises:
        TrainingError: the model has an optimizer of PyTorch's own.
    """
    if keras.backend.backend() != "torch":
        return
    import torch  # noqa: PLC0415  only on this backend

    for name, value in _attributes(model):
        if isinstance(value, torch.optim.Optimizer):
            raise TrainingError(
                f"optimizers must be Keras's for their state to be saved; the model's {name} is "
                f"torch.optim.{type(value).__name__}. Use one of keras.optimizers."
            )


def build_optimizer(model: Any) -> None:  # noqa: ANN401  a Keras model
    """Create the variables that Keras's own training would create in its first step.

    A custom train step may train only some of the weights, and creates the variables it needs.
    """
    optimizer = model.optimizer
    own = not type(model).train_step.__module__.startswith("keras.")
    if optimizer is None or optimizer.built or own:
        return
    strategy = getattr(model, "distribute_strategy", None)  # TensorFlow's
    with nullcontext() if strategy is None else strategy.scope():
        optimizer.build(model.trainable_variables)


def collect(model: Any, packer: Packer) -> dict[str, Any]:  # noqa: ANN401  a Keras model
    """The state of a model, as JSON values; its arrays are collected by `packer`."""
    groups = {
        name: [packer.pack(_value(each), name) for each in group]
        for name, group in _variables(model).items()
    }
    return {"variables": groups, "attributes": packer.pack(_plain(model), "attributes")}


def complete(model: Any, saved: Saved) -> bool:  # noqa: ANN401  a Keras model
    """Whether a model has all variables of a saved state; its first step creates some."""
    groups = _variables(model)
    return all(
        len(groups.get(name, ())) >= len(group)
        for name, group in saved.header["variables"].items()
        if name not in _as_new(saved)
    )


def restore(model: Any, saved: Saved) -> None:  # noqa: ANN401  a Keras model
    """Set every variable of a model to its saved value.

    Raises:
        TrainingError: the model has other variables.
    """
    stored = saved.header["variables"]
    if stored["seed"]:
        from keras.src.random import seed_generator  # noqa: PLC0415  Keras has no public name

        seed_generator.global_seed_generator()  # created on first use
    groups = _variables(model)
    for name in groups.keys() | stored.keys():
        group, values = groups.get(name, []), unpack(stored.get(name, []), saved.arrays)
        if name in _as_new(saved):
            continue
        if len(group) != len(values):
            raise TrainingError(
                f"the model has {len(group)} variables of its {name}; the saved run had "
                f"{len(values)} at this point. Build and compile the model anew, as the script did "
                f"that began the run."
            )
        for variable, value in zip(group, values, strict=True):
            _assign(variable, value)
    plain = unpack(saved.header["attributes"], saved.arrays)
    for layer, now, values in zip(_own_layers(model), _plain(model), plain, strict=False):
        for name, value in values.items():
            if name not in now or now[name] != value:
                setattr(layer, name, value)


def _as_new(saved: Saved) -> set[str]:
    """Groups that a step may create again: the metrics, at the beginning of an epoch."""
    return set() if saved.header["batches"] else {"metrics"}


def train_once(model: Any, batches: Iterator[Any]) -> None:  # noqa: ANN401  a Keras model
    """Train on one batch, so that Keras and the model create their variables; to be undone."""
    backend = keras.backend.backend()
    if backend == "torch":
        model.train()
        model.train_function([next(batches)])
    elif backend == "tensorflow":
        model.train_function(batches)
    # On JAX a step creates no variables: all were created before.


def checksum_of(model: Any) -> int:  # noqa: ANN401  a Keras model
    """A 32-bit checksum of the model's weights."""
    return checksum(_value(each) for each in _variables(model)["model"])


def innermost_optimizers(model: Any) -> list[Any]:  # noqa: ANN401  a Keras model
    """The optimizers of a model, without the loss-scaling wrappers around them."""
    found = optimizers(model).values()
    return [getattr(each, "inner_optimizer", each) for each in found]


def optimizers(model: Any) -> dict[str, Any]:  # noqa: ANN401  a Keras model
    """Every optimizer of a model by name; `"optimizer"` is the one it was compiled with."""
    found = {} if model.optimizer is None else {"optimizer": model.optimizer}
    for name, value in _attributes(model):
        if isinstance(value, keras.optimizers.Optimizer) and all(
            value is not each for each in found.values()
        ):
            found[name] = value
    return found


def _attributes(model: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  a Keras model
    """Name and value of each attribute of a model and its layers, lists and dicts unfolded."""
    for place, layer in enumerate(model._flatten_layers()):  # noqa: SLF001  no public walk
        for name, value in list(vars(layer).items()):
            key = f"layer {place} {name}" if place else name
            if isinstance(value, dict):
                yield from ((f"{key}[{each!r}]", inner) for each, inner in value.items())
            elif isinstance(value, list | tuple):
                yield from ((f"{key}[{number}]", inner) for number, inner in enumerate(value))
            else:
                yield key, value


def _variables(model: Any) -> dict[str, list[Any]]:  # noqa: ANN401  a Keras model
    """The model's variables by group, including the states of its seed generators."""
    # JAX's trainer keeps the state outside the model during training.
    sync = getattr(model, "jax_state_sync", None)
    if sync is not None:
        sync()
    seed = _global_seed()
    return {
        "model": model.variables,
        "optimizer": [],  # a model may have none
        **{name: each.variables for name, each in optimizers(model).items()},
        "metrics": model.metrics_variables,
        "seed": [] if seed is None else [seed],
        "untracked": _untracked(model),
        "backend": _of_the_backend(model),
    }


def _untracked(model: Any) -> list[Any]:  # noqa: ANN401  a Keras model
    """Variables that Keras does not list: the states of recurrent layers."""
    listed = {id(each) for each in model.variables}
    held = [each for _, each in _attributes(model) if isinstance(each, keras.Variable)]
    return list({id(each): each for each in held if id(each) not in listed}.values())


def _of_the_backend(model: Any) -> list[Any]:  # noqa: ANN401  a Keras model
    """State that Keras does not track: TensorFlow's variables, buffers of PyTorch modules."""
    backend = keras.backend.backend()
    if backend == "torch":
        return [each for _, each in model.named_buffers()]
    if backend != "tensorflow":
        return []
    import tensorflow as tf  # noqa: PLC0415  only on this backend

    held = [value for _, value in _attributes(model)]
    states = [each.state for each in held if isinstance(each, tf.random.Generator)]
    return [*(each for each in held if isinstance(each, tf.Variable)), *states]


def _value(variable: Any) -> Any:  # noqa: ANN401  a variable of Keras or of its backend
    value = variable.value if isinstance(variable, keras.Variable) else variable
    return np.asarray(keras.ops.convert_to_numpy(value))


def _assign(variable: Any, value: Any) -> None:  # noqa: ANN401  likewise
    if hasattr(variable, "assign"):
        variable.assign(value)
    else:
        variable.copy_(keras.ops.convert_to_tensor(value))


def _own_layers(model: Any) -> list[Any]:  # noqa: ANN401  a Keras model
    """The layers of user-defined classes, and the model itself if its class is."""
    layers = model._flatten_layers()  # noqa: SLF001  no public walk
    return [each for each in layers if not type(each).__module__.startswith("keras.")]


def _plain(model: Any) -> list[dict[str, Any]]:  # noqa: ANN401  a Keras model
    """Numbers and strings in attributes of user-defined layers, which training may change."""
    return [
        {
            name: value
            for name, value in vars(layer).items()
            if not name.startswith("_")
            and name not in _KEPT_BY_KERAS
            and (value is None or type(value) in {bool, int, float, str})
        }
        for layer in _own_layers(model)
    ]


def _global_seed() -> Any:  # noqa: ANN401  a variable of Keras
    """The state of `keras.random`'s global seed generator, or `None` if it was never used."""
    from keras.src.backend.common import global_state  # noqa: PLC0415  Keras has no public name

    generator = global_state.get_global_attribute("global_seed_generator")
    return None if generator is None else generator.state
