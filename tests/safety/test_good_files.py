"""Files as Keras writes them pass: no false alarm on any kind of model, format or version."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fixtures.good_models import MODELS, chain
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras_oracle import keras, layers
from random_models import random_model

import kerasbook as kb

pytestmark = pytest.mark.keras

OLD = sorted((Path(__file__).parents[1] / "fixtures" / "old").glob("*.*"))


def assert_passes(path, **options):
    """Nothing is said against a file."""
    result = kb.check_file(path, **options)
    assert result.ok, str(result)
    return result


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore")  # Keras warns of old formats and of adapters
def test_a_model_passes_in_every_format(tmp_path, name):
    """As an archive, as a folder, as HDF5, and packed anew; compiled where it can be."""
    model = MODELS[name]()
    path = tmp_path / "model.keras"
    model.save(path)
    result = assert_passes(path)
    assert result.arrays >= sum(bool(each.shape) for each in model.weights) - 4 * (name == "lora")
    model.save(tmp_path / "folder", zipped=False)
    assert_passes(tmp_path / "folder")
    if name not in {"float8", "lora", "int8", "int4", "mixed precision"}:  # h5 cannot hold them
        model.save(tmp_path / "model.h5")
        assert_passes(tmp_path / "model.h5")


@pytest.mark.parametrize("path", [p for p in OLD if p.suffix != ".json"], ids=lambda p: p.stem)
def test_files_of_older_keras_pass(path):
    """Files that Keras 2.1 to 3.10 wrote, both formats."""
    assert_passes(path)


@pytest.mark.parametrize(
    "optimizer", ["Adam", "SGD", "RMSprop", "Adafactor", "Lion", "Muon", "Lamb", "Ftrl"]
)
def test_a_trained_model_passes(tmp_path, optimizer):
    """With the states of its optimizer, a schedule, losses and metrics of each kind."""
    model = chain(layers.Dense(4), layers.Dense(3, activation="softmax"))
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    built = getattr(keras.optimizers, optimizer)(schedule)
    metrics = ["accuracy", keras.metrics.AUC(), keras.metrics.TopKCategoricalAccuracy(2)]
    model.compile(built, keras.losses.CategoricalCrossentropy(label_smoothing=0.1), metrics)
    built.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    assert_passes(tmp_path / "model.keras")


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="texts need TensorFlow")
def test_vocabularies_in_the_file_pass(tmp_path):
    """A layer of texts keeps its vocabulary beside the weights, as an asset or as a list."""
    texts = layers.TextVectorization(output_sequence_length=4)
    texts.adapt(["some words", "and some more"])
    model = keras.Sequential(
        [keras.Input((1,), dtype="string"), texts, layers.Embedding(20, 3), layers.Flatten()]
    )
    model.save(tmp_path / "model.keras")
    assert_passes(tmp_path / "model.keras")


@keras.saving.register_keras_serializable("tests")
class Scale(layers.Layer):
    """A user's layer."""

    def build(self, shape):
        """One number per feature."""
        self.scale = self.add_weight(shape=(shape[-1],))

    def call(self, inputs):
        """Multiplied by it."""
        return inputs * self.scale


def test_an_exported_class_is_the_same_in_memory_and_in_every_file(tmp_path):
    """Whatever name the class has in Python, a model equals its own files layer by layer."""
    model = MODELS["grouped attention"]()
    for name in ("model.keras", "model.h5"):
        model.save(tmp_path / name)
        assert kb.compare(model, tmp_path / name).changed == ()
    assert [row.class_name for row in kb.explain(model).rows] == [
        "InputLayer",
        "GroupQueryAttention",
    ]


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_an_own_layer_passes_by_name(tmp_path, suffix):
    """Refused with the mend; with its name it passes, and is loaded."""
    path = tmp_path / f"own.{suffix}"
    chain(Scale(), layers.Dense(2)).save(path)
    reasons = kb.check_file(path).reasons
    assert [each.code for each in reasons] == ["foreign-class"]
    assert reasons[0].mend.startswith("If it is your own class, name it in custom_objects;")
    assert_passes(path, custom_objects=["tests>Scale"])
    loaded = kb.load_model(path, custom_objects={"tests>Scale": Scale})
    assert isinstance(loaded.layers[0], Scale)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_random_models_pass(tmp_path_factory, data):
    """Whatever functional model Keras saves and loads again."""
    model = random_model(data.draw)
    folder = tmp_path_factory.mktemp("random")
    model.save(folder / "model.keras")
    assert_passes(folder / "model.keras")
    shutil.rmtree(folder)


@pytest.mark.filterwarnings("ignore:You are saving a model")
def test_a_model_of_nothing_passes(tmp_path):
    """`Model()` has no layers to list."""
    keras.Model(name="empty").save(tmp_path / "m.keras")
    assert kb.check_file(tmp_path / "m.keras").ok
    assert kb.load_model(tmp_path / "m.keras").weights == []
