"""A training that was broken off and started again is the training that was not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.keras

BATCHES = 7  # an epoch of the fixture's data, the last one half full


def same(left, right):
    """Whether all arrays are equal to the last bit."""
    return len(left) == len(right) and all(
        np.array_equal(a, b) for a, b in zip(left, right, strict=True)
    )


@pytest.fixture
def whole(run, tmp_path):
    """The run that nothing happens to."""
    return run(tmp_path / "whole.state")


@pytest.mark.parametrize("after", [1, 5, BATCHES, BATCHES + 1, 3 * BATCHES])
def test_it_ends_as_if_nothing_had_happened(run, state, whole, tmp_path, after):
    """Weights, optimizer, seeds and history are equal, wherever the run was broken off."""
    path = tmp_path / "run.state"
    assert run(path, after=after)[1] is None
    model, history = run(path)
    assert same(state(model), state(whole[0]))
    assert history.history == whole[1].history
    assert history.epoch == [0, 1, 2]


def test_it_goes_on_after_several_breakdowns(run, state, whole, tmp_path):
    """A run that dies in every epoch, and while it catches up, still ends the same."""
    path = tmp_path / "run.state"
    for after in (5, 2, 8, 3, 4):
        assert run(path, after=after)[1] is None
    model, history = run(path)
    assert same(state(model), state(whole[0]))
    assert history.history == whole[1].history


def test_saving_changes_nothing(network, arrays, state, whole, keras):
    """The model is the one that `fit` makes without the callback."""
    from kerasbook.training import Batches  # noqa: PLC0415  imports Keras

    del keras
    model = network()
    model.fit(
        Batches(*arrays, batch_size=8, seed=1),
        epochs=3,
        verbose=0,
        validation_data=(arrays[0][:16], arrays[1][:16]),
    )
    assert same(state(model), state(whole[0]))


def test_steps_that_are_several_batches(run, state, keras, network, tmp_path):
    """`steps_per_execution` is passed over in its own stride."""
    if keras.backend.backend() == "torch":
        pytest.skip("PyTorch takes one batch a step")
    model, _ = run(tmp_path / "whole.state", model=network(steps_per_execution=2))
    path = tmp_path / "run.state"
    run(path, after=5, model=network(steps_per_execution=2))
    resumed, history = run(path, model=network(steps_per_execution=2))
    assert same(state(resumed), state(model))
    assert history.epoch == [0, 1, 2]


def test_an_order_that_the_user_vouches_for(run, state, arrays, tmp_path):
    """Arrays in their own order are read past what is done."""
    options = {"data": arrays[0], "order": "fixed"}
    fit = {"y": arrays[1], "shuffle": False, "batch_size": 8}
    whole, _ = run(tmp_path / "whole.state", fit=fit, **options)
    run(tmp_path / "run.state", after=10, fit=fit, **options)
    resumed, _ = run(tmp_path / "run.state", fit=fit, **options)
    assert same(state(resumed), state(whole))


def test_an_order_that_nobody_knows_is_refused(run, arrays, tmp_path):
    """Keras's own shuffling cannot be taken up again, and the first batch says so."""
    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package

    with pytest.raises(TrainingError) as caught:
        run(tmp_path / "run.state", data=arrays[0], fit={"y": arrays[1]})
    assert str(caught.value) == (
        "the order of this data is not known to ExactResume: a run that is killed could go on with "
        "other batches. Train on kerasbook's Batches or ImageStore; or, if every epoch gives the "
        "same batches in the same order, as fit(x, y, shuffle=False) does, use order='fixed'."
    )


def test_a_run_that_is_over_stays_over(run, state, whole, tmp_path):
    """Started again it trains on nothing, and gives the same model and history."""
    model, history = run(tmp_path / "whole.state", after=1)
    assert same(state(model), state(whole[0]))
    assert history.history == whole[1].history


def test_a_run_that_is_over_goes_on_for_more_epochs(run, state, whole, tmp_path):
    """Two epochs and then three are three."""
    run(tmp_path / "run.state", epochs=2)
    model, history = run(tmp_path / "run.state", epochs=3)
    assert same(state(model), state(whole[0]))
    assert history.history == whole[1].history


