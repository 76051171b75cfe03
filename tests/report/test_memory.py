"""Memory: optimizers against Keras's own variables, activations against PyTorch's hooks."""

from __future__ import annotations

import math

import pytest

import kerasbook as kb
from kerasbook.errors import ArgumentError
from kerasbook.report.optimizers import OPTIMIZERS
from kerasbook.rules import LayerFacts, weight

pytest.importorskip("keras")
from flop_counter import needs_torch
from keras_oracle import keras

layers = keras.layers
pytestmark = pytest.mark.keras

OPTIONS = {
    "Adam": ({}, {"amsgrad": True}, {"use_ema": True}),
    "AdamW": ({}, {"amsgrad": True}),
    "RMSprop": ({}, {"momentum": 0.9}, {"centered": True}, {"momentum": 0.9, "centered": True}),
    "SGD": ({}, {"momentum": 0.9}, {"momentum": 0.9, "gradient_accumulation_steps": 4}),
    "Muon": ({}, {"exclude_layers": ["dense"]}, {"exclude_embeddings": False}),
}


def model_with(optimizer=None):
    """A model with vectors, matrices, kernels of four axes, an embedding, and frozen weights."""
    words, image = keras.Input((6,)), keras.Input((8, 8, 3))
    sentence = layers.Flatten()(layers.Embedding(20, 4)(words))
    picture = layers.Conv2D(5, 3)(image)
    picture = layers.GlobalAveragePooling2D()(layers.BatchNormalization()(picture))
    frozen = layers.Dense(4, trainable=False)(picture)
    model = keras.Model([words, image], layers.Dense(3)(layers.Concatenate()([sentence, frozen])))
    if optimizer is not None:
        model.compile(optimizer=optimizer, loss="mse")
    return model


def bytes_of(variables):
    """Bytes that variables take."""
    widths = {"int32": 4, "int64": 8, "float32": 4}
    return sum(math.prod(v.shape) * widths[str(v.dtype)] for v in variables)


def cases():
    """Every optimizer with each of its options that matter."""
    return [(name, options) for name in OPTIMIZERS for options in OPTIONS.get(name, ({},))]


@pytest.mark.parametrize(("name", "options"), cases(), ids=str)
def test_optimizer_bytes_equal_its_variables(name, options):
    """What the report says of an optimizer is what Keras allocates for it, to the byte."""
    optimizer = getattr(keras.optimizers, name)(**options)
    model = model_with(optimizer)
    optimizer.build(model.trainable_variables)
    memory = kb.explain(model).memory()
    # Counters are 4 or 8 bytes by backend; the report says 4.
    counters = [v for v in optimizer.variables if str(v.dtype) == "int64"]
    assert memory.optimizer_bytes == bytes_of(optimizer.variables) - 4 * len(counters)
    assert memory.gradients_bytes == bytes_of(model.trainable_variables)
    assert memory.weights_bytes == bytes_of(model.weights)
    assert memory.known


def recurrent(*, sequential):
    """Matrices in cells, in layers and in a model inside."""
    inside = [keras.Input((3,)), layers.Dense(4, name="deep")]
    parts = [
        layers.Bidirectional(layers.LSTM(4, return_sequences=True), name="both"),
        layers.GRU(3, name="gru"),
        keras.Sequential(inside, name="box"),
        layers.Dense(2, name="top"),
    ]
    if sequential:
        return keras.Sequential([keras.Input((5, 3)), *parts], name="all")
    inputs = x = keras.Input((5, 3))
    for part in parts:
        x = part(x)
    return keras.Model(inputs, x, name="all")


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize(
    "pattern",
    [
        "lstm_cell",
        "gru_cell/kernel",
        "forward",
        "^top",
        "^all",
        "^box",
        "box/deep",
        "d..p",
        "b.*h/",
    ],
)
def test_muon_leaves_out_what_keras_leaves_out(pattern, sequential):
    """Patterns are looked for in the paths that Keras gives to variables."""
    optimizer = keras.optimizers.Muon(exclude_layers=[pattern])
    model = recurrent(sequential=sequential)
    model.compile(optimizer=optimizer, loss="mse")
    optimizer.build(model.trainable_variables)
    counters = [v for v in optimizer.variables if str(v.dtype) == "int64"]
    held = bytes_of(optimizer.variables) - 4 * len(counters)
    assert kb.explain(model).memory().optimizer_bytes == held


