"""The order in which a model's calls run: each after those it waits for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from kerasbook.errors import SourceError
from kerasbook.graph.records import Reference

if TYPE_CHECKING:
    from kerasbook.graph.records import Member, Model

__all__ = ["call_order"]


def call_order(model: Model) -> list[tuple[Member, int]]:
    """The calls of a model in the order they can run, as (layer, which of its calls).

    Calls keep the order of the source where nothing else decides. A layer without calls is an
    input; it counts as one call.

    Raises:
        SourceError: a call refers to a layer or a call that does not exist, or calls wait for
            each other in a cycle.
    """
    members = {member.layer.name: member for member in model.members}
    if len(members) < len(model.members):
        raise SourceError(
            where=f"model {model.name!r}: each layer",
            expected="have its own name",
            received=f"{_repeated(model)!r} more than once",
        )
    calls = [(m, index) for m in model.members for index in range(max(len(m.calls), 1))]
    # As Keras writes them, if no layer is called twice.
    return calls if _are_in_order(calls) else _in_order(model, calls, members)


def _are_in_order(calls: list[tuple[Member, int]]) -> bool:
    """Whether each call comes after those it waits for, so that nothing is left to find out."""
    before: set[tuple[str, int]] = set()
    for member, index in calls:
        for ref in _references(member, index):
            if (ref.layer, ref.call) not in before:
                return False
        before.add((member.layer.name, index))
    return True


def _in_order(
    model: Model, calls: list[tuple[Member, int]], members: dict[str, Member]
) -> list[tuple[Member, int]]:
    """The calls, each after those it waits for."""
    waits: dict[tuple[str, int], int] = {}
    wanted_by: dict[tuple[str, int], list[tuple[Member, int]]] = {}
    for member, index in calls:
        sources = {(ref.layer, ref.call) for ref in _references(member, index)}
        waits[member.layer.name, index] = len(sources)
        for source in sources:
            _require(source, model=model, members=members, member=member)
            wanted_by.setdefault(source, []).append((member, index))
    ready = deque((m, index) for m, index in calls if not waits[m.layer.name, index])
    order = []
    while ready:
        member, index = ready.popleft()
        order.append((member, index))
        for later, call in wanted_by.get((member.layer.name, index), ()):
            waits[later.layer.name, call] -= 1
            if not waits[later.layer.name, call]:
                ready.append((later, call))
    if len(order) < len(calls):
        stuck = [name for (name, _), count in waits.items() if count]
        raise SourceError(
            where=f"model {model.name!r}: its layers",
            expected="form no cycle",
            received=f"one through {', '.join(map(repr, stuck[:5]))}",
        )
    return order


def _references(member: Member, index: int) -> list[Reference]:
    if not member.calls:
        return []
    return [leaf for leaf in member.calls[index].leaves if isinstance(leaf, Reference)]


def _require(
    source: tuple[str, int], *, model: Model, members: dict[str, Member], member: Member
) -> None:
    """Raise if a call refers to what the model does not have."""
    name, index = source
    if name not in members:
        raise SourceError(
            where=f"model {model.name!r}: layer {member.layer.name!r}",
            expected="be called on outputs of layers of the model",
            received=f"one of {name!r}, which it does not have",
        )
    count = max(len(members[name].calls), 1)
    if not 0 <= index < count:
        raise SourceError(
            where=f"model {model.name!r}: layer {member.layer.name!r}",
            expected="be called on outputs that exist",
            received=f"that of call {index} of {name!r}, which is called {count} times",
        )


def _repeated(model: Model) -> str:
    seen: set[str] = set()
    for member in model.members:
        if member.layer.name in seen:
            return member.layer.name
        seen.add(member.layer.name)
    return ""
