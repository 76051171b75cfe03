"""Plain data and NumPy arrays from a pickle of unknown origin; nothing in it is executed.

A pickle is a program: it may name any function of any module and call it. Here Python's own
`pickle.Unpickler` runs it, but finds in place of each function and class only `PickledCall`, which
records its arguments. This alone does not bound memory: nine bytes can make an `Unpickler`
allocate 3 GB. Therefore every operation is checked before the first one runs.
"""

from __future__ import annotations

import functools
import io
import pickle
import pickletools

from kerasbook.errors import SourceError

__all__ = ["PickledCall", "read_pickle"]

_MOST_OPERATIONS = 250_000  # a batch of 10,000 images takes about 50,000
_PUTS = frozenset({"BINPUT", "LONG_BINPUT", "MEMOIZE"})
_GETS = frozenset({"BINGET", "LONG_BINGET"})
_TUPLES = frozenset({"EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"})
# The operations of protocols 2 to 5 for dictionaries, lists, strings, small integers and arrays.
_OPERATIONS = (
    _PUTS
    | _GETS
    | _TUPLES
    | {"PROTO", "FRAME", "MARK", "STOP", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"}
    | {"NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2"}
    | {"SHORT_BINSTRING", "BINSTRING", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}
    | {"SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8"}
    | {"EMPTY_LIST", "APPEND", "APPENDS", "EMPTY_DICT", "SETITEM", "SETITEMS"}
)


def read_pickle(data: bytes, *, names: frozenset[str]) -> object:
    """The value of a pickle, with a `PickledCall` in place of every function call in it.

    Strings that Python 2 wrote are returned as bytes.

    Args:
        data: the pickle, protocol 2 to 5.
        names: the functions and classes that it may name, `"module.name"`.

    Raises:
        SourceError: the pickle is damaged, names another function or class, or is not plain data.

    Examples:
        >>> import pickle
        >>> read_pickle(pickle.dumps({"labels": [6, 9]}), names=frozenset())
        {'labels': [6, 9]}
        >>> read_pickle(pickle.dumps(range(3)), names=frozenset({"builtins.range"})).arguments
        (0, 3, 1)
        >>> read_pickle(pickle.dumps(print), names=frozenset())
        Traceback (most recent call last):
        kerasbook.errors.SourceError: it asks for builtins.print, which no plain data needs
    """
    try:
        _check_operations(data)
        return _Unpickler(data, names).load()
    except SourceError:
        raise
    except Exception as error:  # `pickle` documents no complete list of them
        raise SourceError("it is truncated or no pickle") from error


class PickledCall:
    """A function call that a pickle asks for and that was not made.

    Attributes:
        arguments: the arguments of the call.
        state: what `__setstate__` of its result would receive; None if there is nothing.
    """

    def __init__(self, *arguments: object) -> None:
        self.arguments = arguments
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state


class _Unpickler(pickle.Unpickler):
    """Finds `PickledCall` under every admitted name."""

    def __init__(self, data: bytes, names: frozenset[str]) -> None:
        super().__init__(io.BytesIO(data), encoding="bytes")
        self._names = names
        # Cached, because a pickle may ask for the bytes of one long string thousands of times.
        self._encode = functools.cache(_encoded)

    def find_class(self, module: str, name: str) -> object:
        full_name = f"{module}.{name}"
        if full_name == "_codecs.encode":
            return self._encode
        if full_name not in self._names:
            raise SourceError(f"it asks for {full_name[:80]}, which no plain data needs")
        return PickledCall


def _encoded(text: str, encoding: str) -> bytes:
    """The bytes that Python 3 writes as `_codecs.encode(text, "latin1")` with protocol 2."""
    if encoding != "latin1":
        raise SourceError("it encodes text, but not as protocol 2 writes bytes")
    return text.encode("latin-1")


def _check_operations(data: bytes) -> None:
    """Raise if an operation of the pickle could execute something, or take memory without bound.

    No tuple may be used twice: hashing a tuple that holds another tuple twice, which holds a
    third one twice, and so on, would take hours.
    """
    memo: dict[int | None, str] = {}  # the operation that made each remembered value
    maker = ""
    for count, (operation, argument, _) in enumerate(pickletools.genops(data)):
        name = operation.name
        if count == _MOST_OPERATIONS:
            raise SourceError(f"it has more than {_MOST_OPERATIONS:,} operations")
        if name not in _OPERATIONS:
            raise SourceError(f"it uses {name}, which no plain data needs")
        if name in _PUTS:
            index = len(memo) if argument is None else argument
            if index > _MOST_OPERATIONS:  # the `Unpickler` allocates memory for all below it
                raise SourceError(f"it remembers a value under the number {index:,}")
            memo[index] = maker
        elif name in _GETS and memo.get(argument, "") in _TUPLES:
            raise SourceError("it uses a tuple twice, which no plain data needs")
        else:
            maker = name
