"""Models as parts of other work: backbones, clones, frozen blocks, mixed precision, searches."""

from __future__ import annotations

import pytest

from kerasbook import cnn_classifier, fnn_classifier, linear_regressor

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

IMAGES = np.random.default_rng(0).random((12, 8, 8, 3)).astype("float32")
CLASSES = np.eye(3, dtype="float32")[np.arange(12) % 3]


def little_cnn(**arguments):
    """A CNN of two blocks and a hidden layer for small images."""
    return cnn_classifier((8, 8, 3), 3, filters=(4, 6), hidden_units=(5,), seed=0, **arguments)


# --------------------------------------------------------------------------- backbones


def test_without_a_head_a_model_is_a_backbone():
    """A backbone ends with its last hidden layer, or with `flatten`, and is not compiled."""
    backbone = little_cnn(head=None)
    assert backbone.layers[-1].name == "dense_1_dropout"
    assert tuple(backbone.output.shape) == (None, 5)
    assert not backbone.compiled
    flat = cnn_classifier((8, 8, 3), filters=(4, 6), hidden_units=(), head=None, dropout=0.0)
    assert flat.layers[-1].name == "flatten"


def test_a_backbone_has_the_features_of_the_classifier(keras):
    """With one seed, the layers below the head are equal with and without the head."""
    model = little_cnn()
    features = keras.Model(model.input, model.get_layer("dense_1_activation").output)
    backbone = little_cnn(head=None)
    expected = features.predict(IMAGES, verbose=0)
    assert np.allclose(backbone.predict(IMAGES, verbose=0), expected, atol=1e-6)


def test_a_backbone_may_be_compiled_with_a_loss():
    """A backbone with a loss can be trained on targets for its features."""
    backbone = fnn_classifier((4,), hidden_units=(3,), head=None, loss="mse", seed=0)
    assert type(backbone.optimizer).__name__ == "Adam"
    assert list(backbone.fit(np.ones((4, 4)), np.ones((4, 3)), verbose=0).history) == ["loss"]


def test_frozen_blocks_do_not_learn(keras):
    """Training a new head changes nothing in a frozen backbone, its moving means included."""
    backbone = little_cnn(head=None)
    backbone.trainable = False
    answer = keras.layers.Dense(2, activation="softmax", name="new")(backbone.output)
    model = keras.Model(backbone.input, answer)
    model.compile("adam", "categorical_crossentropy")
    before = [values.copy() for values in backbone.get_weights()]
    head = model.get_layer("new").get_weights()[0].copy()
    assert len(model.trainable_weights) == 2
    model.fit(IMAGES, np.eye(2)[np.arange(12) % 2], epochs=2, verbose=0)
    for old, new in zip(before, backbone.get_weights(), strict=True):
        assert np.array_equal(old, new)
    assert not np.allclose(head, model.get_layer("new").get_weights()[0])


def test_single_blocks_can_be_frozen_by_name():
    """With `conv_1` and its normalization frozen, training changes `conv_2` but not `conv_1`."""
    model = little_cnn()
    for name in ("conv_1", "conv_1_norm"):
        model.get_layer(name).trainable = False
    model.compile("adam", "categorical_crossentropy")
    before = {name: model.get_layer(name).get_weights()[0].copy() for name in ("conv_1", "conv_2")}
    model.fit(IMAGES, CLASSES, verbose=0)
    assert np.array_equal(before["conv_1"], model.get_layer("conv_1").get_weights()[0])
    assert not np.allclose(before["conv_2"], model.get_layer("conv_2").get_weights()[0])


def test_a_model_is_a_layer_of_another(keras):
    """A model can be called as a layer, and is saved and loaded with the model around it."""
    inputs = keras.Input((8, 8, 3))
    two = [little_cnn(head=None, name=name)(inputs) for name in ("left", "right")]
    model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Concatenate()(two)))
    assert model.predict(IMAGES, verbose=0).shape == (12, 3)
    assert model.count_params() == 2 * little_cnn(head=None).count_params() + (10 + 1) * 3


