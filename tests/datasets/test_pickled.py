"""Pickles read as text: plain data comes out, nothing executes, nothing explodes."""

from __future__ import annotations

import contextlib
import pickle
import struct
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kerasbook.datasets.pickled import Call, Name, read_pickle
from kerasbook.errors import SourceError

NOTHING = frozenset()

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(st.text() | st.binary(), inner, max_size=5)
    ),
    max_leaves=30,
)


def _error(data, names=NOTHING):
    with pytest.raises(SourceError) as caught:
        read_pickle(data, names=names)
    return str(caught.value)


@given(value=plain, protocol=st.sampled_from([3, 4, 5]))
def test_plain_data_comes_out_as_pickle_reads_it(value, protocol):
    """Whatever plain values Python writes, `pickle.loads` and this reader agree."""
    data = pickle.dumps(value, protocol)
    said = read_pickle(data, names=NOTHING)
    assert said == pickle.loads(data) == value  # noqa: S301  written one line above
    assert type(said) is type(value)


@given(value=plain)
def test_protocol_2_comes_out_the_same(value):
    """Protocol 2 has no bytes: what Python 3 writes instead is understood as bytes."""
    assume(b"" not in _leaves(value))  # empty bytes are written in yet another way
    assert read_pickle(pickle.dumps(value, 2), names=NOTHING) == value


def _leaves(value):
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def test_python_2_strings_are_bytes():
    """`U` and `T` carry bytes of any value, as `encoding="bytes"` has it."""
    every = bytes(range(256))
    data = b"\x80\x02U\x03\xff\x00aT" + struct.pack("<I", 256) + every + b"\x86."
    expected = (b"\xff\x00a", every)
    assert read_pickle(data, names=NOTHING) == expected
    assert pickle.loads(data, encoding="bytes") == expected  # noqa: S301  four lines above


def test_a_call_is_recorded_and_not_made():
    """What would be called, with what, and the state it would get."""
    array = np.array([[1, 2]], dtype=np.uint8)
    function = array.__reduce__()[0]
    reconstruct = f"{function.__module__}.{function.__name__}"
    names = frozenset({"numpy.ndarray", "numpy.dtype", reconstruct})
    said = read_pickle(pickle.dumps(array, 4), names=names)
    assert said.name == reconstruct
    assert said.arguments == (Name("numpy.ndarray"), (0,), b"b")
    version, shape, dtype, fortran, raw = said.state
    assert (version, shape, fortran, raw) == (1, (1, 2), False, b"\x01\x02")
    assert dtype.arguments[0] == "u1"


class _Touch:
    """A pickle of this writes a file when it is loaded."""

    def __init__(self, path, opener):
        self.path, self.opener = path, opener

    def __reduce__(self):
        return self.opener, (str(self.path), "w")


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_nothing_executes(tmp_path, protocol):
    """The canary: `pickle.loads` makes the file, this reader does not."""
    canary = tmp_path / "canary"
    data = pickle.dumps({"data": _Touch(canary, open)}, protocol)
    message = _error(data)
    assert not canary.exists()
    assert message in {
        "it asks for io.open, which no plain data needs",
        "it uses DICT, which no plain data needs",  # protocol 0 is written in lines of text
    }
    pickle.loads(data)["data"].close()  # noqa: S301  the danger that the test is about
    assert canary.exists()


