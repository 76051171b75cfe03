"""Files as Keras writes them pass: no false alarm on any kind of model, format or version."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras_oracle import keras, layers
from random_models import random_model

import kerasbook as kb

pytestmark = pytest.mark.keras

OLD = sorted((Path(__file__).parents[1] / "fixtures" / "old").glob("*.*"))


def chain(*members, shape=(8,), **options):
    """A Sequential of some layers."""
    return keras.Sequential([keras.Input(shape, **options), *members])


def nested():
    """A model inside that is called twice, raw operations, and a wrapper around a model."""
    inner = chain(layers.Dense(4, activation="gelu"), layers.Dense(8))
    entry = keras.Input((8,))
    grown = keras.ops.relu(inner(inner(entry))) + entry
    steps = layers.RepeatVector(3)(grown)
    return keras.Model(entry, layers.TimeDistributed(chain(layers.Dense(2)))(steps))


def attention():
    """Attention with dropout, which keeps states of random numbers."""
    entry = keras.Input((5, 8))
    seen = layers.MultiHeadAttention(2, 3, dropout=0.1)(entry, entry)
    return keras.Model(entry, layers.LayerNormalization()(layers.Add()([entry, seen])))


def grouped_attention():
    """Heads that share keys and values: a class that Keras exports under another name."""
    entry = keras.Input((5, 8))
    return keras.Model(entry, layers.GroupQueryAttention(4, 4, 2)(entry, entry))


def quantized(mode):
    """A model whose kernels are packed."""
    model = chain(layers.Dense(6), layers.EinsumDense("ab,bc->ac", 4), layers.Dense(2))
    model.quantize(mode)
    return model


def recurrent():
    """Cells in layers in a wrapper."""
    return chain(
        layers.Embedding(20, 8),
        layers.Bidirectional(layers.LSTM(4, return_sequences=True, recurrent_dropout=0.1)),
        layers.TimeDistributed(layers.Dense(3)),
        layers.RNN([layers.GRUCell(3), layers.SimpleRNNCell(2)]),
        shape=(None,),
    )


def image():
    """Augmentation, regularizers, constraints, group convolutions, shared normalisation."""
    return chain(
        layers.Rescaling(1 / 255),
        layers.RandomFlip(),
        layers.RandomRotation(0.1),
        layers.Normalization(),
        layers.Conv2D(4, 3, groups=1, kernel_regularizer="l2", kernel_constraint="max_norm"),
        layers.BatchNormalization(),
        layers.PReLU(shared_axes=[1, 2]),
        layers.SeparableConv2D(4, 3, depth_multiplier=2),
        layers.Conv2DTranspose(2, 2, strides=2),
        layers.SpectralNormalization(layers.Conv2D(3, 2)),
        layers.GlobalAveragePooling2D(),
        layers.Dense(5, activation="softmax"),
        shape=(16, 16, 3),
    )


def mixed():
    """Half precision of both kinds."""
    return chain(
        layers.Dense(4, dtype="mixed_bfloat16"),
        layers.Dense(3, dtype="bfloat16"),
        layers.Dense(2, dtype="float16"),
        layers.Dropout(0.5),
    )


def lora():
    """Adapters that are trained, merged when saved."""
    model = chain(layers.Dense(6), layers.Dense(2))
    model.layers[0].enable_lora(2)
    return model


def many_outputs():
    """Dictionaries of inputs and of outputs."""
    entries = {"a": keras.Input((4,), name="a"), "b": keras.Input((4,), name="b")}
    joined = layers.Concatenate()([entries["a"], entries["b"]])
    return keras.Model(entries, {"x": layers.Dense(2)(joined), "y": layers.Dense(1)(joined)})


MODELS = {
    "linear_regressor": kb.linear_regressor,
    "fnn_classifier": lambda: kb.fnn_classifier((8, 8, 1), 3, hidden_units=(5, 4)),
    "cnn_classifier": lambda: kb.cnn_classifier((16, 16, 3), 4, filters=(4, 8)),
    "nested": nested,
    "attention": attention,
    "grouped attention": grouped_attention,
    "recurrent": recurrent,
    "image": image,
    "mixed precision": mixed,
    "lora": lora,
    "int8": lambda: quantized("int8"),
    "int4": lambda: quantized("int4"),
    "float8": lambda: quantized("float8"),
    "many outputs": many_outputs,
    "MobileNetV3Small": lambda: keras.applications.MobileNetV3Small(
        weights=None, input_shape=(64, 64, 3), classes=5
    ),
    "ConvNeXtTiny": lambda: keras.applications.ConvNeXtTiny(
        weights=None, input_shape=(32, 32, 3), classes=5
    ),
    "names like paths": lambda: chain(layers.Dense(3, name="dense-1"), layers.Dense(2, name="d 2")),
}


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
    model = grouped_attention()
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
