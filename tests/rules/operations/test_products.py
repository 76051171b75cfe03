from __future__ import annotations

import numpy as np
import pytest
from flop_counter import macs_run_by, needs_torch
from keras_oracle import keras
from operation_oracle import check_operation, inputs_of, node_of

from kerasbook.rules import WHOLE, Window

pytestmark = pytest.mark.keras
ops = keras.ops

TABLE = np.ones((6, 3), "float32")
STACK = np.ones((4, 6, 3), "float32")

# operation, shapes of the inputs, MACs of one sample
PRODUCTS = (
    (ops.matmul, [(4, 6), (6, 5)], 4 * 6 * 5),
    (ops.matmul, [(2, 4, 6), (2, 6, 5)], 2 * 4 * 6 * 5),
    (ops.matmul, [(2, 4, 6), (1, 6, 5)], 2 * 4 * 6 * 5),
    (lambda x: ops.matmul(x, TABLE), [(6,)], 6 * 3),
    (lambda x: ops.matmul(x, TABLE), [(4, 6)], 4 * 6 * 3),
    (lambda x: ops.matmul(x, STACK), [(4, 5, 6)], 4 * 5 * 6 * 3),
    (lambda x: ops.matmul(TABLE.T, x), [(6, 7)], 3 * 6 * 7),
    (lambda x: x @ TABLE, [(4, 6)], 4 * 6 * 3),
    (lambda x: ops.dot(x, TABLE), [(4, 6)], 4 * 6 * 3),
    (lambda x: ops.inner(x, TABLE.T), [(4, 6)], 4 * 6 * 3),
    (lambda x: ops.tensordot(x, TABLE, axes=1), [(4, 6)], 4 * 6 * 3),
    (lambda x: ops.tensordot(x, STACK, axes=[[1, 2], [0, 1]]), [(4, 6)], 4 * 6 * 3),
    (lambda x: ops.tensordot(x, STACK, axes=2), [(4, 6)], 4 * 6 * 3),
    (lambda x, y: ops.einsum("bij,bkj->bik", x, y), [(4, 6), (5, 6)], 4 * 6 * 5),
    (lambda x, y: ops.einsum("bij,bjk->bik", x, y), [(4, 6), (6, 5)], 4 * 6 * 5),
    (lambda x, y: ops.einsum("...ij,...jk->...ik", x, y), [(2, 4, 6), (2, 6, 5)], 2 * 120),
    (lambda x: ops.einsum("bij,jk->bki", x, TABLE), [(4, 6)], 4 * 6 * 3),
    (lambda x: ops.einsum("b...j,jk->b...k", x, TABLE), [(4, 2, 6)], 4 * 2 * 6 * 3),
    (lambda x, y: ops.einsum("bnhd,bmhd->bhnm", x, y), [(4, 2, 8), (5, 2, 8)], 2 * 4 * 5 * 8),
)
# PyTorch's counter does not know the product of a matrix and a vector, `mv`, and says 0.
BY_VECTOR = (
    (lambda x: ops.matmul(x, np.ones(6, "float32")), [(4, 6)], 4 * 6),
    (lambda x: ops.dot(x, np.ones(6, "float32")), [(4, 6)], 4 * 6),
)
# What sums over nothing, or of one tensor, is no sum of products.
FREE = (
    (lambda x: ops.einsum("bij->bji", x), [(4, 6)]),
    (lambda x: ops.einsum("bij->b", x), [(4, 6)]),
    (lambda x, y: ops.einsum("bi,bj->bij", x, y), [(4,), (5,)]),
    (lambda x, y: ops.einsum("bij,bij->bij", x, y), [(4, 6), (4, 6)]),
)


@pytest.mark.parametrize(("operation", "shapes", "macs"), PRODUCTS + BY_VECTOR)
def test_sums_of_products_equal_keras_and_are_counted(operation, shapes, macs):
    """A product for each pair of axes that meet, and each number that is summed."""
    row = check_operation(operation, *inputs_of(*shapes))
    assert row.macs.value == macs


@needs_torch
@pytest.mark.parametrize(("operation", "shapes", "macs"), PRODUCTS)
def test_macs_are_what_torch_runs(operation, shapes, macs):
    """The products that PyTorch counts while the node runs."""
    inputs = inputs_of(*shapes)
    model = keras.Model(inputs, operation(*inputs))
    assert macs_run_by(model, *(ops.ones((1, *shape)) for shape in shapes)) == macs


