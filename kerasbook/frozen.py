"""Frozen, slotted classes of named values: those of `dataclasses`, at a fraction of the start-up.

`dataclasses` loads `inspect`, and writes six methods a class as text for Python to compile: 0.8 ms
for each of the fifty classes that a report is made of, a fifth of all the time of
`kerasbook explain` on a network of a thousand layers. Here equality, hash and representation read
the fields, and only `__init__` is written out, when it is first asked for; it sets the slots
directly, which takes half as long as `object.__setattr__`.

Names and meaning are those of `dataclasses`, and the tests hold them against it.
"""

from __future__ import annotations

from functools import cache, partial
from operator import attrgetter
from types import FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any, NoReturn, TypeVar, dataclass_transform, overload

    T = TypeVar("T")

__all__ = ["field", "frozen", "no_assignment", "no_deletion", "replace"]

_MISSING: Any = object()


class _Field:
    """What a class says of one of its fields; see `field`."""

    __slots__ = ("compare", "default", "default_factory", "init", "kw_only", "repr")

    def __init__(
        self,
        *,
        default: Any,  # noqa: ANN401  of the field's type
        default_factory: Any,  # noqa: ANN401  likewise
        init: bool,
        repr: bool,  # noqa: A002  the name it has in dataclasses
        compare: bool,
    ) -> None:
        self.default, self.default_factory = default, default_factory
        self.init, self.repr, self.compare, self.kw_only = init, repr, compare, False

    @property
    def has_default(self) -> bool:
        """Whether it may be left out."""
        return self.default is not _MISSING or self.default_factory is not _MISSING


def field(
    *,
    default: Any = _MISSING,  # noqa: ANN401  of the field's type
    default_factory: Any = _MISSING,  # noqa: ANN401  likewise
    init: bool = True,
    repr: bool = True,  # noqa: A002  the name it has in dataclasses
    compare: bool = True,
) -> Any:  # noqa: ANN401  likewise
    """What is special about one field.

    Args:
        default: its value if none is given.
        default_factory: what makes that value, anew for each instance.
        init: whether it is an argument of `__init__`; if not, `__post_init__` may set it.
        repr: whether it is shown.
        compare: whether it decides about equality and hash.
    """
    return _Field(
        default=default, default_factory=default_factory, init=init, repr=repr, compare=compare
    )


if TYPE_CHECKING:

    @dataclass_transform(frozen_default=True, field_specifiers=(field,))
    @overload
    def frozen(cls: type[T], /) -> type[T]: ...
    @overload
    def frozen(
        *, eq: bool = ..., repr: bool = ..., kw_only: bool = ...
    ) -> Callable[[type[T]], type[T]]: ...


def frozen(
    cls: type[T] | None = None,
    /,
    *,
    eq: bool = True,
    repr: bool = True,  # noqa: A002  the name it has in dataclasses
    kw_only: bool = False,
) -> type[T] | Callable[[type[T]], type[T]]:
    """The class with slots for its annotated fields, which are set once.

    Args:
        cls: the class; its annotations are its fields, in order, those after `_: KW_ONLY` by
            name only.
        eq: whether instances with equal fields are equal, and hash alike.
        repr: whether they show their fields.
        kw_only: whether all fields are given by name only.

    Examples:
        >>> @frozen
        ... class Point:
        ...     x: int
        ...     y: int = 0
        >>> Point(3)
        Point(x=3, y=0)
        >>> Point(3) == Point(3, 0), len({Point(3), Point(3, 0)})
        (True, 1)
        >>> Point(3).x = 4
        Traceback (most recent call last):
        dataclasses.FrozenInstanceError: cannot assign to field 'x'
    """
    if cls is None:
        return partial(_frozen, eq=eq, repr=repr, kw_only=kw_only)
    return _frozen(cls, eq=eq, repr=repr, kw_only=kw_only)


def replace(value: T, /, **changes: Any) -> T:  # noqa: ANN401  the types are the fields'
    """The same with some fields changed.

    Examples:
        >>> @frozen
        ... class Point:
        ...     x: int
        ...     y: int = 0
        >>> replace(Point(3), y=4)
        Point(x=3, y=4)
    """
    fields: dict[str, _Field] = type(value)._fields_  # type: ignore[attr-defined]
    for name, each in fields.items():
        if each.init and name not in changes:
            changes[name] = getattr(value, name)
    return type(value)(**changes)


def _frozen(cls: type[T], *, eq: bool, repr: bool, kw_only: bool) -> type[T]:  # noqa: A002  as there
    """The class anew, since slots must be there when a class is made."""
    fields = _fields_of(cls, kw_only=kw_only)
    dropped = {*fields, "__dict__", "__weakref__"}
    own = {name: value for name, value in vars(cls).items() if name not in dropped}
    metaclass: Any = type(cls)
    made: type[T] = metaclass(
        cls.__name__,
        cls.__bases__,
        {
            **_METHODS,
            **({"__repr__": _shown} if repr else {}),
            **(_compared(fields) if eq else {}),
            **own,
            "__slots__": tuple(fields),
            "__match_args__": tuple(n for n, f in fields.items() if f.init and not f.kw_only),
            "__init__": _Constructor(),
            "_fields_": fields,
        },
    )
    made.__qualname__ = cls.__qualname__
    return made


