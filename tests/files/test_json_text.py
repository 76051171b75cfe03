"""JSON from a stranger: what Python's parser reads comes out, what no Keras writes is refused."""

from __future__ import annotations

import contextlib
import json
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook.errors import SourceError
from kerasbook.files.json_text import parse_json, parse_object

SAVE = "Save the model again with model.save('model.keras')."

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**99), 10**99)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=5)
    ),
    max_leaves=30,
)


def depth(value):
    """How many lists and dictionaries lie inside each other, counted on the value itself."""
    levels, layer = 0, [value]
    while layer := [each for each in layer if isinstance(each, dict | list)]:
        levels += 1
        layer = [x for each in layer for x in (each.values() if isinstance(each, dict) else each)]
    return levels


def nested(levels, text):
    """A value with a string, `levels` deep."""
    value = text
    for _ in range(levels):
        value = [value]
    return value


def error(text):
    """The message about a text."""
    with pytest.raises(SourceError) as caught:
        parse_json(text, where="T")
    return str(caught.value)


@given(value=values, indent=st.sampled_from([None, 1]), ascii_only=st.booleans())
def test_what_python_writes_comes_out(value, indent, ascii_only):
    """`json.loads` and this parser agree on whatever Python writes, escaped or not."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert parse_json(text.encode(), where="T") == json.loads(text) == value


awkward = st.text(st.sampled_from('[]{}"\\,: a'), max_size=5)
# An object is a tuple of its members, which may share a key.
objects = st.recursive(
    awkward,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(st.tuples(st.sampled_from(["a", "b", ":", '"']), inner), max_size=3).map(tuple)
    ),
    max_leaves=12,
)


def written(value, colon):
    """The JSON text of such an object."""
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, list):
        return f"[{', '.join(written(each, colon) for each in value)}]"
    members = (f"{json.dumps(key)}{colon}{written(each, colon)}" for key, each in value)
    return f"{{{', '.join(members)}}}"


def repeats(value):
    """Whether a key is twice in one of its objects."""
    if isinstance(value, str):
        return False
    if isinstance(value, list):
        return any(map(repeats, value))
    keys = [key for key, _ in value]
    return len(set(keys)) < len(keys) or any(repeats(each) for _, each in value)


@given(value=objects, colon=st.sampled_from([":", " : "]))
def test_a_text_is_refused_exactly_if_an_object_repeats_a_key(value, colon):
    """Whatever brackets, quotes and colons its strings hold."""
    text = written(value, colon)
    if repeats(value):
        assert "must hold each key once in an object" in error(text.encode())
    else:
        assert parse_json(text.encode(), where="T") == json.loads(text)


@pytest.mark.parametrize("piece", [b'":"', b'"', b'"["', b'"\\""', b'":" ['])
def test_strings_that_hold_structure_take_little_memory(piece):
    """Telling them apart keeps no piece of the text for each."""
    text = b"[" + piece * (3_000_000 // len(piece))
    tracemalloc.start()
    with contextlib.suppress(SourceError):
        parse_json(text, where="T")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * len(text)


@pytest.mark.parametrize("place", range(10))
def test_an_integer_is_too_long_wherever_it_begins(place):
    """A hundred digits pass, one more does not, whichever of them are looked at."""
    assert parse_json(b" " * place + b"-" + b"7" * 100, where="T") == -int("7" * 100)
    refused = f"T must hold integers of at most 100 digits; received one of 101. {SAVE}"
    assert error(b" " * place + b"7" * 101) == refused


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_keras_writes_beyond_json_come_out(text):
    """Keras writes Python's JSON, which has not-a-number and the infinities."""
    assert repr(parse_json(text.encode(), where="T")) == repr(json.loads(text))


def test_a_byte_order_mark_is_skipped():
    """Windows editors put one in front."""
    assert parse_json(b"\xef\xbb\xbf[1]", where="T") == [1]


