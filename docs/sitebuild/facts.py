"""Every number that the article states, and the call that computes it: data, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FACTS", "SETUP", "Fact"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number of the article.

    Attributes:
        part: the part of the article.
        said: what it states.
        call: an expression that computes it, with the names of `SETUP`.
        value: what the article has.
        corrects: what is wrong there, if the article slipped.
        within: how far a training may end from the article's, which began elsewhere.
    """

    part: str
    said: str
    call: str
    value: object
    corrects: str = ""
    within: float = 0.0


# What the calls share; shown above the table.
SETUP = """\
import keras, kerasbook as kb
line = kb.datasets.line()
neuron = kb.linear_regressor(seed=0)
neuron.fit(line.x_train, line.y_train, epochs=500, verbose=0)
fnn = kb.explain(kb.fnn_classifier())
cnn = kb.explain(kb.cnn_classifier())
small = kb.explain(
    kb.cnn_classifier(
        filters=(10, 20), kernel_sizes=(4, 3), strides=2, activation=None,
        batch_normalization=False, hidden_units=(), dropout=0.0,
    )
)
"""

_LINE, _FNN, _CNN = (
    "The line",
    "The fully connected network",
    "The convolutional network",
)
_FIRST = "[0.6, 0.4, 0.6, 0.1, -0.2, -0.3, -0.5, -0.4, -0.3]"
_SECOND = "[-0.7, 0.6, 0.2, 0.1, -0.2, -0.3, -0.3, -0.4, 0.5]"
_IMAGE = "[1, 1, 1, 0, 0, 0, -1, -1, -1]"

FACTS: tuple[Fact, ...] = (
    Fact(_LINE, "x", "line.x_train.ravel().tolist()", [-1, 0, 1, 2, 3, 4]),
    Fact(_LINE, "y = 2x − 1", "line.y_train.ravel().tolist()", [-3, -1, 1, 3, 5, 7]),
    Fact(_LINE, "parameters of one unit", "kb.dense_params(1, 1)", 2),
    Fact(_LINE, "weight", "float(neuron.get_weights()[0][0, 0])", 1.9973876, within=0.02),
    Fact(_LINE, "bias", "float(neuron.get_weights()[1][0])", -0.99190086, within=0.05),
    Fact(
        _LINE,
        "prediction at x = 10",
        "float(neuron.predict(line.x_test, verbose=0)[1, 0])",
        18.982,
        "it asks for x = 10 and prints 8.995, the prediction at x = 5",
        within=0.1,
    ),
    Fact(_FNN, "numbers in an image of 32×32×3", "fnn.rows[1].output_shape[-1]", 3072),
    Fact(_FNN, "first Dense", "kb.dense_params(3072, 200)", 614_600),
    Fact(_FNN, "second Dense", "kb.dense_params(200, 150)", 30_150),
    Fact(_FNN, "third Dense", "kb.dense_params(150, 10)", 1_510),
    Fact(_FNN, "parameters", "fnn.params", 646_260),
    Fact(_FNN, "trainable", "fnn.params.trainable", 646_260),
    Fact(_FNN, "not trainable", "fnn.params.non_trainable", 0),
    Fact(
        _FNN,
        "class 5 as one-hot",
        "keras.utils.to_categorical(5, 10).argmax().item()",
        5,
        "it shows the entry of index 4 set",
    ),
    Fact(_FNN, "24 samples, batches of 6", "kb.training_steps(24, 6)", 4),
    Fact(_FNN, "… and 20 epochs", "kb.training_steps(24, 6, 20)", 80),
    Fact(_FNN, "50,000 samples, batches of 32", "kb.training_steps(50_000, 32)", 1563),
    Fact(_CNN, "one step of a convolution", f"float(kb.weighted_sum({_IMAGE}, {_FIRST}))", 2.8),
    Fact(
        _CNN,
        "another step",
        f"float(kb.weighted_sum({_IMAGE}, {_SECOND}))",
        0.3,
        "it prints −0.1",
    ),
    Fact(
        _CNN,
        "5×5, a 3×3 kernel, same",
        'tuple(kb.conv_output_size((5, 5), (3, 3), padding="same"))',
        (5, 5),
    ),
    Fact(
        _CNN,
        "32, stride 2, 4 taps, same",
        'kb.conv_output_size(32, 4, strides=2, padding="same")',
        16,
    ),
    Fact(
        _CNN,
        "16, stride 2, 3 taps, same",
        'kb.conv_output_size(16, 3, strides=2, padding="same").padding',
        (0, 1),
        "one symmetric p cannot say it: Keras pads 0 before and 1 after",
    ),
    Fact(
        _CNN,
        "stride 2 halves",
        'kb.conv_output_size(33, 3, strides=2, padding="same")',
        17,
        "of even sizes only, and with same",
    ),
    Fact(
        _CNN,
        "small network: first convolution",
        "kb.conv_params(kernel_size=(4, 4), channels=3, filters=10)",
        490,
    ),
    Fact(
        _CNN,
        "second convolution",
        "kb.conv_params(kernel_size=(3, 3), channels=10, filters=20)",
        1_820,
    ),
    Fact(_CNN, "Dense on 8·8·20", "kb.dense_params(8 * 8 * 20, 10)", 12_810),
    Fact(_CNN, "parameters", "small.params", 15_120),
    *(
        Fact(
            _CNN,
            f"full network: convolution {index}",
            f"kb.conv_params(kernel_size=(3, 3), channels={channels}, filters={filters})",
            params,
        )
        for index, channels, filters, params in (
            (1, 3, 32, 896),
            (2, 32, 32, 9_248),
            (3, 32, 64, 18_496),
            (4, 64, 64, 36_928),
        )
    ),
    Fact(_CNN, "Dense on 4,096", "kb.dense_params(4096, 128)", 524_416),
    Fact(_CNN, "last Dense", "kb.dense_params(128, 10)", 1_290),
    *(
        Fact(_CNN, f"batch normalisation of {size}", f"kb.batch_norm_params({size})", 4 * size)
        for size in (32, 64, 128)
    ),
    Fact(_CNN, "parameters", "cnn.params", 592_554),
    Fact(_CNN, "trainable", "cnn.params.trainable", 591_914),
    Fact(_CNN, "not trainable", "cnn.params.non_trainable", 640),
    Fact(
        _CNN,
        "fewer parameters than the FNN, in %",
        "round(100 * (1 - cnn.params / fnn.params), 1)",
        8.3,
    ),
)
