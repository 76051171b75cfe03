from __future__ import annotations

import numpy as np
import pytest
from flop_counter import ON_TORCH, macs_run_by, needs_torch
from keras_oracle import keras
from operation_oracle import check_operation, inputs_of, node_of

pytestmark = pytest.mark.keras
ops = keras.ops


def kernel(*shape):
    """A constant kernel."""
    return np.ones(shape, "float32")


# operation, shape of the input, MACs of one sample
CONVOLUTIONS = (
    (lambda x: ops.conv(x, kernel(3, 3, 4, 5)), (8, 9, 4), 6 * 7 * 9 * 4 * 5),
    (lambda x: ops.conv(x, kernel(3, 3, 4, 5), padding="same"), (8, 9, 4), 8 * 9 * 9 * 4 * 5),
    (lambda x: ops.conv(x, kernel(3, 3, 4, 5), strides=2), (8, 9, 4), 3 * 4 * 9 * 4 * 5),
    (lambda x: ops.conv(x, kernel(3, 4, 5)), (8, 4), 6 * 3 * 4 * 5),
    (lambda x: ops.conv(x, kernel(2, 2, 2, 4, 5)), (5, 4, 3, 4), 4 * 3 * 2 * 8 * 4 * 5),
    (lambda x: ops.depthwise_conv(x, kernel(3, 3, 4, 2)), (8, 9, 4), 6 * 7 * 9 * 4 * 2),
    (
        lambda x: ops.separable_conv(x, kernel(3, 3, 4, 2), kernel(1, 1, 8, 5)),
        (8, 9, 4),
        6 * 7 * (9 * 8 + 8 * 5),
    ),
)


@pytest.mark.parametrize(("operation", "shape", "macs"), CONVOLUTIONS)
def test_convolutions_equal_keras_and_are_counted(operation, shape, macs):
    """The kernel is an operand; the arithmetic is that of the layers, the weights are none."""
    row = check_operation(operation, *inputs_of(shape))
    assert row.macs.value == macs


@needs_torch
@pytest.mark.parametrize(("operation", "shape", "macs"), CONVOLUTIONS)
def test_macs_are_what_torch_runs(operation, shape, macs):
    """The products that PyTorch counts while the node runs."""
    (x,) = inputs_of(shape)
    assert macs_run_by(keras.Model(x, operation(x)), ops.ones((1, *shape))) == macs


def test_transposed_convolutions():
    """Keras hands its node's settings on in another order than it takes them: only eager runs."""

    def operation(x):
        return ops.conv_transpose(x, kernel(3, 3, 5, 4), 2, data_format="channels_last")

    row = check_operation(operation, *inputs_of((8, 9, 4)))
    assert row.macs.value == 8 * 9 * 9 * 4 * 5
    if ON_TORCH:
        assert macs_run_by(operation, ops.ones((1, 8, 9, 4))) == row.macs.value


@pytest.mark.parametrize("name", ["adaptive_average_pool", "adaptive_max_pool"])
def test_adaptive_pooling_has_the_shape_that_it_has_when_it_runs(name):
    """Keras declares an axis too many of it."""

    def operation(x):
        return getattr(ops, name)(x, (3, 2), data_format="channels_last")

    row, _ = node_of(operation, *inputs_of((8, 9, 4)))
    assert row.node.facts.output_shape[1:] == tuple(operation(ops.ones((1, 8, 9, 4))).shape)[1:]


FREE = (
    (lambda x: ops.max_pool(x, 2), (8, 9, 4)),
    (lambda x: ops.max_pool(x, 3, strides=1, padding="same"), (8, 9, 4)),
    (lambda x: ops.average_pool(x, 2), (8, 4)),
    (lambda x: ops.image.resize(x, (4, 5)), (8, 9, 4)),
    (lambda x: ops.image.crop_images(x, 1, 2, 3, 1), (8, 9, 4)),
    (lambda x: ops.image.crop_images(x, 1, 2, target_height=3, target_width=4), (8, 9, 4)),
    (lambda x: ops.image.pad_images(x, 1, 2, 3, 1), (8, 9, 4)),
    (lambda x: ops.image.pad_images(x, 1, 2, target_height=13, target_width=14), (8, 9, 4)),
    (lambda x: ops.image.extract_patches(x, 3), (8, 9, 4)),
    (lambda x: ops.image.extract_patches(x, (2, 3), strides=1, padding="same"), (8, 9, 4)),
    (ops.image.rgb_to_hsv, (8, 9, 3)),
    (ops.image.hsv_to_rgb, (8, 9, 3)),
    (lambda x: ops.extract_sequences(x, 3, 2), (9,)),
    (lambda x: ops.depth_to_space(x, 2), (8, 9, 4)),
    (lambda x: ops.space_to_depth(x, 2), (8, 6, 3)),
    (lambda x: ops.unfold(x, 3), (4, 8, 9)),
    (lambda x: ops.unfold(x, (2, 3), dilation=2, padding=1, stride=2), (4, 8, 9)),
)


@pytest.mark.parametrize(("operation", "shape"), FREE)
def test_pooling_and_images_equal_keras(operation, shape):
    """Each has the shape that Keras declares; nothing of it counts."""
    row = check_operation(operation, *inputs_of(shape))
    assert row.macs.value == 0


WEIGHED = (
    (ops.image.rgb_to_grayscale, (8, 9, 3), 8 * 9 * 3),
    (lambda x: ops.image.gaussian_blur(x, (3, 5), (1.0, 1.0)), (8, 9, 4), 8 * 9 * 4 * 15),
    (ops.image.sobel_edges, (8, 9, 4), 8 * 9 * 4 * 2 * 9),
)


@pytest.mark.parametrize(("operation", "shape", "macs"), WEIGHED)
def test_images_that_are_weighed(operation, shape, macs):
    """By hand: backends run these as they like, as convolutions or number by number."""
    row = check_operation(operation, *inputs_of(shape))
    assert row.macs.value == macs
