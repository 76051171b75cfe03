"""The article's second network: fully connected layers on flattened pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kerasbook.builders import _arguments as arguments
from kerasbook.builders._objects import Training
from kerasbook.builders._plan import Head, Options, assemble, hidden_layers

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

__all__ = ["fnn_classifier"]


def fnn_classifier(
    input_shape: Sequence[int] = (32, 32, 3),
    num_classes: int = 10,
    *,
    hidden_units: int | Sequence[int] = (200, 150),
    activation: ActivationLike | Sequence[ActivationLike] = "relu",
    batch_normalization: bool | Sequence[bool] = False,
    dropout: float | Sequence[float] = 0.0,
    kernel_regularizer: RegularizerLike | Sequence[RegularizerLike] = None,
    kernel_initializer: InitializerLike | Sequence[InitializerLike] = "glorot_uniform",
    head: Literal["softmax", "sigmoid", "linear"] | None = "softmax",
    labels: Literal["one_hot", "integer", "multi_hot"] = "one_hot",
    input_scale: float | None = None,
    optimizer: OptimizerLike | None = None,
    loss: LossLike | None = None,
    metrics: MetricLike | Sequence[MetricLike] | None = None,
    seed: int | None = None,
    name: str = "fnn_classifier",
    prefix: str = "",
) -> keras.Model:
    """A fully connected classifier as a compiled Keras model: 646,260 parameters by default.

    The input is flattened into one vector, and each unit of a layer is connected with all units of
    the previous layer. The defaults are the article's network for images of 32×32 pixels in three
    colours:

    | layer | output | parameters |
    |---|---|---|
    | `flatten` | 32·32·3 = 3072 | 0 |
    | `dense_1`, relu | 200 | (3072 + 1)·200 = 614,600 |
    | `dense_2`, relu | 150 | (200 + 1)·150 = 30,150 |
    | `probabilities`, softmax | 10 | (150 + 1)·10 = 1,510 |

    It is compiled as in the article: `Adam(learning_rate=0.0005)`, categorical crossentropy,
    accuracy.

    **One or many.** A single value is for all layers; a list, tuple, range or array has one per
    layer. The number of hidden layers is the length of the first sequence among `hidden_units`,
    `activation`, `batch_normalization` and `dropout`, or the article's two if none of them is a
    sequence: 64 makes two layers of 64 units, `(64,)` makes one.

    Args:
        input_shape: sizes of one input, without the batch: `x.shape[1:]`. For a vector, such as
            `(13,)`, there is no `flatten`.
        num_classes: number of classes; with `head="linear"` the number of predicted values, with
            `head=None` unused.
        hidden_units: units of the hidden layers; `()` for none, which is a softmax regression.
        activation: activation of the hidden layers: the name or function of one of
            `keras.activations`, the name (`"LeakyReLU"`), object or configuration of an activation
            layer, or `None`.
        batch_normalization: whether each hidden layer is normalized before its activation.
        dropout: the share of units set to 0 after each hidden layer, in training only; at least 0
            and below 1. Without hidden layers it applies to the flattened input.
        kernel_regularizer: a penalty on weights: a name, a Keras object or its configuration. A
            sequence gives one per hidden layer, then one for the head.
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
            the head and the labels in the table below.
        metrics: one or several metrics, in the same forms; if left out, accuracy for classes and
            none for numbers. For multi-hot labels `"accuracy"` is the share of correct entries
            (`keras.metrics.BinaryAccuracy`).
        seed: seed of the first weights and of dropout; the global random state is neither read nor
            changed. The order of samples in `fit` depends on `keras.utils.set_random_seed`.
        name: the model's name.
        prefix: text that begins the name of every layer. Two models that are joined into one need
            different prefixes. A prefix also avoids the names that Keras gives, such as `dense_1`.

    Returns:
        A functional `keras.Model` from `(batch, *input_shape)` to `(batch, num_classes)`,
        `(batch, 1)` for the sigmoid of two classes. A backbone is not compiled unless a loss is
        given.

        | head | last layer | labels | loss |
        |---|---|---|---|
        | `"softmax"` | `probabilities` | `"one_hot"` | categorical crossentropy |
        | `"softmax"` | `probabilities` | `"integer"` | sparse categorical crossentropy |
        | `"sigmoid"`, two classes | `probability` | 0 and 1 | binary crossentropy |
        | `"sigmoid"`, several | `probabilities` | `"multi_hot"` | binary crossentropy |
        | `"linear"` | `prediction` | numbers | mean squared error |

    Raises:
        ArgumentError: an argument is wrong; the message names it and the mend.
        MissingDependencyError: Keras's backend is not installed.

    Examples:
        >>> model = fnn_classifier()
        >>> model.count_params()
        646260
        >>> [layer.name for layer in model.layers]
        ['input', 'flatten', 'dense_1', 'dense_2', 'probabilities']

        Thirteen measurements, three classes written as 0, 1 and 2:

        >>> model = fnn_classifier((13,), 3, hidden_units=(16,), labels="integer", seed=0)
        >>> model.count_params()
        275
        >>> model.loss
        'sparse_categorical_crossentropy'

        With normalization, the activation has its own layer:

        >>> model = fnn_classifier((13,), 3, hidden_units=(16,), batch_normalization=True)
        >>> [layer.name for layer in model.layers]
        ['input', 'dense_1', 'dense_1_norm', 'dense_1_activation', 'probabilities']

        Samples with several classes at once, a probability for each (multi-label):

        >>> model = fnn_classifier((13,), 3, hidden_units=(16,), head="sigmoid")
        >>> model.output.shape, model.loss
        ((None, 3), 'binary_crossentropy')

        Such labels do not fit probabilities that sum to 1:

        >>> fnn_classifier((13,), 3, labels="multi_hot")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: labels must be 'one_hot' or 'integer' with head='softmax',
            whose probabilities sum to 1; received labels='multi_hot'. Use head='sigmoid' if a
            sample can be of several classes at once, or of none.

    Reference:
        - Kingma and Ba, *Adam: a method for stochastic optimization*, 2014,
          https://arxiv.org/abs/1412.6980.
        - Srivastava et al., *Dropout: a simple way to prevent neural networks from overfitting*,
          2014, https://jmlr.org/papers/v15/srivastava14a.html.
    """
    sizes = arguments.shape(input_shape)
    top = Head.of(head, num_classes, labels)
    hidden = arguments.depth(2, hidden_units, activation, batch_normalization, dropout)
    units = arguments.units_of(hidden_units, hidden)
    return assemble(
        sizes,
        hidden_layers(sizes, units, arguments.dropouts(dropout, hidden)),
        top,
        options=Options(activation, batch_normalization, kernel_regularizer, kernel_initializer),
        training=Training(optimizer, loss, metrics, ("Adam", {"learning_rate": 0.0005})),
        item="hidden layer",
        input_scale=arguments.scale(input_scale),
        seed=arguments.seed_of(seed),
        name=arguments.model_name(name),
        prefix=arguments.layer_prefix(prefix),
    )
