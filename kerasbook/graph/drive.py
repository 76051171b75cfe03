"""A loop in place of recursion: what waits for its parts is a generator, kept on a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, MutableMapping

    Task = TypeVar("Task")
    Result = TypeVar("Result")

__all__ = ["drive"]


def drive(
    first: Task,
    work: Callable[[Task], Generator[Task, Result, Result]],
    *,
    done: MutableMapping[Task, Result] | None = None,
) -> Result:
    """The result of a task whose parts are tasks of the same kind, at any depth.

    Args:
        first: the task.
        work: a generator function: it yields each part, is sent its result, and returns its own.
        done: results to look up and to add to, so that equal tasks are done once.

    Examples:
        >>> def depth(nested):
        ...     deepest = 0
        ...     for part in nested:
        ...         deepest = max(deepest, (yield part))
        ...     return deepest + 1
        >>> drive(((), ((),)), depth)
        3
    """
    stack = [(first, work(first))]
    result: Result | None = None
    while True:
        task, worker = stack[-1]
        try:
            # A generator that has not started yet is sent None.
            part = worker.send(result)  # type: ignore[arg-type]
        except StopIteration as stop:
            result = stop.value
            stack.pop()
            if done is not None:
                done[task] = stop.value
            if not stack:
                return stop.value  # type: ignore[no-any-return]
            continue
        result = done.get(part) if done is not None else None
        if result is None:
            stack.append((part, work(part)))
