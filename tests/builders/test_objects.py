"""Keras objects as arguments: names, configurations, objects; copies; refusals."""

from __future__ import annotations

import pytest

from kerasbook import ArgumentError, cnn_classifier, fnn_classifier, linear_regressor

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras


def little(**arguments):
    """A network of one hidden layer."""
    return fnn_classifier((5,), 3, hidden_units=(4,), **arguments)


# ----------------------------------------------------------------------------- activations


def test_a_function_may_be_named_or_given(keras):
    """The name and the function are the same activation, inside its layer."""
    for activation in ("tanh", keras.activations.tanh):
        model = little(activation=activation)
        assert model.get_layer("dense_1").activation is keras.activations.tanh


def test_a_layer_may_be_named_given_or_configured(keras):
    """All forms give a fresh layer with the same settings and the documented name."""
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
    """They differ in their slopes, 0.2 and 0.3: which one is meant shows in the name."""
    assert little(activation="leaky_relu").get_layer("dense_1").activation is (
        keras.activations.leaky_relu
    )
    assert "dense_1_activation" in [x.name for x in little(activation="LeakyReLU").layers]


def test_an_activation_layer_with_weights_is_not_shared(keras):
    """One PReLU given for all layers makes one with its own weights for each."""
    model = fnn_classifier((5,), 3, hidden_units=(4, 4), activation=keras.layers.PReLU())
    first, second = (model.get_layer(f"dense_{i}_activation") for i in (1, 2))
    assert first.alpha is not second.alpha
    assert model.count_params() == 24 + 4 + 20 + 4 + 15


def test_a_wrapped_function_is_a_layer(keras):
    """`layers.Activation` is taken as it is given."""
    layer = little(activation=keras.layers.Activation("relu")).get_layer("dense_1_activation")
    assert layer.activation is keras.activations.relu


# -------------------------------------------------------------- initializers, regularizers


@pytest.mark.parametrize("form", ["name", "class name", "class", "object", "config"])
def test_initializers_and_regularizers_take_every_form(form, keras):
    """Names, classes, objects and configurations give Keras's own objects."""
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
    """Keras's initializers repeat themselves; layers of one shape must not start the same."""
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
    """What the user has seeded is the user's."""
    given = keras.initializers.HeNormal(seed=3)
    weights = little(kernel_initializer=given, seed=0).get_layer("dense_1").get_weights()[0]
    assert np.allclose(weights, keras.ops.convert_to_numpy(given((5, 4))))


# -------------------------------------------------------------- optimizer, loss, metrics


@pytest.mark.parametrize("form", ["name", "class name", "object", "config"])
def test_an_optimizer_takes_every_form(form, keras):
    """A name, an object or its configuration."""
    optimizer = {
        "name": "rmsprop",
        "class name": "RMSprop",
        "object": keras.optimizers.RMSprop(),
        "config": keras.optimizers.serialize(keras.optimizers.RMSprop()),
    }[form]
    assert isinstance(little(optimizer=optimizer).optimizer, keras.optimizers.RMSprop)


def test_a_configuration_is_left_as_it_was():
    """Keras writes into the dictionary that it reads; not into the caller's."""
    config = {"class_name": "SGD", "config": {"learning_rate": 0.5}}
    assert float(little(optimizer=config).optimizer.learning_rate) == pytest.approx(0.5)
    assert config == {"class_name": "SGD", "config": {"learning_rate": 0.5}}


def test_one_optimizer_serves_two_models(keras):
    """Each model trains with its own copy; the object that was given stays unused."""
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
    """Keras's own and a user's unregistered class alike."""

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
    """The message gives the reason of the object itself."""

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
    """A metric object counts for one model only."""
    metric = keras.metrics.CategoricalAccuracy(name="hits")
    x, y = np.ones((4, 5)), np.eye(3)[[0, 1, 2, 0]]
    models = [little(metrics=metric), little(metrics=[metric, "mae"])]
    keys = [sorted(model.fit(x, y, verbose=0).history) for model in models]
    assert keys == [["hits", "loss"], ["hits", "loss", "mae"]]
    assert float(metric.result()) == 0


def test_metrics_may_be_left_out_altogether():
    """An empty list watches the loss alone."""
    assert list(little(metrics=[]).fit(np.ones((2, 5)), np.eye(3)[:2], verbose=0).history) == [
        "loss"
    ]


def test_loss_and_metrics_may_be_the_users_own(keras):
    """Names, objects, configurations and functions; the model itself stays plain."""

    def distance(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)

    x, y = np.ones((4, 5)), np.eye(3)[[0, 1, 2, 0]]
    config = keras.losses.serialize(keras.losses.CategoricalCrossentropy(label_smoothing=0.1))
    for loss in ("mse", "crossentropy", keras.losses.Huber(), config, distance):
        history = little(loss=loss, metrics=["acc", distance]).fit(x, y, verbose=0).history
        assert sorted(history) == ["acc", "distance", "loss"]
    model = linear_regressor(loss="mae", metrics="mse", optimizer="adam")
    assert sorted(model.fit(np.ones(3), np.ones(3), verbose=0).history) == ["loss", "mse"]


# --------------------------------------------------------------------------------- refusals

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
    """The whole message, with the nearest name where there is one."""
    with pytest.raises(ArgumentError) as caught:
        little(**arguments)
    assert str(caught.value) == message


def test_what_only_this_process_knows_is_refused(keras):
    """A user's function, layer, initializer or regularizer would not open elsewhere."""

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
        ("kernel_initializer", np.zeros((5, 4))),
        ("kernel_regularizer", Penalty()),
        ("kernel_regularizer", lambda x: 0.1 * keras.ops.sum(x)),
    ]
    for name, value in wrong:
        with pytest.raises(ArgumentError, match=f"^{name} must be one of Keras's .* Keras alone;"):
            little(**{name: value})


def test_a_wrong_option_of_the_line_names_its_only_layer():
    """The line has one layer with a kernel, its head."""
    with pytest.raises(ArgumentError) as caught:
        linear_regressor(kernel_initializer=("zeros", "ones"))
    assert str(caught.value) == (
        "kernel_initializer must have one value per head (1); received 2: "
        "kernel_initializer=('zeros', 'ones'). Give one value for all, or 1."
    )


def test_the_room_of_an_image_is_checked_in_keras_own_layout(keras):
    """Without `data_format` the setting of Keras says which axis has the channels."""
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        model = cnn_classifier((1, 8, 8), 3, filters=(4,))
        with pytest.raises(ArgumentError, match="at least 3 × 3 positions"):
            cnn_classifier((8, 8, 1), 3)
    finally:
        keras.config.set_image_data_format(before)
    assert model.get_layer("conv_1").data_format == "channels_first"
