from __future__ import annotations

import pytest

from kerasbook.graph import drive


def nested(depth):
    """A tuple in a tuple, so deep."""
    value = ()
    for _ in range(depth):
        value = (value,)
    return value


def leaves(task):
    """How many empty tuples there are."""
    total = 0
    for part in task:
        total += yield part
    return total or 1


@pytest.mark.parametrize("depth", [0, 1, 100_000])
def test_depth_costs_no_stack(depth):
    """Far deeper than Python's recursion limit, the result is the same."""
    assert drive([nested(depth)], leaves) == 1


def test_equal_tasks_are_done_once():
    """A shared part is worked on once, and its result used twice."""
    started = []

    def work(task):
        started.append(task)
        total = 1
        for part in task:
            total += yield part
        return total

    assert drive((((),), ((),)), work, done={}) == 5
    assert started == [(((),), ((),)), ((),), ()]


def test_errors_pass_through():
    """What a task raises is raised."""

    def work(_):
        raise ValueError("broken")
        yield

    with pytest.raises(ValueError, match="broken"):
        drive((), work)
