"""What a trace might change, put back: layers, what they keep, and the state of the process.

A trace runs the code of layers. That builds what is not built, names what it makes, draws from
generators, and keeps tensors in attributes, none of which outlives the trace.
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
# The records of a symbolic call lead to every layer that was ever called beside it; the others
# are many, and hold settings.
_PASSED_OVER = (
    "keras.src.backend.common.keras_tensor",
    "keras.src.dtype_policies",
    "keras.src.initializers",
    "keras.src.layers.input_spec",
    "keras.src.ops.node",
    "keras.src.saving",
)
# What these packages make beside Keras's own objects is theirs to keep.
_LIBRARIES = frozenset(("jax", "jaxlib", "ml_dtypes", "numpy", "tensorflow", "torch"))


@contextmanager
def untouched(*roots: object) -> Iterator[None]:
    """Put all that hangs on some layers back as it was, and the state of the process.

    Attributes, lists, dicts and sets are put back to what they held, at any depth, and with them
    which layers are built, the weights that they have, and the names that are taken; so are the
    generators of random numbers. The numbers in a tensor stay where they are: nothing in a trace
    writes them.

    Args:
        roots: layers, models, or functions: of these what they refer to.

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
    """What puts the state of the process back: that of Keras, and the random numbers."""
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
    """What puts back the objects that hang on the roots.

    What functions refer to leads on, and is the caller's to change, until a layer is met.
    """
    found: list[Callable[[], object]] = []
    seen: set[int] = set()
    alive = []  # an object that is made on the way must not lend its identity to another
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
    """Whether an object's attributes are put back: Keras's, PyTorch's modules, the user's own."""
    if not hasattr(value, "__dict__") or isinstance(value, FunctionType | type(sys)):
        return False
    module = type(value).__module__
    if module.startswith(_PASSED_OVER):
        return False
    return module.partition(".")[0] not in _LIBRARIES or hasattr(value, "_parameters")


def _container(value: Any) -> Callable[[], object] | None:
    """What puts the contents of a list, dict or set back; `None` for all else."""
    kind = type(value)
    if issubclass(kind, list):
        return partial(list.__setitem__, value, slice(None), list(value))
    if issubclass(kind, dict):
        return partial(_refill, value, dict(value))
    return partial(_refill_set, value, set(value)) if issubclass(kind, set) else None


# The classes' own methods are called, past what a subclass does besides: Keras tracks some.


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
    """What a function refers to: what it closes over, its defaults, and the globals it names."""
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
        except ValueError:  # nothing is in it yet
            continue
    names, codes = set(), [function.__code__]
    for code in codes:  # it grows while it is walked: functions inside the function
        names.update(code.co_names)
        codes.extend(each for each in code.co_consts if isinstance(each, type(code)))
    found.extend(function.__globals__[name] for name in names if name in function.__globals__)
    return found