def test_callbacks_that_remember(run, state, keras, tmp_path):
    """Early stopping stops where it would have, with the weights that were best."""

    def stopping():
        return keras.callbacks.EarlyStopping(
            "val_loss", patience=2, min_delta=1.0, restore_best_weights=True
        )

    whole, expected = run(tmp_path / "whole.state", epochs=9, callbacks=[stopping()])
    assert len(expected.epoch) < 9
    for after in (10, 8):
        run(tmp_path / "run.state", after=after, epochs=9, callbacks=[stopping()])
    resumed, history = run(tmp_path / "run.state", epochs=9, callbacks=[stopping()])
    assert history.history == expected.history
    assert same(state(resumed), state(whole))
    _, again = run(tmp_path / "run.state", epochs=9, callbacks=[stopping()])
    assert again.epoch == expected.epoch


def test_a_damaged_file_is_named_and_the_one_before_used(run, state, whole, tmp_path):
    """One changed byte is noticed; the state before leads to the same end."""
    path = tmp_path / "run.state"
    run(path, after=9)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.warns(RuntimeWarning) as caught:
        model, _ = run(path)
    assert [str(each.message) for each in caught if each.category is RuntimeWarning] == [
        (
            f"{path} is damaged: its checksum does not match. It was put aside as "
            f"run.state.damaged, and the run goes on from the state before it."
        )
    ]
    assert (tmp_path / "run.state.damaged").read_bytes() == content
    assert same(state(model), state(whole[0]))


def test_two_damaged_files_are_never_taken_for_a_new_run(run, tmp_path):
    """Nothing good left is an error, and stays one."""
    from kerasbook.errors import SourceError  # noqa: PLC0415  beside the other imports of the package

    path, before = tmp_path / "run.state", tmp_path / "run.state.previous"
    path.write_bytes(b"kerasbook state 1\n" + bytes(60))
    before.write_bytes(b"")
    for _ in range(2):
        with pytest.raises(SourceError) as caught:
            run(path)
        assert str(caught.value) == (
            f"{path} is damaged: its checksum does not match; {before} is not a saved state "
            f"of kerasbook: its first bytes differ. No good state is left: remove these files to "
            f"begin anew."
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"units": 9}, "another model, another variables"),
        ({"seed": 2}, "seed was 1 and is 2"),
        ({"batch_size": 4}, "steps was 7 and is 13, batch_size was 8 and is 4"),
        ({"keras": "2.0"}, "Keras was '{now}' and is '2.0'"),
    ],
)
def test_another_run_is_refused(run, network, arrays, keras, monkeypatch, tmp_path, change, said):
    """What would not be continued exactly is not continued, and the message says what differs."""
    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import Batches  # noqa: PLC0415  imports Keras

    path = tmp_path / "run.state"
    run(path, after=9)
    before = path.read_bytes()
    said = said.format(now=keras.__version__)
    if "keras" in change:
        monkeypatch.setattr(keras, "__version__", change["keras"])
    size, seed = change.get("batch_size", 8), change.get("seed", 1)
    data = Batches(*arrays, batch_size=size, seed=seed)
    with pytest.raises(TrainingError) as caught:
        run(path, model=network(change.get("units", 8)), data=data)
    assert str(caught.value) == (
        f"{path} was saved by another run: {said}. It cannot be continued exactly: start the "
        f"script and the versions that it was begun with, or remove the file to begin anew."
    )
    assert path.read_bytes() == before


def test_a_backend_may_have_been_installed_under_another_name(run, keras, monkeypatch, tmp_path):
    """The versions are the modules' own: `tensorflow-cpu` and nightly builds have them too."""
    from importlib import import_module, metadata  # noqa: PLC0415  only this test pretends

    from kerasbook.training._container import read  # noqa: PLC0415  beside Keras's modules

    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    run(tmp_path / "run.state", epochs=1)
    backend = keras.backend.backend()
    saved = read(tmp_path / "run.state").header["identity"]
    assert saved[backend] == import_module(backend).__version__
    assert ("jaxlib" in saved) == (backend == "jax")


def test_a_full_disk_loses_nothing(run, state, whole, monkeypatch, tmp_path):
    """A state that cannot be written is warned about; the file before stays, training goes on."""
    import os  # noqa: PLC0415  only this test pretends

    path = tmp_path / "run.state"
    run(path, after=9)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _no_space)
        with pytest.warns(
            RuntimeWarning, match=r"could not be written \(No space left on device\)"
        ):
            run(path, after=12)
    assert path.read_bytes() == before
    assert not path.with_name("run.state.part").exists()
    model, _ = run(path)
    assert same(state(model), state(whole[0]))