@pytest.mark.parametrize("pattern", ["(a+)+b", "a*b*", "["])
def test_a_pattern_that_may_take_forever_is_not_followed(pattern):
    """Nor one that is none: what Muon keeps is then at least, and not known."""
    optimizer = {"class_name": "Muon", "config": {"exclude_layers": [pattern]}}
    assert not kb.explain(model_with()).memory(optimizer=optimizer).known


def test_every_optimizer_of_keras_is_decided():
    """A new optimizer in Keras fails here until somebody decides it."""
    found = {
        name
        for name, value in vars(keras.optimizers).items()
        if isinstance(value, type) and issubclass(value, keras.optimizers.Optimizer)
    }
    # `MultiOptimizer` deals weights out to several others by a user's map.
    wrappers = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer"}
    assert found - wrappers == set(OPTIMIZERS)


def test_loss_scaling_holds_the_optimizer_inside():
    """A `LossScaleOptimizer` takes what its inner one takes, and counters."""
    plain = kb.explain(model_with(keras.optimizers.Adam())).memory()
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam())
    memory = kb.explain(model_with(scaled)).memory()
    assert 0 < memory.optimizer_bytes - plain.optimizer_bytes <= 24


def test_schedule_keeps_no_learning_rate():
    """A learning rate that is computed is not kept."""
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    optimizer = keras.optimizers.SGD(schedule)
    model = model_with(optimizer)
    optimizer.build(model.trainable_variables)
    assert kb.explain(model).memory().optimizer_bytes == 4


def test_batch_scales_activations_alone():
    """Memory is a fixed part and a part that is proportional to the batch."""
    report = kb.explain(model_with("adam"))
    one, ten = report.memory(), report.memory(batch_size=10)
    assert ten.training_bytes - one.training_bytes == 9 * one.training_peak_bytes
    assert ten.inference_bytes - one.inference_bytes == 9 * one.peak_bytes


@pytest.mark.parametrize("phase", ["training", "inference"])
def test_largest_batch_is_the_largest(phase):
    """That batch fits and one more does not."""
    report = kb.explain(model_with("adam"))
    limit = 10**6
    batch_size = report.largest_batch(limit, phase=phase)
    fits, exceeds = (
        getattr(report.memory(batch_size=n), f"{phase}_bytes") for n in (batch_size, batch_size + 1)
    )
    assert fits <= limit < exceeds
    assert report.largest_batch(1, phase=phase) == 0


def test_largest_batch_needs_every_activation():
    """An unspecified size makes the batch unknown, and the error says what to give."""
    model = keras.Sequential([keras.Input((None, 4)), layers.Dense(3, name="top")])
    with pytest.raises(ArgumentError) as caught:
        kb.explain(model).largest_batch(10**6)
    assert str(caught.value) == (
        "the batch size depends on what each layer keeps; that is not known for top. "
        "Give input_shapes= or extra_rules= to explain()."
    )


def test_memory_of_an_unknown_layer_is_at_least():
    """Its shape is recorded, and yet nobody knows what it keeps for the backward pass."""
    entry = keras.Input((4,))
    model = keras.Model(entry, layers.Lambda(keras.ops.sin, name="lam")(entry))
    report = kb.explain(model)
    assert not report.memory().known
    assert "at least 32 B for inference" in report.to_text()
    with pytest.raises(ArgumentError, match="that is not known for lam"):
        report.largest_batch(10**6)


