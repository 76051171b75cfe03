"""Real Keras as the oracle for raw operations: what it declares of a node, beside the rule's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras_oracle import graph_of, keras

from kerasbook.graph import graph_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from kerasbook.graph import Row


def inputs_of(*shapes: tuple[int | None, ...], dtype: str = "float32") -> list[Any]:
    """Inputs of these shapes without the batch."""
    return [keras.Input(shape, dtype=dtype) for shape in shapes]


def node_of(operation: Callable[..., Any], *inputs: Any) -> tuple[Row, list[Any]]:
    """The row of the last node of an operation on inputs, and the tensors it gives."""
    outputs = keras.tree.flatten(operation(*inputs))
    name = outputs[0]._keras_history.operation.name
    model = keras.Model(list(inputs), outputs)
    return next(row for row in graph_rows(graph_of(model)) if row.node.name == name), outputs


def check_operation(operation: Callable[..., Any], *inputs: Any, known: bool = True) -> Row:
    """The row of an operation, held against the shapes and the type that Keras declares.

    Args:
        operation: a function of the inputs.
        *inputs: what it is called on.
        known: whether the rule says the shapes itself.
    """
    row, outputs = node_of(operation, *inputs)
    facts = row.node.facts
    assert facts.params.value == 0
    if known:
        assert list(facts.output_shapes) == [tuple(output.shape) for output in outputs]
        assert facts.output_dtype == outputs[0].dtype
    return row
