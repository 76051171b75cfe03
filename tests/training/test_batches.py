"""The order of the data: a permutation, a function of (seed, epoch), and what `fit` really sees."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.keras


@pytest.fixture
def batches(keras):
    """The class, imported when there is Keras."""
    from kerasbook.training import Batches  # noqa: PLC0415  imports Keras

    del keras
    return Batches


@pytest.fixture
def order(keras):
    """A function: an epoch's whole order."""
    from kerasbook.training._permutation import shuffled  # noqa: PLC0415  beside Keras's modules

    del keras

    def whole(count, seed=0, epoch=0):
        return shuffled(np.arange(count), count=count, seed=seed, epoch=epoch)

    return whole


@pytest.fixture
def watcher(keras):
    """A model that notes the first input of each sample that it is trained on."""

    def build():
        seen = []
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile("sgd", "mean_squared_error", run_eagerly=True)
        step = model.train_step

        def noted(*args):
            seen.extend(np.asarray(args[-1][0]).ravel().astype(int).tolist())
            return step(*args)

        model.train_step = noted
        return model, seen

    return build


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 63, 64, 65, 1000])
@pytest.mark.parametrize("epoch", [0, 1, 99])
def test_an_order_is_a_permutation(order, count, epoch):
    """Each sample stands in exactly one place."""
    assert sorted(order(count, epoch=epoch)) == list(range(count))


def test_orders_differ_by_seed_and_epoch(order):
    """No two of many orders are equal."""
    orders = {tuple(order(50, seed, epoch)) for seed in range(12) for epoch in range(12)}
    assert len(orders) == 144


def test_all_orders_of_four_samples_come_equally_often(order):
    """Over many epochs the 24 orders of 4 samples pass a test for equal chance."""
    seen = {}
    for epoch in range(4800):
        key = tuple(order(4, 7, epoch))
        seen[key] = seen.get(key, 0) + 1
    assert len(seen) == 24
    chi_squared = sum((n - 200) ** 2 / 200 for n in seen.values())
    assert chi_squared < 49.7  # one in a thousand, 23 degrees of freedom


def test_every_sample_may_come_to_every_place(order):
    """Where the first sample stands is spread evenly over the places."""
    places = [int(np.flatnonzero(order(10, 3, epoch) == 0)[0]) for epoch in range(2000)]
    counts = np.bincount(places, minlength=10)
    assert ((counts - 200) ** 2 / 200).sum() < 27.9  # one in a thousand, 9 degrees of freedom


def test_neighbours_are_strangers(order):
    """What follows a sample says nothing of it: the step between neighbours is as chance has it."""
    steps = np.diff(order(20000, 1, 1))
    assert abs(np.corrcoef(steps[:-1], steps[1:])[0, 1] + 0.5) < 0.03
    assert abs(np.abs(steps).mean() - 20000 / 3) < 150


def test_an_order_of_any_length_takes_no_memory(order):
    """The place of one sample among a billion billion is found at once."""
    from kerasbook.training._permutation import shuffled  # noqa: PLC0415  beside Keras's modules

    del order
    count = 10**18
    rows = shuffled(np.array([0, count - 1]), count=count, seed=0, epoch=0)
    assert len(set(rows.tolist())) == 2
    assert rows.max() < count


def test_fit_sees_the_data_in_this_order(batches, watcher):
    """Keras's default, `shuffle=True`, does not shuffle once more; each epoch has its own order."""
    model, seen = watcher()
    data = batches(np.arange(20.0)[:, None], np.zeros(20), batch_size=6, seed=4)
    expected = []
    for epoch in range(3):
        data.epoch = epoch
        expected += [int(row) for batch in range(4) for row in data.rows(batch)]
    model.fit(data, epochs=3, verbose=0)
    assert seen[-60:] == expected
    assert seen[-60:-40] != seen[-40:-20] != seen[-20:]


