"""The article's three networks: their layers, parameters, compilation and training."""

from __future__ import annotations

import pytest

from kerasbook import cnn_classifier, fnn_classifier, linear_regressor

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

SMALL_CNN = {
    "filters": (10, 20),
    "kernel_sizes": (4, 3),
    "strides": 2,
    "activation": None,
    "batch_normalization": False,
    "hidden_units": (),
    "dropout": 0.0,
}
FNN_LAYERS = [
    ("InputLayer", "input", (None, 32, 32, 3), 0),
    ("Flatten", "flatten", (None, 3072), 0),
    ("Dense", "dense_1", (None, 200), 614_600),
    ("Dense", "dense_2", (None, 150), 30_150),
    ("Dense", "probabilities", (None, 10), 1_510),
]
CNN_LAYERS = [
    ("InputLayer", "input", (None, 32, 32, 3), 0),
    ("Conv2D", "conv_1", (None, 32, 32, 32), 896),
    ("BatchNormalization", "conv_1_norm", (None, 32, 32, 32), 128),
    ("LeakyReLU", "conv_1_activation", (None, 32, 32, 32), 0),
    ("Conv2D", "conv_2", (None, 16, 16, 32), 9_248),
    ("BatchNormalization", "conv_2_norm", (None, 16, 16, 32), 128),
    ("LeakyReLU", "conv_2_activation", (None, 16, 16, 32), 0),
    ("Conv2D", "conv_3", (None, 16, 16, 64), 18_496),
    ("BatchNormalization", "conv_3_norm", (None, 16, 16, 64), 256),
    ("LeakyReLU", "conv_3_activation", (None, 16, 16, 64), 0),
    ("Conv2D", "conv_4", (None, 8, 8, 64), 36_928),
    ("BatchNormalization", "conv_4_norm", (None, 8, 8, 64), 256),
    ("LeakyReLU", "conv_4_activation", (None, 8, 8, 64), 0),
    ("Flatten", "flatten", (None, 4096), 0),
    ("Dense", "dense_1", (None, 128), 524_416),
    ("BatchNormalization", "dense_1_norm", (None, 128), 512),
    ("LeakyReLU", "dense_1_activation", (None, 128), 0),
    ("Dropout", "dense_1_dropout", (None, 128), 0),
    ("Dense", "probabilities", (None, 10), 1_290),
]
SMALL_CNN_LAYERS = [
    ("InputLayer", "input", (None, 32, 32, 3), 0),
    ("Conv2D", "conv_1", (None, 16, 16, 10), 490),
    ("Conv2D", "conv_2", (None, 8, 8, 20), 1_820),
    ("Flatten", "flatten", (None, 1280), 0),
    ("Dense", "probabilities", (None, 10), 12_810),
]


def rows(model):
    """The class, name, output shape and parameters of each layer."""
    return [
        (type(layer).__name__, layer.name, tuple(layer.output.shape), layer.count_params())
        for layer in model.layers
    ]


def parameters(model):
    """The numbers of trainable and other parameters, counted from the weights."""
    return tuple(
        sum(int(np.prod(weight.shape)) for weight in weights)
        for weights in (model.trainable_weights, model.non_trainable_weights)
    )


@pytest.mark.parametrize(
    ("model", "trainable", "other"),
    [
        (linear_regressor, 2, 0),
        (fnn_classifier, 646_260, 0),
        (cnn_classifier, 591_914, 640),
        (lambda: cnn_classifier(**SMALL_CNN), 15_120, 0),
    ],
    ids=["line", "fnn", "cnn", "small cnn"],
)
def test_the_parameters_are_the_articles(model, trainable, other):
    """Each network has the article's number of parameters, by its weights and by Keras's count."""
    built = model()
    assert parameters(built) == (trainable, other)
    assert built.count_params() == trainable + other


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (fnn_classifier, FNN_LAYERS),
        (cnn_classifier, CNN_LAYERS),
        (lambda: cnn_classifier(**SMALL_CNN), SMALL_CNN_LAYERS),
    ],
    ids=["fnn", "cnn", "small cnn"],
)
def test_the_layers_are_the_articles(build, expected):
    """The layers have the article's classes, names, output shapes and parameters, in order."""
    assert rows(build()) == expected


