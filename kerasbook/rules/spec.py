"""What a rule is given and what it answers: `LayerSpec` and `LayerFacts`.

A rule is a plain function `LayerSpec → LayerFacts`. It reads the layer's configuration through the
spec, which validates it, and answers with formulas; it never touches Keras.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.checks import plain
from kerasbook.errors import SourceError
from kerasbook.formula import Formula, number, product, symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["LayerFacts", "LayerSpec", "Rule", "Shape", "Window"]

# One tensor's shape as Keras writes it: batch first, `None` where a dimension is not specified.
Shape: TypeAlias = "tuple[int | None, ...]"
Rule: TypeAlias = "Callable[[LayerSpec], LayerFacts]"


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One layer as data: its class, its configuration and the shapes it is called on.

    Attributes:
        class_name: the layer's class, `"Conv2D"`.
        name: the layer's name in its model.
        config: its `get_config()`, as read from JSON.
        input_shapes: the shapes of all input tensors, in the order of the call.
        keywords: shapes of tensors that were passed by keyword: `{"value": (None, 10, 16)}`.
    """

    class_name: str
    name: str
    config: Mapping[str, object]
    input_shapes: tuple[Shape, ...]
    keywords: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def input_shape(self) -> Shape:
        """The shape of the first input."""
        return self.input_shapes[0]
