"""Scripts that a training may be: callbacks, data and models, each made anew at every run."""

from __future__ import annotations

import numpy as np
import pytest

ROWS, SIZE, EPOCHS = 24, 6, 3  # four batches an epoch

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(ROWS, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
WEIGHT = np.linspace(0.5, 2, ROWS).astype("float32")


class Case:
    """One script, as a run of it begins: everything new, whatever a run before has left."""

    def __init__(self, keras, folder):
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        self.keras, self.folder = keras, folder
        self.layers, self.callbacks = keras.layers, keras.callbacks
        self.fit, self.options, self.used = {}, {}, []

    def batches(self, base=None, **options):
        """Rows in a known order."""
        from kerasbook.training import Batches  # noqa: PLC0415  imports Keras

        return (base or Batches)(X, Y, batch_size=SIZE, **options)

    def model(self, optimizer=None, base=None, **options):
        """A small network with all that a resume can lose."""
        layers = self.layers
        inputs = self.keras.Input((4,))
        hidden = layers.Dropout(0.2)(layers.Dense(5, activation="tanh")(inputs))
        model = (base or self.keras.Model)(inputs, layers.Dense(1)(hidden))
        model.compile(optimizer=optimizer or "adam", loss="mse", metrics=["mae"], **options)
        return model


# ---------------------------------------------------------------- callbacks


def early_stopping(case):
    """Early stopping."""
    case.used = [
        case.callbacks.EarlyStopping(
            "loss", patience=1, min_delta=9.0, restore_best_weights=True, start_from_epoch=1
        )
    ]
    return case.model(), case.batches()


def reduced_learning_rate(case):
    """Reduced learning rate."""
    case.used = [case.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=9.0)]
    return case.model(), case.batches()


def scheduled_learning_rate(case):
    """Scheduled learning rate."""
    case.used = [case.callbacks.LearningRateScheduler(lambda _, rate: rate * 0.7)]
    return case.model(), case.batches()


def csv_log(case):
    """Csv log."""
    case.used = [case.callbacks.CSVLogger(case.folder / "log.csv", append=True)]
    return case.model(), case.batches()


def checkpoints_by_epoch(case):
    """Checkpoints by epoch."""
    name = str(case.folder / "{epoch}.weights.h5")
    case.used = [case.callbacks.ModelCheckpoint(name, monitor="loss", save_weights_only=True)]
    return case.model(), case.batches()


def checkpoints_by_batch(case):
    """Checkpoints by batch."""
    name = str(case.folder / "{epoch}-{batch}.weights.h5")
    case.used = [
        case.callbacks.ModelCheckpoint(name, monitor="loss", save_weights_only=True, save_freq=3)
    ]
    return case.model(), case.batches()


def averaged_weights(case):
    """Averaged weights."""
    case.used = [case.callbacks.SwapEMAWeights(swap_on_epoch=True)]
    return case.model(case.keras.optimizers.Adam(use_ema=True)), case.batches()


def tensorboard(case):
    """TensorBoard."""
    if case.keras.backend.backend() != "tensorflow":
        pytest.skip("its writers are TensorFlow's")
    case.used = [case.callbacks.TensorBoard(case.folder / "board", update_freq=1)]
    return case.model(), case.batches()


def functions_as_callbacks(case):
    """Functions as callbacks."""
    seen = []
    case.used = [
        case.callbacks.LambdaCallback(on_epoch_end=lambda epoch, *_, **__: seen.append(epoch)),
        case.callbacks.TerminateOnNaN(),
    ]
    return case.model(), case.batches()