@pytest.mark.parametrize("build", [little_cnn, linear_regressor, fnn_classifier])
def test_a_clone_has_the_same_layers_and_start(build, keras):
    """`clone_model` makes new variables, which have the same first values if there is a seed."""
    model = build() if build is little_cnn else build((8, 8, 3), 3, seed=0)
    clone = keras.models.clone_model(model)
    assert clone.get_config()["layers"] == model.get_config()["layers"]
    for one, other in zip(model.weights, clone.weights, strict=True):
        assert one is not other
    for one, other in zip(model.get_weights(), clone.get_weights(), strict=True):
        assert np.allclose(one, other)


# ---------------------------------------------------------------------- mixed precision


@pytest.mark.usefixtures("half_precision")
@pytest.mark.parametrize("head", ["softmax", "linear"])
def test_in_mixed_precision_the_head_is_in_single(head, keras, tmp_path):
    """Layers compute in 16 bits and the head in 32, through training, saving and loading."""
    model = little_cnn(head=head)
    kinds = {layer.compute_dtype for layer in model.layers[1:-1]}
    assert kinds == {"float16"}
    assert model.layers[-1].compute_dtype == "float32"
    answers = model.predict(IMAGES, verbose=0)
    assert answers.dtype == np.float32
    if head == "softmax":
        assert np.allclose(answers.sum(axis=1), 1, atol=1e-5)
        assert np.isfinite(model.fit(IMAGES, CLASSES, verbose=0).history["loss"]).all()
        return
    model.save(tmp_path / "half.keras")
    copy = keras.models.load_model(tmp_path / "half.keras", compile=False)
    assert np.allclose(copy.predict(IMAGES, verbose=0), answers, atol=1e-2)


def test_in_other_precisions_the_head_is_like_the_rest(keras):
    """The head computes in double precision if the other layers do."""
    # JAX has no double precision unless it is switched on for the whole process.
    name = "float32" if keras.backend.backend() == "jax" else "float64"
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        assert {layer.dtype_policy.name for layer in little_cnn().layers[1:]} == {name}
    finally:
        keras.config.set_dtype_policy(before)


# ------------------------------------------------------------------------------ searches


def test_a_builder_is_searched_by_scikit_learn(keras):
    """scikit-learn searches a grid of hidden units and dropout, through Keras's wrapper."""
    selection = pytest.importorskip("sklearn.model_selection")

    def build(X, y, **options):  # noqa: N803  scikit-learn's name
        return fnn_classifier(X.shape[1:], y.shape[1], **options, optimizer="adam", seed=0)

    generator = np.random.default_rng(0)
    classes = np.arange(60) % 3
    x = (4 * np.eye(3)[classes] + generator.normal(0, 0.3, (60, 3))).astype("float32")
    grid = selection.GridSearchCV(
        keras.wrappers.SKLearnClassifier(build),
        {"model_kwargs": [{"hidden_units": ()}, {"hidden_units": (16,), "dropout": 0.1}]},
        cv=2,
    )
    grid.fit(x, classes, epochs=20, verbose=0)
    assert len(grid.cv_results_["params"]) == 2
    assert grid.best_score_ > 0.5  # chance is a third
    assert set(grid.predict(x)) <= {0, 1, 2}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the tuner's own
def test_a_builder_is_searched_by_keras_tuner(tmp_path):
    """KerasTuner searches with a function that calls a builder."""
    keras_tuner = pytest.importorskip("keras_tuner")

    def hypermodel(hp):
        units = hp.Choice("units", [4, 8])
        rate = hp.Float("dropout", 0, 0.5)
        return fnn_classifier((8, 8, 3), 3, hidden_units=(units,), dropout=rate)

    tuner = keras_tuner.RandomSearch(
        hypermodel, "val_accuracy", max_trials=2, directory=tmp_path, seed=0
    )
    tuner.search(IMAGES, CLASSES, validation_data=(IMAGES, CLASSES), verbose=0)
    best = tuner.get_best_hyperparameters()[0]
    assert best.get("units") in {4, 8}
    # Without a score nothing was trained: the tuner swallows what goes wrong in a trial.
    assert all(0 <= trial.score <= 1 for trial in tuner.oracle.get_best_trials(2))
    assert tuner.hypermodel.build(best).layers[-1].name == "probabilities"
