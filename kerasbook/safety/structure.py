"""How the objects of a configuration stand together: as Keras puts them, and in no other way.

Each of them may be harmless by itself and still make Keras compute, or allocate, while it loads: a
layer that is called on constants, a layer in the place of a metric, two objects of one identity.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kerasbook.checks import shown
from kerasbook.safety.result import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["check_structure", "is_own", "objects_in"]

_NEVER = "Keras writes no such file: do not load it, and ask where it comes from."
_MOST_REASONS = 100
# The modules of what a model is compiled with: `keras.optimizers`, `keras.src.optimizers.adam`.
_TRAINING = frozenset(
    (
        "activations", "constraints", "dtype_policies", "initializers", "losses", "metrics", "ops",
        "optimizers", "quantizers", "regularizers",
    )
)  # fmt: skip
_LAYERS = frozenset(("layers", "models"))
_TENSOR = "__keras_tensor__"
_IDENTITY = ("module", "class_name", "config", "registered_name", "build_config")


def check_structure(
    config: Mapping[str, object],
    compile_config: Mapping[str, object] | None,
    *,
    shares: bool = True,
    allowed: Collection[str] = (),
) -> list[Reason]:
    """The reasons to refuse how the objects of a configuration stand together.

    Args:
        config: the JSON values of a model.
        compile_config: what an `.h5` file compiles it with; other files keep it in the model.
        shares: whether two objects of one identity are one, as in all but `.h5` files.
        allowed: names of the user's own classes.
    """
    reasons: list[Reason] = []
    identities: dict[object, str] = {}
    trained = [compile_config]
    for value in objects_in(config):
        reasons.extend(_against_calls(value))
        if shares:
            reasons.extend(_against_identity(value, identities))
        trained.append(value.get("compile_config"))  # type: ignore[arg-type]
        if len(reasons) >= _MOST_REASONS:
            break
    for each in trained:
        reasons.extend(_against_training(each, allowed))
    return reasons[:_MOST_REASONS]


def objects_in(config: object, *, but: Collection[str] = ()) -> Iterator[dict[str, object]]:
    """All dictionaries in a configuration, wherever they are nested.

    Args:
        config: the JSON values.
        but: names of classes that are given and not looked into.
    """
    pending = [config]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            yield value
            if not is_own(value, but):
                pending.extend(reversed(value.values()))
        elif isinstance(value, list):
            pending.extend(reversed(value))


def is_own(value: Mapping[str, object], allowed: Collection[str]) -> bool:
    """Whether an object is one of the user's own classes."""
    name = value.get("registered_name", value.get("class_name"))
    return isinstance(name, str) and name in allowed


def _where(value: Mapping[str, object]) -> str:
    config = value.get("config")
    name = value.get("name", config.get("name") if isinstance(config, dict) else None)
    return f"{shown(value.get('class_name', 'an object'))} {shown(name)}"


def _against_calls(value: Mapping[str, object]) -> Iterator[Reason]:
    """The reasons to refuse calls of a layer: one on constants alone computes in loading."""
    nodes = value.get("inbound_nodes")
    for node in nodes if isinstance(nodes, list) else ():
        if isinstance(node, list) and node:
            continue  # the older form names layers, and cannot do without
        if any(each.get("class_name") == _TENSOR for each in objects_in(node)):
            continue
        expected = "be called on tensors of the model"
        yield Reason("constant-call", _where(value), expected, "constants alone", _NEVER)
        return


def _against_identity(
    value: Mapping[str, object], identities: dict[object, str]
) -> Iterator[Reason]:
    """The reasons to refuse objects of one shared id: Keras makes the first, and no other."""
    identity = value.get("shared_object_id")
    if identity is None or isinstance(identity, dict | list):
        return
    # Keras numbers what is inside the first one only where it is listed again by itself.
    frame = json.dumps([value.get(key) for key in _IDENTITY], sort_keys=True)
    text = json.dumps(json.loads(frame, object_hook=_unnumbered))
    if identities.setdefault(identity, text) != text:
        expected = "be the same wherever it is listed"
        received = f"another object with shared_object_id={shown(identity)}"
        yield Reason("two-objects", _where(value), expected, received, _NEVER)


def _unnumbered(value: dict[str, object]) -> dict[str, object]:
    return {key: each for key, each in value.items() if key != "shared_object_id"}


def _against_training(config: object, allowed: Collection[str]) -> Iterator[Reason]:
    """The reasons to refuse an optimizer, losses and metrics: none of them may be a layer."""
    for value in objects_in(config, but=allowed):
        module = value.get("module")
        if "class_name" not in value or is_own(value, allowed):
            continue
        rooms = frozenset(str(module).split("."))
        foreign = module not in (None, "builtins") and (not rooms & _TRAINING or rooms & _LAYERS)
        if foreign or "build_config" in value or "inbound_nodes" in value:
            expected = "be an optimizer, a loss or a metric to compile a model with"
            received = f"one of {shown(module)}"
            yield Reason("foreign-class", _where(value), expected, received, _NEVER)
