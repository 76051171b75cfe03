"""Updates in a training run, counted in a loop, and bytes, measured with `struct`."""

from __future__ import annotations

import struct
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook import kv_cache_bytes, memory_bytes, training_steps
from kerasbook.errors import ArgumentError


def test_the_article_s_steps():
    """24 samples in batches of 6 take 80 steps in 20 epochs; 50,000 in batches of 32 take 1,563."""
    steps = training_steps(samples=24, batch_size=6, epochs=20)
    assert (steps, steps.per_epoch, steps.last_batch_size) == (80, 4, 6)
    assert (steps.text, steps.per_epoch.text) == ("⌈24 / 6⌉·20 = 80", "⌈24 / 6⌉ = 4")
    cifar = training_steps(50_000, 32)
    assert (cifar, cifar.last_batch_size) == (1563, 16)


@given(st.integers(1, 300), st.integers(1, 60), st.integers(1, 5))
def test_steps_are_the_batches_of_a_loop(samples, batch_size, epochs):
    """Slicing samples into batches gives the same number and the same last batch."""
    updates, batch = 0, []
    for _ in range(epochs):
        for start in range(0, samples, batch_size):
            batch = range(samples)[start : start + batch_size]
            updates += 1
    steps = training_steps(samples, batch_size, epochs)
    assert (steps, steps.last_batch_size) == (updates, len(batch))
    assert steps.per_epoch * epochs == steps


@pytest.mark.parametrize(
    ("dtype", "code"),
    [
        ("float16", "e"),
        ("float32", "f"),
        ("float64", "d"),
        ("int8", "b"),
        ("uint8", "B"),
        ("int16", "h"),
        ("uint16", "H"),
        ("int32", "i"),
        ("uint32", "I"),
        ("int64", "q"),
        ("uint64", "Q"),
        ("bool", "?"),
    ],
)
@given(shape=st.lists(st.integers(1, 5), max_size=3), batch_size=st.integers(1, 4))
def test_bytes_are_those_of_packed_values(dtype, code, shape, batch_size):
    """The bytes equal the length of as many values packed by `struct`."""
    count = batch_size
    for size in shape:
        count *= size
    packed = struct.pack(f"={count}{code}", *[0] * count)
    assert memory_bytes(shape, dtype=dtype, batch_size=batch_size) == len(packed)


def test_bfloat16_is_half_a_float32():
    """A bfloat16 takes half the bytes of a float32."""
    assert memory_bytes(10, dtype="bfloat16") * 2 == memory_bytes(10, dtype="float32")


