"""What a pickle says, read without doing it.

A pickle is a little program: it may name any function of any module and call it. `pickle.loads`
runs that program; this module only writes down what it says. Numbers, strings, tuples, lists and
dictionaries come out as they are; a call comes out as a `Call`, a record that nobody made. So
nothing executes, whatever the file contains, and time and memory are bounded by its length. (An
`Unpickler` with a strict `find_class` is not enough: nine bytes can make it allocate 3 GB.)
"""

from __future__ import annotations

import pickletools
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from kerasbook.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Call", "Name", "read_pickle"]

_ENCODE = "_codecs.encode"
_MOST_OPERATIONS = 250_000  # a batch of 10,000 images takes about 50,000


def read_pickle(data: bytes, *, names: frozenset[str]) -> object:
    """What the pickle says, as plain values and `Call` records.

    Strings that Python 2 wrote come out as bytes, and so do bytes that Python 3 wrote for it.

    Args:
        data: the pickle, protocol 2 to 5.
        names: the functions and classes that it may name, `"module.name"`.

    Returns:
        Its value: numbers, strings, tuples, lists, dictionaries, and a `Call` for each call.

    Raises:
        SourceError: it is truncated or no pickle, names something else, or does what no plain
            data needs.

    Examples:
        >>> import pickle
        >>> read_pickle(pickle.dumps({"labels": [6, 9]}), names=frozenset())
        {'labels': [6, 9]}
        >>> read_pickle(pickle.dumps(1 + 2j), names=frozenset({"builtins.complex"}))
        Call(name='builtins.complex', arguments=(1.0, 2.0), state=None)
        >>> read_pickle(pickle.dumps(print), names=frozenset())
        Traceback (most recent call last):
        kerasbook.errors.SourceError: it asks for builtins.print, which no plain data needs

    Reference:
        The comments of Python's own [`pickletools`](https://docs.python.org/3/library/pickletools.html)
        describe each operation.
    """
    reader = _Reader(names, room=len(data))
    operations = islice(pickletools.genops(data), _MOST_OPERATIONS)
    try:
        for operation, argument, _ in operations:
            if operation.name == "STOP":
                return reader.stack.pop()
            _act(reader, operation.name, argument)
    except SourceError:
        raise
    except (ValueError, LookupError) as error:
        raise SourceError("it is truncated or no pickle") from error
    raise SourceError(f"it has more than {_MOST_OPERATIONS:,} operations")


@dataclass(frozen=True, slots=True)
class Name:
    """A function or class that a pickle names, `module.name`; never looked up."""

    name: str


@dataclass(slots=True)
class Call:
    """A call that a pickle asks for; never made.

    Attributes:
        name: what it would call.
        arguments: with which arguments.
        state: what it would then hand to `__setstate__`, if anything.
    """

    name: str
    arguments: tuple[object, ...]
    state: object = None


class _Reader:
    """The stack of the program being read, the marks on it, and its memo."""

    __slots__ = ("marks", "memo", "names", "room", "stack")

    def __init__(self, names: frozenset[str], *, room: int) -> None:
        self.names = names | {_ENCODE}
        self.room = room  # bytes that may still be made of strings
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}  # as a dictionary, an index of 4 billion costs nothing

    def take(self, count: int) -> list[object]:
        """The last `count` values, off the stack."""
        if count > len(self.stack):
            raise LookupError(count)
        return self._off(len(self.stack) - count)

    def since_mark(self) -> list[object]:
        """The values since the last mark, off the stack."""
        return self._off(self.marks.pop())

    def _off(self, start: int) -> list[object]:
        values = self.stack[start:]
        del self.stack[start:]
        return values


def _act(reader: _Reader, operation: str, argument: object) -> None:
    action = _ACTIONS.get(operation)
    if action is None:
        raise SourceError(f"it uses {operation}, which no plain data needs")
    action(reader, argument)


def _push(reader: _Reader, argument: object) -> None:
    reader.stack.append(argument)


def _push_new(kind: Callable[[], object]) -> Callable[[_Reader, Any], None]:
    return lambda reader, _: reader.stack.append(kind())


