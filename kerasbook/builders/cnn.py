"""The article's third network: convolution blocks, which relate neighbouring pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kerasbook.builders import _arguments as arguments
from kerasbook.builders import _objects as objects
from kerasbook.builders._objects import Training
from kerasbook.builders._plan import Head, KernelLayer, Options, assemble, hidden_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from kerasbook.builders._objects import (
        ActivationLike,
        InitializerLike,
        LossLike,
        MetricLike,
        OptimizerLike,
        RegularizerLike,
    )

__all__ = ["cnn_classifier"]


def cnn_classifier(  # noqa: PLR0913  it sets up a whole network, all but its shape by keyword
    input_shape: Sequence[int] = (32, 32, 3),
    num_classes: int = 10,
    *,
    filters: int | Sequence[int] = (32, 32, 64, 64),
    kernel_sizes: int | Sequence[int | Sequence[int]] = 3,
    strides: int | Sequence[int | Sequence[int]] | None = None,
    padding: str | Sequence[str] = "same",
    activation: ActivationLike | Sequence[ActivationLike] = "LeakyReLU",
    batch_normalization: bool | Sequence[bool] = True,
    hidden_units: int | Sequence[int] = (128,),
    dropout: float | Sequence[float] = 0.5,
    kernel_regularizer: RegularizerLike | Sequence[RegularizerLike] = None,
    kernel_initializer: InitializerLike | Sequence[InitializerLike] = "glorot_uniform",
    head: Literal["softmax", "sigmoid", "linear"] | None = "softmax",
    labels: Literal["one_hot", "integer", "multi_hot"] = "one_hot",
    input_scale: float | None = None,
    optimizer: OptimizerLike | None = None,
    loss: LossLike | None = None,
    metrics: MetricLike | Sequence[MetricLike] | None = None,
    seed: int | None = None,
    name: str = "cnn_classifier",
    prefix: str = "",
    data_format: Literal["channels_last", "channels_first"] | None = None,
) -> keras.Model:
    """A convolutional classifier as a compiled Keras model: 592,554 parameters by default.

    Each block slides small filters over the image, so that a pattern learned in one place is found
    in all, and then has a normalization and an activation. A block with stride 2 halves the image.
    The output of the last block is flattened and goes through hidden layers to the head. The
    defaults are the article's network for images of 32×32 pixels in three colours:

    | layers | output | parameters |
    |---|---|---|
    | `conv_1`, `conv_1_norm`, `conv_1_activation` | 32×32×32 | 896 + 128 |
    | `conv_2`, …, stride 2 | 16×16×32 | 9,248 + 128 |
    | `conv_3`, … | 16×16×64 | 18,496 + 256 |
    | `conv_4`, …, stride 2 | 8×8×64 | 36,928 + 256 |
    | `flatten` | 8·8·64 = 4096 | 0 |
    | `dense_1`, `dense_1_norm`, `dense_1_activation`, `dense_1_dropout` | 128 | 524,416 + 512 |
    | `probabilities`, softmax | 10 | 1,290 |

    Of the 592,554 parameters 591,914 are trained; the other 640 are the moving means and variances
    of the normalizations, two per channel. The activation is the layer `LeakyReLU` with Keras's
    slope of 0.3 for negative values; the *function* `"leaky_relu"` has Keras's slope of 0.2. The
    model is compiled as in the article: `Adam(learning_rate=0.0005)`, categorical crossentropy,
    accuracy.

    **One or many.** A single value is for all layers; a list, tuple, range or array has one per
    layer. The number of blocks is the length of the first sequence among `filters`, `kernel_sizes`,
    `strides` and `padding`, or the article's four if none of them is a sequence. The number of
    hidden layers is the length of the first sequence among `hidden_units` and `dropout`, or one.

    **Signals, images, volumes.** The number of axes of `input_shape` determines whether the
    layers are `Conv1D`, `Conv2D` or `Conv3D`. A grey image has one channel, `(28, 28, 1)`;
    `(28, 28)` is a signal of length 28 with 28 channels.

    Args:
        input_shape: sizes of one input, without the batch: `x.shape[1:]`, with the channels last
            unless `data_format` says first.
        num_classes: number of classes; with `head="linear"` the number of predicted values, with
            `head=None` unused.
        filters: number of filters of each block; there must be at least one block.
        kernel_sizes: positions that a filter covers along each axis. A sequence always has one
            entry per block, even if there are as many blocks as axes: `(4, 3)` is 4×4 in block 1
            and 3×3 in block 2. An entry may itself have one size per axis: `((3, 1), (1, 3))` is
            3×1, then 1×3.
        strides: positions that a filter moves at a time, in the form of `kernel_sizes`. If left
            out, 1, 2, 1, 2, …: every second block halves the image.
        padding: `"same"` adds a margin of zeros, so that only strides make the output smaller;
            `"valid"` adds none; `"causal"`, for signals, adds all of it before.
        activation: the name or function of one of `keras.activations`, the name (`"LeakyReLU"`),
            object or configuration of an activation layer, or `None`. A sequence gives one per
            block, then one per hidden layer.
        batch_normalization: whether each block and hidden layer is normalized before its
            activation; a sequence as for `read_activation`.
        hidden_units: units of the hidden layers between the blocks and the head; `()` for none.
        dropout: the share of units set to 0 after each hidden layer, in training only; at least 0
            and below 1. Without hidden layers it applies to the flattened blocks.
        kernel_regularizer: a penalty on weights: a name, a Keras object or its configuration. A
            sequence gives one per block, then one per hidden layer, then one for the head.
        kernel_initializer: the initializer of the weights, in the same forms.
        head: the last layer: `"softmax"` gives the probabilities of classes of which each sample
            has exactly one; `"sigmoid"` gives the probability of class 1 of two, or, if a sample
            may have several classes or none (multi-label), a probability per class; `"linear"`
            gives numbers without bounds (regression). With `None` the model ends before its head
            and is a backbone for another model.
        labels: the form of the labels, which determines the loss: `"one_hot"` rows of
            `num_classes` entries, `"integer"` numbers from 0, or, with `head="sigmoid"`,
            `"multi_hot"` rows of `num_classes` entries of which any number are 1. With
            `head="sigmoid"`, the labels of two classes are 0 and 1 unless they are multi-hot, and
            the labels of three or more classes are always multi-hot.
        input_scale: the factor that inputs are multiplied with first; with `1/255` the model takes
            raw pixels.
        optimizer: a name, a Keras object or its configuration; `Adam(learning_rate=0.0005)` if left
            out. An object is copied, so that it can be used for several models; the copy is
            `model.optimizer`.
        loss: a name, a Keras object, its configuration or a function; if left out, the one for
            the head and the labels in the table of
            [`fnn_classifier`][kerasbook.builders.fnn_classifier].
        metrics: one or several metrics, in the same forms; if left out, accuracy for classes and
            none for numbers. For multi-hot labels `"accuracy"` is the share of correct entries
            (`keras.metrics.BinaryAccuracy`).
        seed: seed of the first weights and of dropout; the global random state is neither read nor
            changed. The order of samples in `fit` depends on `keras.utils.set_random_seed`.
        name: the model's name.
        prefix: text that begins the name of every layer. Two models that are joined into one need
            different prefixes. A prefix also avoids the names that Keras gives, such as `dense_1`.
        data_format: position of the channels in `input_shape`: `"channels_last"` or
            `"channels_first"`; Keras's setting if left out. On a CPU, TensorFlow computes the
            second only with oneDNN, its default on x86; JAX and PyTorch always compute it.

    Returns:
        A functional `keras.Model` from `(batch, *input_shape)` to `(batch, num_classes)`,
        `(batch, 1)` for the sigmoid of two classes. A backbone is not compiled unless a loss is
        given.

    Raises:
        ArgumentError: an argument is wrong; the message names it and the mend.
        MissingDependencyError: Keras's backend is not installed.

    Examples:
        >>> import math
        >>> model = cnn_classifier()
        >>> model.count_params()
        592554
        >>> sum(math.prod(weight.shape) for weight in model.non_trainable_weights)
        640

        The article's small network, without normalization and hidden layers:

        >>> model = cnn_classifier(
        ...     filters=(10, 20),
        ...     kernel_sizes=(4, 3),
        ...     strides=2,
        ...     activation=None,
        ...     batch_normalization=False,
        ...     hidden_units=(),
        ...     dropout=0.0,
        ... )
        >>> model.count_params()
        15120
        >>> [layer.name for layer in model.layers]
        ['input', 'conv_1', 'conv_2', 'flatten', 'probabilities']

        A backbone without a head, frozen below a new head (transfer learning):

        >>> import keras
        >>> backbone = cnn_classifier((16, 16, 3), filters=(4, 8), hidden_units=(), head=None)
        >>> backbone.trainable = False
        >>> answer = keras.layers.Dense(3, activation="softmax")(backbone.output)
        >>> model = keras.Model(backbone.input, answer)
        >>> len(model.trainable_weights)
        2

        A backbone may end at any layer of a model:

        >>> middle = cnn_classifier((16, 16, 3), filters=(4, 8)).get_layer("conv_1_activation")
        >>> middle.output.shape
        (None, 16, 16, 4)

        Signals of 64 steps and 2 channels:

        >>> model = cnn_classifier((64, 2), 5, filters=(4, 8), hidden_units=(16,))
        >>> type(model.get_layer("conv_1")).__name__
        'Conv1D'

        A sequence with another length than the number of blocks, and an image that is too small:

        >>> cnn_classifier(strides=(1, 2, 1))
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: strides must have one value per block (4); received 3:
            strides=(1, 2, 1). Give one value for all, or 4.
        >>> cnn_classifier((8, 8, 3), strides=2)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: input_shape must have at least 9 × 9 positions for the
            strides and kernel_sizes of 4 blocks; received input_shape=(8, 8, 3). Use larger
            inputs, fewer blocks or smaller strides.

    Reference:
        - LeCun et al., *Gradient-based learning applied to document recognition*, 1998,
          https://doi.org/10.1109/5.726791.
        - Ioffe and Szegedy, *Batch normalization*, 2015, https://arxiv.org/abs/1502.03167.
        - Maas et al., *Rectifier nonlinearities improve neural network acoustic models*, 2013.
        - Srivastava et al., *Dropout: a simple way to prevent neural networks from overfitting*,
          2014, https://jmlr.org/papers/v15/srivastava14a.html.
        - Kingma and Ba, *Adam: a method for stochastic optimization*, 2014,
          https://arxiv.org/abs/1412.6980.
    """
    sizes = arguments.image_shape(input_shape)
    top = Head.of(head, num_classes, labels)
    blocks = arguments.depth(4, filters, kernel_sizes, strides, padding)
    counts = arguments.filters_of(filters, blocks)
    block_windows = arguments.windows(
        kernel_sizes, strides, padding, blocks=blocks, rank=len(sizes) - 1
    )
    hidden = arguments.depth(1, hidden_units, dropout)
    units = arguments.units_of(hidden_units, hidden)
    rates = arguments.dropouts(dropout, hidden)
    layout = objects.data_format_of(data_format)
    arguments.require_room(sizes, 0 if layout == "channels_first" else -1, block_windows)
    return assemble(
        sizes,
        [
            *_convolutions(counts, block_windows, layout),
            *hidden_layers(sizes, units, rates, data_format=layout),
        ],
        top,
        options=Options(activation, batch_normalization, kernel_regularizer, kernel_initializer),
        training=Training(optimizer, loss, metrics, ("Adam", {"learning_rate": 0.0005})),
        item="block and hidden layer",
        input_scale=arguments.scale(input_scale),
        seed=arguments.seed_of(seed),
        name=arguments.model_name(name),
        prefix=arguments.layer_prefix(prefix),
    )


def _convolutions(
    filters: Sequence[int], windows: Sequence[arguments.ConvolutionWindow], data_format: str
) -> list[KernelLayer]:
    """The convolutions `conv_1`, `conv_2`, … of the blocks."""
    return [
        KernelLayer(
            f"Conv{len(window.strides)}D",
            {
                "name": f"conv_{index}",
                "filters": count,
                "kernel_size": window.kernel_size,
                "strides": window.strides,
                "padding": window.padding,
                "data_format": data_format,
            },
            channel_axis=1 if data_format == "channels_first" else -1,
        )
        for index, (count, window) in enumerate(zip(filters, windows, strict=True), start=1)
    ]
