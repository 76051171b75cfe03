"""`compare`: alignment, differences, and its symmetry."""

from __future__ import annotations

import json
import time

from hypothesis import given
from hypothesis import strategies as st
from nets import MINE, TOP, layer, sequential

import kerasbook as kb


def dense_net(*units, start=0):
    """A chain of dense layers with the names that Keras gives to unnamed ones."""
    names = [f"dense_{n}" if n else "dense" for n in range(start, start + len(units))]
    return sequential(*(layer("Dense", n, units=u) for n, u in zip(names, units, strict=True)))


def kinds(comparison):
    """The kind of each change."""
    return [change.kind for change in comparison.changes]


def test_model_equals_itself():
    """Nothing changes from a model to itself."""
    comparison = kb.compare(dense_net(3, 4), dense_net(3, 4))
    assert comparison.changed == ()
    assert all(total.before == total.after for total in comparison.totals())


def test_numbers_of_unnamed_layers_do_not_matter():
    """The same network built later has other names, and is the same."""
    assert kb.compare(dense_net(3, 4), dense_net(3, 4, start=7)).changed == ()


def test_inserted_layer_is_the_only_addition():
    """A layer put in the middle is added; its neighbours stay."""
    before = sequential(layer("Dense", "a", units=4), TOP)
    after = sequential(layer("Dense", "a", units=4), layer("ReLU", "relu"), TOP)
    comparison = kb.compare(before, after)
    assert kinds(comparison) == ["same", "same", "added", "same"]
    assert kinds(kb.compare(after, before)) == ["same", "same", "removed", "same"]


def test_difference_says_before_and_after():
    """A changed layer shows each number before and after."""
    (change,) = kb.compare(dense_net(3), dense_net(5)).changed
    assert change.differences == {
        "output": ("3", "5"),
        "parameters": ("15", "25"),
        "trainable": ("15", "25"),
        "MACs": ("4·3 = 12", "4·5 = 20"),
    }


def test_totals_of_unknown_layers_are_at_least():
    """What nobody knows is not zero: neither is a change from it or to it."""
    comparison = kb.compare(sequential(TOP), sequential(TOP, MINE))
    assert comparison.to_text().splitlines()[-4:] == [
        "parameters        15 → at least 15 (change not known)",
        "trainable         15 → at least 15 (change not known)",
        "MACs              12 → at least 12 (change not known)",
        "bytes of weights  60 → at least 60 (change not known)",
    ]
    assert "| MACs | 12 | at least 12 | change not known |" in comparison.to_markdown()
    assert json.loads(comparison.to_json())["totals"]["MACs"] == {
        "before": 12,
        "after": 12,
        "before_known": True,
        "after_known": False,
    }


def test_reports_are_taken_as_they_are():
    """What was explained already, with rules of the user's own, can be compared."""
    report = kb.explain(dense_net(3))
    assert kb.compare(report, dense_net(3)).before is report


@given(st.lists(st.integers(1, 4), max_size=6), st.lists(st.integers(1, 4), max_size=6))
def test_every_layer_of_both_is_in_the_changes_once(old, new):
    """The changes hold each row of both reports once, in order, and deltas add up."""
    comparison = kb.compare(dense_net(*old, 1), dense_net(*new, 1))
    before = [change.before for change in comparison.changes if change.before]
    after = [change.after for change in comparison.changes if change.after]
    assert before == list(comparison.before.rows)
    assert after == list(comparison.after.rows)
    moved = sum(
        (change.after.params if change.after else 0)
        - (change.before.params if change.before else 0)
        for change in comparison.changes
    )
    assert moved == comparison.after.params - comparison.before.params


def test_long_chains_take_linear_time():
    """Ten thousand layers are compared in seconds of processor time, not minutes."""
    start = time.process_time()
    comparison = kb.compare(dense_net(*[4] * 10_000), dense_net(*[4] * 9_999))
    assert len(comparison.changed) == 1
    assert time.process_time() - start < 20