def test_another_fit_goes_on_with_other_orders(batches, watcher):
    """Two calls of `fit` are as one with the epochs of both."""
    once, seen_once = watcher()
    once.fit(batches(np.arange(9.0)[:, None], np.zeros(9), batch_size=3), epochs=4, verbose=0)
    twice, seen_twice = watcher()
    data = batches(np.arange(9.0)[:, None], np.zeros(9), batch_size=3)
    twice.fit(data, epochs=1, verbose=0)
    twice.fit(data, epochs=3, verbose=0)
    assert seen_twice[-36:] == seen_once[-36:]


def test_without_a_seed_predictions_keep_their_rows(batches, keras):
    """What `predict` returns belongs to the rows as they were given."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Rescaling(2.0)])
    answer = model.predict(batches(np.arange(11.0)[:, None], batch_size=4, seed=None), verbose=0)
    assert answer.ravel().tolist() == [2.0 * n for n in range(11)]


@pytest.mark.parametrize("of", [1, 2, 3, 6])
def test_slices_make_up_the_batches(batches, of):
    """All processes together see each batch of one, in its order, and nothing twice."""
    whole = batches(np.arange(32), batch_size=6, seed=2, remainder="drop")
    parts = [whole.shard(process, of) for process in range(of)]
    for epoch in range(2):
        for data in (whole, *parts):
            data.epoch = epoch
        assert {len(part) for part in parts} == {5}
        for batch in range(5):
            together = np.concatenate([part[batch][0] for part in parts])
            assert together.tolist() == whole[batch][0].tolist()


def test_structures_of_arrays(batches):
    """Several inputs and outputs are cut alike."""
    data = batches({"a": np.arange(4), "b": np.arange(4) + 10}, (np.arange(4),), batch_size=4)
    inputs, (labels,) = data[0]
    assert (inputs["a"] + 10).tolist() == inputs["b"].tolist()
    assert inputs["a"].tolist() == labels.tolist()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda make: make(np.arange(6), batch_size=0),
            "batch_size must be an integer of at least 1; received batch_size=0.",
        ),
        (
            lambda make: make(np.arange(6), seed=-1),
            "seed must be an integer of at least 0; received seed=-1.",
        ),
        (
            lambda make: make(np.arange(0)),
            "x, y and sample_weight must have one row a sample each; received arrays of 0 rows.",
        ),
        (
            lambda make: make(np.arange(6), remainder="pad"),
            "remainder must be 'keep' or 'drop'; received remainder='pad'.",
        ),
        (
            lambda make: make(np.arange(64), batch_size=8).shard(0, 3),
            "of must divide the batch size, 8; received of=3. Use batch_size=9, for example.",
        ),
        (
            lambda make: make(np.arange(64), batch_size=8).shard(2, 2),
            "process must be an integer from 0 to 1; received process=2.",
        ),
        (
            lambda make: make(np.arange(64), batch_size=8).shard(1, 2).shard(0, 2),
            (
                "shard must be called on the whole data; received process 1 of 2. "
                "Keep the whole, and take each slice from it."
            ),
        ),
        (
            lambda make: make(np.arange(6), batch_size=8).shard(0, 2),
            (
                "batch_size must be at most the number of samples, 6, on several processes; "
                "received batch_size=8. Use smaller batches."
            ),
        ),
    ],
)
def test_arguments_are_checked(batches, act, message):
    """The message says what is wrong and what to write."""
    from kerasbook.errors import ArgumentError  # noqa: PLC0415  beside the other imports of the package

    with pytest.raises(ArgumentError) as caught:
        act(batches)
    assert str(caught.value) == message


def test_a_batch_that_is_not_there(batches):
    """Python's own error, which ends a loop over the data."""
    data = batches(np.arange(5), batch_size=2)
    assert [len(batch) for (batch,) in data] == [2, 2, 1]
    with pytest.raises(IndexError) as caught:
        data[3]
    assert str(caught.value) == "batch 3 is out of range: there are 3 batches"
