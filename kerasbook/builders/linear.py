"""The article's first network: one unit that fits a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.builders import _arguments as arguments
from kerasbook.builders._objects import Training
from kerasbook.builders._plan import Head, Options, assemble, hidden_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from kerasbook.builders._objects import (
        InitializerLike,
        LossLike,
        MetricLike,
        OptimizerLike,
        RegularizerLike,
    )

__all__ = ["linear_regressor"]


def linear_regressor(
    input_shape: Sequence[int] = (1,),
    num_outputs: int = 1,
    *,
    kernel_regularizer: RegularizerLike = None,
    kernel_initializer: InitializerLike = "glorot_uniform",
    optimizer: OptimizerLike | None = None,
    loss: LossLike | None = None,
    metrics: MetricLike | Sequence[MetricLike] | None = None,
    seed: int | None = None,
    name: str = "linear_regressor",
    prefix: str = "",
) -> keras.Model:
    r"""A linear regression as a compiled Keras model: 2 parameters by default.

    A single `Dense` unit without an activation multiplies each input by a weight and adds a bias,
    $\hat y = w x + b$. With one input there are two parameters: the bias is a weight too, of an
    input that is always 1. Training finds both by stochastic gradient descent on the mean squared
    error, as in the article.

    | layer | output | parameters |
    |---|---|---|
    | `prediction` (Dense) | 1 | (1 + 1)·1 = 2 |

    Args:
        input_shape: sizes of one input, without the batch; `(1,)` is a single number. An input of
            several axes is flattened first.
        num_outputs: number of values predicted for each input.
        kernel_regularizer: a penalty on the weights: a name, a Keras object or its configuration;
            `"l2"` makes it a ridge regression.
        kernel_initializer: the initializer of the weights, in the same forms.
        optimizer: a name, a Keras object or its configuration; `SGD()` if left out. An object
            is copied, so that it can be used for several models; the copy is `model.optimizer`.
        loss: a name, a Keras object, its configuration or a function; the mean squared error if
            left out.
        metrics: one or several metrics, in the same forms; none if left out.
        seed: seed of the first weights; the global random state is neither read nor changed.
        name: the model's name.
        prefix: text that begins the name of every layer. Two models that are joined into one need
            different prefixes. A prefix also avoids the names that Keras gives, such as `dense_1`.

    Returns:
        A functional `keras.Model` from `(batch, *input_shape)` to `(batch, num_outputs)`.

    Raises:
        ArgumentError: an argument is wrong; the message names it and the mend.
        MissingDependencyError: Keras's backend is not installed.

    Examples:
        The article's line, $y = 2x - 1$, in 500 epochs:

        >>> import numpy as np
        >>> x = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0])
        >>> model = linear_regressor(seed=0)
        >>> model.count_params()
        2
        >>> history = model.fit(x, 2 * x - 1, epochs=500, verbose=0)
        >>> w, b = model.get_layer("prediction").get_weights()
        >>> round(w.item(), 1), round(b.item(), 1)
        (2.0, -1.0)

        Three inputs with one weight each, and the bias:

        >>> linear_regressor((3,)).count_params()
        4

        `input_shape` is a shape, not a number:

        >>> linear_regressor(3)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: input_shape must be a tuple of sizes, without the batch;
            received input_shape=3. Use input_shape=(3,).

    Reference:
        Robbins and Monro, *A stochastic approximation method*, 1951,
        https://doi.org/10.1214/aoms/1177729586.
    """
    sizes = arguments.shape(input_shape)
    units = arguments.outputs(num_outputs)
    return assemble(
        sizes,
        hidden_layers(sizes, (), ()),
        Head("linear", units, "mean_squared_error", ()),
        options=Options(
            kernel_regularizer=kernel_regularizer, kernel_initializer=kernel_initializer
        ),
        training=Training(optimizer, loss, metrics, ("SGD", {})),
        item="layer",
        input_scale=None,
        seed=arguments.seed_of(seed),
        name=arguments.model_name(name),
        prefix=arguments.layer_prefix(prefix),
    )
