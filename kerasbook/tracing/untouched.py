"""Restoring the state that a trace might change: of layers, of their attributes, of the process.

A trace runs the code of layers, which may build layers, take names, draw random numbers, and keep
tensors in attributes. None of these changes must outlive the trace.
"""

# Keras publishes no types, and keeps its global state to itself:
# ruff: noqa: ANN401

from __future__ import annotations

import random
import sys
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["untouched"]

_LEAVES = (bool, int, float, complex, str, bytes, type(None), type)
# The records of a symbolic call refer to every layer that was ever called beside it; objects of the
# other classes are many, and only have settings.
_NOT_RESTORED = (
    "keras.src.backend.common.keras_tensor",
    "keras.src.dtype_policies",
    "keras.src.initializers",
    "keras.src.layers.input_spec",
    "keras.src.ops.node",
    "keras.src.saving",
)
# Objects of these packages are not restored.
_LIBRARIES = frozenset(("jax", "jaxlib", "ml_dtypes", "numpy", "tensorflow", "torch"))


@contextmanager
def untouched(*roots: object) -> Iterator[None]:
    """A context that restores layers, everything they refer to, and the state of the process.

    At its end, attributes, lists, dicts and sets have their former contents, at any depth; this
    includes which layers are built, their weights, and the names that Keras has given. Random
    generators are restored too. The data of tensors is not copied: a trace does not change it.

    Args:
        roots: layers and models, or functions, for the objects that they refer to.

    Examples:
        >>> import keras
        >>> layer = keras.layers.Dense(3)
        >>> with untouched(layer):
        ...     layer.build((None, 4))
        ...     len(layer.weights)
        2
        >>> layer.built, len(layer.weights)
        (False, 0)
    """
    put_back = [*_kept_state(), *_kept(roots)]
    try:
        yield
    finally:
        for action in put_back:
            action()


def _kept_state() -> list[Callable[[], object]]:
    """Functions that restore the state of the process: Keras's, and the random generators."""
    state = vars(import_module("keras.src.backend.common.global_state").GLOBAL_STATE_TRACKER)
    found = [action for each in list(state.values()) if (action := _container(each))]
    found += [partial(_refill, state, dict(state)), partial(random.setstate, random.getstate())]
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None:
        found.append(partial(numpy.random.set_state, numpy.random.get_state()))
    if torch is not None:
        found.append(partial(torch.set_rng_state, torch.get_rng_state()))
    return found


def _kept(roots: Iterable[object]) -> list[Callable[[], object]]:
    """Functions that restore the objects that the roots refer to.

    Objects that functions refer to are followed but not restored, until a layer is reached.
    """
    found: list[Callable[[], object]] = []
    seen: set[int] = set()
    alive = []  # keeps new objects alive, so that no other gets the same `id`
    pending: list[tuple[object, bool]] = [(root, False) for root in roots]
    while pending:
        each, within = pending.pop()
        if isinstance(each, _LEAVES) or id(each) in seen:
            continue
        if isinstance(each, dict) and not issubclass(type(each), dict):
            each = getattr(each, "__wrapped__", None)  # TensorFlow's stand-in for a dict
        seen.add(id(each))
        alive.append(each)
        action = _container(each)
        if action is None and _is_kept(each):
            within = True
            attributes = vars(each)
            action = partial(_refill, attributes, dict(attributes))
            pending.append((list(attributes.values()), within))
        elif isinstance(each, dict):
            pending.append((list(each.values()), within))
        elif isinstance(each, list | tuple | set | frozenset):
            pending.extend((inner, within) for inner in list(each))
        elif isinstance(each, FunctionType | MethodType | partial):
            pending.append((_referred(each), within))
        if action is not None and within:
            found.append(action)
    return found


def _is_kept(value: object) -> bool:
    """Whether to restore an object's attributes: Keras's, PyTorch's modules, the user's own."""
    if not hasattr(value, "__dict__") or isinstance(value, FunctionType | type(sys)):
        return False
    module = type(value).__module__
    if module.startswith(_NOT_RESTORED):
        return False
    return module.partition(".")[0] not in _LIBRARIES or hasattr(value, "_parameters")


def _container(value: Any) -> Callable[[], object] | None:
    """A function that restores the contents of a list, dict or set; `None` for other values."""
    kind = type(value)
    if issubclass(kind, list):
        return partial(list.__setitem__, value, slice(None), list(value))
    if issubclass(kind, dict):
        return partial(_refill, value, dict(value))
    return partial(_refill_set, value, set(value)) if issubclass(kind, set) else None


# The built-in classes' methods are called, since Keras's subclasses also track changes.


def _refill(value: dict[Any, Any], contents: dict[Any, Any]) -> None:
    if dict.__len__(value) == len(contents) and all(
        key in contents and contents[key] is each for key, each in dict.items(value)
    ):
        return
    dict.clear(value)
    dict.update(value, contents)


def _refill_set(value: set[Any], contents: set[Any]) -> None:
    set.clear(value)
    set.update(value, contents)


def _referred(function: Any) -> list[object]:
    """The objects that a function refers to: its closure, its defaults, the globals it names."""
    if isinstance(function, partial):
        return [function.func, function.args, function.keywords]
    if isinstance(function, MethodType):
        return [function.__self__, function.__func__]
    if function.__module__.partition(".")[0] in (*_LIBRARIES, "keras"):
        return []
    found = [function.__defaults__, function.__kwdefaults__]
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # the cell is empty
            continue
    names, codes = set(), [function.__code__]
    for code in codes:  # functions inside the function are appended during the loop
        names.update(code.co_names)
        codes.extend(each for each in code.co_consts if isinstance(each, type(code)))
    found.extend(function.__globals__[name] for name in names if name in function.__globals__)
    return found
