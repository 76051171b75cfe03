"""What could not be taken up exactly is refused before it is begun, and the message says why."""

from __future__ import annotations

import numpy as np
import pytest
from resume_cases import EPOCHS, ROWS, SIZE, Case, X, Y, dataset, loader, noisy, tf_rows

pytestmark = pytest.mark.keras

HIDDEN = np.random.default_rng(3)  # what data draws from that does not hold it


OWN = (
    "the order of this data is not known to ExactResume: a run that is killed could go on with "
    "other batches. Train on kerasbook's Batches or ImageStore; or, if every epoch gives the same "
    "batches in the same order, as fit(x, y, shuffle=False) does, use order='fixed'."
)
SHUFFLED = (
    "order='fixed' needs the same batches in every epoch; received shuffle=True, which is the "
    "default of fit. Use fit(…, shuffle=False), or kerasbook's Batches, which are shuffled in "
    "an order that is known."
)
ONE_TIME = (
    "{} must be data that can be read again from the start; received a generator, and the batches "
    "that a killed run has taken from it are gone. Use kerasbook's Batches, or another "
    "keras.utils.PyDataset."
)
ANOTHER = (
    "{} must give the same batches in every epoch; the first one differs each time it is read, "
    "as after dataset.shuffle() or in DataLoader(shuffle=True). Leave that out, or use "
    "kerasbook's Batches."
)


def _generator():
    while True:
        yield X[:SIZE], Y[:SIZE]


def arrays_in_no_known_order(case):
    """Arrays in no known order."""
    case.fit = {"y": Y, "batch_size": SIZE}
    return case.model(), X, OWN


def arrays_shuffled(case):
    """Arrays shuffled."""
    case.fit, case.options = {"y": Y, "batch_size": SIZE}, {"order": "fixed"}
    return case.model(), X, SHUFFLED


def a_dataset_shuffled(case):
    """A dataset shuffled."""
    case.options = {"order": "fixed"}
    return case.model(), dataset(case, lambda x: x), SHUFFLED


def a_generator(case):
    """A generator."""
    case.options, case.fit = {"order": "fixed"}, {"steps_per_epoch": 3}
    return case.model(), _generator(), ONE_TIME.format("x")


def a_validation_generator(case):
    """A validation generator."""
    case.fit = {"validation_data": _generator(), "validation_steps": 2}
    return case.model(), case.batches(), ONE_TIME.format("validation_data")


def repeated_tf_data(case):
    """Repeated tf data."""
    data = tf_rows(case).batch(SIZE).repeat()
    case.fit = {"steps_per_epoch": 3}
    return (
        case.model(),
        data,
        (
            "steps_per_epoch must be left out: an epoch is once through the data, which must have "
            "an end; received steps_per_epoch=3."
        ),
    )


def shuffled_tf_data(case):
    """Shuffled tf data."""
    return case.model(), tf_rows(case).shuffle(ROWS).batch(SIZE), ANOTHER.format("x")


def shuffled_validation(case):
    """Shuffled validation."""
    case.fit = {"validation_data": tf_rows(case).shuffle(ROWS).batch(SIZE)}
    case.options = {}
    return case.model(), case.batches(), ANOTHER.format("validation_data")


def shuffled_loader(case):
    """Shuffled loader."""
    return case.model(), loader(case, shuffle=True), ANOTHER.format("x")


def data_that_draws_from_elsewhere(case):
    """Data that draws from elsewhere."""
    data = case.batches(noisy(lambda _, __, shape: HIDDEN.normal(size=shape)))
    return (
        case.model(),
        data,
        (
            "the first batch of Noisy differs each time it is read, and what it depends on is "
            "not known to ExactResume. Draw from random, from numpy.random, or from a NumPy "
            "generator that is an attribute of the data; or, in __getitem__, from "
            "numpy.random.default_rng((seed, self.epoch, index))."
        ),
    )


def workers_that_draw(case):
    """Workers that draw."""
    case.options, case.fit = {"order": "fixed"}, {"shuffle": False}
    data = dataset(case, lambda x: x * np.random.uniform(size=x.shape), workers=2)  # noqa: NPY002  as users do
    return (
        case.model(),
        data,
        (
            "Data draws random numbers in workers, in an order that changes each time. "
            "Use workers=1 and use_multiprocessing=False."
        ),
    )


def validation_that_is_drawn_ahead(case):
    """Validation that is drawn ahead."""
    if case.keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow reads validation ahead")
    data = case.batches(noisy(lambda data, _, shape: data.draw.normal(size=shape)))
    data.draw = np.random.default_rng(7)
    case.fit = {"validation_data": data}
    return (
        case.model(),
        case.batches(),
        (
            "validation_data draws random numbers, and TensorFlow reads it ahead, at other times "
            "in each run. In its __getitem__ draw from numpy.random.default_rng((seed, index)): "
            "the same for each epoch."
        ),
    )


def data_that_changes_with_epochs(case):
    """Data that changes with epochs."""

    class Growing(case.batches().__class__):
        def on_epoch_end(self):
            super().on_epoch_end()

    return (
        case.model(),
        case.batches(Growing),
        (
            "Growing.on_epoch_end changes the data with the epochs, and a run that goes on in a "
            "later one has not called it. Leave it out: in __getitem__ of a subclass of "
            "kerasbook's Batches, self.epoch says which epoch it is."
        ),
    )


def a_log_that_is_emptied(case):
    """A log that is emptied."""
    case.used = [case.callbacks.CSVLogger("log.csv")]
    return (
        case.model(),
        case.batches(),
        (
            "CSVLogger must go on with its file when a run goes on; received append=False for "
            "'log.csv', which a restart would empty. Use CSVLogger('log.csv', append=True)."
        ),
    )


