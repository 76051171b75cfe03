from __future__ import annotations

import json

import numpy as np
import pytest
from keras_oracle import keras
from operation_oracle import check_operation, inputs_of, node_of

from kerasbook.report import explain
from kerasbook.rules import WHOLE, Scattered, Window

pytestmark = pytest.mark.keras
ops = keras.ops

MOVES = "it moves the batch: the MACs of what follows are not those of one sample"


# ---------------------------------------------------------------------------------- reductions

REDUCTIONS = """
    all amax amin any argmax argmin count_nonzero logsumexp max mean median min prod std sum var
    average nanmax nanmean nanmin nanstd nansum nanvar nanmedian nanprod ptp
""".split()  # noqa: SIM905  a list of names reads better as a text
AXES = ({"axis": 1}, {"axis": -1}, {"axis": (1, 2)}, {"axis": None}, {"axis": 0})


@pytest.mark.parametrize("name", [name for name in REDUCTIONS if hasattr(ops, name)])
@pytest.mark.parametrize("options", AXES, ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_equal_keras(name, options, keepdims):
    """Axes are reduced to one position, or go; without axes, all of them."""
    function = getattr(ops, name)
    several = isinstance(options["axis"], tuple)
    if several and name.startswith(("arg", "ptp", "average")):
        options = {"axis": 1}
    if name not in ("average", "count_nonzero"):
        options = {**options, "keepdims": keepdims}
    row = check_operation(lambda x: function(x, **options), *inputs_of((4, 6)))
    moved = options["axis"] == 0 and not options.get("keepdims")
    assert row.reason == (MOVES if moved else "")


@pytest.mark.parametrize("name", ["sum", "mean", "max", "prod", "any", "argmax", "std", "median"])
@pytest.mark.parametrize("dtype", ["int32", "float16", "int8"])
def test_types_of_reductions(name, dtype):
    """A mean of integers is floating point; a sum of them has 32 bits."""
    (x,) = inputs_of((4,), dtype=dtype)
    check_operation(lambda x: getattr(ops, name)(x, axis=1), x)


def test_what_a_reduction_sees():
    """The axis that goes is seen whole, the others move up."""
    row = check_operation(lambda x: ops.mean(x, axis=1), *inputs_of((4, 6)))
    assert row.node.facts.views == ((WHOLE, Window(axis=1)),)


FEWER = (
    lambda x: ops.moments(x, axes=[1]),
    lambda x: ops.quantile(x, 0.5, axis=1),
    lambda x: ops.top_k(x, 3),
    lambda x: ops.diff(x, axis=1),
    lambda x: ops.diff(x, n=2),
    lambda x: ops.norm(x, axis=-1),
    lambda x: ops.logsumexp(x, axis=-1),
    lambda x: ops.in_top_k(ops.argmax(x, axis=1)[:, 0], x[:, 0], 2),
    lambda x: ops.categorical_crossentropy(x, x),
    lambda x: ops.sparse_categorical_crossentropy(ops.argmax(x, axis=-1), x),
    lambda x: ops.trapezoid(x, axis=-1),
)


@pytest.mark.parametrize("operation", FEWER)
def test_operations_that_make_fewer_numbers(operation):
    """Each has the shape that Keras declares."""
    check_operation(operation, *inputs_of((4, 6)))


# -------------------------------------------------------------------- another shape or order

ORDERS = (
    lambda x: ops.transpose(x, (0, 2, 1, 3)),
    lambda x: ops.moveaxis(x, 1, -1),
    lambda x: ops.moveaxis(x, (1, 3), (2, 1)),
    lambda x: ops.swapaxes(x, 1, 3),
    lambda x: ops.expand_dims(x, 1),
    lambda x: ops.expand_dims(x, (1, -1)),
    lambda x: ops.squeeze(ops.expand_dims(x, 1), 1),
    lambda x: ops.squeeze(ops.expand_dims(x, (1, 3)), (1, 3)),
    lambda x: ops.reshape(x, (-1, 24, 5)),
    lambda x: ops.reshape(x, (-1, 4, 30)),
    lambda x: ops.rot90(x, axes=(1, 2)),
)
BATCH_MOVED = (
    ops.transpose,
    lambda x: ops.moveaxis(x, 0, 1),
    lambda x: ops.expand_dims(x, 0),
    lambda x: ops.reshape(x, (-1, 6, 5)),
    lambda x: ops.reshape(x, (-1,)),
    ops.ravel,
)


@pytest.mark.parametrize("operation", ORDERS)
def test_what_keeps_the_batch_first(operation):
    """Only axes of a sample change."""
    row = check_operation(operation, *inputs_of((4, 6, 5)))
    assert row.reason == ""
    assert row.macs.value == 0


@pytest.mark.parametrize("operation", BATCH_MOVED)
def test_what_moves_the_batch_is_said(operation):
    """MACs are of one sample along the first axis: what follows would count others."""
    row = check_operation(operation, *inputs_of((4, 6, 5)))
    assert row.reason == MOVES
    assert row.node.macs is None


def test_reshaping_folds_only_what_it_must():
    """Axes in front that stay keep their positions."""
    row = check_operation(lambda x: ops.reshape(x, (-1, 4, 30)), *inputs_of((4, 6, 5)))
    assert row.node.facts.views == ((Window(), Scattered(2), Scattered(2)),)


# ------------------------------------------------------------------------------- more and fewer

MORE = (
    lambda x: ops.concatenate([x, x, x], axis=1),
    lambda x: ops.concatenate([x, x], axis=-1),
    lambda x: ops.append(x, x, axis=1),
    lambda x: ops.stack([x, x], axis=1),
    lambda x: ops.stack([x, x], axis=-1),
    lambda x: ops.hstack([x, x]),
    lambda x: ops.dstack([x, x]),
    lambda x: ops.tile(x, (1, 2, 3)),
    lambda x: ops.tile(x, 2),
    lambda x: ops.repeat(x, 3, axis=1),
    lambda x: ops.repeat(x, (1, 2, 0, 1), axis=1),
    lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 3))),
    lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 3)), mode="reflect"),
    lambda x: ops.one_hot(ops.argmax(x, axis=-1), 7),
    lambda x: ops.one_hot(ops.argmax(x, axis=-1), 7, axis=1),
    lambda x: ops.broadcast_to(ops.expand_dims(x, 1), (2, 5, 4, 6)),
    lambda x: ops.glu(x, axis=1),
)
SOME = (
    lambda x: ops.split(x, 2, axis=1),
    lambda x: ops.split(x, [1, 3], axis=1),
    lambda x: ops.array_split(x, 3, axis=1),
    lambda x: ops.unstack(x, axis=1),
    lambda x: ops.take(x, [0, 2, 2], axis=1),
    lambda x: ops.take(x, 2, axis=1),
    lambda x: ops.take_along_axis(x, ops.argsort(x, axis=1), axis=1),
    lambda x: ops.diagonal(x, axis1=1, axis2=2),
    lambda x: ops.diagonal(x, offset=2, axis1=1, axis2=2),
    lambda x: ops.trace(x, axis1=1, axis2=2),
    lambda x: x[:, 0],
    lambda x: x[:, 1:3],
    lambda x: x[:, ::2, None],
    lambda x: x[..., -1],
    lambda x: x[:, -1:, 2:],
    lambda x: x[:, ::-1],
    lambda x: x[:, None, ..., 0],
    lambda x: ops.hsplit(x, 2),
    lambda x: ops.dsplit(x, 2),
)


