"""The objects that a configuration asks Keras to make: each by name, wherever it is nested."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kerasbook.checks import shown, word
from kerasbook.safety.names import (
    CLASSES,
    FUNCTION_MODULES,
    FUNCTIONS,
    HIGHER_ORDER,
    RUNS_CODE,
    is_keras_module,
)
from kerasbook.safety.result import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["Objects", "check_objects"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATIONS = "keras.ops"
# How Keras 2.11 to 2.15 names its own optimizers in older files.
_OLD_PREFIX = "Custom>"
_NEVER = "Do not load it, unless you know who made it and read that code."
_ALLOW = "If it is your own class, name it in custom_objects; else do not load the file."
_FOREIGN = "Keras writes no such name: do not load it, and ask where the file comes from."
_LOOKUPS = frozenset(("StringLookup", "IntegerLookup", "TextVectorization"))
_TENSORS = frozenset(("__tensor__", "__numpy__"))
# Keras makes folders of the names of layers: none may lead out of the folder around it.
_LEADS_OUT = re.compile(r"^(?:[A-Za-z]:)?[/\\]|(?:^|[/\\])\.{1,2}(?:[/\\]|$)")
_DTYPES = re.compile(r"bool|complex(64|128)|u?int(4|8|16|32|64)|b?float(8_\w+|16|32|64)?|string")
_MOST_REASONS = 100
# The code of a reason; what is expected, what was received, and the mend.
_Against = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects that a configuration names.

    Attributes:
        classes: how many objects of each class.
        reasons: which of them no file may ask for.
    """

    classes: Counter[str] = field(default_factory=Counter)
    reasons: list[Reason] = field(default_factory=list)


def check_objects(config: object, *, allowed: Collection[str] = ()) -> Objects:
    """All objects in a configuration, and the reasons to refuse some of them.

    Args:
        config: the JSON values of a configuration.
        allowed: names of the user's own classes and functions.

    Examples:
        >>> found = check_objects({"class_name": "Lambda", "config": {"name": "odd"}})
        >>> found.reasons[0].code, found.reasons[0].where
        ('runs-code', "Lambda 'odd'")
        >>> check_objects({"class_name": "Dense", "config": {"units": 3}}).reasons
        []
    """
    found = Objects()
    pending = [config]
    while pending and len(found.reasons) < _MOST_REASONS:
        value = pending.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                _check(value, found, allowed)
            pending.extend(reversed(value.values()))
        elif isinstance(value, list):
            pending.extend(reversed(value))
    return found


def _check(value: Mapping[str, object], found: Objects, allowed: Collection[str]) -> None:
    """Note one object, and the reason to refuse it if there is one."""
    name, config = value["class_name"], value.get("config")
    if not isinstance(name, str) or not _is_class_name(name):
        expected = "have a class's name"
        found.reasons.append(
            Reason("foreign-class", _where(value), expected, shown(name), _FOREIGN)
        )
        return
    found.classes[name] += 1
    against = _against(value, name, allowed) or _against_name(value)
    if against is None and isinstance(config, dict):
        against = _against_settings(name, config)
    if against is not None:
        code, *parts = against
        found.reasons.append(Reason(code, _where(value), *parts))


def _is_class_name(name: str) -> bool:
    """Whether it is a class's name, or one as older files name a user's class: `package>Name`."""
    package, registered, own = name.partition(">")
    return own.isidentifier() if registered else package.isidentifier()


def _against(
    value: Mapping[str, object], class_name: str, allowed: Collection[str]
) -> _Against | None:
    """The reason to refuse the class or function that an object names, if there is one."""
    name = class_name.removeprefix(_OLD_PREFIX)
    if name in RUNS_CODE:
        return "runs-code", "only compute", RUNS_CODE[name], _NEVER
    looked_up = value.get("config" if name == "function" else "registered_name")
    looked_up = class_name if looked_up is None else looked_up
    if isinstance(looked_up, str) and looked_up in allowed:
        return None
    module, registered = value.get("module"), value.get("registered_name")
    if name == "function":
        return _against_function(module, looked_up)
    if registered not in (None, name, _OLD_PREFIX + name):
        received = f"one registered as {shown(registered)}"
    elif module is not None and not is_keras_module(module):
        received = f"one of {shown(module)}"
    elif name not in CLASSES:
        received = f"{shown(module)}'s {name}" if module else word(name)
    else:
        return None
    return "foreign-class", "be a layer, loss or the like of Keras", received, _ALLOW


def _against_function(module: object, name: object) -> _Against | None:
    plain = isinstance(name, str) and _NAME.fullmatch(name) is not None
    if plain and isinstance(module, str) and module in FUNCTION_MODULES:
        if name in FUNCTIONS:
            return None
        if module.startswith(_OPERATIONS) and name not in HIGHER_ORDER:
            return None
    received = f"{shown(name)} of {shown(module)}"
    return "foreign-function", "be an activation, loss or operation of Keras", received, _ALLOW


def _against_name(value: Mapping[str, object]) -> _Against | None:
    """The reason to refuse the name that an object is given, if there is one."""
    config = value.get("config")
    for holder in (value, config if isinstance(config, dict) else {}):
        name = holder.get("name")
        if isinstance(name, str) and _LEADS_OUT.search(name):
            return "path-as-name", "have a name that is no path", shown(name), _FOREIGN
    return None


def _against_settings(name: str, config: Mapping[str, object]) -> _Against | None:
    """The reason to refuse the settings of an allowed class, if there is one."""
    vocabulary = config.get("vocabulary")
    if name in _LOOKUPS and isinstance(vocabulary, str):
        expected, received = "keep its vocabulary in the file", f"the path {shown(vocabulary)}"
        mend = "Set the vocabulary as a list and save the model again."
        return "reads-file", expected, received, mend
    if name in _TENSORS:
        dtype = config.get("dtype")
        if not isinstance(dtype, str) or not _DTYPES.fullmatch(dtype):
            return "foreign-type", "have a type of numbers", shown(dtype), _FOREIGN
    return None


def _where(value: Mapping[str, object]) -> str:
    """An object as a message names it."""
    config = value.get("config")
    name = value.get("name", config.get("name") if isinstance(config, dict) else config)
    kind = value["class_name"]
    kind = word(kind) if isinstance(kind, str) else "an object"
    return f"{kind} {shown(name)}" if isinstance(name, str) else kind