def another_backup(case):
    """Another backup."""
    case.used = [case.callbacks.BackupAndRestore(case.folder / "backup")]
    return (
        case.model(),
        case.batches(),
        (
            "BackupAndRestore and ExactResume both say where a run begins; received both. "
            "Leave BackupAndRestore out."
        ),
    )


REFUSED = [
    arrays_in_no_known_order,
    arrays_shuffled,
    a_dataset_shuffled,
    a_generator,
    a_validation_generator,
    repeated_tf_data,
    shuffled_tf_data,
    shuffled_validation,
    shuffled_loader,
    data_that_draws_from_elsewhere,
    workers_that_draw,
    validation_that_is_drawn_ahead,
    data_that_changes_with_epochs,
    a_log_that_is_emptied,
    another_backup,
]


@pytest.mark.filterwarnings("ignore:.*shuffle=True.*ignored")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.__name__)
def test_it_is_refused_before_it_begins(keras, state, tmp_path, monkeypatch, case):
    """What could not be taken up exactly trains on nothing, and leaves no file."""
    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import ExactResume  # noqa: PLC0415  imports Keras

    monkeypatch.chdir(tmp_path)
    made = Case(keras, tmp_path)
    model, data, message = case(made)
    before = state(model)
    callbacks = [*made.used, ExactResume(tmp_path / "run.state", **made.options)]
    with pytest.raises(TrainingError) as caught:
        model.fit(data, epochs=EPOCHS, verbose=0, callbacks=callbacks, **made.fit)
    assert str(caught.value) == message
    assert all(map(np.array_equal, before, state(model)[: len(before)]))
    assert not (tmp_path / "run.state").exists()


def test_settings_that_changed_are_refused_though_names_are_not_compared(keras, tmp_path):
    """Another optimizer is another run, whatever number Keras gives to its name."""
    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import ExactResume  # noqa: PLC0415  imports Keras

    case = Case(keras, tmp_path)
    path = tmp_path / "run.state"
    case.model().fit(case.batches(), epochs=1, verbose=0, callbacks=[ExactResume(path)])
    with pytest.raises(TrainingError) as caught:
        case.model(keras.optimizers.Adam(0.1)).fit(
            case.batches(), epochs=2, verbose=0, callbacks=[ExactResume(path)]
        )
    assert str(caught.value) == (
        f"{path} was saved by another run: another compile. It cannot be continued exactly: start "
        f"the script and the versions that it was begun with, or remove the file to begin anew."
    )


def test_a_callback_that_must_be_saved_whole(keras, tmp_path):
    """One that is named is refused if part of it cannot be saved; others are warned about."""
    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import ExactResume  # noqa: PLC0415  imports Keras

    class Odd(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            del batch, logs
            self.thing = object()

    case = Case(keras, tmp_path)
    with pytest.warns(RuntimeWarning) as caught:
        case.model().fit(
            case.batches(),
            epochs=1,
            verbose=0,
            callbacks=[Odd(), ExactResume(tmp_path / "first.state")],
        )
    assert [str(each.message) for each in caught if each.category is RuntimeWarning] == [
        (
            "Odd.thing has changed and cannot be saved: after a kill it is as the script makes it. "
            "If weights depend on it, keep it in numbers, lists, dicts or arrays; to have it "
            "refused, name the callback in ExactResume(callbacks=…)."
        )
    ]
    odd = Odd()
    odd.thing = object()
    resume = ExactResume(tmp_path / "second.state", callbacks=[odd])
    with pytest.raises(TrainingError) as refused:
        case.model().fit(case.batches(), epochs=1, verbose=0, callbacks=[odd, resume])
    assert str(refused.value) == "Odd.thing is a object, which cannot be saved exactly"


def test_a_run_whose_weights_were_exchanged_is_not_gone_on_with(keras, tmp_path):
    """Three epochs are not two and the best one of them and one more."""
    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import ExactResume  # noqa: PLC0415  imports Keras

    path = tmp_path / "run.state"

    def train(epochs):
        case = Case(keras, tmp_path)
        best = keras.callbacks.EarlyStopping(
            "loss", min_delta=9.0, patience=9, restore_best_weights=True
        )
        case.model().fit(
            case.batches(), epochs=epochs, verbose=0, callbacks=[best, ExactResume(path)]
        )

    train(2)
    train(2)
    with pytest.raises(TrainingError) as caught:
        train(3)
    assert str(caught.value) == (
        f"{path} holds a run that is finished, and whose weights were replaced at its end (by a "
        f"callback, as EarlyStopping(restore_best_weights=True) does): it cannot go on from 2 to 3 "
        f"epochs. Remove the file and train with epochs=3."
    )


def test_an_optimizer_of_pytorch_is_refused(keras, tmp_path):
    """Its state is not in Keras's variables, and would be lost without a word."""
    if keras.backend.backend() != "torch":
        pytest.skip("there is none")
    import torch  # noqa: PLC0415  only on this backend

    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import ExactResume  # noqa: PLC0415  imports Keras

    case = Case(keras, tmp_path)
    model = case.model()
    model.second = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    with pytest.raises(TrainingError) as caught:
        model.fit(
            case.batches(), epochs=1, verbose=0, callbacks=[ExactResume(tmp_path / "run.state")]
        )
    assert str(caught.value) == (
        "optimizers must be Keras's for their state to be saved; the model's second is "
        "torch.optim.SGD. Use one of keras.optimizers."
    )
