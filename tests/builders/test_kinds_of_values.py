"""Arguments of NumPy's, a backend's and Python's types work, or are refused by name."""

from __future__ import annotations

from collections import deque
from inspect import signature

import pytest

from kerasbook import cnn_classifier, fnn_classifier, linear_regressor
from kerasbook.errors import ArgumentError

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

SMALL = {
    linear_regressor: {"input_shape": (4,)},
    fnn_classifier: {"input_shape": (4,), "num_classes": 3, "hidden_units": (4, 3)},
    cnn_classifier: {
        "input_shape": (8, 8, 3),
        "num_classes": 3,
        "filters": (2, 3),
        "hidden_units": (4,),
    },
}


def same(build, name, value, plain):
    """Whether a value and its plain form give equal models, compiled equally."""
    left, right = (build(**SMALL[build] | {name: each, "seed": 0}) for each in (value, plain))
    assert left.get_config() == right.get_config()
    assert type(left.optimizer) is type(right.optimizer)
    assert left.loss == right.loss
    ours, theirs = (model.get_compile_config()["metrics"] for model in (left, right))
    return list(ours) == list(theirs)


ARRAYS = [
    (cnn_classifier, "input_shape", np.array([8, 8, 3]), (8, 8, 3)),
    (cnn_classifier, "input_shape", np.zeros((5, 8, 8, 3)).shape[1:], (8, 8, 3)),
    (fnn_classifier, "input_shape", range(4, 5), (4,)),
    (fnn_classifier, "num_classes", np.int64(5), 5),
    (fnn_classifier, "num_classes", np.array(5), 5),
    (linear_regressor, "num_outputs", np.uint8(2), 2),
    (cnn_classifier, "filters", np.array([4, 8]), (4, 8)),
    (cnn_classifier, "filters", range(4, 6), (4, 5)),
    (cnn_classifier, "filters", deque([4, 5]), (4, 5)),
    (cnn_classifier, "filters", [np.int32(4), np.array(5)], (4, 5)),
    (cnn_classifier, "filters", np.array(4), 4),
    (cnn_classifier, "kernel_sizes", np.array([[3, 1], [1, 3]]), ((3, 1), (1, 3))),
    (cnn_classifier, "kernel_sizes", [np.array([3, 1]), 2], ((3, 1), 2)),
    (cnn_classifier, "strides", np.array([1, 2]), (1, 2)),
    (cnn_classifier, "padding", np.array(["same", "valid"]), ("same", "valid")),
    (cnn_classifier, "padding", np.array("valid"), "valid"),
    (fnn_classifier, "activation", np.array(["relu", "tanh"]), ("relu", "tanh")),
    (fnn_classifier, "activation", np.array([None, "LeakyReLU"]), (None, "LeakyReLU")),
    (fnn_classifier, "activation", np.str_("tanh"), "tanh"),
    (cnn_classifier, "batch_normalization", np.bool_(True), True),  # noqa: FBT003  NumPy's own
    (cnn_classifier, "batch_normalization", np.array([True, False, True]), (True, False, True)),
    (fnn_classifier, "batch_normalization", np.array(0.3) > 0.5, False),
    (fnn_classifier, "hidden_units", 2 ** np.arange(1, 4), (2, 4, 8)),
    (fnn_classifier, "hidden_units", np.array([], int), ()),
    (fnn_classifier, "dropout", np.linspace(0, 0.5, 2), (0, 0.5)),
    (fnn_classifier, "dropout", np.float32(0.5), 0.5),
    (fnn_classifier, "dropout", np.array(0.5), 0.5),
    (fnn_classifier, "kernel_regularizer", np.array("l2"), "l2"),
    (fnn_classifier, "kernel_initializer", np.array(["zeros", "ones", "zeros"]), None),
    (fnn_classifier, "head", np.str_("linear"), "linear"),
    (fnn_classifier, "labels", np.array("integer"), "integer"),
    (fnn_classifier, "input_scale", np.float64(0.5), 0.5),
    (fnn_classifier, "input_scale", np.array(0.5), 0.5),
    (fnn_classifier, "optimizer", np.array("sgd"), "sgd"),
    (fnn_classifier, "loss", np.str_("mse"), "mse"),
    (fnn_classifier, "metrics", np.array(["mae", "mse"]), ("mae", "mse")),
    (fnn_classifier, "name", np.str_("net"), "net"),
    (fnn_classifier, "prefix", np.str_("left_"), "left_"),
    (cnn_classifier, "data_format", np.str_("channels_last"), "channels_last"),
]


@pytest.mark.parametrize(("build", "name", "value", "plain"), ARRAYS)
def test_a_value_of_numpy_makes_the_model_of_its_plain_form(build, name, value, plain):
    """Scalars, arrays with and without axes, and ranges give the model of the plain value."""
    assert same(build, name, value, tuple(value.tolist()) if plain is None else plain)


def test_a_seed_of_numpy_draws_what_the_plain_one_draws():
    """A NumPy seed and the same Python integer give equal first weights."""
    models = [fnn_classifier((4,), 3, seed=seed) for seed in (7, np.uint32(7), np.array(7))]
    first, *others = (model.get_weights() for model in models)
    for weights in others:
        assert all(np.array_equal(*pair) for pair in zip(first, weights, strict=True))


