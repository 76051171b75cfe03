"""The effect of each argument on the model, with one value for all layers or one each."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasbook import cnn_classifier, fnn_classifier, linear_regressor
from kerasbook.arithmetic import convolve

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

LITTLE = {"filters": (4, 6), "hidden_units": (5,)}
# Where only the layers matter: random weights of many shapes take JAX long.
BARE = {"hidden_units": (), "kernel_initializer": "zeros"}


def names(model):
    """The names of all layers except the input."""
    return [layer.name for layer in model.layers[1:]]


def of(model, class_name, attribute):
    """An attribute of each layer of a class, in order."""
    return [getattr(x, attribute) for x in model.layers if type(x).__name__ == class_name]


# --------------------------------------------------------------------------- one or many


def test_one_value_serves_all_layers():
    """A single value is used for all layers, of which there are as many as in the article."""
    assert of(fnn_classifier((5,), hidden_units=7), "Dense", "units") == [7, 7, 10]
    model = cnn_classifier(
        (8, 8, 3),
        filters=5,
        kernel_sizes=2,
        strides=1,
        hidden_units=7,
        kernel_initializer="zeros",
    )
    assert of(model, "Conv2D", "filters") == [5] * 4
    assert of(model, "Conv2D", "kernel_size") == [(2, 2)] * 4
    assert of(model, "Conv2D", "strides") == [(1, 1)] * 4
    assert of(model, "Dense", "units") == [7, 10]


def test_a_sequence_gives_each_layer_its_own():
    """A list or tuple has one value per layer, which may itself have one size per axis."""
    model = cnn_classifier(
        (16, 16, 3),
        filters=[5, 6, 7],
        kernel_sizes=((3, 1), [1, 3], 2),
        strides=[1, (2, 1), (1, 2)],
        padding=["same", "valid", "same"],
        hidden_units=[8, 9],
        dropout=[0.1, 0.2],
        kernel_initializer="zeros",
    )
    assert of(model, "Conv2D", "filters") == [5, 6, 7]
    assert of(model, "Conv2D", "kernel_size") == [(3, 1), (1, 3), (2, 2)]
    assert of(model, "Conv2D", "strides") == [(1, 1), (2, 1), (1, 2)]
    assert of(model, "Conv2D", "padding") == ["same", "valid", "same"]
    assert of(model, "Dense", "units") == [8, 9, 10]
    assert of(model, "Dropout", "rate") == [0.1, 0.2]


def test_the_first_sequence_gives_the_number_of_layers():
    """The first sequence gives the number of layers, and single values are repeated."""
    model = cnn_classifier((16, 16, 3), filters=5, strides=(1, 2, 2), **BARE)
    assert of(model, "Conv2D", "filters") == [5, 5, 5]
    model = fnn_classifier((5,), hidden_units=7, dropout=(0.1, 0.2, 0.3))
    assert of(model, "Dense", "units") == [7, 7, 7, 10]


def test_strides_alternate_if_they_are_left_out():
    """By default every second block has stride 2, for any number of blocks."""
    model = cnn_classifier((16, 16, 3), filters=(4,) * 5, **BARE)
    assert of(model, "Conv2D", "strides") == [(1, 1), (2, 2), (1, 1), (2, 2), (1, 1)]


def test_as_many_entries_as_axes_are_still_one_per_block():
    """`(4, 3)` for two blocks of two axes is 4×4 and 3×3, not 4×3 twice."""
    model = cnn_classifier((16, 16, 3), filters=(4, 8), kernel_sizes=(4, 3), **BARE)
    assert of(model, "Conv2D", "kernel_size") == [(4, 4), (3, 3)]


def test_options_of_kernels_count_blocks_then_hidden_layers_then_the_head(keras):
    """Sequences of activations exclude the head; regularizers and initializers include it."""
    model = cnn_classifier(
        (8, 8, 3),
        **LITTLE,
        activation=("relu", "tanh", "gelu"),
        batch_normalization=(False, True, False),
        kernel_regularizer=("l1", None, None, "l2"),
        kernel_initializer=("zeros", "ones", "zeros", "ones"),
    )
    assert names(model) == [
        *("conv_1", "conv_2", "conv_2_norm", "conv_2_activation", "flatten"),
        *("dense_1", "dense_1_dropout", "probabilities"),
    ]
    kernels = ("conv_1", "conv_2", "dense_1", "probabilities")
    functions = [model.get_layer(name).activation.__name__ for name in kernels]
    assert functions == ["relu", "linear", "gelu", "softmax"]
    assert model.get_layer("conv_2_activation").activation is keras.activations.tanh
    penalties = [type(model.get_layer(name).kernel_regularizer).__name__ for name in kernels]
    assert penalties == ["L1", "NoneType", "NoneType", "L2"]
    first = [model.get_layer(name).get_weights()[0].flat[0] for name in kernels]
    assert first == [0, 1, 0, 1]


# --------------------------------------------------------------------------- what is built


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["dense_1", "dense_2", "probabilities"]),
        ({"hidden_units": ()}, ["probabilities"]),
        ({"hidden_units": (), "dropout": 0.2}, ["input_dropout", "probabilities"]),
        ({"hidden_units": (), "dropout": ()}, ["probabilities"]),
        (
            {"hidden_units": (4,), "batch_normalization": True, "dropout": 0.2},
            [
                *("dense_1", "dense_1_norm", "dense_1_activation", "dense_1_dropout"),
                "probabilities",
            ],
        ),
        (
            {"hidden_units": (4,), "activation": "ReLU"},
            ["dense_1", "dense_1_activation", "probabilities"],
        ),
        ({"hidden_units": (4,), "activation": None}, ["dense_1", "probabilities"]),
        ({"hidden_units": (4,), "activation": "linear"}, ["dense_1", "probabilities"]),
        ({"hidden_units": (4,), "input_scale": 0.5}, ["rescaling", "dense_1", "probabilities"]),
        ({"hidden_units": (4,), "head": None}, ["dense_1"]),
        ({"hidden_units": (4,), "head": "linear"}, ["dense_1", "prediction"]),
        (
            {"hidden_units": (4,), "head": "sigmoid", "num_classes": 2},
            ["dense_1", "probability"],
        ),
    ],
)
def test_layers_have_the_documented_names(arguments, expected):
    """Each option adds a layer that is named after the layer before it."""
    assert names(fnn_classifier((5,), **arguments)) == expected


def test_without_hidden_layers_dropout_acts_on_the_flattened_blocks():
    """Without hidden layers, dropout follows the flattened blocks instead of being left out."""
    model = cnn_classifier((8, 8, 3), filters=(4,), hidden_units=(), dropout=0.3)
    assert names(model)[-3:] == ["flatten", "flatten_dropout", "probabilities"]
    assert model.get_layer("flatten_dropout").rate == 0.3


@pytest.mark.parametrize(
    ("head", "labels", "classes", "loss", "units"),
    [
        ("softmax", "one_hot", 3, "categorical_crossentropy", 3),
        ("softmax", "integer", 3, "sparse_categorical_crossentropy", 3),
        ("sigmoid", "one_hot", 2, "binary_crossentropy", 1),
        ("sigmoid", "integer", 2, "binary_crossentropy", 1),
        ("linear", "one_hot", 3, "mean_squared_error", 3),
        ("linear", "one_hot", 1, "mean_squared_error", 1),
    ],
)
def test_head_and_labels_pick_the_loss(*, head, labels, classes, loss, units):
    """Head and labels determine the loss, and a training step with them gives a finite loss."""
    model = fnn_classifier((5,), classes, hidden_units=(4,), head=head, labels=labels, seed=0)
    assert model.loss == loss
    assert tuple(model.output.shape) == (None, units)
    y = np.array([0, 1, 1, 0])
    if head == "linear":
        y = np.zeros((4, classes))
    elif (head, labels) == ("softmax", "one_hot"):
        y = np.eye(classes)[y]
    history = model.fit(np.ones((4, 5)), y, verbose=0).history
    assert all(math.isfinite(values[0]) for values in history.values())
    assert ("accuracy" in history) == (head != "linear")
    assert 0 <= history.get("accuracy", [0.5])[0] <= 1


def test_probabilities_are_probabilities():
    """The outputs of a softmax sum to 1, and those of a sigmoid lie between 0 and 1."""
    x = np.random.default_rng(0).normal(size=(6, 5))
    rows = fnn_classifier((5,), 4, seed=0).predict(x, verbose=0)
    assert rows.shape == (6, 4)
    assert np.allclose(rows.sum(axis=1), 1, atol=1e-5)
    single = fnn_classifier((5,), 2, head="sigmoid", seed=0).predict(x, verbose=0)
    assert single.shape == (6, 1)
    assert ((single > 0) & (single < 1)).all()


def test_a_scaled_model_takes_raw_pixels():
    """With `input_scale`, bytes give the output of the plain model for numbers from 0 to 1."""
    pixels = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    scaled = cnn_classifier((8, 8, 3), 3, **LITTLE, input_scale=1 / 255, seed=0)
    plain = cnn_classifier((8, 8, 3), 3, **LITTLE, seed=0)
    expected = plain.predict(pixels.astype("float32") / 255, verbose=0)
    assert np.allclose(scaled.predict(pixels, verbose=0), expected, atol=1e-6)


@pytest.mark.parametrize(
    "build",
    [
        lambda penalty: fnn_classifier((5,), 3, hidden_units=(4,), kernel_regularizer=penalty),
        lambda penalty: cnn_classifier((8, 8, 3), 3, **LITTLE, kernel_regularizer=penalty),
        lambda penalty: linear_regressor((5,), kernel_regularizer=penalty),
    ],
    ids=["fnn", "cnn", "line"],
)
def test_a_regularizer_penalizes_every_kernel(build, keras):
    """The penalty is the sum over all kernels, the head's included, and over no bias."""
    model = build(keras.regularizers.L2(0.01))
    kernels = [w for w in model.trainable_weights if w.path.endswith("kernel")]
    expected = sum(0.01 * float((keras.ops.convert_to_numpy(w) ** 2).sum()) for w in kernels)
    assert sum(float(keras.ops.convert_to_numpy(loss)) for loss in model.losses) == pytest.approx(
        expected, rel=1e-4
    )


