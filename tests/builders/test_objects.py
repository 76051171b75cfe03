"""Keras objects as arguments, by name, configuration or object, and their copies."""

from __future__ import annotations

import pytest

from kerasbook import fnn_classifier, linear_regressor
from kerasbook.errors import ArgumentError

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras


def little(**arguments):
    """A network of one hidden layer."""
    return fnn_classifier((5,), 3, hidden_units=(4,), **arguments)


# ----------------------------------------------------------------------------- activations


def test_a_function_may_be_named_or_given(keras):
    """The name and the function of an activation give the same layer."""
    for activation in ("tanh", keras.activations.tanh):
        model = little(activation=activation)
        assert model.get_layer("dense_1").activation is keras.activations.tanh


def test_a_layer_may_be_named_given_or_configured(keras):
    """An activation layer given as an object or configuration becomes a new layer like it."""
    given = keras.layers.LeakyReLU(0.1, name="mine")
    forms = (
        given,
        keras.layers.serialize(given),
        {"class_name": "LeakyReLU", "config": given.get_config()},
    )
    for activation in forms:
        layer = little(activation=activation).get_layer("dense_1_activation")
        assert layer is not given
        assert layer.negative_slope == pytest.approx(0.1)
    assert little(activation="LeakyReLU").get_layer("dense_1_activation").negative_slope == (
        pytest.approx(0.3)
    )
    assert given.name == "mine"


def test_the_function_and_the_layer_leaky_relu_are_keras_own(keras):
    """`leaky_relu` gives Keras's function inside the layer, `LeakyReLU` gives a layer after it."""
    assert little(activation="leaky_relu").get_layer("dense_1").activation is (
        keras.activations.leaky_relu
    )
    assert "dense_1_activation" in [x.name for x in little(activation="LeakyReLU").layers]


def test_an_activation_layer_with_weights_is_not_shared(keras):
    """One PReLU given for all layers becomes a layer with its own weights after each."""
    model = fnn_classifier((5,), 3, hidden_units=(4, 4), activation=keras.layers.PReLU())
    first, second = (model.get_layer(f"dense_{i}_activation") for i in (1, 2))
    assert first.alpha is not second.alpha
    assert model.count_params() == 24 + 4 + 20 + 4 + 15


def test_a_wrapped_function_is_a_layer(keras):
    """A `layers.Activation` becomes an equal layer."""
    layer = little(activation=keras.layers.Activation("relu")).get_layer("dense_1_activation")
    assert layer.activation is keras.activations.relu


# -------------------------------------------------------------- initializers, regularizers


@pytest.mark.parametrize("form", ["name", "class name", "class", "object", "config"])
def test_initializers_and_regularizers_take_every_form(form, keras):
    """Initializers and regularizers may be names, classes, objects and configurations."""
    initializer, regularizer = {
        "name": ("he_normal", "l2"),
        "class name": ("HeNormal", "L2"),
        "class": (keras.initializers.HeNormal, keras.regularizers.L2),
        "object": (keras.initializers.HeNormal(), keras.regularizers.L2()),
        "config": (
            keras.initializers.serialize(keras.initializers.HeNormal()),
            keras.regularizers.serialize(keras.regularizers.L2()),
        ),
    }[form]
    model = little(kernel_initializer=initializer, kernel_regularizer=regularizer)
    for name in ("dense_1", "probabilities"):
        layer = model.get_layer(name)
        assert isinstance(layer.kernel_initializer, keras.initializers.HeNormal)
        assert isinstance(layer.kernel_regularizer, keras.regularizers.L2)


def test_one_initializer_draws_anew_for_each_layer(keras):
    """Layers of one shape have different first weights, with one initializer for all."""
    for seed in (None, 0):
        model = fnn_classifier(
            (4,),
            4,
            hidden_units=(4,),
            kernel_initializer=keras.initializers.HeNormal(),
            seed=seed,
        )
        first, last = (model.get_layer(x).get_weights()[0] for x in ("dense_1", "probabilities"))
        assert not np.allclose(first, last)


def test_an_initializer_with_a_seed_keeps_it(keras):
    """An initializer with a seed keeps it if the builder has another seed."""
    given = keras.initializers.HeNormal(seed=3)
    weights = little(kernel_initializer=given, seed=0).get_layer("dense_1").get_weights()[0]
    assert np.allclose(weights, keras.ops.convert_to_numpy(given((5, 4))))


