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

from kerasbook.files.refusal import bytes_text, unreadable

__all__ = ["MAX_TEXT_BYTES", "parse_json", "parse_object"]

# 100,000 layers of about 1 kB each, more than twice over.
MAX_TEXT_BYTES = 256 * 2**20
# Keras itself can neither write nor read more than about 140 models inside each other (3 levels
# each) under Python's default recursion limit of 1,000.
_MAX_DEPTH = 512
# A text may hold the vectors of 26,000 words, 300 numbers each, which an initializer keeps in the
# configuration; beyond, it has fewer values than this, as those of layers have.
_FREE_VALUES = 8_000_000
_BYTES_PER_VALUE = 12
# A size in bytes has 20 digits at most; Python's own bound of 4,300 can be switched off.
_MAX_DIGITS = 100

_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"\\'))
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# Strings and what is between them in one piece; the last may lack its end.
_STRINGS = rb'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"?[^]["\\{}]*+)++'
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_ONLY_DIGITS = bytes(ord("0") if chr(byte) in "0123456789" else 0 for byte in range(256))
_TOO_MANY_DIGITS = b"0" * (_MAX_DIGITS + 1)


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
    _check_depth(text, where)
    try:
        return _load(text)
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


def _load(text: bytes) -> object:
    has_long_integers = _TOO_MANY_DIGITS in text.translate(_ONLY_DIGITS)
    value: object = json.loads(
        text.removeprefix(BOM_UTF8).decode(),
        object_pairs_hook=_unique,
        parse_int=_bounded_integer if has_long_integers else None,
    )
    if b"\\" in text and (rb"\ud" in text or rb"\uD" in text):
        # Half a surrogate pair is legal JSON, but no file or terminal can take it.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _complaint(error: Exception) -> tuple[str, str]:
    """The texts of expected and received, from the error that `_load` raises."""
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
    """The texts of expected and received."""


def _check_size(text: bytes, where: str) -> None:
    if len(text) > MAX_TEXT_BYTES:
        raise unreadable(where, f"be at most {bytes_text(MAX_TEXT_BYTES)}", bytes_text(len(text)))
    allowed = _FREE_VALUES + len(text) // _BYTES_PER_VALUE
    if len(text) <= allowed:
        return
    # Commas inside strings count too: an upper bound is enough.
    values = text.count(b",") + text.count(b"[") + text.count(b"{")
    if values > allowed:
        raise unreadable(
            where, f"hold at most {allowed:,} values in {bytes_text(len(text))}", f"{values:,}"
        )


def _check_depth(text: bytes, where: str) -> None:
    # What is left of an ordinary string is its two quotes, and without them nothing.
    brackets = text.translate(None, _NOT_STRUCTURE).replace(b'""', b"")
    if b'"' in brackets:  # a string holds a bracket or an escape
        brackets = re.sub(_STRINGS, b"", text, flags=re.DOTALL)
    brackets = brackets.translate(None, _NO_BRACKETS)
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
