"""Labels and predictions in one form, whatever form they came in.

Labels become class indices; predictions become probabilities and the class of each row. What a
shape and its numbers leave open is an error that names the argument to settle it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kerasbook.checks import choice, reject
from kerasbook.drawing.arrays import Summary, as_array, finite, same_length
from kerasbook.drawing.text import one_line
from kerasbook.errors import ArgumentError
from kerasbook.values import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "SCORES",
    "Predictions",
    "Scores",
    "read_class_names",
    "read_classes",
    "read_labels",
    "read_predictions",
]

Scores = Literal["auto", "probabilities", "logits", "classes"]
SCORES = ("auto", "probabilities", "logits", "classes")


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What a model said about N samples.

    Attributes:
        classes: (N,) the class of each.
        probabilities: (N, C) of each class; `None` if only classes were given.
        scores: what the numbers were read as: `"probabilities"`, `"logits"` or `"classes"`.
    """

    classes: NDArray[np.intp]
    probabilities: NDArray[np.floating[Any]] | None
    scores: str

    @property
    def num_classes(self) -> int:
        """How many classes there are, as far as the predictions tell."""
        if self.probabilities is None:
            return int(self.classes.max()) + 1
        return int(self.probabilities.shape[1])


def read_labels(
    name: str, labels: object, *, num_classes: int | None = None
) -> tuple[NDArray[np.intp], int]:
    """The class index of each label, and the number of classes as far as the labels tell.

    Args:
        name: the argument's name, for the messages.
        labels: integers of shape (N,) or (N, 1), or one-hot of shape (N, C).
        num_classes: how many classes there are, if that is known.

    Returns:
        Indices of shape (N,), and `num_classes`; if that is unknown, the width of the one-hot
        rows or the largest index and one.

    Raises:
        ArgumentError: the labels are of no such form, or a class is out of range.

    Examples:
        >>> read_labels("y_true", [[0, 0, 1], [1, 0, 0]])
        (array([2, 0]), 3)
        >>> read_labels("y_true", [[3], [1]])
        (array([3, 1]), 4)
        >>> read_labels("y_true", [3, 1], num_classes=3)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: y_true must hold classes from 0 to 2;
            received y_true=<int64 array of shape (2,)>. Its largest is 3.
        >>> read_labels("y_true", [[0.1, 0.9], [0.8, 0.2]])
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: y_true must be class indices of shape (N,) or (N, 1),
            or one-hot rows of shape (N, C); received y_true=<float64 array of shape (2, 2)>.
    """
    import numpy as np  # noqa: PLC0415  loaded on first use

    array = as_array(name, labels)
    form = "be class indices of shape (N,) or (N, 1), or one-hot rows of shape (N, C)"
    if array.ndim not in {1, 2} or array.size == 0:
        reject(name, form, Summary(array))
    width = num_classes
    if array.ndim == 2 and array.shape[1] > 1:  # noqa: PLR2004  (N, C)
        ones = (array == 1).sum(axis=1)
        zeros = (array == 0).sum(axis=1)
        if not (np.all(ones == 1) and np.all(zeros == array.shape[1] - 1)):
            reject(name, form, Summary(array))
        indices = array.argmax(axis=1)  # (N, C) -> (N,)
        width = int(array.shape[1]) if width is None else width
    else:
        indices = _whole_numbers(name, array.reshape(-1), form)  # (N, 1) -> (N,)
    largest = int(indices.max())
    width = largest + 1 if width is None else width
    if indices.min() < 0 or largest >= width:
        worst = f"Its largest is {largest}." if largest >= width else "Some are negative."
        reject(name, f"hold classes from 0 to {width - 1}", Summary(array), mend=worst)
    return indices, width


def read_predictions(name: str, values: object, *, scores: str = "auto") -> Predictions:
    """The class of each prediction, and the probabilities where there are any.

    Args:
        name: the argument's name, for the messages.
        values: (N, C) with one score a class; (N,) or (N, 1) with the score of class 1 of two;
            or, as integers of shape (N,) or (N, 1), classes.
        scores: what the numbers are. `"auto"` takes integers of shape (N,) or (N, 1) as classes;
            a column within 0..1, or rows of non-negative numbers that sum to 1, as probabilities;
            and numbers outside 0..1 as logits.

    Raises:
        ArgumentError: the form is none of these, or `"auto"` cannot tell.

    Examples:
        >>> read_predictions("y_prob", [[0.2, 0.8], [0.7, 0.3]]).classes
        array([1, 0])
        >>> read_predictions("y_prob", [[-1.0, 3.0]]).scores
        'logits'
        >>> read_predictions("y_prob", [0.9, 0.4]).probabilities
        array([[0.1, 0.9],
               [0.6, 0.4]])
        >>> read_predictions("y_prob", [[0.9, 0.8]])
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: y_prob must have rows that sum to 1, or numbers outside 0..1
            as logits have; received y_prob=<float64 array of shape (1, 2)>. Its rows sum to 1.7
            to 1.7. Say scores='probabilities' or scores='logits'.
    """
    import numpy as np  # noqa: PLC0415  loaded on first use

    scores = choice("scores", scores, SCORES)
    array = as_array(name, values)
    form = "have shape (N, classes), or (N,) or (N, 1) for two classes"
    if array.ndim not in {1, 2} or array.size == 0:
        reject(name, form, Summary(array))
    finite(name, array)
    column = array.ndim == 1 or array.shape[1] == 1
    if scores == "auto":
        scores = _detected(name, array, column=column)
    if scores == "classes":
        classes, _ = read_labels(name, array)
        return Predictions(classes, None, scores)
    array = array.astype(np.float64 if array.dtype.kind != "f" else np.result_type(array, "f4"))
    if scores == "probabilities" and (array.min() < -_TINY or array.max() > 1 + _TINY):
        reject(name, "be within 0..1 for scores='probabilities'", Summary(array))
    if column:
        positive = array.reshape(-1)  # (N, 1) -> (N,)
        positive = _sigmoid(positive) if scores == "logits" else positive
        array = np.stack([1 - positive, positive], axis=1)  # (N,) -> (N, 2)
    elif scores == "logits":
        array = _softmax(array)
    return Predictions(array.argmax(axis=1), array, scores)