def test_tensors_of_the_backend_are_read_as_arrays(keras):
    """A tensor gives the model of its number, as in search spaces and shapes of data sets."""
    units, rate = keras.ops.array([4, 5], "int32"), keras.ops.array(0.5)
    assert same(fnn_classifier, "hidden_units", units, (4, 5))
    assert same(fnn_classifier, "dropout", rate, 0.5)
    assert same(fnn_classifier, "batch_normalization", rate > 0.1, plain=True)
    tensor = keras.ops.zeros((5, 4))
    assert same(fnn_classifier, "input_shape", tensor.shape[1:], (4,))


KINDS = [
    np.bool_(False),  # noqa: FBT003  NumPy's own
    np.int64(3),
    np.float32(0.25),
    np.float64("nan"),
    np.str_("relu"),
    np.datetime64("2020-01-01"),
    np.array(3),
    np.array([3]),
    np.array([3, 4]),
    np.array([[3, 1], [1, 3]]),
    np.array([0.25, 0.5]),
    np.array(["relu", "tanh"]),
    np.zeros((60, 28, 28)),
    np.zeros((2, 0)),
    range(3),
    (),
    [],
    (4,),
    [4, 3],
    [4, None],
    [[4, 3], [4, 3]],
    [(8, 8, 3)],
    {4, 3},
    {"units": 4},
    "",
    "relu",
    b"relu",
    None,
    True,
    0,
    -1,
    0.5,
    float("inf"),
    1j,
    object(),
    int,
    len,
    deque([4, 3]),
    np.ma.array([4, 3], mask=[False, True]),
]


@pytest.mark.parametrize("build", SMALL)
def test_every_argument_works_or_is_refused_by_name(build, keras):
    """A value of any kind gives a model, or a short error that begins with the argument's name."""
    symbolic = keras.Input((3,))
    for name in signature(build).parameters:
        for value in (*KINDS, (n for n in (4, 3)), symbolic, keras.ops.array([4, 3])):
            try:
                model = build(**SMALL[build] | {name: value})
            except ArgumentError as error:
                message = str(error)
                others = {"prefix": "name"}.get(name, name)
                assert message.startswith((name, others, _counted(name))), (name, value, message)
                assert f"{message.split(maxsplit=1)[0]}=" in message, (name, value, message)
                assert len(message) < 700, (name, value, message)
                assert "\n" not in message, (name, value, message)
            else:
                assert model.count_params() > 0, (name, value)


def _counted(name):
    """The argument that determines the expected length of a sequence."""
    return "" if name in ("filters", "hidden_units", "kernel_sizes", "strides", "padding") else name


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "filters",
            (n for n in (4, 8)),
            (
                r"filters must be one value, or a list with one per block; received "
                r"filters=<generator object .*>\. Use list\(…\)\."
            ),
        ),
        (
            "filters",
            {8},
            (
                r"filters must be one value, or a list with one per block; received "
                r"filters=\{8\}\. Use list\(…\)\."
            ),
        ),
        (
            "filters",
            np.array([4.0, 8.0]),
            r"filters\[0\] must be an integer of at least 1; received filters\[0\]=4\.0\.",
        ),
        (
            "num_classes",
            np.array([3]),
            r"num_classes must be an integer of at least 1; received num_classes=\(3,\)\.",
        ),
        (
            "input_shape",
            np.zeros((60, 28, 28, 1)),
            (
                r"input_shape must be a tuple of sizes, without the batch; received "
                r"input_shape=<float64 array of shape \(60, 28, 28, 1\)>\. "
                r"Use the data's x\.shape\[1:\]\."
            ),
        ),
        (
            "input_shape",
            np.int64(784),
            (
                r"input_shape must be a tuple of sizes, without the batch; received "
                r"input_shape=784\. Use input_shape=\(784,\)\."
            ),
        ),
        (
            "labels",
            np.zeros(60000, int),
            (
                r"labels must be 'one_hot', 'integer' or 'multi_hot'; received "
                r"labels=<int64 array of shape \(60000,\)>\."
            ),
        ),
        (
            "hidden_units",
            None,
            (
                r"hidden_units must be an integer of at least 1; received hidden_units=None\. "
                r"Use hidden_units=\(\) for no hidden layer\."
            ),
        ),
        (
            "dropout",
            None,
            (
                r"dropout must be a number of at least 0 and below 1; received dropout=None\. "
                r"Use 0 for none\."
            ),
        ),
        (
            "batch_normalization",
            np.int64(1),
            r"batch_normalization must be True or False; received batch_normalization=1\.",
        ),
        (
            "prefix",
            None,
            (
                r"prefix must be a string; received prefix=None\. "
                r"Use prefix='left_', or leave it out\."
            ),
        ),
        (
            "prefix",
            "left/",
            (
                r"prefix must have no '/' in it, which separates names in Keras; "
                r"received prefix='left/'\."
            ),
        ),
    ],
)
def test_what_cannot_be_taken_says_what_to_write(name, value, message):
    """The whole message is as expected; a large array appears in it by its shape."""
    with pytest.raises(ArgumentError, match=f"^{message}$"):
        cnn_classifier(**{name: value})
