"""What people train with: however often it is broken off, it ends as if nothing had happened."""

from __future__ import annotations

from itertools import pairwise

import h5py
import numpy as np
import pytest
import resume_cases
import resume_models
from resume_cases import EPOCHS, Case, csv_log, data_that_draws_from_numpy, one_cycle_at_the_end

pytestmark = pytest.mark.keras

EVERY = [*resume_cases.CASES, *resume_models.CASES]


class Breakdown(Exception):  # noqa: N818  it stands for a power cut
    """Stands for the death of the process."""


def content(path):
    """All arrays of a file, by name."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, each: (
                found.update({name: each[()]}) if isinstance(each, h5py.Dataset) else None
            )
        )
    return found


@pytest.fixture
def script(keras, tmp_path, state):
    """A function that runs a case, to its end or until it breaks: all that can be seen of it."""
    from kerasbook.training import ExactResume  # noqa: PLC0415  imports Keras

    def run(case, name, after=0, **options):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        made = Case(keras, folder)
        model, data = case(made)
        resume = ExactResume(folder / "run.state", **{"save_freq": 1, **made.options, **options})
        left = iter(range(after - 1, -1, -1))

        def count(*_, **__):
            if next(left, None) == 0:
                resume._writer.finish()
                raise Breakdown

        after_all = keras.callbacks.LambdaCallback(on_train_batch_end=count, on_epoch_end=count)
        callbacks = [resume, *made.used, after_all]
        try:
            model.fit(data, epochs=EPOCHS, verbose=0, callbacks=callbacks, **made.fit)
        except Breakdown:
            for each in made.used:
                if isinstance(each, keras.callbacks.CSVLogger):
                    each.csv_file.close()  # as the end of a process does
            return None
        log = folder / "log.csv"
        return {
            "state": state(model),
            "history": model.history.history,
            "epoch": model.history.epoch,
            "files": {each.name: content(each) for each in folder.glob("*.weights.h5")},
            "log": log.read_text() if log.exists() else "",
            "seen": [each.seen for each in made.used if hasattr(each, "seen")],
        }

    return run


def same(left, right):
    """Whether two of such results are equal to the last bit."""
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return np.array_equal(left, right)


@pytest.mark.filterwarnings("ignore:Your input ran out of data", "ignore:.*shuffle=True.*ignored")
@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.__name__)
def test_it_ends_as_if_nothing_had_happened(script, case):
    """Broken off in an epoch, at its end and after its last save: all that it leaves is equal."""
    whole = script(case, "whole")
    assert whole["epoch"], "nothing was trained"
    for after in (2, 4, 3):
        assert script(case, "run", after=after) is None
    assert same(script(case, "run"), whole)


@pytest.mark.parametrize(
    "case", [csv_log, data_that_draws_from_numpy], ids=lambda case: case.__name__
)
def test_saves_that_are_rarer(script, case):
    """What came after the last save is undone: it comes once more."""
    whole = script(case, "whole")
    for after in (4, 5, 6):
        assert script(case, "run", after=after, save_freq="epoch") is None
    assert same(script(case, "run"), whole)


# ---------------------------------------------------------------- notebooks


@pytest.mark.parametrize("again", ["everything", "fit"])
@pytest.mark.parametrize("save_freq", [1, "epoch"])
def test_a_cell_that_is_run_again_goes_on(keras, state, tmp_path, again, save_freq):
    """Interrupted in a notebook: names are counted further, the model may be the same one."""
    from kerasbook.training import ExactResume  # noqa: PLC0415  imports Keras

    results = []
    for path in ("whole", "run"):
        keras.utils.clear_session()
        cells = []
        for stop in (False,) if path == "whole" else (2, 6, 2, False):
            if not cells or again == "everything":
                keras.utils.set_random_seed(1)
                case = object.__new__(Case)  # without a new session
                case.keras, case.layers, case.callbacks = keras, keras.layers, keras.callbacks
                cells = [*one_cycle_at_the_end(case), case.used]
            model, data, used = cells
            left = iter(range(stop or 0, -1, -1))

            def interrupt(*_, left=left, stop=stop, **__):
                if stop and next(left, None) == 0:
                    raise KeyboardInterrupt

            callbacks = [
                ExactResume(tmp_path / path, save_freq=save_freq),
                *used,
                keras.callbacks.LambdaCallback(on_train_batch_end=interrupt),
            ]
            try:
                model.fit(data, epochs=EPOCHS, verbose=0, callbacks=callbacks)
            except KeyboardInterrupt:
                continue
        results.append([state(model), model.history.history, used[0].seen])
    assert same(*pairwise(results).__next__())