def _push_tuple(count: int) -> Callable[[_Reader, Any], None]:
    return lambda reader, _: reader.stack.append(tuple(reader.take(count)))


def _push_python2_string(reader: _Reader, argument: str) -> None:
    reader.stack.append(argument.encode("latin-1"))  # pickletools shows the bytes as Latin-1


def _name(reader: _Reader, argument: str | None) -> None:
    parts = reader.take(2) if argument is None else argument.split(" ", 1)
    name = ".".join(str(part) for part in parts)
    if name not in reader.names:
        raise SourceError(f"it asks for {name[:80]}, which no plain data needs")
    reader.stack.append(Name(name))


def _call(reader: _Reader, _: object) -> None:
    function, arguments = reader.take(2)
    if not isinstance(function, Name) or not isinstance(arguments, tuple):
        raise SourceError("it calls what is no function")
    is_bytes = function.name == _ENCODE
    reader.stack.append(_encoded(reader, arguments) if is_bytes else Call(function.name, arguments))


def _encoded(reader: _Reader, arguments: tuple[object, ...]) -> bytes:
    """The bytes that `_codecs.encode(text, "latin1")` stands for; protocol 2 writes them so."""
    text = arguments[0]
    if not isinstance(text, str) or arguments[1:] != ("latin1",):
        raise SourceError("it encodes what is no string of bytes")
    reader.room -= len(text)
    if reader.room < 0:  # one string, named again and again
        raise SourceError("it unfolds to more than its own length")
    return text.encode("latin-1")


def _set_state(reader: _Reader, _: object) -> None:
    (state,) = reader.take(1)
    target = reader.stack[-1]
    if not isinstance(target, Call):
        raise SourceError("it sets the state of what has none")
    target.state = state


def _extend(reader: _Reader, values: list[object]) -> None:
    target = reader.stack[-1]
    if not isinstance(target, list):
        raise SourceError("it appends to what is no list")
    target.extend(values)


def _update(reader: _Reader, values: list[object]) -> None:
    target = reader.stack[-1]
    if not isinstance(target, dict):
        raise SourceError("it sets items of what is no dictionary")
    for key, value in zip(values[::2], values[1::2], strict=True):
        if not isinstance(key, bytes | str):  # a nested tuple can take for ever to hash
            raise SourceError("it has a key that is no string")
        target[key] = value


def _memorize(reader: _Reader, index: int | None) -> None:
    reader.memo[len(reader.memo) if index is None else index] = reader.stack[-1]


_ACTIONS: dict[str, Callable[[_Reader, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME"), lambda _reader, _argument: None),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"), _push),
    **dict.fromkeys(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), _push),
    **dict.fromkeys(("SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8"), _push),
    **dict.fromkeys(("SHORT_BINSTRING", "BINSTRING"), _push_python2_string),
    "NONE": _push_new(lambda: None),
    "NEWTRUE": _push_new(lambda: True),
    "NEWFALSE": _push_new(lambda: False),
    "EMPTY_LIST": _push_new(list),
    "EMPTY_DICT": _push_new(dict),
    "EMPTY_TUPLE": _push_tuple(0),
    "TUPLE1": _push_tuple(1),
    "TUPLE2": _push_tuple(2),
    "TUPLE3": _push_tuple(3),
    "TUPLE": lambda reader, _: reader.stack.append(tuple(reader.since_mark())),
    "MARK": lambda reader, _: reader.marks.append(len(reader.stack)),
    "APPEND": lambda reader, _: _extend(reader, reader.take(1)),
    "APPENDS": lambda reader, _: _extend(reader, reader.since_mark()),
    "SETITEM": lambda reader, _: _update(reader, reader.take(2)),
    "SETITEMS": lambda reader, _: _update(reader, reader.since_mark()),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT", "MEMOIZE"), _memorize),
    **dict.fromkeys(
        ("BINGET", "LONG_BINGET"), lambda reader, index: reader.stack.append(reader.memo[index])
    ),
    **dict.fromkeys(("GLOBAL", "STACK_GLOBAL"), _name),
    "REDUCE": _call,
    "BUILD": _set_state,
}
