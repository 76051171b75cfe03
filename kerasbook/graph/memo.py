"""Facts of the layers that were met, for those that are like them.

The blocks of a network repeat, so most layers are like an earlier one. A rule goes by the inputs
and by the settings that it reads; so a layer of the same class, on the same inputs, that agrees in
all the settings that were read has the same facts, whatever else its configuration holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.checks import MAPPINGS
from kerasbook.rules import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from kerasbook.rules import LayerFacts, LayerSpec, RuleBook

__all__ = ["Memo"]

# So many kinds of layers on the same inputs are kept; a network has a few.
_MOST_KEPT = 32
_ABSENT = object()
_PLAIN_TYPES = frozenset((bool, int, float, str, list, tuple, type(None)))
# What was read of a configuration: key, value, and what tells it from equal ones, with its answer.
_Read: TypeAlias = "list[tuple[str, object, Callable[[object], object], object]]"
# Equal values of one of these types are the same; 0.0 and −0.0 are not.
_EXACT_TYPES = frozenset((bool, int, str))


class Memo:
    """What one walk has found out about layers."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, list[tuple[_Read, LayerFacts]]] = {}

    def facts(self, spec: LayerSpec, book: RuleBook) -> LayerFacts:
        """The facts of a call, from the rules or from an earlier call that is like it."""
        call = _call_of(spec)
        if call is None or book.extra_rules:  # a user's rule may go by anything
            return book.facts(spec)
        config = spec.layer.config
        kept = self._kept.setdefault(call, [])
        for read, facts in kept:
            for key, value, tell, told in read:
                other = config.get(key, _ABSENT)
                if other is not value and (other != value or tell(other) != told):
                    break
            else:
                return facts
        recorder = _Recorder(config)
        facts = book.facts(replace(spec, layer=replace(spec.layer, config=recorder)))
        if recorder.read is not None and len(kept) < _MOST_KEPT:
            kept.append((list(map(_telling, recorder.read.items())), facts))
        return facts


class _Recorder(Mapping[str, object]):
    """A configuration that notes what is read of it.

    Attributes:
        read: the values by key; `None` once something was read that is not easily compared.
    """

    __slots__ = ("_config", "read")

    def __init__(self, config: Mapping[str, object]) -> None:
        self._config = config
        self.read: dict[str, object] | None = {}

    def get(self, key: str, default: object = None) -> object:
        value = self._config.get(key, _ABSENT)
        if self.read is not None:
            if _is_comparable(key, value):
                self.read[key] = value
            else:
                self.read = None
        return default if value is _ABSENT else value

    def __getitem__(self, key: str) -> object:
        value = self.get(key, _ABSENT)
        if value is _ABSENT:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        self.read = None
        return iter(self._config)

    def __len__(self) -> int:
        self.read = None
        return len(self._config)


def _call_of(spec: LayerSpec) -> Hashable | None:
    """The class, the inputs, and which of these are the same.

    `None` if the call passes more than tensors and switches.
    """
    layer, arguments, keywords = spec.layer, spec.arguments, spec.keywords
    for value in keywords.values():
        if value is not None and type(value) not in (Tensor, bool):
            return None
    kind = layer.class_name, layer.module, layer.registered_name, layer.shared_id
    call = kind, tuple(keywords.items())
    first = arguments[0] if len(arguments) == 1 else None
    if type(first) is Tensor and Tensor not in map(type, keywords.values()):
        # One tensor alone, as nearly always: plain values are compared faster than objects.
        return call, first.shape, first.dtype, first.constant
    for argument in arguments:
        if type(argument) is not Tensor and not _are_tensors(argument):
            return None
    return call, arguments, _which(spec.tensors)


def _which(tensors: tuple[Tensor, ...]) -> tuple[int, ...]:
    """The place where each tensor is met first.

    Equal ones need not be the same: attention of a tensor to itself is not that to one like it.
    """
    places: dict[int, int] = {}
    return tuple([places.setdefault(id(each), place) for place, each in enumerate(tensors)])


def _are_tensors(argument: object) -> bool:
    """Whether an argument is a list of tensors."""
    return isinstance(argument, tuple) and all(type(each) is Tensor for each in argument)


def _is_comparable(key: str, value: object) -> bool:
    """Whether a setting can be held against another one: plain values, and types and functions."""
    if type(value) not in _PLAIN_TYPES and isinstance(value, MAPPINGS):
        return key in ("dtype", "activation") and "policy_map" not in repr(value)
    return True


def _telling(item: tuple[str, object]) -> tuple[str, object, Callable[[object], object], object]:
    """A setting, and what tells equal ones apart: 1 is not True, nor 1.0, inside a list either."""
    key, value = item
    tell: Callable[[object], object] = type if type(value) in _EXACT_TYPES else repr
    return key, value, tell, tell(value)
