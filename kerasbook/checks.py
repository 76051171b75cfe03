"""Argument checks: the one place where messages about arguments are built.

Each check returns the value as an `int`, a `float`, a `bool`, a `str` or a tuple, or raises an
`ArgumentError` that says what is expected, what was received and how to mend it.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from importlib import import_module
from math import isfinite
from typing import TYPE_CHECKING, NoReturn, TypeVar

from kerasbook.errors import ArgumentError, MissingDependencyError, printable
from kerasbook.values import entries, plain, written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

T = TypeVar("T")

__all__ = [
    "MAPPINGS",
    "SEQUENCES",
    "boolean",
    "choice",
    "integer",
    "keras_model",
    "one_or_per",
    "positive_integer",
    "printable",
    "real_number",
    "refuse_palette",
    "reject",
    "require",
    "string",
    "word",
]

# For `isinstance`. The concrete type stands first, because checking the abstract class for every
# value in a model's configuration takes ten times as long.
MAPPINGS = (dict, Mapping)
SEQUENCES = (list, tuple)

_MOST_CHARACTERS = 60  # of a name or a value in a message
_WORD_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+->@:"
)
_GREY_AND_RGB_MODES = ("1", "L", "LA", "I", "F", "RGB", "RGBA")
_BACKENDS = ("tensorflow", "jax", "torch")


def reject(name: str, expected: str, value: object, *, note: str = "", mend: str = "") -> NoReturn:
    """Raise the error for a wrong argument.

    Args:
        name: the argument's name.
        expected: the end of the sentence "`name` must …".
        value: the value received.
        note: text to put after the value, for instance another argument that matters.
        mend: what to write instead, as a sentence; empty if `expected` says enough.

    Raises:
        ArgumentError: always.

    Examples:
        >>> reject("units", "be at least 1", -3, mend="Use units=1 or more.")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: units must be at least 1; received units=-3.
            Use units=1 or more.
    """
    received = f"{name}={written(value)}{note}"
    raise ArgumentError(where=name, expected=expected, received=received, mend=mend)


def shown(value: object) -> str:
    """The `repr` of a value of any size and depth, cut short, for a message.

    Examples:
        >>> shown(list(range(1000)))
        '[0, 1, 2, 3, 4, 5, ...]'
    """
    from reprlib import Repr  # noqa: PLC0415  needed for messages only

    writer = Repr()
    writer.maxstring = writer.maxother = _MOST_CHARACTERS
    return writer.repr(value)


def word(text: str) -> str:
    """A name or version for a message: as it is if it is one plain word, otherwise in quotes.

    Examples:
        >>> word("Dense"), word("3.15.1"), word("3.15; nothing against it")
        ('Dense', '3.15.1', "'3.15; nothing against it'")
    """
    plain_word = len(text) <= _MOST_CHARACTERS and not set(text) - _WORD_CHARACTERS
    return text if plain_word and text else shown(text)


def integer(
    name: str,
    value: object,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    mend: str = "",
) -> int:
    """The value as a plain integer within its bounds.

    Args:
        name: the argument's name, for the message.
        value: the value received: an `int` or another type that Python accepts as an index, such
            as NumPy's integers; `True`, `3.0` and `"3"` are refused.
        minimum: the least allowed value.
        maximum: the greatest allowed value.
        mend: what to write instead.

    Returns:
        A Python `int`.

    Raises:
        ArgumentError: the value is not an integer or out of bounds.

    Examples:
        >>> integer("epochs", 5, minimum=0)
        5
        >>> integer("epochs", True)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: epochs must be an integer; received epochs=True.
        >>> integer("seed", -1, minimum=0)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: seed must be an integer of at least 0; received seed=-1.
    """
    expected = f"be an integer{_bounds(minimum, maximum)}"
    found = value if type(value) is int else plain(value)
    if isinstance(found, bool):
        reject(name, expected, value, mend=mend)
    try:
        result = operator.index(found)  # type: ignore[arg-type]
    except TypeError:
        reject(name, expected, value, mend=mend)
    if (minimum is not None and result < minimum) or (maximum is not None and result > maximum):
        reject(name, expected, value, mend=mend)
    return int(result)


def positive_integer(name: str, value: object, *, mend: str = "") -> int:
    """The value as a plain integer of at least 1.

    Raises:
        ArgumentError: the value is not an integer or less than 1.

    Examples:
        >>> positive_integer("units", 10)
        10
        >>> positive_integer("units", "10")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: units must be an integer of at least 1; received units='10'.
    """
    return integer(name, value, minimum=1, mend=mend)


def real_number(
    name: str,
    value: object,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    below: float | None = None,
    mend: str = "",
) -> float:
    """The value as a finite float within its bounds.

    Args:
        name: the argument's name, for the message.
        value: the value received: any real number except a boolean.
        minimum: the least allowed value.
        maximum: the greatest allowed value.
        below: a bound that the value must be less than.
        mend: what to write instead.

    Raises:
        ArgumentError: the value is not a finite number or out of bounds.

    Examples:
        >>> real_number("dropout", 0.5, minimum=0, below=1)
        0.5
        >>> real_number("dropout", 1.0, minimum=0, below=1)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: dropout must be a number of at least 0 and below 1;
            received dropout=1.0.
    """
    from numbers import Real  # noqa: PLC0415  slow to import, and most arguments are integers

    bounds = _bounds(minimum, maximum)
    if below is not None:
        bounds = f"{bounds} and below {below}" if bounds else f" below {below}"
    expected = f"be a number{bounds}"
    found = plain(value)
    if isinstance(found, bool) or not isinstance(found, Real):
        reject(name, expected, value, mend=mend)
    result = float(found)
    outside = (
        not isfinite(result)
        or (minimum is not None and result < minimum)
        or (maximum is not None and result > maximum)
        or (below is not None and result >= below)
    )
    if outside:
        reject(name, expected, value, mend=mend)
    return result


def boolean(name: str, value: object) -> bool:
    """The value as a Python `bool`, if it is one or NumPy's.

    Raises:
        ArgumentError: the value is anything else, 0 and 1 included.

    Examples:
        >>> boolean("normalize", 1)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: normalize must be True or False; received normalize=1.
    """
    found = plain(value)
    if not isinstance(found, bool):
        reject(name, "be True or False", value)
    return found


def string(name: str, value: object) -> str:
    """The value, if it is a string with at least one character.

    Raises:
        ArgumentError: the value is empty or not a string.

    Examples:
        >>> string("name", "")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: name must be a non-empty string; received name=''.
    """
    found = plain(value)
    if not isinstance(found, str) or not found:
        reject(name, "be a non-empty string", value)
    return found


def choice(name: str, value: object, choices: Iterable[str]) -> str:
    """The value, if it is one of the choices.

    Args:
        name: the argument's name, for the message.
        value: the value received.
        choices: the allowed strings.

    Raises:
        ArgumentError: the value is not a choice; the message names a similar one.

    Examples:
        >>> choice("padding", "same", ("valid", "same"))
        'same'
        >>> choice("padding", "sane", ("valid", "same"))
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: padding must be 'valid' or 'same'; received padding='sane'.
            Did you mean 'same'?
    """
    options, found = tuple(choices), plain(value)
    if isinstance(found, str) and found in options:
        return found
    from difflib import get_close_matches  # noqa: PLC0415  needed for messages only

    near = get_close_matches(str(found)[:60], options, n=1)
    *most, last = (repr(option) for option in options)
    expected = f"be {', '.join(most)} or {last}" if most else f"be {last}"
    reject(name, expected, value, mend=f"Did you mean {near[0]!r}?" if near else "")


def refuse_palette(name: str, picture: object) -> None:
    """Raise for a Pillow image whose numbers are not grey or RGB: palette indices, CMYK and others.

    Raises:
        ArgumentError: NumPy would take the image's numbers for grey, or for red, green and blue.
    """
    mode = getattr(picture, "mode", None) if hasattr(picture, "getbands") else None
    if isinstance(mode, str) and mode.partition(";")[0] not in _GREY_AND_RGB_MODES:
        expected = "be grey or of red, green and blue"
        reject(name, expected, f"a picture of mode {mode}", mend=f"Use {name}.convert('RGB').")


def one_or_per(
    name: str, value: T | Sequence[T], count: int, *, item: str, mend: str = ""
) -> tuple[T, ...]:
    """A tuple of `count` values, from a single value or a sequence of that length.

    Args:
        name: the argument's name, for the message.
        value: one value for all items, or a list, tuple, range or array with one value each.
        count: the number of items.
        item: the singular noun for an item: "block", "axis".
        mend: an alternative to suggest, as a sentence.

    Returns:
        The values, not yet checked one by one.

    Raises:
        ArgumentError: the sequence has another length, and the message says both; or it is a set
            or a generator.

    Examples:
        >>> one_or_per("strides", 2, 3, item="block")
        (2, 2, 2)
        >>> one_or_per("strides", (1, 2), 3, item="block")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: strides must have one value per block (3);
            received 2: strides=(1, 2). Give one value for all, or 3.
    """
    values = entries(value)
    if values is None:
        one = isinstance(value, str | bytes | Mapping) or hasattr(value, "shape")
        if isinstance(value, Iterable) and not one:
            reject(name, f"be one value, or a list with one per {item}", value, mend="Use list(…).")
        return (value,) * count  # type: ignore[return-value]
    if len(values) != count:
        raise ArgumentError(
            where=name,
            expected=f"have one value per {item} ({count})",
            received=f"{len(values)}: {name}={written(value)}",
            mend=f"Give one value for all, or {count}.{' ' * bool(mend)}{mend}",
        )
    return values


def keras_model(name: str, value: object) -> None:
    """Raise unless a value is a Keras model.

    Args:
        name: the argument's name.
        value: the value received.

    Raises:
        ArgumentError: the value is anything else, such as a class of models, the path of a file
            or a model of another library.
    """
    if not isinstance(value, require("keras", extra="tensorflow").Model):
        reject(name, "be a Keras model", value)


def require(module: str, *, extra: str) -> ModuleType:
    """The imported module, or an error with the command that installs it.

    Args:
        module: its full name, as after `import`.
        extra: the extra of kerasbook that installs it. If a backend of Keras is missing, the
            message names the backend's own extra instead.

    Returns:
        The module itself, `skimage.data` for `"skimage.data"`.

    Raises:
        MissingDependencyError: the module, or one that it imports, is not installed. Other errors
            of the import are raised as they are.

    Examples:
        >>> require("json", extra="data").loads("[1, 2]")
        [1, 2]
        >>> require("absent", extra="data")
        Traceback (most recent call last):
        kerasbook.errors.MissingDependencyError: absent must be installed for this; it was not
            found. Run: pip install 'kerasbook[data]'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = (error.name or module).partition(".")[0]
        mend = missing if missing in _BACKENDS else extra
        raise MissingDependencyError(
            f"{missing} must be installed for this; it was not found. "
            f"Run: pip install 'kerasbook[{mend}]'",
            name=missing,
        ) from error


def _bounds(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f" from {minimum} to {maximum}"
    if minimum is not None:
        return f" of at least {minimum}"
    return "" if maximum is None else f" of at most {maximum}"
