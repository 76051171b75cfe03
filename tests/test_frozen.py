"""Classes made by `frozen` are what `dataclasses` makes of the same class."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from typing import TYPE_CHECKING

import pytest

from kerasbook.frozen import field, frozen, replace

if TYPE_CHECKING:
    from dataclasses import KW_ONLY


@frozen
class Point:
    """Two positional fields, one by name, one made anew, one hidden, one computed."""

    x: int
    y: int = 0
    _: KW_ONLY
    name: str = ""
    tags: list = field(default_factory=list)
    seen: int = field(default=0, compare=False, repr=False)
    total: int = field(init=False)
    cache: object = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "total", self.x + self.y)

    @property
    def twice(self):
        """A property, which is no field."""
        return 2 * self.x


@dataclasses.dataclass(frozen=True, slots=True)
class Peer:
    """The same, as Python makes it."""

    x: int
    y: int = 0
    _: dataclasses.KW_ONLY
    name: str = ""
    tags: list = dataclasses.field(default_factory=list)
    seen: int = dataclasses.field(default=0, compare=False, repr=False)
    total: int = dataclasses.field(init=False)
    cache: object = dataclasses.field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "total", self.x + self.y)

    @property
    def twice(self):
        """A property, which is no field."""
        return 2 * self.x


@frozen
class Empty:
    """No field at all."""


@frozen(eq=False, repr=False)
class Plain:
    """Compared by identity, shown as any object."""

    x: int


@frozen(kw_only=True)
class Named:
    """All by name."""

    x: int
    y: int = 2


class Nearer(Point):
    """A subclass that adds nothing but a method."""

    __slots__ = ()


CALLS = [((1,), {}), ((1, 2), {"name": "a"}), ((), {"x": 3, "tags": [1], "seen": 4})]
WRONG = [((), {}), ((1, 2, 3), {}), ((1,), {"z": 1}), ((1,), {"total": 1}), ((1,), {"x": 1})]


@pytest.mark.parametrize(("arguments", "keywords"), CALLS)
def test_instances_are_those_of_dataclasses(arguments, keywords):
    """Fields, order, defaults, representation."""
    own, peer = Point(*arguments, **keywords), Peer(*arguments, **keywords)
    names = [each.name for each in dataclasses.fields(Peer)]
    assert [getattr(own, name) for name in names] == [getattr(peer, name) for name in names]
    assert repr(own) == repr(peer).replace("Peer", "Point")
    assert own.twice == peer.twice
    assert not hasattr(own, "__dict__")


@pytest.mark.parametrize(("arguments", "keywords"), WRONG)
def test_wrong_arguments_are_refused_as_by_dataclasses(arguments, keywords):
    """With the same words."""
    with pytest.raises(TypeError) as own:
        Point(*arguments, **keywords)
    with pytest.raises(TypeError) as peer:
        Peer(*arguments, **keywords)
    assert str(own.value) == str(peer.value).replace("Peer", "Point")


def test_signatures_are_those_of_dataclasses():
    """Also before there is any instance, and as a pattern."""
    made = frozen(type("Fresh", (), {"__annotations__": {"x": "int"}, "__module__": __name__}))
    assert str(inspect.signature(made)) == "(x: 'int')"
    own, peer = inspect.signature(Point).parameters, inspect.signature(Peer).parameters
    assert [(p.name, p.kind) for p in own.values()] == [(p.name, p.kind) for p in peer.values()]
    assert Point.__match_args__ == Peer.__match_args__ == ("x", "y")
    assert Point.__slots__ == Peer.__slots__


def test_equality_and_hash_are_those_of_dataclasses():
    """By the fields that count; another class is never equal; lists do not hash."""
    assert Point(1, 2) == Point(1, 2, seen=5) != Point(1, 3)
    assert Point(1, 2) != Peer(1, 2)
    assert Point(1, 2).__eq__(Peer(1, 2)) is NotImplemented
    assert hash(Named(x=1)) == hash(Named(x=1, y=2)) != hash(Named(x=2))
    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        hash(Point(1))


def test_options_are_those_of_dataclasses():
    """No equality, no representation, names alone."""
    assert Plain(1) != Plain(1)
    assert len({Plain(1), Plain(1)}) == 2
    assert "test_frozen.Plain object at 0x" in repr(Plain(1))
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        Named(1)


@pytest.mark.parametrize("made", [Point(1), Plain(1), Nearer(1)])
def test_nothing_is_assigned_or_deleted(made):
    """With the error that users of dataclasses know."""
    with pytest.raises(dataclasses.FrozenInstanceError) as error:
        made.x = 2
    assert str(error.value) == "cannot assign to field 'x'"
    with pytest.raises(dataclasses.FrozenInstanceError) as error:
        made.other = 2
    assert str(error.value) == "cannot assign to field 'other'"
    with pytest.raises(dataclasses.FrozenInstanceError) as error:
        del made.x
    assert str(error.value) == "cannot delete field 'x'"


def test_copies_are_equal():
    """Pickled, copied, deeply copied, replaced."""
    made = Point(1, 2, name="a", tags=[[3]])
    for again in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made)):  # noqa: S301  our own
        assert again == made
        assert again.total == 3
    assert replace(made, y=5) == Point(1, 5, name="a", tags=[[3]])
    assert replace(made, y=5).total == 6
    with pytest.raises(TypeError, match="unexpected keyword argument 'total'"):
        replace(made, total=9)


def test_a_subclass_is_made_by_the_same_constructor():
    """Whichever of the two is made first."""
    assert Nearer(1, 2).total == 3
    assert Point(1, 2).total == 3
    assert Nearer(1) != Point(1)


def test_a_field_that_must_be_given_comes_first():
    """Else its value would go to another one."""
    late = {"__annotations__": {"x": "int", "y": "int"}, "__module__": __name__, "x": 1}
    made = frozen(type("Late", (), late))
    with pytest.raises(TypeError) as error:
        made(1, 2)
    assert str(error.value) == "Late: fields without a default must come first"


def test_each_class_has_a_constructor_of_its_own():
    """Classes of the same kind share what is compiled, and neither names nor defaults."""
    one, other = (
        frozen(type(name, (), {"__annotations__": {"a": "int", field_name: "int"}, field_name: n}))
        for n, (name, field_name) in enumerate((("One", "b"), ("Other", "c")))
    )
    assert (one(5).b, other(5).c) == (0, 1)
    assert (one(5, b=6).b, other(a=5, c=7).c) == (6, 7)
    assert str(inspect.signature(one)) == "(a: 'int', b: 'int' = 0)"
    assert other.__init__.__qualname__ == "Other.__init__"
    with pytest.raises(TypeError) as error:
        other(5, b=6)
    assert str(error.value) == "Other.__init__() got an unexpected keyword argument 'b'"
