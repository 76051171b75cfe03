"""What users pass as NumPy arrays, and how an array looks in an error message."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from kerasbook.checks import refuse_palette, reject, shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Generators = int | np.random.Generator | None

__all__ = ["Summary", "as_array", "evenly_spaced", "finite", "generator", "same_length"]


class Summary:
    """A value in an error message: an array's shape and type, not its thousand numbers.

    Examples:
        >>> import numpy as np
        >>> Summary(np.zeros((10, 3), dtype="float32"))
        <float32 array of shape (10, 3)>
        >>> Summary(["cat"] * 10_000)
        ('cat', 'cat', 'cat', 'cat', 'cat', 'cat', ...)
    """

    __slots__ = ("_text",)

    def __init__(self, value: object) -> None:
        shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
        if isinstance(shape, tuple) and dtype is not None:
            self._text = f"<{dtype} array of shape {tuple(map(int, shape))}>"
        else:
            self._text = shown(tuple(value) if isinstance(value, list) else value)

    def __repr__(self) -> str:
        return self._text


def as_array(name: str, value: object) -> NDArray[Any]:
    """The value as a NumPy array of numbers, from a list, an array or a backend's tensor.

    Raises:
        ArgumentError: it holds something other than numbers, or rows of several lengths, or is a
            picture whose numbers are those of a palette.

    Examples:
        >>> as_array("x", [1, 2])
        array([1, 2])
        >>> as_array("x", ["cat", "dog"])
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: x must be an array of numbers; received x=('cat', 'dog').
    """
    import numpy as np  # noqa: PLC0415  `import kerasbook.displays` must not import it

    refuse_palette(name, value)
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        array = _from_device(name, value)
    if array.dtype.name == "bfloat16":  # no kind that NumPy knows; JAX and TensorFlow make them
        array = array.astype("float32")
    if array.dtype.kind not in "biuf":
        reject(name, "be an array of numbers", Summary(value))
    return array


def finite(name: str, array: NDArray[Any]) -> None:
    """Check that no number is NaN or infinite.

    Raises:
        ArgumentError: one is.

    Examples:
        >>> import numpy as np
        >>> finite("x", np.array([1.0, np.nan]))
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: x must hold finite numbers;
            received x=<float64 array of shape (2,)>. 1 of its 2 numbers are NaN or infinite.
    """
    import numpy as np  # noqa: PLC0415  loaded on first use

    if array.dtype.kind != "f":
        return
    wrong = array.size - int(np.count_nonzero(np.isfinite(array)))
    if wrong:
        mend = f"{wrong:,} of its {array.size:,} numbers are NaN or infinite."
        reject(name, "hold finite numbers", Summary(array), mend=mend)


def same_length(name: str, array: NDArray[Any], *, length: int, of: str) -> None:
    """Check that an array has one entry for each of another's.

    Raises:
        ArgumentError: it has more or fewer; the message says both lengths.

    Examples:
        >>> import numpy as np
        >>> same_length("y_true", np.zeros(9), length=10, of="images")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: y_true must have one entry for each of the 10 images;
            received y_true=<float64 array of shape (9,)>.
    """
    if len(array) != length:
        reject(name, f"have one entry for each of the {length:,} {of}", Summary(array))


def evenly_spaced(length: int, most: int) -> NDArray[np.intp]:
    """At most so many indices of a sequence, spread from its first to its last.

    Examples:
        >>> evenly_spaced(10, 4).tolist()
        [0, 3, 6, 9]
        >>> evenly_spaced(3, 4).tolist()
        [0, 1, 2]
    """
    import numpy as np  # noqa: PLC0415  loaded on first use

    if length <= most:
        return np.arange(length)
    return np.linspace(0, length - 1, most).astype(np.intp)


def generator(rng: Generators) -> np.random.Generator:
    """The random generator that an `rng` argument means.

    Args:
        rng: a seed, a generator to go on with, or `None` for one that differs each time.

    Raises:
        ArgumentError: it is something else.

    Examples:
        >>> int(generator(0).integers(100))
        85
        >>> generator("0")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: rng must be a seed of at least 0, a numpy Generator or None;
            received rng='0'.
    """
    import numpy as np  # noqa: PLC0415  loaded on first use

    seed = isinstance(rng, int | np.integer) and not isinstance(rng, bool) and rng >= 0
    if rng is not None and not seed and not isinstance(rng, np.random.Generator):
        reject("rng", "be a seed of at least 0, a numpy Generator or None", rng)
    return np.random.default_rng(rng)


def _from_device(name: str, value: object) -> NDArray[Any]:
    # A tensor on an accelerator, or one that tracks gradients: only its backend can fetch it.
    import numpy as np  # noqa: PLC0415  loaded on first use

    keras = sys.modules.get("keras")
    if keras is not None:
        try:
            return np.asarray(keras.ops.convert_to_numpy(value))
        except (TypeError, ValueError, RuntimeError, AttributeError):
            pass
    return reject(name, "be an array of numbers", Summary(value))
