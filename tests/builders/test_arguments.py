"""Wrong arguments are refused, with the value received and the mend, before Keras is imported."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kerasbook import cnn_classifier, fnn_classifier, linear_regressor
from kerasbook.arithmetic import convolve
from kerasbook.builders._arguments import ConvolutionWindow, require_room
from kerasbook.errors import ArgumentError

LAST = {"data_format": "channels_last"}  # otherwise Keras is asked for its setting

WRONG = [
    # ---- input_shape
    (
        linear_regressor,
        {"input_shape": 3},
        (
            "input_shape must be a tuple of sizes, without the batch; received input_shape=3. "
            "Use input_shape=(3,)."
        ),
    ),
    (
        fnn_classifier,
        {"input_shape": "image"},
        (
            "input_shape must be a tuple of sizes, without the batch; received "
            "input_shape='image'. Use the data's x.shape[1:]."
        ),
    ),
    (
        fnn_classifier,
        {"input_shape": ()},
        (
            "input_shape must be a tuple of sizes, without the batch; received input_shape=(). "
            "Use the data's x.shape[1:]."
        ),
    ),
    (
        fnn_classifier,
        {"input_shape": (None, 3)},
        (
            "input_shape must have known sizes, which Dense and Flatten need for their weights; "
            "received input_shape=(None, 3). Bring all inputs to one size and give that size."
        ),
    ),
    (
        fnn_classifier,
        {"input_shape": (0, 3)},
        "input_shape[0] must be an integer of at least 1; received input_shape[0]=0.",
    ),
    (
        fnn_classifier,
        {"input_shape": (32, "32", 3)},
        "input_shape[1] must be an integer of at least 1; received input_shape[1]='32'.",
    ),
    (
        fnn_classifier,
        {"input_shape": (True, 3)},
        "input_shape[0] must be an integer of at least 1; received input_shape[0]=True.",
    ),
    (
        cnn_classifier,
        {"input_shape": (784,)},
        (
            "input_shape must have 2 axes for signals (length, channels), 3 axes for images "
            "(height, width, channels) or 4 axes for volumes (depth, height, width, channels); "
            "received input_shape=(784,). Reshape the data, or use fnn_classifier(), which takes "
            "any shape."
        ),
    ),
    (
        cnn_classifier,
        {"input_shape": (2, 2, 3), **LAST},
        (
            "input_shape must have at least 3 × 3 positions for the strides and kernel_sizes of "
            "4 blocks; received input_shape=(2, 2, 3). Use larger inputs, fewer blocks or smaller "
            "strides."
        ),
    ),
    (
        cnn_classifier,
        {"input_shape": (8, 4, 3), "filters": (9,), "kernel_sizes": 5, "padding": "valid", **LAST},
        (
            "input_shape must have at least 5 × 5 positions for the strides and kernel_sizes of 1 "
            "block; received input_shape=(8, 4, 3). Use larger inputs, fewer blocks, smaller "
            "strides or padding='same'."
        ),
    ),
    (
        cnn_classifier,
        {"input_shape": (3, 8, 1), "filters": (9,), "strides": 2, "data_format": "channels_first"},
        (
            "input_shape must have at least 2 × 2 positions for the strides and kernel_sizes of "
            "1 block; received input_shape=(3, 8, 1). Use larger inputs, fewer blocks or smaller "
            "strides."
        ),
    ),
    # ---- num_classes, head, labels
    (
        fnn_classifier,
        {"num_classes": 1},
        (
            "num_classes must be at least 2 with head='softmax', which gives a single class the "
            "probability 1; received num_classes=1. Use num_classes=2, or head='linear' to "
            "predict a number."
        ),
    ),
    (
        cnn_classifier,
        {"num_classes": 1, "head": "sigmoid"},
        (
            "num_classes must be at least 2 with head='sigmoid' and labels='one_hot'; received "
            "num_classes=1. Use num_classes=2 for one probability, that of class 1."
        ),
    ),
    (
        fnn_classifier,
        {"num_classes": "ten"},
        "num_classes must be an integer of at least 1; received num_classes='ten'.",
    ),
    (
        fnn_classifier,
        {"num_classes": -3, "head": None},
        "num_classes must be an integer of at least 1; received num_classes=-3.",
    ),
    (
        linear_regressor,
        {"num_outputs": 0},
        "num_outputs must be an integer of at least 1; received num_outputs=0.",
    ),
    (
        fnn_classifier,
        {"head": "softmx"},
        (
            "head must be 'softmax', 'sigmoid' or 'linear'; received head='softmx'. "
            "Did you mean 'softmax'?"
        ),
    ),
    (
        fnn_classifier,
        {"labels": "onehot"},
        (
            "labels must be 'one_hot', 'integer' or 'multi_hot'; received labels='onehot'. "
            "Did you mean 'one_hot'?"
        ),
    ),
    (
        fnn_classifier,
        {"labels": "integer", "head": "linear"},
        (
            "labels must be left out with head='linear', which predicts numbers and no classes; "
            "received labels='integer'. Use head='softmax' for classes."
        ),
    ),
    # ---- one value or one each
    (
        fnn_classifier,
        {"hidden_units": -5},
        "hidden_units must be an integer of at least 1; received hidden_units=-5.",
    ),
    (
        fnn_classifier,
        {"hidden_units": 0},
        (
            "hidden_units must be an integer of at least 1; received hidden_units=0. "
            "Use hidden_units=() for no hidden layer."
        ),
    ),
    (
        fnn_classifier,
        {"hidden_units": (200, True)},
        "hidden_units[1] must be an integer of at least 1; received hidden_units[1]=True.",
    ),
    (
        fnn_classifier,
        {"hidden_units": (20, 10), "dropout": (0.1, 0.2, 0.3)},
        (
            "dropout must have one value per hidden layer (2); received 3: dropout=(0.1, 0.2, "
            "0.3). Give one value for all, or 2."
        ),
    ),
    (
        fnn_classifier,
        {"hidden_units": (20, 10), "batch_normalization": (True,)},
        (
            "batch_normalization must have one value per hidden layer (2); received 1: "
            "batch_normalization=(True,). Give one value for all, or 2."
        ),
    ),
    (
        cnn_classifier,
        {"filters": ()},
        "filters must have at least one block; received filters=(). Use fnn_classifier() for none.",
    ),
    (
        cnn_classifier,
        {"filters": (32, "32")},
        "filters[1] must be an integer of at least 1; received filters[1]='32'.",
    ),
    (
        cnn_classifier,
        {"kernel_sizes": [3] * 7},
        (
            "kernel_sizes must have one value per block (4); received 7: "
            "kernel_sizes=(3, 3, 3, 3, 3, 3, 3). Give one value for all, or 4."
        ),
    ),
    (
        cnn_classifier,
        {"kernel_sizes": (3, 1)},
        (
            "kernel_sizes must have one value per block (4); received 2: kernel_sizes=(3, 1). "
            "Give one value for all, or 4. For one value per axis write kernel_sizes=((3, 1),) * "
            "4."
        ),
    ),
    (
        cnn_classifier,
        {"filters": (8, 8), "kernel_sizes": (3, (3, 3, 3))},
        (
            "kernel_sizes[1] must have one value per axis (2); received 3: kernel_sizes[1]=(3, 3, "
            "3). Give one value for all, or 2."
        ),
    ),
    (
        cnn_classifier,
        {"filters": (8, 8), "kernel_sizes": (3, (3, 0))},
        "kernel_sizes[1][1] must be an integer of at least 1; received kernel_sizes[1][1]=0.",
    ),
    (
        cnn_classifier,
        {"strides": (1, 2, 1)},
        (
            "strides must have one value per block (4); received 3: strides=(1, 2, 1). "
            "Give one value for all, or 4."
        ),
    ),
    (
        cnn_classifier,
        {"strides": "two"},
        "strides must be an integer of at least 1; received strides='two'.",
    ),
    (
        cnn_classifier,
        {"strides": 2.0},
        "strides must be an integer of at least 1; received strides=2.0.",
    ),
    (
        cnn_classifier,
        {"padding": "causal"},
        "padding must be 'valid' or 'same'; received padding='causal'.",
    ),
    (
        cnn_classifier,
        {"padding": ("same", "same", "sane", "same")},
        "padding[2] must be 'valid' or 'same'; received padding[2]='sane'. Did you mean 'same'?",
    ),
    (
        cnn_classifier,
        {"batch_normalization": 1, **LAST},
        "batch_normalization must be True or False; received batch_normalization=1.",
    ),
    (
        cnn_classifier,
        {"activation": ("relu", None), **LAST},
        (
            "activation must have one value per block and hidden layer (5); received 2: "
            "activation=('relu', None). Give one value for all, or 5."
        ),
    ),
    # ---- single numbers and names
    (
        cnn_classifier,
        {"dropout": 1.0},
        "dropout must be a number of at least 0 and below 1; received dropout=1.0.",
    ),
    (
        cnn_classifier,
        {"dropout": True},
        "dropout must be a number of at least 0 and below 1; received dropout=True.",
    ),
    (
        fnn_classifier,
        {"input_scale": 0},
        (
            "input_scale must be above 0; received input_scale=0. "
            "Use input_scale=1/255 for pixels from 0 to 255."
        ),
    ),
    (
        fnn_classifier,
        {"input_scale": "1/255"},
        (
            "input_scale must be a number; received input_scale='1/255'. "
            "Use input_scale=1/255 for pixels from 0 to 255."
        ),
    ),
    (
        fnn_classifier,
        {"seed": 1.5},
        "seed must be an integer of at least 0; received seed=1.5.",
    ),
    (
        linear_regressor,
        {"name": ""},
        "name must be a non-empty string; received name=''.",
    ),
    (
        linear_regressor,
        {"name": "a/b"},
        "name must have no '/' in it, which separates names in Keras; received name='a/b'.",
    ),
    (
        cnn_classifier,
        {"data_format": "channel_first"},
        (
            "data_format must be 'channels_last' or 'channels_first'; received "
            "data_format='channel_first'. Did you mean 'channels_first'?"
        ),
    ),
]


@pytest.mark.usefixtures("no_keras")
@pytest.mark.parametrize(("build", "arguments", "message"), WRONG)
def test_wrong_arguments_are_refused_before_keras_is_imported(build, arguments, message):
    """Each wrong argument gives its whole message, although any use of Keras would fail."""
    with pytest.raises(ArgumentError) as caught:
        build(**arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize("build", [linear_regressor, fnn_classifier, cnn_classifier])
def test_only_the_two_shapes_are_positional(build):
    """Python refuses a third positional argument."""
    with pytest.raises(TypeError, match="positional argument"):
        build((8, 8, 3), 2, 5)


# -------------------------------------------------------------------- what an image must have

MOVES = st.tuples(st.integers(1, 4), st.integers(1, 3), st.sampled_from(["same", "valid"]))


def fits(size, moves):
    """Whether every window fits and no stride is longer than its axis, found block by block."""
    for kernel_size, stride, padding in moves:
        if stride > size or (padding == "valid" and kernel_size > size):
            return False
        size = convolve(size, kernel_size, strides=stride, padding=padding).size.value
    return True


@given(size=st.integers(1, 40), moves=st.lists(MOVES, min_size=1, max_size=4))
@example(size=2, moves=[(3, 1, "same"), (3, 2, "same"), (3, 1, "same"), (3, 2, "same")])
def test_an_image_is_refused_exactly_if_a_block_does_not_fit(size, moves):
    """The formula for the least size agrees with a walk through the blocks, and that size fits."""
    windows = [ConvolutionWindow((k, 1), (s, 1), padding) for k, s, padding in moves]
    if fits(size, moves):
        require_room((size, 1, 3), -1, windows)
        return
    with pytest.raises(ArgumentError, match="input_shape must have at least") as caught:
        require_room((size, 1, 3), -1, windows)
    least = int(str(caught.value).split("at least ")[1].split(" ×")[0])
    assert least > size
    assert fits(least, moves)
    assert not fits(least - 1, moves)
