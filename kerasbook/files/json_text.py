"""JSON from a stranger: parsed within bounds of size, depth and number of values.

Python's parser builds up to thirty bytes of objects for each byte of text and recurses once a
level. The bounds are checked on the text, before anything is built. They are far above what Keras
writes: the configuration of `EfficientNetV2L` is 1.0 MB of text, 11 levels deep, with 62,000
values, one in 16 bytes.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from itertools import accumulate

from kerasbook.files.refusal import size_text, unreadable

__all__ = ["MAX_TEXT_BYTES", "parse_json", "parse_object"]

# 100,000 layers of about 1 kB each, more than twice over.
MAX_TEXT_BYTES = 256 * 2**20
# Keras itself can neither write nor read more than about 140 models inside each other (3 levels
# each) under Python's default recursion limit of 1,000.
_MAX_DEPTH = 512
# A small text may be dense; a large one, like those that Keras writes, has fewer values than this.
_FREE_VALUES = 1_000_000
_BYTES_PER_VALUE = 12
# A size in bytes has 20 digits at most; Python's own bound of 4,300 can be switched off.
_MAX_DIGITS = 100

_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}:"\\'))
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# Strings and what is between them in one piece; the last may lack its end.
_STRINGS = rb'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"?[^]["\\{}:]*+)++'
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_STEPS = {ord("["): 1, ord("]"): -1}
# Levels that are taken off one by one; deeper texts are counted bracket by bracket.
_USUAL_DEPTH = 32
_ONLY_DIGITS = bytes(ord("0") if chr(byte) in "0123456789" else 0 for byte in range(256))


def parse_json(text: bytes, *, where: str) -> object:
    r"""The value of a JSON text: dictionaries, lists, strings, numbers, booleans and None.

    `NaN` and `Infinity` are read as numbers, since Keras writes them (`Masking(mask_value=nan)`);
    a layer that needs a size refuses them.

    Args:
        text: the JSON text in UTF-8.
        where: what the text is, for messages: "config.json in 'm.keras'".

    Raises:
        SourceError: the text is no JSON, or is larger, deeper or denser than any that Keras
            writes, or is ambiguous: a key twice in one object.

    Examples:
        >>> parse_json(b'{"units": 10}', where="config.json")
        {'units': 10}
        >>> parse_json(b'{"units": 10', where="config.json")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: config.json must be JSON; received text that fails at line 1,
            column 13: Expecting ',' delimiter. Save the model again with model.save('model.keras').
        >>> parse_json(b"[" * 1000, where="config.json")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: config.json must be at most 512 levels deep; received 1000
            levels. Nest fewer models inside each other.
    """
    _check_size(text, where)
    brackets, members = _outline(text)
    _check_depth(brackets, where)
    try:
        return _load(text, members)
    except (ValueError, RecursionError) as error:
        raise unreadable(where, *_complaint(error)) from error


def parse_object(text: bytes, *, where: str) -> dict[str, object]:
    """The value of a JSON text that must be an object.

    Args:
        text: the JSON text in UTF-8.
        where: what the text is, for messages.

    Raises:
        SourceError: the text is no JSON object, or is out of bounds.

    Examples:
        >>> parse_object(b"[1, 2]", where="metadata.json")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: metadata.json must be a JSON object; received a list.
            Save the model again with model.save('model.keras').
    """
    value = parse_json(text, where=where)
    if not isinstance(value, dict):
        raise unreadable(where, "be a JSON object", _KINDS[type(value)])
    return value


_KINDS = {
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}


def _load(text: bytes, members: int | None) -> object:
    """The value of a text whose objects have so many members together, if they were counted."""
    string = text.removeprefix(BOM_UTF8).decode()
    parse_int = _bounded_integer if _has_long_numbers(text) else None
    kept = 0

    def counted(value: dict[str, object]) -> dict[str, object]:
        nonlocal kept
        kept += len(value)
        return value

    value: object = None
    if members is not None:
        value = json.loads(string, object_hook=counted, parse_int=parse_int)
    if kept != members:  # Python keeps the last of two members with the same key
        value = None  # before it is built once more
        value = json.loads(string, object_pairs_hook=_unique, parse_int=parse_int)
    if b"\\" in text and (rb"\ud" in text or rb"\uD" in text):
        # Half a surrogate pair is legal JSON, but no file or terminal can take it.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _has_long_numbers(text: bytes) -> bool:
    """Whether an integer may have too many digits: there is a run of so many."""
    tenth, whole = b"0" * (_MAX_DIGITS // 10), b"0" * (_MAX_DIGITS + 1)
    # Of such a run every tenth byte is a digit, ten times in a row; few texts have that.
    if tenth not in text[::10].translate(_ONLY_DIGITS):
        return False
    return whole in text.translate(_ONLY_DIGITS)


def _complaint(error: Exception) -> tuple[str, str]:
    """What was expected and what was received, from what `_load` raises."""
    match error:
        case _Refused(args=(expected, received)):
            return expected, received
        case json.JSONDecodeError():
            place = f"line {error.lineno}, column {error.colno}"
            return "be JSON", f"text that fails at {place}: {error.msg}"
        case UnicodeDecodeError():
            byte = error.object[error.start]
            return "be UTF-8 text", f"byte {byte:#04x} at offset {error.start}"
        case UnicodeEncodeError():
            return "be Unicode text", "half of a surrogate pair"
        case _:
            return "nest no deeper than Python can follow", f"{type(error).__name__}: {error}"


class _Refused(ValueError):  # noqa: N818  carries the parts of a message out of the parser's hooks
    """What was expected and what was received."""


def _check_size(text: bytes, where: str) -> None:
    if len(text) > MAX_TEXT_BYTES:
        raise unreadable(where, f"be at most {size_text(MAX_TEXT_BYTES)}", size_text(len(text)))
    allowed = _FREE_VALUES + len(text) // _BYTES_PER_VALUE
    if len(text) <= allowed:
        return
    # Commas inside strings count too: an upper bound is enough.
    values = text.count(b",") + text.count(b"[") + text.count(b"{")
    if values > allowed:
        raise unreadable(
            where, f"hold at most {allowed:,} values in {size_text(len(text))}", f"{values:,}"
        )


def _outline(text: bytes) -> tuple[bytes, int | None]:
    """The brackets of a text less those in its strings, and how many members its objects have.

    All brackets are square ones. The members are not counted (`None`) if a string holds what may be
    structure: a bracket, a colon, an escape.
    """
    # What is left of an ordinary string is its two quotes, and without them nothing.
    structure = text.translate(None, _NOT_STRUCTURE).replace(b'""', b"")
    members = None if b'"' in structure else structure.count(b":")
    if members is None:
        structure = structure.translate(None, b":").replace(b'""', b"")
    if b'"' in structure:  # only now are strings told from structure one by one, slowly
        structure = re.sub(_STRINGS, b"", text, flags=re.DOTALL)
    return structure.translate(_ONE_KIND, _NO_BRACKETS), members


def _check_depth(brackets: bytes, where: str) -> None:
    nested = brackets
    for _ in range(_USUAL_DEPTH):  # takes off the innermost brackets, at the speed of C
        nested = nested.replace(b"[]", b"")
        if not nested:
            return
    depth = max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)
    if depth > _MAX_DEPTH:
        raise unreadable(
            where,
            f"be at most {_MAX_DEPTH} levels deep",
            f"{depth} levels",
            mend="Nest fewer models inside each other.",
        )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    unseen = set(result)
    for key, _ in pairs:
        if key not in unseen:
            raise _Refused("hold each key once in an object", f"{key[:80]!r} twice")
        unseen.remove(key)
    return result


def _bounded_integer(text: str) -> int:
    digits = len(text) - text.startswith("-")
    if digits > _MAX_DIGITS:
        raise _Refused(f"hold integers of at most {_MAX_DIGITS} digits", f"one of {digits}")
    return int(text)