# ----------------------------------------------------------------------- arithmetic of all


@settings(max_examples=20, deadline=None)
@given(
    size=st.integers(1, 12),
    rank=st.integers(1, 3),
    blocks=st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 2)), min_size=1, max_size=2
    ),
    padding=st.sampled_from(["same", "valid"]),
    units=st.lists(st.integers(1, 4), max_size=2),
    normalized=st.booleans(),
)
def test_parameters_are_those_of_the_formulas(*, size, rank, blocks, padding, units, normalized):
    """A random model has the number of parameters of the formulas, or is refused by kerasbook."""
    channels, length, expected = 2, size, 0
    for count, kernel_size, stride in blocks:
        if stride > length or (padding == "valid" and kernel_size > length):
            length = 0
            break
        length = convolve(length, kernel_size, strides=stride, padding=padding).size.value
        expected += (kernel_size**rank * channels + 1) * count + 4 * count * normalized
        channels = count
    filters, kernel_sizes, strides = (list(values) for values in zip(*blocks, strict=True))
    arguments = {
        "filters": filters,
        "kernel_sizes": kernel_sizes,
        "strides": strides,
        "padding": padding,
        "hidden_units": units,
        "dropout": 0.0,
        "batch_normalization": normalized,
        "kernel_initializer": "zeros",
    }
    shape = (*[size] * rank, 2)
    if length == 0:
        with pytest.raises(ValueError, match="input_shape must have at least"):
            cnn_classifier(shape, 3, **arguments)
        return
    inputs = length**rank * channels
    for count in units:
        expected += (inputs + 1) * count + 4 * count * normalized
        inputs = count
    assert cnn_classifier(shape, 3, **arguments).count_params() == expected + (inputs + 1) * 3