def test_the_functions_are_the_articles():
    """The FNN uses ReLU and softmax, the CNN LeakyReLU with Keras's slope and a dropout of 0.5."""
    fnn, cnn = fnn_classifier(), cnn_classifier()
    named = [fnn.get_layer(name).activation.__name__ for name in ("dense_1", "dense_2")]
    assert [*named, fnn.get_layer("probabilities").activation.__name__] == [
        *("relu", "relu"),
        "softmax",
    ]
    assert cnn.get_layer("conv_1_activation").negative_slope == pytest.approx(0.3)
    assert cnn.get_layer("dense_1_dropout").rate == 0.5
    assert cnn.get_layer("conv_1").activation.__name__ == "linear"
    assert cnn.get_layer("probabilities").activation.__name__ == "softmax"


@pytest.mark.parametrize("build", [fnn_classifier, cnn_classifier])
def test_the_classifiers_are_compiled_as_in_the_article(build):
    """Both classifiers use Adam with a rate of 0.0005, categorical crossentropy and accuracy."""
    model = build()
    assert type(model.optimizer).__name__ == "Adam"
    assert float(model.optimizer.learning_rate) == pytest.approx(0.0005)
    assert model.loss == "categorical_crossentropy"
    found = model.evaluate(np.zeros((4, 32, 32, 3)), np.eye(10)[:4], verbose=0, return_dict=True)
    assert sorted(found) == ["accuracy", "loss"]


def test_the_line_is_compiled_as_in_the_article():
    """The line uses SGD with Keras's default rate, and the mean squared error."""
    model = linear_regressor()
    assert type(model.optimizer).__name__ == "SGD"
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)
    assert model.loss == "mean_squared_error"


def test_the_line_is_found_in_500_epochs():
    """After training on the article's six points, w is near 2 and b near −1."""
    x = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0])
    y = np.array([-3.0, -1.0, 1.0, 3.0, 5.0, 7.0])
    model = linear_regressor(seed=1)
    # All six points fit in one batch: an epoch is a step.
    loss = [model.train_on_batch(x[:, None], y[:, None]) for _ in range(500)]
    weight, bias = (value.item() for value in model.get_layer("prediction").get_weights())
    assert weight == pytest.approx(2, abs=0.02)
    assert bias == pytest.approx(-1, abs=0.05)
    assert loss[-1] < 1e-3 < loss[0]
    assert model.predict(np.array([5.0]), verbose=0).item() == pytest.approx(9, abs=0.05)


def test_the_line_takes_more_inputs_and_outputs():
    """There are (inputs + 1)·outputs parameters, and an image is flattened first."""
    assert linear_regressor((3,)).count_params() == 4
    assert linear_regressor((3,), 2).count_params() == 8
    model = linear_regressor((4, 5), 2)
    assert [layer.name for layer in model.layers] == ["input", "flatten", "prediction"]
    assert model.count_params() == 42


def test_a_classifier_learns():
    """Training on separable points raises the accuracy from chance to nearly 1."""
    generator = np.random.default_rng(0)
    classes = generator.integers(0, 3, 96)
    x = (3 * np.eye(3)[classes] + generator.normal(0, 0.5, (96, 3))).astype("float32")
    model = fnn_classifier((3,), 3, hidden_units=(16,), labels="integer", optimizer="adam", seed=0)
    model.optimizer.learning_rate = 0.05
    history = model.fit(x, classes, epochs=10, shuffle=False, verbose=0).history
    assert history["accuracy"][-1] > 0.95