def kept_by_torch(model, batch_size):
    """Bytes of activations that PyTorch's backward pass really keeps, each storage once."""
    import torch  # noqa: PLC0415  other backends lack it

    weights = {variable.value.data_ptr() for variable in model.variables}
    storages = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if tensor.data_ptr() not in weights:
            storages[storage.data_ptr()] = (storage.nbytes(), storage)
        return tensor

    inputs = [keras.random.normal((batch_size, *each.shape[1:])) for each in model.inputs]
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        kept = model(inputs if len(inputs) > 1 else inputs[0], training=True)
    del kept
    return sum(size for size, _ in storages.values())


def frozen_below(trained):
    """Six layers of which those from that place on are trained."""
    dense = [layers.Dense(32, activation="relu", name=f"dense_{n}") for n in range(6)]
    for each in dense[:trained]:
        each.trainable = False
    return keras.Sequential([keras.Input((32,)), *dense])


def thawed_in_the_middle():
    """A frozen network with one layer that is trained: those above it pass gradients on."""
    model = frozen_below(6)
    model.layers[2].trainable = True
    return model


def frozen_backbone():
    """A frozen network with normalisation under a new top."""
    inputs = keras.Input((16, 16, 4))
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    backbone = keras.Model(inputs, layers.GlobalAveragePooling2D()(x), name="backbone")
    backbone.trainable = False
    image = keras.Input((16, 16, 4))
    return keras.Model(image, layers.Dense(3)(backbone(image)))


FROZEN = {f"from {n}": lambda n=n: frozen_below(n) for n in range(7)}
FROZEN |= {"middle": thawed_in_the_middle, "backbone": frozen_backbone}


@needs_torch
@pytest.mark.parametrize("build", FROZEN.values(), ids=FROZEN)
def test_what_is_frozen_saves_what_torch_saves(build):
    """Nothing below the first trained layer; above it no inputs for kernels without gradients."""
    model = build()
    assert 8 * kb.explain(model).memory().saved_bytes == kept_by_torch(model, 8)


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
@pytest.mark.parametrize("build", [*FROZEN.values(), model_with], ids=[*FROZEN, "mixed"])
def test_training_takes_no_less_than_inference(build, backend):
    """Whatever is frozen; so a batch that fits training fits inference."""
    report = kb.explain(build())
    memory = report.memory(8, backend=backend, optimizer="sgd")
    assert memory.backend == backend
    assert memory.training_bytes >= memory.inference_bytes
    assert memory.training_peak_bytes >= memory.saved_bytes
    training, inference = (
        report.largest_batch(10**7, phase=phase, backend=backend, optimizer="sgd")
        for phase in ("training", "inference")
    )
    assert training <= inference


def test_answers_and_their_gradients_are_there_at_once():
    """A score for each of 5,000 words at 64 places: the largest tensor is the last one."""
    tokens = keras.Input((64,), dtype="int32")
    model = keras.Model(tokens, layers.Dense(5000)(layers.Embedding(5000, 32)(tokens)))
    memory = kb.explain(model).memory(4)
    fixed = memory.weights_bytes + memory.gradients_bytes + memory.optimizer_bytes
    assert memory.training_bytes >= fixed + 2 * 4 * 64 * 5000 * 4


def test_torch_holds_every_output_until_the_model_ends():
    """Ten layers hold ten outputs in `predict` there, and two where the model is compiled."""
    inputs = x = keras.Input((100,))
    for _ in range(10):
        x = layers.Dense(100, use_bias=False)(x)
    report = kb.explain(keras.Model(inputs, x))
    assert report.memory(backend="torch").peak_bytes == 11 * 400
    assert report.memory(backend="jax").peak_bytes == 2 * 400
    assert report.backend == keras.backend.backend()
    assert report.memory().backend == report.backend


STEPS = {
    "LSTM": lambda: layers.LSTM(64, return_sequences=True),
    "GRU": lambda: layers.GRU(64, return_sequences=True),
    "RNN": lambda: layers.RNN(layers.LSTMCell(64), return_sequences=True),
    "both ways": lambda: layers.Bidirectional(layers.LSTM(32, return_sequences=True)),
}