def _one_cycle(case, hook):
    class OneCycle(case.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.step, self.seen = 0, []

    def move(self, batch, logs=None):
        del batch, logs
        self.step += 1
        self.seen.append(self.step)
        self.model.optimizer.learning_rate = 1e-2 * abs(np.sin(self.step / 5))

    setattr(OneCycle, hook, move)
    case.used = [OneCycle()]
    return case.model(), case.batches()


def one_cycle_at_the_begin(case):
    """One cycle at the begin."""
    return _one_cycle(case, "on_train_batch_begin")


def one_cycle_at_the_end(case):
    """One cycle at the end."""
    return _one_cycle(case, "on_train_batch_end")


def callback_that_draws(case):
    """Callback that draws."""

    class Noise(case.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.draw = np.random.default_rng(5)

        def on_train_batch_begin(self, batch, logs=None):
            del batch, logs
            self.model.optimizer.learning_rate = float(self.draw.uniform(0, 0.01))

    case.used = [Noise()]
    return case.model(), case.batches()


# ---------------------------------------------------------------- data


def arrays_in_their_order(case):
    """Arrays in their order."""
    case.options, case.fit = (
        {"order": "fixed"},
        {"y": Y, "sample_weight": WEIGHT, "shuffle": False, "batch_size": SIZE},
    )
    return case.model(), X


def class_weights(case):
    """Class weights."""
    from kerasbook.training import Batches  # noqa: PLC0415  imports Keras

    case.fit = {"class_weight": {0: 0.3, 1: 2.0}}
    return case.model(), Batches(X, (Y > 0).astype("int32"), batch_size=SIZE)


def sample_weights(case):
    """Sample weights."""
    return case.model(), case.batches().__class__(X, Y, WEIGHT, batch_size=SIZE)


def images_on_disk(case):
    """Images on disk."""
    from kerasbook.training import ImageStore  # noqa: PLC0415  imports Keras

    path = case.folder / "images.store"
    pixels = np.arange(ROWS * 16, dtype="uint8").reshape(ROWS, 4, 4, 1)
    store = (
        ImageStore(path, batch_size=SIZE)
        if path.exists()
        else ImageStore.from_arrays(path, pixels, np.arange(ROWS) % 3, batch_size=SIZE)
    )
    layers = case.layers
    model = case.keras.Sequential([case.keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(3)])
    loss = case.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model, store


def noisy(draw):
    """A class of batches to which something drawn is added."""
    from kerasbook.training import Batches  # noqa: PLC0415  imports Keras

    class Noisy(Batches):
        def __getitem__(self, index):
            x, y = super().__getitem__(index)
            return x + draw(self, index, x.shape).astype("float32"), y

    return Noisy


def data_that_draws_from_numpy(case):
    """Data that draws from numpy."""
    return case.model(), case.batches(noisy(lambda _, __, shape: np.random.normal(size=shape)))  # noqa: NPY002  as users do


def data_that_holds_a_generator(case):
    """Data that holds a generator."""
    data = case.batches(noisy(lambda data, _, shape: data.draw.normal(size=shape)))
    data.draw = np.random.default_rng(7)
    return case.model(), data


def data_that_draws_by_position(case):
    """Data that draws by position."""

    def draw(data, index, shape):
        return np.random.default_rng((data.seed, data.epoch, index)).normal(size=shape)

    return case.model(), case.batches(noisy(draw))


def dataset(case, item, **options):
    """A dataset of Keras's kind, each input changed by a function."""

    class Data(case.keras.utils.PyDataset):
        def __len__(self):
            return ROWS // SIZE

        def __getitem__(self, index):
            rows = slice(index * SIZE, (index + 1) * SIZE)
            return item(X[rows]), Y[rows]

    return Data(**options)


def a_dataset(case):
    """A dataset."""
    case.options, case.fit = {"order": "fixed"}, {"shuffle": False}
    return case.model(), dataset(case, lambda x: x)


def a_dataset_that_draws(case):
    """A dataset that draws."""
    case.options, case.fit = {"order": "fixed"}, {"shuffle": False}
    return case.model(), dataset(case, lambda x: x * np.random.uniform(size=x.shape))  # noqa: NPY002  as users do


def a_dataset_with_workers(case):
    """A dataset with workers."""
    case.options, case.fit = {"order": "fixed"}, {"shuffle": False}
    return case.model(), dataset(case, lambda x: x, workers=2)


def tf_rows(case):
    """The rows as TensorFlow's data."""
    if case.keras.backend.backend() != "tensorflow":
        pytest.skip("as it is everywhere")
    import tensorflow as tf  # noqa: PLC0415  only on this backend

    case.options = {"order": "fixed"}
    return tf.data.Dataset.from_tensor_slices((X, Y))


def tf_data(case):
    """Tf data."""
    return case.model(), tf_rows(case).batch(SIZE)


def tf_data_of_unknown_length(case):
    """Tf data of unknown length."""
    return case.model(), tf_rows(case).batch(SIZE).filter(lambda *_: True)


def loader(case, **options):
    """The rows as PyTorch's data."""
    if case.keras.backend.backend() != "torch":
        pytest.skip("as it is everywhere")
    import torch  # noqa: PLC0415  only on this backend

    case.options = {"order": "fixed"}
    rows = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    return torch.utils.data.DataLoader(rows, batch_size=SIZE, **options)


def torch_loader(case):
    """Torch loader."""
    return case.model(), loader(case)


def validation_in_an_order(case):
    """Validation in an order."""
    case.fit = {"validation_data": case.batches(seed=4), "validation_freq": 2}
    return case.model(), case.batches()


def validation_that_draws(case):
    """Validation that draws."""
    if case.keras.backend.backend() == "tensorflow":
        pytest.skip("refused on TensorFlow, which reads it ahead")
    data = case.batches(noisy(lambda data, _, shape: data.draw.normal(size=shape)))
    data.draw = np.random.default_rng(7)
    case.fit = {"validation_data": data}
    return case.model(), case.batches()


def a_later_first_epoch(case):
    """A later first epoch."""
    case.fit = {"initial_epoch": 1}
    return case.model(), case.batches()


CASES = [
    early_stopping,
    reduced_learning_rate,
    scheduled_learning_rate,
    csv_log,
    checkpoints_by_epoch,
    checkpoints_by_batch,
    averaged_weights,
    tensorboard,
    functions_as_callbacks,
    one_cycle_at_the_begin,
    one_cycle_at_the_end,
    callback_that_draws,
    arrays_in_their_order,
    class_weights,
    sample_weights,
    images_on_disk,
    data_that_draws_from_numpy,
    data_that_holds_a_generator,
    data_that_draws_by_position,
    a_dataset,
    a_dataset_that_draws,
    a_dataset_with_workers,
    tf_data,
    tf_data_of_unknown_length,
    torch_loader,
    validation_in_an_order,
    validation_that_draws,
    a_later_first_epoch,
]
