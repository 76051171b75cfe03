"""Pickles of unknown origin: plain data comes out, nothing is executed, memory stays bounded."""

from __future__ import annotations

import contextlib
import pickle
import struct
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook.datasets.pickled import PickledCall, read_pickle
from kerasbook.errors import SourceError

NOTHING = frozenset()
BROKEN = "it is truncated or no pickle"


def _error(data, names=NOTHING):
    with pytest.raises(SourceError) as caught:
        read_pickle(data, names=names)
    return str(caught.value)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    "value",
    [
        {"labels": [0, 9, 255, 65_535, -1, 2**31 - 1], "name": "ä\x00" * 300},
        {b"labels": [True, False, None], b"name": bytes(range(256)) * 2},
        [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [[]], {}],
    ],
)
def test_plain_data_comes_out_as_it_was_written(value, protocol):
    """Every admitted type survives each protocol; protocol 2 writes bytes as a function call."""
    assert read_pickle(pickle.dumps(value, protocol), names=NOTHING) == value


def test_python_2_strings_are_bytes():
    """Short and long strings of Python 2 come out as bytes of any value."""
    every = bytes(range(256))
    data = b"\x80\x02U\x03\xff\x00aT" + struct.pack("<I", 256) + every + b"\x86."
    assert read_pickle(data, names=NOTHING) == (b"\xff\x00a", every)


def test_a_call_is_recorded_and_not_made():
    """A pickled array becomes the arguments and the state that NumPy would receive."""
    array = np.array([[1, 2]], dtype=np.uint8)
    function = array.__reduce__()[0]
    reconstruct = f"{function.__module__}.{function.__name__}"
    names = frozenset({"numpy.ndarray", "numpy.dtype", reconstruct})
    said = read_pickle(pickle.dumps(array, 4), names=names)
    assert said.arguments == (PickledCall, (0,), b"b")
    version, shape, dtype, fortran, raw = said.state
    assert (version, shape, fortran, raw) == (1, (1, 2), False, b"\x01\x02")
    assert dtype.arguments[0] == "u1"


class _Touch:
    """Its pickle writes a file when it is loaded."""

    def __init__(self, path, opener):
        self.path, self.opener = path, opener

    def __reduce__(self):
        return self.opener, (str(self.path), "w")


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_nothing_executes(tmp_path, protocol):
    """`pickle.loads` creates the file that the pickle names, this reader does not."""
    canary = tmp_path / "canary"
    data = pickle.dumps({"data": _Touch(canary, open)}, protocol)
    message = _error(data)
    assert not canary.exists()
    assert message in {
        "it asks for io.open, which no plain data needs",
        "it uses DICT, which no plain data needs",  # protocol 0 is written in lines of text
        "it uses PUT, which no plain data needs",
    }
    pickle.loads(data)["data"].close()  # noqa: S301  the danger that the test is about
    assert canary.exists()


def test_even_an_admitted_function_is_not_called(tmp_path):
    """With `open` among the admitted names, the result is a record of the call, and no file."""
    canary = tmp_path / "canary"
    data = pickle.dumps(_Touch(canary, open), 4)
    said = read_pickle(data, names=frozenset({"io.open"}))
    assert said.arguments == (str(canary), "w")
    assert not canary.exists()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (b"", BROKEN),
        (b"\x80\x04", BROKEN),
        (b".", BROKEN),
        (b"\x80\x02h\x05.", BROKEN),
        (b"\x80\x02\x86.", BROKEN),
        (b"\x80\x02t.", BROKEN),
        (b"\x80\x02Na.", BROKEN),
        (b"\x80\x02}Na.", BROKEN),
        (b"\x80\x02]NNs.", BROKEN),
        (b"\x80\x02NN)R.", BROKEN),
        (b"\x80\x02]}b.", BROKEN),
        (b"\x80\x02c_codecs\nencode\nN\x85R.", BROKEN),
        (b"\x80\x02c_codecs\nencode\n)R.", BROKEN),
        (
            b"\x80\x02c_codecs\nencode\nX\x01\0\0\0aX\x03\0\0\0rot\x86R.",
            "it encodes text, but not as protocol 2 writes bytes",
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
def test_what_is_not_plain_data_is_refused(program, message):
    """Broken pickles share one message; each forbidden operation or name has its own."""
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


@given(cut=st.floats(0, 1, exclude_max=True))
def test_every_truncation_is_noticed(cut):
    """A pickle ends with an operation of its own, so no shorter part of it is a pickle."""
    data = pickle.dumps({"labels": [1, 2, 3], "name": "batch"}, 4)
    assert _error(data[: int(cut * len(data))]) == BROKEN


NESTED = b"\x80\x02N\x85q\x00" + b"h\x00h\x00\x86q\x00" * 40  # hashing it takes 10¹² steps
LONG = pickle.dumps("a" * 10**7, 2)[:-1]  # remembered under the number 0


@pytest.mark.parametrize(
    ("program", "message"),
    [
        # An `Unpickler` alone allocates room for 2³¹ remembered values here.
        (b"\x80\x02Nr\xff\xff\xff\x7f.", "it remembers a value under the number 2,147,483,647"),
        # Here it computes a hash for hours.
        (NESTED + b"}h\x00Ns.", "it uses a tuple twice, which no plain data needs"),
        # Two billion bytes are announced, none follow.
        (b"\x80\x03B\xff\xff\xff\x7f.", BROKEN),
        (b"\x80\x05\x96\xff\xff\xff\xff\x0f\0\0\0.", BROKEN),
        (b"\x80\x02" + b"N" * 1_000_000 + b".", "it has more than 250,000 operations"),
        (b"\x80\x02" + b"(" * 1_000_000 + b".", "it has more than 250,000 operations"),
        (b"\x80\x02" + b"]" * 200_000 + b"a" * 40_000 + b".", None),
        # The bytes of one string of 10 MB are asked for a thousand times.
        (
            LONG
            + b"c_codecs\nencode\nq\x01X\x06\0\0\0latin1q\x02\x86"
            + b"(h\x01h\x00h\x02\x86R" * 1000
            + b".",
            None,
        ),
    ],
    ids=["memo", "hash", "bytes", "bytearray", "values", "marks", "lists", "encoded"],
)
def test_hostile_pickles_take_little_memory_and_time(program, message):
    """Memory and time are bounded by the length of the file, whatever it asks for."""
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
    assert peak < 80 * 2**20