def _fields_of(cls: type, *, kw_only: bool) -> dict[str, _Field]:
    fields: dict[str, _Field] = {}
    for name, annotation in cls.__annotations__.items():
        if annotation == "KW_ONLY":
            kw_only = True
            continue
        value = vars(cls).get(name, _MISSING)
        fields[name] = each = value if isinstance(value, _Field) else field(default=value)
        each.kw_only = kw_only
    return fields


class _Constructor:
    """The `__init__` of a class, written and compiled when it is first asked for."""

    __slots__ = ("_class",)

    def __set_name__(self, owner: Any, name: str) -> None:  # noqa: ANN401  one of these classes
        self._class = owner

    def __get__(self, instance: object, owner: Any) -> Any:  # noqa: ANN401  that, or a subclass
        """The method, which takes this object's place."""
        init = self._class.__init__ = _written(self._class)
        return init if instance is None else init.__get__(instance, owner)


def _written(cls: Any) -> Any:  # noqa: ANN401  from one of these classes, its `__init__`
    """A function that sets each slot by its descriptor, which no `__setattr__` forbids."""
    fields: dict[str, _Field] = cls._fields_
    names: dict[str, object] = {"_MISSING": _MISSING, "__name__": cls.__module__}
    for place, (name, each) in enumerate(fields.items()):
        names[f"_set_{place}"] = vars(cls)[name].__set__
        names[f"_default_{place}"], names[f"_make_{place}"] = each.default, each.default_factory
    given = {name: each for name, each in fields.items() if each.init}
    required = [name for name, each in given.items() if not (each.kw_only or each.has_default)]
    positional = [name for name, each in given.items() if not each.kw_only]
    if positional[: len(required)] != required:
        raise TypeError(f"{cls.__qualname__}: fields without a default must come first")
    code = _template("".join(map(_kind, fields.values())), ends=hasattr(cls, "__post_init__"))
    code = code.replace(
        co_qualname=f"{cls.__qualname__}.__init__",
        co_varnames=("self", *given),
        co_argcount=1 + len(positional),
        co_kwonlyargcount=len(given) - len(positional),
    )
    init: Any = FunctionType(code, names)
    init.__defaults__ = tuple([given[name].default for name in positional[len(required) :]])
    init.__kwdefaults__ = {n: f.default for n, f in given.items() if f.kw_only and f.has_default}
    init.__annotations__ = {name: cls.__annotations__[name] for name in given}
    return init


def _kind(each: _Field) -> str:
    """How a field gets its value: given, given or made, by default, made, or not at all."""
    made = each.default_factory is not _MISSING
    if each.init:
        return "m" if made else "g"
    return "n" if made else "d" if each.has_default else "-"


@cache
def _template(kinds: str, *, ends: bool) -> CodeType:
    """The code of `__init__` for fields of such kinds, under names that are replaced.

    Compiling it is most of the work, and most classes are of the same kind as an earlier one.
    """
    values = {
        "g": "given_{0}",
        "m": "_make_{0}() if given_{0} is _MISSING else given_{0}",
        "d": "_default_{0}",
        "n": "_make_{0}()",
    }
    body = [
        f"_set_{place}(self, {values[kind].format(place)})"
        for place, kind in enumerate(kinds)
        if kind in values
    ]
    if ends:
        body.append("self.__post_init__()")
    given = [f"given_{place}" for place, kind in enumerate(kinds) if kind in "gm"]
    made: dict[str, Any] = {}
    source = f"def __init__({', '.join(['self', *given])}):\n " + "\n ".join(body or ["pass"])
    exec(source, made)  # noqa: S102  made of letters and numbers alone
    code: CodeType = made["__init__"].__code__
    return code


def _compared(fields: dict[str, _Field]) -> dict[str, object]:
    """Equality and hash by the fields that decide about them."""
    names = [name for name, each in fields.items() if each.compare]
    values: Callable[[object], object] = attrgetter(*names) if names else lambda _: ()

    def __eq__(self: object, other: object) -> bool:  # noqa: N807  a method to be
        if self is other:
            return True
        return values(self) == values(other) if type(self) is type(other) else NotImplemented

    def __hash__(self: object) -> int:  # noqa: N807  likewise
        return hash(values(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


def _shown(self: Any) -> str:  # noqa: ANN401  any of these classes
    shown = (f"{name}={getattr(self, name)!r}" for name, each in self._fields_.items() if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def no_assignment(self: object, name: str, value: object) -> NoReturn:  # noqa: ARG001  a method
    """A `__setattr__` that refuses, as that of a frozen class."""
    from dataclasses import FrozenInstanceError  # noqa: PLC0415  what others catch

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def no_deletion(self: object, name: str) -> NoReturn:  # noqa: ARG001  a method
    """A `__delattr__` that refuses, likewise."""
    from dataclasses import FrozenInstanceError  # noqa: PLC0415  likewise

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> dict[str, object]:  # noqa: ANN401  any of these classes
    return {name: getattr(self, name) for name in self._fields_}


def _restore(self: object, state: dict[str, object]) -> None:
    for name, value in state.items():
        object.__setattr__(self, name, value)


_METHODS: dict[str, Any] = {
    "__setattr__": no_assignment,
    "__delattr__": no_deletion,
    "__getstate__": _state,
    "__setstate__": _restore,
    "__replace__": replace,
}