# -------------------------------------------------------------- optimizer, loss, metrics


@pytest.mark.parametrize("form", ["name", "class name", "object", "config"])
def test_an_optimizer_takes_every_form(form, keras):
    """The name, object and configuration of an optimizer give equal optimizers."""
    optimizer = {
        "name": "rmsprop",
        "class name": "RMSprop",
        "object": keras.optimizers.RMSprop(),
        "config": keras.optimizers.serialize(keras.optimizers.RMSprop()),
    }[form]
    assert isinstance(little(optimizer=optimizer).optimizer, keras.optimizers.RMSprop)


def test_a_configuration_is_left_as_it_was():
    """A configuration given as an argument is not changed."""
    config = {"class_name": "SGD", "config": {"learning_rate": 0.5}}
    assert float(little(optimizer=config).optimizer.learning_rate) == pytest.approx(0.5)
    assert config == {"class_name": "SGD", "config": {"learning_rate": 0.5}}


def test_one_optimizer_serves_two_models(keras):
    """Each model trains with its own copy of an optimizer; the object given stays unused."""
    optimizer = keras.optimizers.Adam(0.01)
    x, y = np.ones((4, 5)), np.eye(3)[[0, 1, 2, 0]]
    models = [little(optimizer=optimizer, metrics=[]) for _ in range(2)]
    models.append(fnn_classifier((5,), 3, hidden_units=(7,), optimizer=optimizer))
    for model in models:
        model.fit(x, y, epochs=2, verbose=0)
        assert int(model.optimizer.iterations) == 2
        assert float(model.optimizer.learning_rate) == pytest.approx(0.01)
    assert int(optimizer.iterations) == 0
    assert len({id(model.optimizer) for model in models}) == 3


def test_schedules_survive_the_copy(keras):
    """A copied optimizer keeps its schedule, of Keras's or of a user's unregistered class."""

    class Constant(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, start):
            self.start = start

        def __call__(self, _step):
            return self.start

        def get_config(self):
            return {"start": self.start}

    for schedule in (keras.optimizers.schedules.CosineDecay(0.5, 10), Constant(0.5)):
        copy = little(optimizer=keras.optimizers.SGD(schedule)).optimizer
        assert float(copy.learning_rate) == pytest.approx(0.5)


def test_an_optimizer_that_cannot_be_copied_is_refused(keras):
    """The message gives the reason from the optimizer's own error."""

    class Mine(keras.optimizers.SGD):
        def __repr__(self):
            return "Mine()"

        def get_config(self):
            raise NotImplementedError("no configuration")

    with pytest.raises(ArgumentError) as caught:
        little(optimizer=Mine())
    assert str(caught.value) == (
        "optimizer must be an object that Keras can copy from its configuration; received "
        "optimizer=Mine(). Its get_config() or from_config() fails: no configuration"
    )


def test_one_metric_serves_two_models(keras):
    """Each model updates its own copy of a metric."""
    metric = keras.metrics.CategoricalAccuracy(name="hits")
    x, y = np.ones((4, 5)), np.eye(3)[[0, 1, 2, 0]]
    models = [little(metrics=metric), little(metrics=[metric, "mae"])]
    keys = [sorted(model.fit(x, y, verbose=0).history) for model in models]
    assert keys == [["hits", "loss"], ["hits", "loss", "mae"]]
    assert float(metric.result()) == 0


def test_metrics_may_be_left_out_altogether():
    """With an empty list of metrics, only the loss is reported."""
    assert list(little(metrics=[]).fit(np.ones((2, 5)), np.eye(3)[:2], verbose=0).history) == [
        "loss"
    ]


def test_loss_and_metrics_may_be_the_users_own(keras):
    """Losses and metrics may be names, objects, configurations and a user's functions."""

    def distance(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)

    x, y = np.ones((4, 5)), np.eye(3)[[0, 1, 2, 0]]
    config = keras.losses.serialize(keras.losses.CategoricalCrossentropy(label_smoothing=0.1))
    for loss in ("mse", "crossentropy", keras.losses.Huber(), config, distance):
        history = little(loss=loss, metrics=["acc", distance]).fit(x, y, verbose=0).history
        assert sorted(history) == ["acc", "distance", "loss"]
    model = linear_regressor(loss="mae", metrics="mse", optimizer="adam")
    assert sorted(model.fit(np.ones(3), np.ones(3), verbose=0).history) == ["loss", "mse"]
