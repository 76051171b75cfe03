"""The identity of a run: a saved state is restored only into a run with an equal one."""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import keras

from kerasbook.errors import TrainingError
from kerasbook.training._state import optimizers

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["refuse_differences", "run_identity"]

_SHOWN = 60  # characters of a value in a message
_NUMBERED = re.compile(r"(.*?)(_\d+)?\Z", re.DOTALL)

# The configuration of a compiled optimizer holds its current learning rate, and a notebook trains
# one model more than once. The configuration that was read first is the one it was compiled with.
_COMPILED: WeakKeyDictionary[Any, tuple[object, Any]] = WeakKeyDictionary()


def run_identity(model: Any) -> dict[str, Any]:  # noqa: ANN401  a Keras model
    """The identity of a run, by name: a state of another identity must not be restored.

    Numbers that Keras appends to names, as in `dense_3`, are left out.
    """
    backend = keras.backend.backend()
    config, compiled = _config(model), _compiled(model)
    layers = model._flatten_layers()  # noqa: SLF001  no public walk
    names = _Names({type(each).__name__ for each in layers} | _classes([config, compiled]))
    return {
        "Keras": keras.__version__,
        "backend": backend,
        **_versions(backend),
        "dtype policy": keras.config.dtype_policy().name,
        "model": names.without_numbers(config),
        "compile": names.without_numbers(compiled),
        "variables": _Names(None).without_numbers(
            [[*each.path.split("/"), list(each.shape), each.dtype] for each in model.variables]
        ),
    }


def refuse_differences(path: Path, saved: dict[str, Any], now: dict[str, Any]) -> None:
    """Check that the saved identity equals the present one.

    Raises:
        TrainingError: they differ; the message names the difference.
    """
    now = json.loads(json.dumps(now))
    wrong = [name for name in {**saved, **now} if saved.get(name) != now.get(name)]
    if wrong:
        said = ", ".join(_difference(name, saved.get(name), now.get(name)) for name in wrong)
        raise TrainingError(
            f"{path} was saved by another run: {said}. It cannot be continued exactly: start the "
            f"script and the versions that it was begun with, or remove the file to begin anew."
        )


def _difference(name: str, saved: object, now: object) -> str:
    if max(len(repr(saved)), len(repr(now))) > _SHOWN:
        return f"another {name}"
    return f"{name} was {saved!r} and is {now!r}"


def _versions(backend: str) -> dict[str, str]:
    # Versions come from the modules: the package may be `tensorflow-cpu` or `tf-nightly`.
    modules = {"jax": ("jax", "jaxlib")}.get(backend, (backend,))
    return {name: str(import_module(name).__version__) for name in modules}


class _Names:
    """Replaces the names that Keras numbers, such as `dense_3`, by their order of appearance.

    In a notebook that builds its model again, the same layers get other numbers.
    """

    __slots__ = ("_counted", "_kinds", "_places")

    def __init__(self, classes: set[str] | None) -> None:
        """The names of `classes` are replaced; `None` stands for all classes."""
        self._kinds = None if classes is None else {_snake_case(each) for each in classes}
        self._counted: dict[str, str] = {}
        self._places: dict[str, int] = {}

    def without_numbers(self, value: Any) -> Any:  # noqa: ANN401  what JSON can say
        """The value with numbered names and shared-object ids replaced by their order."""
        if isinstance(value, str):
            return self._name(value)
        if isinstance(value, list):
            return [self.without_numbers(each) for each in value]
        if isinstance(value, dict):
            return {self._name(key): self._entry(key, each) for key, each in value.items()}
        return value

    def _entry(self, key: str, value: Any) -> Any:  # noqa: ANN401  what JSON can say
        if key == "compile_config":
            return None  # compared separately, as it was when the model was compiled
        if key == "shared_object_id":
            return self._name(f"shared_{value}")
        # The activation function `softmax` is not the layer `softmax`.
        return value if key.endswith("activation") else self.without_numbers(value)

    def _name(self, name: str) -> str:
        match = _NUMBERED.match(name)
        kind = match.group(1) if match else name
        if self._kinds is not None and kind not in {*self._kinds, "shared"}:
            return name
        if name not in self._counted:
            self._places[kind] = self._places.get(kind, -1) + 1
            self._counted[name] = f"{kind} {self._places[kind]}"
        return self._counted[name]


def _classes(value: Any) -> set[str]:  # noqa: ANN401  what JSON can say
    """The names of all classes in a configuration."""
    if isinstance(value, list):
        return set().union(*map(_classes, value))
    if not isinstance(value, dict):
        return set()
    own = {value["class_name"]} if isinstance(value.get("class_name"), str) else set()
    return own.union(*map(_classes, value.values()))


def _snake_case(name: str) -> str:
    from keras.src.utils.naming import to_snake_case  # noqa: PLC0415  Keras has no public name

    return str(to_snake_case(name))


def _config(model: Any) -> Any:  # noqa: ANN401  what JSON can say
    """The model's configuration, or its class if it has none."""
    try:
        return json.loads(model.to_json())
    except Exception:  # noqa: BLE001  a model of a user's own class may raise anything
        return type(model).__qualname__


def _compiled(model: Any) -> Any:  # noqa: ANN401  what JSON can say
    """The arguments of `compile`, without those that cannot be compared."""
    made = getattr(model, "_compile_config", None)
    seen = _COMPILED.get(model)
    if seen is not None and seen[0] is made:
        return seen[1]
    try:
        config = json.loads(json.dumps(model.get_compile_config()))
    except Exception:  # noqa: BLE001  as a loss of a user's own class may
        config = type(model.optimizer).__name__
    others = [_optimizer(each) for name, each in optimizers(model).items() if name != "optimizer"]
    compiled = [config, others, model.jit_compile, model.run_eagerly, model.steps_per_execution]
    _COMPILED[model] = (made, compiled)
    return compiled


def _optimizer(optimizer: Any) -> Any:  # noqa: ANN401  what JSON can say
    try:
        return json.loads(json.dumps(keras.optimizers.serialize(optimizer)))
    except Exception:  # noqa: BLE001  of a user's own class
        return type(optimizer).__name__
