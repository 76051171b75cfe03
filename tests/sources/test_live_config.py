from __future__ import annotations

import subprocess
import sys

import pytest
from keras_oracle import keras, layers

import kerasbook as kb
from kerasbook.sources.live_config import PLAIN, LiveConfig
from kerasbook.values import plain

pytestmark = pytest.mark.keras


def test_plain_settings_are_read_without_serialising(monkeypatch):
    """A convolution's rule asks for nothing that needs `get_config`."""
    layer = layers.Conv2D(8, 3, activation="relu", data_format="channels_first")
    monkeypatch.setattr(layer, "get_config", pytest.fail)
    config = LiveConfig(layer)
    assert (config["filters"], config["kernel_size"]) == (8, (3, 3))
    assert (config["activation"], config["dtype"]) == ("relu", "float32")
    assert config.get("pool_size") is None


@pytest.mark.parametrize(
    "layer",
    [
        layers.Bidirectional(layers.LSTM(3)),
        layers.Dense(3, dtype="int8_from_float32"),
        layers.Discretization(bin_boundaries=[1.0, 2.0]),
        layers.Normalization(mean=1.0, variance=2.0),
        layers.Normalization(),
        layers.EinsumDense("ab,bc->ac", 7),
        layers.Reshape((3, -1)),
    ],
)
def test_all_settings_are_those_of_the_configuration(layer):
    """Key by key, what is read early equals what is serialised."""
    config = layer.get_config()
    live = LiveConfig(layer)
    for key in PLAIN & config.keys():
        assert plain(live[key]) == plain(config[key]), key
    assert set(live) == set(config)
    assert len(live) == len(config)
    assert live.get("mean") == config.get("mean")


def test_a_function_of_the_users_own_is_serialised():
    """Its name alone says nothing that can be trusted."""

    @keras.saving.register_keras_serializable("shop")
    def relu(x):
        return x

    config = LiveConfig(layers.Dense(3, activation=relu))["activation"]
    assert config == layers.Dense(3, activation=relu).get_config()["activation"]


def test_an_activation_that_was_taken_off_is_linear():
    """As pictures of what a layer sees take the softmax off a built network."""
    inputs = keras.Input((8,))
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(inputs))
    model.layers[-1].activation = None
    report = kb.explain(model)
    assert report.params == model.count_params() == 27
    assert report.rows[-1].macs.text == "8·3 = 24"


class Sparse:
    """A regulariser that does not know how to write itself down."""

    def __call__(self, weights):
        """The sum."""
        return keras.ops.sum(weights)


@pytest.mark.parametrize(
    "make",
    [
        lambda **options: layers.Dense(4, **options),
        lambda **options: layers.TimeDistributed(layers.Dense(4, **options)),
        lambda **options: layers.LSTM(4, **options),
        lambda **options: layers.RNN(
            [layers.LSTMCell(4, **options), layers.LSTMCell(3, **options)]
        ),
    ],
)
def test_what_cannot_be_written_down_is_read(make):
    """Whether a regulariser has a configuration or not, the layer has the same row."""
    plain_inputs, own_inputs = keras.Input((5, 8)), keras.Input((5, 8))
    written = keras.Model(plain_inputs, make()(plain_inputs))
    own = keras.Model(own_inputs, make(kernel_regularizer=Sparse())(own_inputs))
    with pytest.raises((NotImplementedError, AttributeError, TypeError, ValueError)):
        own.layers[-1].get_config()
    rows = [kb.explain(each).rows[-1] for each in (written, own)]
    assert rows[0].params == own.count_params()
    assert [row.params.text for row in rows] == [rows[0].params.text] * 2
    assert [row.macs.text for row in rows] == [rows[0].macs.text] * 2
    assert rows[1].macs_origin == "ruled"


def test_no_other_backend_is_imported():
    """Reading a model on torch or jax leaves TensorFlow where it is."""
    if keras.backend.backend() == "tensorflow":
        pytest.skip("it is imported already")
    code = (
        "import sys, keras\n"
        "import kerasbook as kb\n"
        "conv = keras.layers.Conv2D(4, 3, activation='relu')\n"
        "model = keras.Sequential([keras.Input((8, 8, 3)), conv, keras.layers.Flatten()])\n"
        "before = 'tensorflow' in sys.modules\n"
        "assert kb.explain(model).params == 112\n"
        "assert ('tensorflow' in sys.modules) is before\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603  our own words


@pytest.mark.parametrize("dtype", [None, "int32", "float16"])
@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "bfloat16"])
def test_an_input_has_the_type_of_its_tensor(policy, dtype):
    """Not that of the policy under which it was made."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        layer = keras.layers.InputLayer((4,), dtype=dtype)
    finally:
        keras.config.set_dtype_policy(before)
    assert LiveConfig(layer)["dtype"] == layer.get_config()["dtype"] == (dtype or "float32")
