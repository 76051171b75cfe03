from __future__ import annotations

import re

import pytest
from display_samples import refused
from hypothesis import given
from hypothesis import strategies as st

from kerasbook import training_steps
from kerasbook.displays import BatchDisplay


@given(samples=st.integers(1, 10**6), batch_size=st.integers(1, 10**4), epochs=st.integers(1, 1000))
def test_numbers_equal_the_batches_laid_out(samples, batch_size, epochs):
    """Iterations and the last batch are those of cutting the samples up, as Keras does."""
    display = BatchDisplay.from_sizes(samples, batch_size=batch_size, epochs=epochs)
    starts = range(0, samples, batch_size)
    assert display.iterations == len(starts)
    assert display.last_batch == samples - starts[-1]
    assert display.updates == len(starts) * epochs
    assert display.updates == training_steps(samples, batch_size, epochs)


def test_the_articles_example():
    """24 samples in batches of 6: 4 iterations an epoch, 80 updates in 20 epochs."""
    display = BatchDisplay.from_sizes(24, batch_size=6, epochs=20).plot()
    assert display.title == (
        "24 samples in batches of 6: 4 iterations an epoch, 80 updates in 20 epochs"
    )
    texts = [text.get_text() for text in display.ax_.texts]
    updates = [text for text in texts if text.startswith("update")]
    assert updates == [f"update {n}" for n in (*range(1, 9), *range(77, 81))]
    assert [text for text in texts if text.startswith("epoch")] == [
        "epoch 1",
        "epoch 2",
        "epoch 20",
    ]
    assert "⋮" in texts
    assert len(display.ax_.patches) == 3 * 24  # three rows of 24 samples


def test_a_ragged_last_batch():
    """50,000 by 32: the 1563rd batch has 16 samples, is shorter, hatched and labelled."""
    display = BatchDisplay.from_sizes(50_000, batch_size=32).plot()
    assert (display.iterations, display.last_batch) == (1563, 16)
    *full, last = display.ax_.patches
    assert last.get_hatch()
    assert not any(block.get_hatch() for block in full)
    assert last.get_width() == pytest.approx(full[0].get_width() / 2)
    texts = [text.get_text() for text in display.ax_.texts]
    assert "16 samples" in texts
    assert "iteration 1,563" in texts
    assert "The last batch of an epoch has only 16 samples." in display.alt_text


def test_even_batches_say_nothing_of_a_rest():
    """Without a rest there is no talk of one."""
    display = BatchDisplay.from_sizes(24, batch_size=6)
    assert "last batch" not in display.alt_text
    assert not any(block.get_hatch() for block in display.plot().ax_.patches)


def test_huge_numbers_are_a_small_picture():
    """However many samples and epochs, few blocks are drawn."""
    display = BatchDisplay.from_sizes(10**12, batch_size=7, epochs=10**6).plot()
    assert len(display.ax_.patches) < 200
    assert re.search(r"142,857,142,858 iterations", display.title)


@pytest.mark.parametrize("name", ["samples", "batch_size", "epochs"])
@pytest.mark.parametrize("value", [0, -1, True, 2.0, "8"])
def test_sizes_are_positive_integers(name, value):
    """Each size is checked under its own name."""
    sizes = {"samples": 8, "batch_size": 4, "epochs": 2, name: value}
    with refused(f"{name} must be an integer of at least 1; received {name}={value!r}."):
        BatchDisplay.from_sizes(**sizes)