@pytest.mark.parametrize("operation", MORE + SOME)
def test_operations_that_make_more_or_take_some(operation):
    """Each has the shape that Keras declares."""
    row = check_operation(operation, *inputs_of((4, 6)))
    if row.reason:
        assert row.reason == MOVES
    else:
        assert row.macs.value == 0


@pytest.mark.parametrize(
    "operation", [lambda x: x[0], lambda x: ops.stack([x, x]), lambda x: ops.split(x, 1)]
)
def test_taking_of_the_batch_is_said(operation):
    """One sample, or half of them, is no sample for what follows."""
    (x,) = inputs_of((4, 6))
    row, _ = node_of(operation, x)
    assert row.reason == MOVES


def test_a_constant_table_is_looked_up():
    """The batch is that of the indices."""
    table = np.ones((11, 5), "float32")
    (x,) = inputs_of((4,), dtype="int32")
    row = check_operation(lambda indices: ops.take(table, indices, axis=0), x)
    assert row.reason == ""


def test_what_a_slice_sees():
    """It is a window with what is cut off at both ends."""
    row = check_operation(lambda x: x[:, 1:3], *inputs_of((4, 6)))
    assert row.node.facts.views == ((Window(padding=(-1, -1), axis=1), Window(axis=2)),)


# ------------------------------------------------------------------------------ out of reach

LIBRARY = (
    ops.cholesky,
    ops.inv,
    ops.det,
    ops.qr,
    ops.svd,
    ops.eigh,
    ops.rfft,
    lambda x: ops.solve(x, x),
)


@pytest.mark.parametrize("operation", LIBRARY)
def test_what_a_library_computes_as_it_likes_stays_unknown(operation):
    """It multiplies, but how often nobody can say: not never."""
    row, outputs = node_of(operation, *inputs_of((5, 5)))
    assert row.node.macs is None
    assert row.reason == "how many products it takes depends on the library"
    shapes = [tuple(output.shape) for output in outputs]
    assert row.node.facts.output_shape in (None, shapes[0])


def test_what_follows_an_unknown_shape_is_known_again():
    """Keras recorded the shape that the next node was called on."""
    (x,) = inputs_of((5, 5))
    row, (output,) = node_of(lambda x: ops.abs(ops.svd(x)[1]), x)
    assert row.node.facts.output_shape == tuple(output.shape)


def test_models_may_go_on_with_any_output_of_what_is_unknown():
    """How many outputs it has nobody knows, so none is refused; memory is a lower bound."""
    (x,) = inputs_of((5, 5))
    model = keras.Model(x, [ops.abs(ops.svd(x)[2]), *ops.eigh(x)])
    report = explain(json.loads(model.to_json()))
    assert report.params == 0
    assert not report.memory().known