def test_even_an_admitted_function_is_not_called(tmp_path):
    """Were `open` admitted, a record of the call would come out, and no file."""
    canary = tmp_path / "canary"
    data = pickle.dumps(_Touch(canary, open), 4)
    said = read_pickle(data, names=frozenset({"io.open"}))
    assert said == Call("io.open", (str(canary), "w"))
    assert not canary.exists()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (b"", "it is truncated or no pickle"),
        (b"\x80\x04", "it is truncated or no pickle"),
        (b".", "it is truncated or no pickle"),
        (b"\x80\x02h\x05.", "it is truncated or no pickle"),
        (b"\x80\x02\x86.", "it is truncated or no pickle"),
        (b"\x80\x02t.", "it is truncated or no pickle"),
        (b"\x80\x02Na.", "it is truncated or no pickle"),
        (b"\x80\x02}Na.", "it appends to what is no list"),
        (b"\x80\x02]NNs.", "it sets items of what is no dictionary"),
        (b"\x80\x02NN)R.", "it calls what is no function"),
        (b"\x80\x02]}b.", "it sets the state of what has none"),
        (b"\x80\x02})Ns.", "it has a key that is no string"),
        (b"\x80\x02c_codecs\nencode\nN\x85R.", "it encodes what is no string of bytes"),
        (b"\x80\x02c_codecs\nencode\n)R.", "it is truncated or no pickle"),
        (
            b"\x80\x02c_codecs\nencode\nX\x01\0\0\0aX\x03\0\0\0rot\x86R.",
            "it encodes what is no string of bytes",
        ),
        (b"\x80\x02N0.", "it uses POP, which no plain data needs"),
        (b"\x80\x02K\x01Q.", "it uses BINPERSID, which no plain data needs"),
        (b"\x80\x02\x82\x01.", "it uses EXT1, which no plain data needs"),
        (b"\x80\x02cos\nsystem\n.", "it asks for os.system, which no plain data needs"),
        (
            b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
            "it asks for os.system, which no plain data needs",
        ),
        (b"(ios\nsystem\n.", "it uses INST, which no plain data needs"),
    ],
)
def test_what_is_no_plain_data_is_refused(program, message):
    """Each broken or hostile program gets its own reason."""
    assert _error(program) == message


# Whole operations in any order get further into the reader than bytes of any value.
operations = st.lists(
    st.sampled_from([*b"N().]}abestuq\x85\x86\x87\x88\x89\x93\x94R", *b"(]}RNb"]).map(
        lambda code: bytes([code, 1]) if code == ord("q") else bytes([code])
    )
    | st.sampled_from([b"K\x07", b"h\x00", b"h\x01", b"U\x01a", b"\x8c\x01a", b"ca\nb\n"]),
    max_size=40,
).map(b"".join)


@given(data=st.binary(max_size=200) | operations)
def test_any_bytes_give_a_value_or_a_source_error(data):
    """No other exception escapes, whatever the bytes."""
    for program in (data, b"\x80\x04" + data + b"."):
        with contextlib.suppress(SourceError):
            read_pickle(program, names=frozenset({"a.b"}))


@given(value=plain, cut=st.floats(0, 1, exclude_max=True))
def test_every_truncation_is_noticed(value, cut):
    """A pickle ends with STOP: no beginning of it is a pickle."""
    data = pickle.dumps(value, 4)
    assert _error(data[: int(cut * len(data))]) == "it is truncated or no pickle"


def _nested():
    """A tuple of two times a tuple of two times …: 40 levels, 10¹² steps for who hashes it."""
    return b"\x80\x02)q\x00" + b"h\x00h\x00\x86q\x00" * 40


@pytest.mark.parametrize(
    ("program", "message"),
    [
        # `pickle.loads` makes room for 2³¹ memo entries here.
        (b"\x80\x02Nr\xff\xff\xff\x7f.", None),
        # and hashes for hours here.
        (
            _nested() + b"}h\x00Ns.",
            "it has a key that is no string",
        ),
        (_nested() + b".", None),
        # One string of 10 MB is turned into bytes a thousand times.
        (
            pickle.dumps("a" * 10**7, 2)[:-1]
            + b"c_codecs\nencode\nq\x01X\x06\0\0\0latin1q\x02"
            + b"h\x01h\x00h\x02\x86R" * 1000
            + b".",
            "it unfolds to more than its own length",
        ),
        # Two billion bytes are announced, none come.
        (b"\x80\x03B\xff\xff\xff\x7f.", "it is truncated or no pickle"),
        (b"\x80\x02" + b"N" * 1_000_000 + b".", "it has more than 250,000 operations"),
        (b"\x80\x02" + b"(" * 1_000_000 + b".", "it has more than 250,000 operations"),
    ],
)
def test_bombs_stay_cold(program, message):
    """Time and memory are bounded by the length of the file, not by what it says."""
    tracemalloc.start()
    started = time.perf_counter()
    try:
        if message is None:
            read_pickle(program, names=NOTHING)
        else:
            assert _error(program) == message
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - started < 20
    assert peak < 50 * 2**20
