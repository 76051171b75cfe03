from __future__ import annotations

import numpy as np
import pytest
from keras_oracle import keras
from operation_oracle import check_operation, inputs_of, node_of

from kerasbook.rules import WHOLE, Window

pytestmark = pytest.mark.keras
ops = keras.ops

ONE = """
    abs absolute arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil conj conjugate copy cos
    cosh deg2rad exp exp2 expm1 floor i0 isfinite isinf isnan isneginf isposinf isreal log log10
    log1p log2 logical_not nan_to_num negative rad2deg reciprocal round sign signbit sin sinc
    sinh sqrt square tan tanh trunc erf erfc erfinv rsqrt celu elu gelu hard_shrink hard_sigmoid
    hard_silu hard_tanh leaky_relu log_sigmoid relu relu6 selu sigmoid silu soft_shrink softplus
    softsign sparse_plus sparse_sigmoid squareplus tanh_shrink threshold log_softmax softmax
    sparsemax normalize sort argsort cumsum flip tril triu zeros_like ones_like stop_gradient
    fabs bitwise_not
""".split()  # noqa: SIM905  a list of names reads better as a text
TWO = """
    add arctan2 divide divide_no_nan equal floor_divide fmod greater greater_equal heaviside
    hypot less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor maximum minimum
    mod multiply not_equal power subtract true_divide fmax fmin nextafter isclose
""".split()  # noqa: SIM905  likewise
INTEGERS = """
    bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift gcd lcm
""".split()  # noqa: SIM905  likewise
# An older Keras lacks some of them.
ONE, TWO, INTEGERS = ([n for n in names if hasattr(ops, n)] for names in (ONE, TWO, INTEGERS))
NEEDS = {"threshold": (0.5, 0.0)}


@pytest.mark.parametrize("name", ONE)
def test_operations_on_one_tensor(name):
    """The shape stays; nothing counts."""
    function = getattr(ops, name)
    (x,) = inputs_of((4, 6), dtype="int32" if name.startswith("bitwise") else "float32")
    extra = NEEDS.get(name, ())
    if name == "cumsum":
        extra = (1,)
    row = check_operation(lambda tensor: function(tensor, *extra), x)
    assert row.macs.value == 0


@pytest.mark.parametrize("name", sorted(set(ONE) - {"cumsum", "threshold", "bitwise_not"}))
@pytest.mark.parametrize("dtype", ["int32", "int8", "float16", "bfloat16"])
def test_types_of_what_comes_out(name, dtype):
    """Integers become floating point where the function is not one of integers."""
    (x,) = inputs_of((4,), dtype=dtype)
    if name in ("reciprocal", "normalize") and dtype in ("float16", "bfloat16"):
        # Keras forgets to declare the type of these, which is that of what they are given.
        run = getattr(ops, name)(ops.ones((2,), dtype))
        assert keras.backend.standardize_dtype(run.dtype) == dtype
        assert node_of(getattr(ops, name), x)[0].node.facts.output_dtype == dtype
        return
    check_operation(getattr(ops, name), x)


@pytest.mark.parametrize("name", sorted(set(TWO) - {"isclose"}))
@pytest.mark.parametrize("dtype", ["int32", "int8", "float16"])
def test_types_of_what_two_make(name, dtype):
    """Of two integers too."""
    check_operation(getattr(ops, name), *inputs_of((4,), (4,), dtype=dtype))


SHAPES = (
    ((4, 6), (4, 6)),
    ((4, 6), (1, 6)),
    ((4, 1), (1, 6)),
    ((None, 6), (4, 6)),
    ((4, 6), (4, 1)),
)


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize("shapes", SHAPES[:2], ids=str)
def test_operations_on_two_tensors(name, shapes):
    """Shapes are broadcast; nothing counts."""
    row = check_operation(getattr(ops, name), *inputs_of(*shapes))
    assert row.macs.value == 0


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_shapes_are_broadcast_as_keras_does(shapes):
    """One position is repeated; a known size beats one that is not specified."""
    check_operation(ops.add, *inputs_of(*shapes))


@pytest.mark.parametrize("name", INTEGERS)
def test_operations_on_integers(name):
    """Their type stays."""
    check_operation(getattr(ops, name), *inputs_of((4, 6), (4, 6), dtype="int32"))


@pytest.mark.parametrize("other", [2, 2.5, True, np.ones((5, 3), "float32")], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float16", "int32"])
def test_numbers_and_constants_are_operands(other, dtype):
    """A plain number takes the type of the tensor; an array has its own."""
    (x,) = inputs_of((5, 3), dtype=dtype)
    check_operation(lambda tensor: tensor * other, x)
    check_operation(lambda tensor: ops.subtract(other, tensor), x)


def test_what_is_broadcast_sees_its_one_position():
    """An axis of one position is seen whole by all."""
    row = check_operation(ops.add, *inputs_of((4, 6), (1, 6)))
    assert row.node.facts.views[1] == (WHOLE, Window(axis=2))


@pytest.mark.parametrize(
    "dtypes",
    [
        ("int8", "uint8"),
        ("int32", "float16"),
        ("float16", "bfloat16"),
        ("uint8", "int32"),
        ("bool", "int32"),
        ("float32", "bfloat16"),
    ],
)
def test_types_are_promoted_as_keras_does(dtypes):
    """The wider type wins, floating point over integers."""
    inputs = [keras.Input((3,), dtype=dtype) for dtype in dtypes]
    check_operation(ops.add, *inputs)


SPECIAL = (
    (lambda x: ops.clip(x, 0.0, 1.0), "float32"),
    (lambda x: ops.cast(x, "float16"), "float32"),
    (lambda x: ops.saturate_cast(x, "uint8"), "float32"),
    (lambda x: ops.convert_to_tensor(x, dtype="float16"), "float32"),
    (lambda x: ops.full_like(x, 2), "float32"),
    (lambda x: ops.roll(x, 2, axis=1), "float32"),
    (lambda x: ops.roll(x, 2), "float32"),
    (lambda x: ops.flip(x, axis=1), "float32"),
    (ops.fliplr, "float32"),
    (lambda x: ops.cumsum(x, axis=1), "float32"),
    (lambda x: ops.cumprod(x, axis=-1), "float32"),
    (lambda x: ops.cumsum(x, axis=1, dtype="float16"), "float32"),
    (lambda x: ops.where(x > 0, x, 0.0), "float32"),
    (lambda x: ops.batch_normalization(x, x[0, 0], x[0, 0], axis=-1), "float32"),
    (ops.layer_normalization, "float32"),
    (ops.rms_normalization, "float32"),
    (lambda x: ops.binary_crossentropy(x, x), "float32"),
    (lambda x: keras.activations.relu(x, negative_slope=0.1), "float32"),
    (ops.glu, "float32"),
    (lambda x: ops.argpartition(x, 2), "float32"),
)


@pytest.mark.parametrize(("operation", "dtype"), SPECIAL)
def test_operations_with_settings(operation, dtype):
    """Each has the shape and the type that Keras declares."""
    (x,) = inputs_of((4, 6), dtype=dtype)
    row = check_operation(operation, x)
    assert row.macs is not None
    assert row.macs.value == 0