@pytest.mark.parametrize("trainable", [True, False])
@pytest.mark.parametrize("layer", STEPS.values(), ids=STEPS)
def test_compiled_steps_take_their_workspace_one_by_one(layer, trainable):
    """Ten times as many steps take ten times their inputs and outputs, and no more inside."""

    def inside(steps, backend):
        model = keras.Sequential([keras.Input((steps, 8)), layer()])
        model.trainable = trainable
        memory = kb.explain(model).memory(backend=backend)
        peak = memory.peak_bytes if trainable else memory.training_peak_bytes
        return peak - steps * (8 + 64) * 4

    assert 0 < inside(10, "jax") == inside(100, "jax")
    assert inside(100, "torch") > 9 * inside(10, "jax")


def test_torch_lets_go_of_a_model_inside_when_that_ends():
    """What is inside it is held while it runs, its answer by the model around it."""

    def inside(name):
        inputs = x = keras.Input((100,))
        for _ in range(5):
            x = layers.Dense(100, use_bias=False)(x)
        return keras.Model(inputs, x, name=name)

    inputs = keras.Input((100,))
    report = kb.explain(keras.Model(inputs, inside("two")(inside("one")(inputs))))
    # The input, the answer of the first, and the five outputs of the second.
    assert report.memory(backend="torch").peak_bytes == 7 * 400


def test_a_file_is_for_a_backend_that_compiles():
    """Unless one is named; no other name is one."""
    net = {"class_name": "Dense", "config": {"name": "top", "units": 3}}
    report = kb.explain({"name": "net", "layers": [net], "build_input_shape": [None, 4]})
    assert report.memory().backend is None
    assert report.memory().peak_bytes == report.memory(backend="jax").peak_bytes == 28
    with pytest.raises(ArgumentError) as caught:
        report.memory(backend="mxnet")
    assert str(caught.value) == (
        "backend must be 'tensorflow', 'jax' or 'torch'; received backend='mxnet'."
    )


def mlp():
    """Dense layers with activations of both kinds."""
    return keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(128, activation="relu"),
            layers.Dense(128, activation="gelu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def residual():
    """A block with a shortcut."""
    inputs = keras.Input((16, 16, 8))
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Add()([x, inputs])
    x = layers.MaxPooling2D()(x)
    return keras.Model(inputs, layers.Dense(10)(layers.Flatten()(x)))


@needs_torch
@pytest.mark.parametrize(
    ("build", "error"),
    [(mlp, 0.01), (residual, 0.02), (kb.fnn_classifier, 0.01), (kb.cnn_classifier, 0.06)],
    ids=["mlp", "residual", "fnn", "cnn"],
)
def test_saved_activations_are_near_what_torch_keeps(build, error):
    """The estimate of a batch's saved activations is within its stated error of PyTorch's."""
    model = build()
    kept = kept_by_torch(model, 8)
    estimate = 8 * kb.explain(model).memory().saved_bytes
    assert abs(estimate - kept) / kept < error


@pytest.mark.parametrize(
    ("shape", "known", "saved_bytes"),
    [((), True, 4), ((None,), True, 4), ((None, 2), True, 8), ((None, None), False, 0)],
)
def test_an_output_may_be_one_number_alone(shape, known, saved_bytes):
    """It has a size, as a number of each sample has; only an axis that nobody gave has none."""
    mine = {"class_name": "Mine", "module": "mine", "config": {"name": "mine"}}
    net = {"name": "net", "layers": [mine], "build_input_shape": [None, 4]}
    factor = weight("factor", {"factors": 1})
    rules = {"Mine": lambda _: LayerFacts(shape, weights=(factor,), saved=("outputs",))}
    memory = kb.explain(net, extra_rules=rules).memory()
    assert (memory.known, memory.saved_bytes) == (known, saved_bytes)
