"""Which number of a model's output is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasbook.checks import integer
from kerasbook.drawing.labels import read_class_names
from kerasbook.drawing.models import head_scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Target", "read_target"]


@dataclass(frozen=True, slots=True)
class Target:
    """A class, or an output, of a model.

    Attributes:
        name: what it is called.
        column: of the outputs.
        sign: −1 where a small output speaks for it: class 0 of a single sigmoid unit.
        is_probability: whether the outputs are probabilities.
    """

    name: str
    column: int
    sign: int
    is_probability: bool

    def score(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """What each row of the outputs says for it."""
        scores = self.sign * outputs[:, self.column].astype(float)
        return 1 + scores if self.is_probability and self.sign < 0 else scores


def read_target(
    model: Any,  # noqa: ANN401  a Keras model
    outputs: NDArray[Any],
    *,
    target: int | None,
    class_names: Sequence[str] | None,
) -> Target:
    """The class that the user named, or that the model predicts.

    Args:
        model: whose head tells whether the outputs are probabilities.
        outputs: (1, classes), or (1, 1) of two classes or of a single number.
        target: the class; `None` for what is predicted.
        class_names: a name for each class; two of them make a single linear output two classes.

    Raises:
        ArgumentError: there is no such class, or the names are of another count.
    """
    columns = outputs.shape[1]
    probability = head_scores(model) == "probabilities"
    two = columns == 1 and (probability or class_names is not None)
    if columns == 1 and not two:
        integer("target", 0 if target is None else target, minimum=0, maximum=0)
        return Target("the output", 0, 1, is_probability=False)
    count = 2 if two else columns
    names = read_class_names(class_names, count)
    if target is None:
        middle = 0.5 if probability else 0.0
        target = int(outputs[0, 0] >= middle) if two else int(outputs[0].argmax())
    target = integer("target", target, minimum=0, maximum=count - 1)
    name = names[target] if class_names is not None else f"class {target}"
    sign = -1 if two and target == 0 else 1
    return Target(name, 0 if two else target, sign, is_probability=probability)