@pytest.mark.parametrize(
    ("size", "human"),
    [
        (1, "1 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (1536, "1.50 KiB"),
        (1024**2, "1.00 MiB"),
        (5 * 1024**5, "5.00 PiB"),
        (5 * 1024**6, "5120.00 PiB"),
    ],
)
def test_bytes_are_readable(size, human):
    """`human` is in binary units with two digits."""
    assert memory_bytes(size, dtype="int8").human == human


def test_bytes_show_their_arithmetic():
    """The factors name the batch size, the sizes and the width."""
    size = memory_bytes((32, 32, 3), batch_size=64)
    assert size.text == "64·32·32·3·4 = 786,432"
    assert size.factors == {
        "batch_size": 64,
        "size[0]": 32,
        "size[1]": 32,
        "size[2]": 3,
        "bytes_per_value": 4,
    }


@pytest.mark.parametrize(
    ("call", "expected_message"),
    [
        (
            lambda: training_steps(0),
            "samples must be an integer of at least 1; received samples=0.",
        ),
        (
            lambda: training_steps(24, 6, epochs=1.5),
            "epochs must be an integer of at least 1; received epochs=1.5.",
        ),
        (
            lambda: memory_bytes((3, -1)),
            "size[1] must be an integer of at least 1; received size[1]=-1.",
        ),
        (
            lambda: memory_bytes(3, batch_size=0),
            "batch_size must be an integer of at least 1; received batch_size=0.",
        ),
        (
            lambda: memory_bytes(3, dtype="float23"),
            (
                "dtype must be 'float16', 'bfloat16', 'float32', 'float64', 'float8_e4m3fn', "
                "'float8_e5m2', 'int4', 'uint4', 'int8', 'uint8', 'int16', 'uint16', 'int32', "
                "'uint32', 'int64', 'uint64', 'bool', 'complex64' or 'complex128'; "
                "received dtype='float23'. Did you mean 'float32'?"
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused(call, expected_message):
    """Each wrong argument gives its whole message."""
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == expected_message


@pytest.mark.keras
@pytest.mark.parametrize(("samples", "batch_size"), [(24, 6), (25, 6), (5, 8)])
def test_steps_equal_those_of_fit(samples, batch_size):
    """The steps equal the optimizer's own count after `fit`."""
    from keras import Sequential, layers, ops  # noqa: PLC0415  loads a backend

    model = Sequential([layers.Input((1,)), layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mean_squared_error")
    line = ops.convert_to_numpy(ops.ones((samples, 1)))
    model.fit(line, line, batch_size=batch_size, epochs=3, verbose=0)
    assert training_steps(samples, batch_size, 3) == int(model.optimizer.iterations)


@given(
    context=st.integers(1, 9),
    num_layers=st.integers(1, 4),
    heads=st.integers(1, 4),
    head_dim=st.integers(1, 8),
    batch_size=st.integers(1, 3),
)
def test_a_cache_is_the_bytes_of_its_keys_and_values(
    context, num_layers, heads, head_dim, batch_size
):
    """Keys and values of all blocks, written out one after the other in half precision."""
    written = b"".join(
        struct.pack(f"={head_dim}e", *[0] * head_dim)
        for _sample in range(batch_size)
        for _block in range(num_layers)
        for _key_or_value in range(2)
        for _token in range(context)
        for _head in range(heads)
    )
    found = kv_cache_bytes(
        context=context,
        num_layers=num_layers,
        num_key_value_heads=heads,
        head_dim=head_dim,
        dtype="float16",
        batch_size=batch_size,
    )
    assert found == len(written)
    assert found.factors["context"] == context


@pytest.mark.parametrize("name", ["context", "num_layers", "num_key_value_heads", "head_dim"])
def test_a_cache_of_nothing_is_refused(name):
    """Each wrong argument gives its whole message."""
    sizes = {"context": 8, "num_layers": 2, "num_key_value_heads": 2, "head_dim": 4}
    message = f"{name} must be an integer of at least 1; received {name}=0."
    with pytest.raises(ArgumentError) as caught:
        kv_cache_bytes(**sizes | {name: 0})
    assert str(caught.value) == message


@given(data=st.data(), context=st.integers(1, 12), num_layers=st.integers(1, 5))
def test_a_cache_with_windows_is_what_queues_of_that_length_hold(data, context, num_layers):
    """The bytes equal those of queues, one per block, that keep the tokens of its window."""
    window = data.draw(st.integers(1, 12))
    sliding = data.draw(st.none() | st.integers(0, num_layers))
    lengths = data.draw(st.tuples(st.integers(1, 4), st.integers(0, 4)))
    numbers = 0
    for block in range(num_layers):
        short = sliding is None or block < sliding
        queue = deque(maxlen=window if short else None)
        queue.extend(range(context))
        numbers += len(queue) * 2 * sum(lengths)  # two heads
    found = kv_cache_bytes(
        context=context,
        num_layers=num_layers,
        num_key_value_heads=2,
        head_dim=lengths[0],
        value_dim=lengths[1],
        sliding_window=window,
        num_sliding_layers=sliding,
        dtype="float16",
    )
    assert found == numbers * len(struct.pack("=e", 0))


def test_published_caches():
    """The bytes of gpt-oss-20b's and DeepSeek-V3's caches follow from their published settings."""
    oss = {"context": 8192, "num_layers": 24, "num_key_value_heads": 8, "head_dim": 64}
    windows = {"sliding_window": 128, "num_sliding_layers": 12}
    cache = kv_cache_bytes(**oss, **windows, dtype="bfloat16")
    assert cache == 2 * 12 * 8192 * 8 * 64 * 2 + 2 * 12 * 128 * 8 * 64 * 2
    assert cache.factors["num_sliding_layers"] == 12
    latent = {"num_layers": 61, "num_key_value_heads": 1, "head_dim": 512 + 64, "value_dim": 0}
    assert kv_cache_bytes(context=1, **latent, dtype="bfloat16") == 61 * 576 * 2
    # Keys of 16 numbers, values of 8.
    found = kv_cache_bytes(
        context=2, num_layers=3, num_key_value_heads=5, head_dim=16, value_dim=8, batch_size=7
    )
    assert found.text == "7·3·2·5·(16 + 8)·4 = 20,160"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"sliding_window": 0},
            "sliding_window must be an integer of at least 1; received sliding_window=0.",
        ),
        (
            {"value_dim": -1},
            "value_dim must be an integer of at least 0; received value_dim=-1.",
        ),
        (
            {"sliding_window": 4, "num_sliding_layers": 3},
            "num_sliding_layers must be an integer from 0 to 2; received num_sliding_layers=3.",
        ),
        (
            {"num_sliding_layers": 1},
            (
                "num_sliding_layers must come with sliding_window; received num_sliding_layers=1. "
                "Give sliding_window=, the tokens that those blocks attend to."
            ),
        ),
    ],
)
def test_a_cache_with_wrong_windows_is_refused(wrong, message):
    """Each wrong argument gives its whole message."""
    sizes = {"context": 8, "num_layers": 2, "num_key_value_heads": 2, "head_dim": 4}
    with pytest.raises(ArgumentError) as caught:
        kv_cache_bytes(**sizes | wrong)
    assert str(caught.value) == message