@given(text=st.text(st.sampled_from('[]{}"\\,: ax'), max_size=60), levels=st.integers(505, 520))
def test_depth_counts_brackets_outside_strings_alone(text, levels):
    """A text is refused for its depth exactly if its value is more than 512 levels deep."""
    value = nested(levels, text)
    data = json.dumps(value).encode()
    assert depth(value) == levels
    if levels <= 512:
        assert parse_json(data, where="T") == value
    else:
        mend = "Nest fewer models inside each other."
        assert error(data) == f"T must be at most 512 levels deep; received {levels} levels. {mend}"


@given(
    text=st.binary(max_size=200) | st.text(st.sampled_from('[]{}"\\,:1eE+-.u dtrn')).map(str.encode)
)
def test_any_bytes_are_json_or_refused(text):
    """Whatever the bytes, a value that `json.loads` knows too comes out, or one error."""
    try:
        value = parse_json(text, where="T")
    except SourceError:
        return
    assert repr(value) == repr(json.loads(text.decode("utf-8-sig")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            b"",
            "T must be JSON; received text that fails at line 1, column 1: Expecting value. "
            + SAVE,
        ),
        (b"\xff", f"T must be UTF-8 text; received byte 0xff at offset 0. {SAVE}"),
        (b'"\\ud800"', f"T must be Unicode text; received half of a surrogate pair. {SAVE}"),
        (b'"\\uDC00"', f"T must be Unicode text; received half of a surrogate pair. {SAVE}"),
        (b'{"a":1,"a":1}', f"T must hold each key once in an object; received 'a' twice. {SAVE}"),
        (b"1" * 101, f"T must hold integers of at most 100 digits; received one of 101. {SAVE}"),
        (
            b"[" + b"1," * 9_700_000 + b"1]",
            f"T must hold at most 9,616,666 values in 18.5 MiB; received 9,700,001. {SAVE}",
        ),
    ],
)
def test_what_keras_does_not_write_is_refused(text, message):
    """Each refusal says what was expected, what was found and what to do."""
    assert error(text) == message


def test_integers_may_have_a_hundred_digits():
    """The bound is far above any size, and on this side of it nothing is lost."""
    assert parse_json(b"9" * 100, where="T") == 10**100 - 1


def test_a_text_larger_than_any_is_refused_unread(monkeypatch):
    """The size is checked before anything else looks at the text."""
    monkeypatch.setattr("kerasbook.files.json_text.MAX_TEXT_BYTES", 10)
    assert error(b"[" * 11) == f"T must be at most 10 bytes; received 11 bytes. {SAVE}"


def test_a_full_stack_is_no_recursion_error():
    """Called where Python's stack is nearly full, the parser still gives its own error."""
    text = b"[" * 500 + b"]" * 500

    def dig(levels):
        if levels > 0:
            return dig(levels - 1)
        try:
            return levels_of(parse_json(text, where="T"))
        except SourceError as refused:
            return str(refused)

    outcomes = set()
    with contextlib.suppress(RecursionError):  # the stack is full before the parser is called
        for levels in range(0, sys.getrecursionlimit(), 50):
            outcomes.add(dig(levels))
    assert 500 in outcomes
    start = "T must nest no deeper than Python can follow; received RecursionError: maximum "
    assert all(outcome == 500 or outcome.startswith(start) for outcome in outcomes)


def levels_of(value):
    """How many lists lie inside each other, without recursion."""
    levels = 0
    while value != []:
        value, levels = value[0], levels + 1
    return levels + 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"[]", "a list"),
        (b'"a"', "a string"),
        (b"1", "a number"),
        (b"1.5", "a number"),
        (b"true", "a boolean"),
        (b"null", "null"),
    ],
)
def test_an_object_is_asked_for(text, kind):
    """A configuration is an object; anything else is named."""
    with pytest.raises(SourceError) as caught:
        parse_object(text, where="T")
    assert str(caught.value) == f"T must be a JSON object; received {kind}. {SAVE}"


def test_word_vectors_in_a_configuration_are_read():
    """An embedding whose initializer holds a matrix of numbers, many of them zero, is no danger."""
    text = b'{"value": [' + b", ".join([b"0.0"] * 2_000_000) + b"]}"
    assert parse_json(text, where="T") == {"value": [0.0] * 2_000_000}