@pytest.mark.parametrize(("operation", "shapes"), FREE)
def test_what_sums_no_products_counts_nothing(operation, shapes):
    """Numbers multiplied one by one are no accumulation."""
    assert check_operation(operation, *inputs_of(*shapes)).macs.value == 0


def test_a_matrix_product_writes_its_arithmetic():
    """Rows, the length that is summed over, columns."""
    row = check_operation(ops.matmul, *inputs_of((4, 6), (6, 5)))
    assert row.macs.text == "4·6·5 = 120"
    unknown = check_operation(ops.matmul, *inputs_of((None, 6), (6, 5)))
    assert unknown.macs.text == "row·6·5"


def test_what_a_matrix_product_sees():
    """A row of one, a column of the other."""
    row = check_operation(ops.matmul, *inputs_of((4, 6), (6, 5)))
    assert row.node.facts.views == ((Window(axis=1), WHOLE), (WHOLE, Window(axis=2)))


ALONG_THE_BATCH = (
    (lambda x: ops.matmul(x, ops.transpose(x)), [(6,)]),
    (lambda x: ops.einsum("bi,bj->ij", x, x), [(6,)]),
    (lambda x: ops.einsum("bi->ib", x), [(6,)]),
    (lambda x: ops.tensordot(TABLE, x, axes=[[0], [1]]), [(6,)]),
)


@pytest.mark.parametrize(("operation", "shapes"), ALONG_THE_BATCH)
def test_products_along_the_batch_are_no_products_of_a_sample(operation, shapes):
    """How many there are depends on the batch: that is said, not guessed."""
    row = check_operation(operation, *inputs_of(*shapes))
    assert row.node.macs is None
    assert row.reason == "it multiplies along the batch, or moves it"


def test_three_tensors_at_once():
    """Which two are multiplied first is up to the library."""
    row = check_operation(
        lambda x, y: ops.einsum("bij,bjk,kl->bil", x, y, TABLE), *inputs_of((4, 5), (5, 6))
    )
    assert row.reason == "how often three tensors are multiplied depends on the order"


SPECIAL = (
    (ops.cross, [(4, 3), (4, 3)], 4 * 3 * 2),
    (lambda x, y: ops.cross(x, y, axisa=1, axisb=1, axisc=1), [(3, 4), (3, 4)], 3 * 4 * 2),
    (lambda x: ops.average(x, axis=1), [(4, 6)], 0),
    (lambda x, w: ops.average(x, axis=1, weights=w), [(4, 6), (4, 6)], 4 * 6),
    (lambda x: ops.vdot(x, x), [(4, 6)], 4 * 6),
)


@pytest.mark.parametrize(("operation", "shapes", "macs"), SPECIAL)
def test_products_by_hand(operation, shapes, macs):
    """Sums of products that backends run number by number, so PyTorch does not count them."""
    row, outputs = node_of(operation, *inputs_of(*shapes))
    assert row.node.facts.output_shape == tuple(outputs[0].shape)
    assert row.macs.value == macs


def test_an_outer_product_takes_the_batch_for_a_row():
    """Both tensors become one row, batch and all."""
    assert check_operation(ops.outer, *inputs_of((4,), (5,))).node.macs is None


ATTENTION = (
    ([(10, 2, 8)] * 3, 2 * 2 * 10 * 10 * 8),
    ([(10, 2, 8), (6, 2, 8), (6, 2, 8)], 2 * 2 * 10 * 6 * 8),
)


@pytest.mark.parametrize(("shapes", "macs"), ATTENTION)
def test_attention_counts_scores_and_mix(shapes, macs):
    """For each head and pair of tokens, the length of both vectors."""
    row = check_operation(ops.dot_product_attention, *inputs_of(*shapes))
    assert row.macs.value == macs


@needs_torch
@pytest.mark.parametrize(("shapes", "macs"), ATTENTION)
def test_attention_macs_are_what_torch_runs(shapes, macs):
    """The products that PyTorch counts while the node runs."""
    inputs = inputs_of(*shapes)
    model = keras.Model(inputs, ops.dot_product_attention(*inputs))
    assert macs_run_by(model, *(ops.ones((1, *shape)) for shape in shapes)) == macs