def read_class_names(class_names: Sequence[str] | None, num_classes: int) -> tuple[str, ...]:
    r"""A name for each class: those given, on one line, or the indices, also for empty ones.

    Raises:
        ArgumentError: the count is another, or a name is no string.

    Examples:
        >>> read_class_names(None, 3)
        ('0', '1', '2')
        >>> read_class_names(("cat\n(tabby)", " "), 2)
        ('cat (tabby)', '1')
        >>> read_class_names(("cat", "dog"), 3)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: class_names must have one name per class (3);
            received 2: class_names=('cat', 'dog').
    """
    if class_names is None:
        return tuple(map(str, range(num_classes)))
    if isinstance(class_names, str) or not all(isinstance(name, str) for name in class_names):
        reject("class_names", "be a sequence of strings", class_names)
    names = tuple(one_line(name) or str(index) for index, name in enumerate(class_names))
    if len(names) != num_classes:
        raise ArgumentError(
            f"class_names must have one name per class ({num_classes}); "
            f"received {len(names)}: class_names={plain(names)!r}."
        )
    return names


def read_classes(
    labels: object, *, length: int, class_names: Sequence[str] | None
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """The class of each of so many images, and a name for each class.

    Raises:
        ArgumentError: the labels are of no known form, or do not fit images or names.

    Examples:
        >>> read_classes([[1], [0]], length=2, class_names=("cat", "dog", "frog"))
        (array([1, 0]), ('cat', 'dog', 'frog'))
    """
    classes, count = read_labels("labels", labels)
    same_length("labels", classes, length=length, of="images")
    return classes, read_class_names(class_names, max(count, len(class_names or ())))


_TINY = 1e-6
_ROW_SUM = 1e-2  # how far from 1 the sum of a softmax can be by rounding, in bfloat16


def _detected(name: str, array: NDArray[Any], *, column: bool) -> str:
    if column and array.dtype.kind in "iu":
        return "classes"
    lowest, highest = float(array.min()), float(array.max())
    within = lowest >= -_TINY and highest <= 1 + _TINY
    if column:
        return "probabilities" if within else "logits"
    sums = array.sum(axis=1, dtype="float64")  # (N, C) -> (N,)
    low, high = float(sums.min()), float(sums.max())
    if within and low > 1 - _ROW_SUM and high < 1 + _ROW_SUM:
        return "probabilities"
    percent = lowest >= 0 and low > 99 and high < 101  # noqa: PLR2004  rows of per cent
    if within or percent:
        mend = f"Its rows sum to {low:.3g} to {high:.3g}. "
        mend += "Divide by 100." if percent else "Say scores='probabilities' or scores='logits'."
        expected = "have rows that sum to 1, or numbers outside 0..1 as logits have"
        reject(name, expected, Summary(array), mend=mend)
    return "logits"


def _whole_numbers(name: str, array: NDArray[Any], form: str) -> NDArray[np.intp]:
    import numpy as np  # noqa: PLC0415  loaded on first use

    finite(name, array)
    indices = array.astype(np.intp)
    if not np.array_equal(indices, array):
        reject(name, form, Summary(array))
    return indices


def _softmax(logits: NDArray[Any]) -> NDArray[Any]:
    import numpy as np  # noqa: PLC0415  loaded on first use

    powers = np.exp(logits - logits.max(axis=1, keepdims=True))  # no overflow: at most e⁰
    result: NDArray[Any] = powers / powers.sum(axis=1, keepdims=True)
    return result


def _sigmoid(logits: NDArray[Any]) -> NDArray[Any]:
    import numpy as np  # noqa: PLC0415  loaded on first use

    result: NDArray[Any] = 0.5 * (1 + np.tanh(0.5 * logits))  # no overflow, unlike 1/(1 + e⁻ˣ)
    return result
