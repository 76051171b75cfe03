"""How deep models may be nested in each other."""

from __future__ import annotations

from kerasbook.errors import SourceError

__all__ = ["FLATTEN", "MOST_NESTED", "check_nesting"]

# Keras itself reaches about 140 under Python's default recursion limit; here a level takes three
# calls at most.
MOST_NESTED = 200
FLATTEN = "Nest fewer models inside each other."


def check_nesting(level: int, *, where: str) -> None:
    """Refuse a model that is inside more than 200 others.

    Args:
        level: how many models are around it.
        where: the model, for the message.

    Raises:
        SourceError: there are too many.

    Examples:
        >>> check_nesting(201, where="model 'inner'")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: model 'inner' must be inside at most 200 models; received 201.
            Nest fewer models inside each other.
    """
    if level > MOST_NESTED:
        raise SourceError(
            where=where,
            expected=f"be inside at most {MOST_NESTED} models",
            received=f"{level}",
            mend=FLATTEN,
        )
