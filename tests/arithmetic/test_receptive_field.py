"""Receptive fields compared with dependencies followed from layer to layer, one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook.arithmetic import (
    ReceptiveField,
    field_after_transposed,
    field_after_window,
    merge_fields,
)

windows = st.fixed_dictionaries(
    {
        "kernel_size": st.integers(1, 4),
        "strides": st.integers(1, 3),
        "dilation_rate": st.integers(1, 3),
        "before": st.integers(-2, 3),
    }
)
stacks = st.lists(st.tuples(st.sampled_from(["window", "transposed"]), windows), max_size=4)


def sources(layer, unit):
    """The positions of a layer's input that a unit depends on."""
    kind, setting = layer
    taps = [tap * setting["dilation_rate"] for tap in range(setting["kernel_size"])]
    if kind == "window":
        return {unit * setting["strides"] - setting["before"] + tap for tap in taps}
    full = unit + max(setting["before"], 0)
    return {
        (full - tap) // setting["strides"] for tap in taps if (full - tap) % setting["strides"] == 0
    }


def dependencies(stack, unit):
    """The positions of the network's input that a unit at the end of a stack depends on."""
    units = {unit}
    for layer in reversed(stack):
        units = set().union(*(sources(layer, one) for one in units))
    return units


def propagated(stack):
    """The receptive field after a stack of layers."""
    field = ReceptiveField()
    for kind, setting in stack:
        before = setting["before"] if kind == "window" else max(setting["before"], 0)
        field_after = field_after_window if kind == "window" else field_after_transposed
        field = field_after(
            field,
            setting["kernel_size"],
            strides=setting["strides"],
            padding=(before, 0),
            dilation_rate=setting["dilation_rate"],
        )
    return field


@given(stacks)
def test_a_unit_sees_from_its_first_to_its_last_dependency(stack):
    """The field of any unit equals the positions found by following its taps back to the input."""
    field = propagated(stack)
    seen = 0
    for unit in range(-3, 2 * len(field.spans) + 3):
        positions = dependencies(stack, unit)
        assert field.of(unit) == ((min(positions), max(positions)) if positions else None)
        seen = max(seen, max(positions) - min(positions) + 1) if positions else seen
    assert field.size == seen


@given(stacks)
def test_the_jump_is_the_distance_of_far_units(stack):
    """The jump is the product of the strides, and each period moves a span by `advance`."""
    field = propagated(stack)
    period = len(field.spans)
    jump = 1.0
    for kind, setting in stack:
        jump *= setting["strides"] if kind == "window" else 1 / setting["strides"]
    assert field.jump == pytest.approx(jump)
    for unit in range(period):
        span = field.of(unit)
        moved = field.of(unit + period)
        if span:
            assert moved == (span[0] + field.advance, span[1] + field.advance)


@given(stacks, stacks)
def test_a_merged_unit_sees_what_each_branch_sees(one, other):
    """Each unit of a merged field has the span of both; fields of different jumps give `None`."""
    first, second = propagated(one), propagated(other)
    merged = merge_fields([first, second])
    if first.advance * len(second.spans) != second.advance * len(first.spans):
        assert merged is None
        return
    for unit in range(-2, len(merged.spans) + 2):
        positions = dependencies(one, unit) | dependencies(other, unit)
        assert merged.of(unit) == ((min(positions), max(positions)) if positions else None)


def test_the_input_sees_itself():
    """Before the first layer each position is its own field."""
    image = ReceptiveField()
    assert (image.size, image.jump, image.start, image.of(7)) == (1, 1, 0, (7, 7))


def test_vgg16_sees_212_pixels_after_its_last_pool():
    """The field of VGG16 has its published size of 212 pixels, with a jump of 32."""
    field = ReceptiveField()
    for convolutions in (2, 2, 3, 3, 3):
        for _ in range(convolutions):
            field = field_after_window(field, 3, padding=(1, 1))
        field = field_after_window(field, 2, strides=2)
    assert (field.size, field.jump) == (212, 32)


def test_a_pool_and_its_upsampling_see_one_block():
    """After pooling and upsampling, both pixels of a block depend on exactly that block."""
    pooled = field_after_window(ReceptiveField(), 2, strides=2)
    restored = field_after_transposed(pooled, 2, strides=2)
    assert restored.spans == ((0, 1), (0, 1))
    assert (restored.size, restored.jump) == (2, 1)


def test_the_padding_of_an_unknown_size_is_that_of_a_size_the_strides_divide():
    """With `padding=None`, the padding is that of `same` on a size that the strides divide."""
    unknown = field_after_window(ReceptiveField(), 3, strides=2, padding=None)
    assert unknown == field_after_window(ReceptiveField(), 3, strides=2, padding=(0, 1))
    assert field_after_window(ReceptiveField(), 3, padding=None).start == -1


def test_what_upsamples_beyond_reason_is_not_followed():
    """An enormous upsampling takes no time, and its field is `None`."""
    assert field_after_transposed(ReceptiveField(), 10**9, strides=10**9) is None
    assert merge_fields([]) is None
    doubled = field_after_transposed(ReceptiveField(), 2, strides=256)
    tripled = field_after_transposed(ReceptiveField(), 2, strides=3)
    assert doubled is not None
    assert merge_fields([doubled, tripled]) is None


@pytest.mark.parametrize("kernel_size", [1, 10**12])
def test_a_huge_window_costs_no_time(kernel_size):
    """A window of 10¹² taps takes no longer: only its first and last periods matter."""
    up = field_after_transposed(ReceptiveField(), 3, strides=2)
    assert field_after_window(up, kernel_size, strides=10**6).size == pytest.approx(
        kernel_size / 2, abs=2
    )
