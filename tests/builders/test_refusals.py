"""Keras objects that are refused: unknown ones, and ones that Keras alone could not load."""

from __future__ import annotations

import pytest

from kerasbook import cnn_classifier, fnn_classifier, linear_regressor
from kerasbook.errors import ArgumentError

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras


def little(**arguments):
    """A network of one hidden layer."""
    return fnn_classifier((5,), 3, hidden_units=(4,), **arguments)


PLAIN = ", so that a saved model opens with Keras alone"
WRONG = [
    (
        {"activation": "rleu"},
        (
            "activation must be one of Keras's activations (name, configuration, function or layer)"
            f"{PLAIN}; received activation='rleu'. Did you mean 'relu'?"
        ),
    ),
    (
        {"activation": "LeakyRelu"},
        (
            "activation must be one of Keras's activations (name, configuration, function or layer)"
            f"{PLAIN}; received activation='LeakyRelu'. Did you mean 'LeakyReLU'?"
        ),
    ),
    (
        {"activation": 7},
        (
            "activation must be one of Keras's activations (name, configuration, function or layer)"
            f"{PLAIN}; received activation=7. Use 'relu', 'LeakyReLU' or None."
        ),
    ),
    (
        {"activation": ("serialize",)},
        (
            "activation[0] must be one of Keras's activations (name, configuration, function or "
            f"layer){PLAIN}; received activation[0]='serialize'. Use 'relu', 'LeakyReLU' or None."
        ),
    ),
    (
        {"activation": {"class_name": "LeakyReLU", "config": {"slope": 1}}},
        (
            "activation must be one of Keras's activations (name, configuration, function or "
            f"layer){PLAIN}; received activation={{'class_name': 'LeakyReLU', 'config': {{'slope': "
            "1}}. Use 'relu', 'LeakyReLU' or None."
        ),
    ),
    (
        {"kernel_initializer": "he_norml"},
        (
            "kernel_initializer must be one of Keras's initializers (name, configuration or "
            f"object){PLAIN}; received kernel_initializer='he_norml'. Did you mean 'he_normal'?"
        ),
    ),
    (
        {"kernel_initializer": None},
        (
            "kernel_initializer must be one of Keras's initializers (name, configuration or "
            f"object){PLAIN}; received kernel_initializer=None. Use 'glorot_uniform' or "
            "keras.initializers.HeNormal()."
        ),
    ),
    (
        {"kernel_initializer": ("zeros", True)},
        (
            "kernel_initializer[1] must be one of Keras's initializers (name, configuration or "
            f"object){PLAIN}; received kernel_initializer[1]=True. Use 'glorot_uniform' or "
            "keras.initializers.HeNormal()."
        ),
    ),
    (
        {"kernel_initializer": ("zeros", "zeros", "zeros")},
        (
            "kernel_initializer must have one value per hidden layer and head (2); received 3: "
            "kernel_initializer=('zeros', 'zeros', 'zeros'). Give one value for all, or 2."
        ),
    ),
    (
        {"kernel_regularizer": 0.01},
        (
            "kernel_regularizer must be one of Keras's regularizers (name, configuration or "
            f"object){PLAIN}; received kernel_regularizer=0.01. Use 'l2' or "
            "keras.regularizers.L2(0.0001)."
        ),
    ),
    (
        {"kernel_regularizer": "he_normal"},
        (
            "kernel_regularizer must be one of Keras's regularizers (name, configuration or "
            f"object){PLAIN}; received kernel_regularizer='he_normal'. Use 'l2' or "
            "keras.regularizers.L2(0.0001)."
        ),
    ),
    (
        {"optimizer": "adm"},
        (
            "optimizer must be one of Keras's optimizers (name, configuration or object); received "
            "optimizer='adm'. Did you mean 'adam'?"
        ),
    ),
    (
        {"optimizer": 0.001},
        (
            "optimizer must be one of Keras's optimizers (name, configuration or object); received "
            "optimizer=0.001. Use 'adam' or keras.optimizers.Adam(learning_rate=0.0005)."
        ),
    ),
    (
        {"optimizer": {"name": "adam"}},
        (
            "optimizer must be one of Keras's optimizers (name, configuration or object); received "
            "optimizer={'name': 'adam'}. "
            "Use 'adam' or keras.optimizers.Adam(learning_rate=0.0005)."
        ),
    ),
    (
        {"loss": "categorical_crosentropy"},
        (
            "loss must be one of Keras's losses (name, configuration or object); received "
            "loss='categorical_crosentropy'. Did you mean 'categorical_crossentropy'?"
        ),
    ),
    (
        {"loss": True},
        (
            "loss must be one of Keras's losses (name, configuration or object); received "
            "loss=True. Use 'categorical_crossentropy' or leave it out."
        ),
    ),
    (
        {"metrics": "acuracy"},
        (
            "metrics must be one of Keras's metrics (name, configuration or object); received "
            "metrics='acuracy'. Did you mean 'accuracy'?"
        ),
    ),
    (
        {"metrics": ["accuracy", 3]},
        (
            "metrics[1] must be one of Keras's metrics (name, configuration or object); received "
            "metrics[1]=3. Use 'accuracy', or a list of several."
        ),
    ),
    (
        {"head": None, "optimizer": "adam"},
        (
            "optimizer must be left out with head=None, which has no loss; received "
            "optimizer='adam'. Give loss=… too, or compile the model that you build on the "
            "backbone."
        ),
    ),
    (
        {"head": None, "metrics": ["mae"]},
        (
            "metrics must be left out with head=None, which has no loss; received "
            "metrics=('mae',). Give loss=… too, or compile the model that you build on the "
            "backbone."
        ),
    ),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_wrong_objects_are_refused(arguments, message):
    """Each wrong object gives its whole message, with a similar name if there is one."""
    with pytest.raises(ArgumentError) as caught:
        little(**arguments)
    assert str(caught.value) == message


def test_what_only_this_process_knows_is_refused(keras):
    """A user's own function, layer, initializer or regularizer is refused."""

    class Mine(keras.initializers.HeNormal):
        pass

    class Ours(keras.layers.LeakyReLU):
        pass

    class Penalty(keras.regularizers.L2):
        pass

    wrong = [
        ("activation", lambda x: x * 2),
        ("activation", Ours()),
        ("activation", keras.layers.Dense(3)),
        ("kernel_initializer", Mine()),
        ("kernel_initializer", lambda shape, dtype=None: keras.ops.zeros(shape, dtype)),
        ("kernel_regularizer", Penalty()),
        ("kernel_regularizer", lambda x: 0.1 * keras.ops.sum(x)),
    ]
    for name, value in wrong:
        with pytest.raises(ArgumentError, match=f"^{name} must be one of Keras's .* Keras alone;"):
            little(**{name: value})


def test_a_wrong_option_of_the_line_names_its_only_layer():
    """A wrong option of the line, which has one layer, is reported for that layer."""
    with pytest.raises(ArgumentError) as caught:
        linear_regressor(kernel_initializer=("zeros", "ones"))
    assert str(caught.value) == (
        "kernel_initializer must have one value per head (1); received 2: "
        "kernel_initializer=('zeros', 'ones'). Give one value for all, or 1."
    )


def test_the_room_of_an_image_is_checked_in_keras_own_layout(keras):
    """Without `data_format`, the size of an image is checked in the layout that Keras is set to."""
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        model = cnn_classifier((1, 8, 8), 3, filters=(4,))
        with pytest.raises(ArgumentError, match="at least 3 × 3 positions"):
            cnn_classifier((8, 8, 1), 3)
    finally:
        keras.config.set_image_data_format(before)
    assert model.get_layer("conv_1").data_format == "channels_first"