def _no_space(handle):
    del handle
    raise OSError(28, "No space left on device")


def test_two_runs_on_one_path_are_refused(run, tmp_path):
    """Whoever comes second is told who was first, and disturbs nothing."""
    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package

    path = tmp_path / "run.state"
    code = (
        "import sys; from pathlib import Path; from kerasbook.training._lock import Lock; "
        "Lock(Path(sys.argv[1]), print).acquire(); print('held', flush=True); input()"
    )
    with subprocess.Popen(  # noqa: S603  our own code
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(TrainingError) as caught:
            run(path)
        assert str(caught.value) == (
            f"{path} is in use by process {other.pid}: two runs would overwrite each other's "
            f"state. Give each run its own path, or stop that one."
        )
        other.kill()
    run(path, epochs=1)


def test_a_model_without_weights_is_refused(run, keras, tmp_path):
    """What has no variables yet can be given none."""
    from kerasbook.errors import ArgumentError  # noqa: PLC0415  beside the other imports of the package

    if keras.backend.backend() != "tensorflow":
        pytest.skip("the other backends build a model before training begins")
    model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ArgumentError) as caught:
        run(tmp_path / "run.state", model=model)
    assert str(caught.value) == (
        "model must be built before it is trained; received a model without weights. "
        "Begin it with keras.Input, or call it on a batch."
    )


def test_steps_of_ones_own_are_refused(run, tmp_path):
    """An epoch is once through the data."""
    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package

    with pytest.raises(TrainingError) as caught:
        run(tmp_path / "run.state", fit={"steps_per_epoch": 3})
    assert str(caught.value) == (
        "steps_per_epoch must be left out: the data has 7 batches an epoch; "
        "received steps_per_epoch=3."
    )


@pytest.mark.parametrize("save_freq", [0, -1, True, 1.5, "batch"])
def test_save_freq_is_checked(save_freq, tmp_path):
    """It is a number of batches or `"epoch"`."""
    from kerasbook.errors import ArgumentError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import ExactResume  # noqa: PLC0415  imports Keras

    with pytest.raises(ArgumentError) as caught:
        ExactResume(tmp_path / "run.state", save_freq=save_freq)
    assert str(caught.value) == (
        f"save_freq must be 'epoch' or an integer of at least 1; received save_freq={save_freq!r}."
    )


def test_the_folder_must_exist(tmp_path):
    """A typing error is found before an hour of training."""
    from kerasbook.errors import ArgumentError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import ExactResume  # noqa: PLC0415  imports Keras

    path = str(tmp_path / "absent" / "run.state")
    with pytest.raises(ArgumentError) as caught:
        ExactResume(path)
    assert str(caught.value) == (f"path must be in a folder that exists; received path={path!r}.")


def kill(count, program="kills.py"):
    """The harness's own report on so many kills."""
    done = subprocess.run(  # noqa: S603  our own code
        [sys.executable, str(Path(__file__).with_name(program)), str(count)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_kills_of_a_process():
    """SIGKILL while writing and while computing: the run ends as if it had never been killed."""
    report = kill(4)
    assert report["write"] == report["compute"] == 2
    assert report["equal"] == report["runs"]


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_hundred_kills():
    """The same a hundred times."""
    report = kill(100)
    assert report["write"] + report["compute"] == 100
    assert report["equal"] == report["runs"]


@pytest.fixture
def several(keras):
    """Where one training can have several processes."""
    if keras.backend.backend() != "jax":
        pytest.skip("several processes need JAX")


@pytest.mark.usefixtures("several")
def test_kills_of_two_processes():
    """SIGKILL of both: the run of two ends as the one that was not killed, or says why not."""
    report = kill(2, "kills_together.py")
    assert report["kills"] == 2
    assert report["equal"] == report["refused"] == report["runs"]


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("several")
def test_thirty_kills_of_two_processes():
    """The same thirty times, at least every second one in the middle of an epoch."""
    report = kill(30, "kills_together.py")
    assert report["kills"] == 30
    assert report["within"] >= 15
    assert report["equal"] == report["refused"] == report["runs"]
