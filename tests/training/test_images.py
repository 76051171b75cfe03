"""A store gives back what was written, in a known order, in bounded memory, and survives kills."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from kerasbook.errors import ArgumentError, SourceError

pytestmark = pytest.mark.keras

IMAGES = np.random.default_rng(0).integers(0, 256, (23, 4, 5, 3), dtype=np.uint8)
LABELS = np.arange(23) % 4


@pytest.fixture
def store(keras):
    """The class, imported when there is Keras."""
    from kerasbook.training import ImageStore  # noqa: PLC0415  imports Keras

    del keras
    return ImageStore


def pairs():
    """The images one by one."""
    return zip(IMAGES, LABELS.tolist(), strict=True)


def everything(data):
    """All batches as one."""
    pixels, labels = zip(*list(data), strict=True)
    return np.concatenate(pixels), np.concatenate(labels)


def test_what_is_written_comes_back(store, tmp_path):
    """Every byte and label, in the order of writing where no seed is given."""
    store.from_arrays(tmp_path / "store", IMAGES, LABELS, class_names=list("abcd"))
    data = store(tmp_path / "store", batch_size=6, seed=None)
    pixels, labels = everything(data)
    assert np.array_equal(pixels, IMAGES)
    assert labels.tolist() == LABELS.tolist()
    assert data.class_names == ("a", "b", "c", "d")
    assert data.class_counts == tuple(np.bincount(LABELS).tolist())


def test_it_gives_what_arrays_in_memory_give(store, tmp_path):
    """The batches of `Batches`, in every epoch and on every process."""
    from kerasbook.training import Batches  # noqa: PLC0415  imports Keras

    memory = Batches(IMAGES, LABELS, batch_size=6, seed=9)
    disk = store.from_arrays(tmp_path / "store", IMAGES, LABELS, batch_size=6, seed=9)
    for left, right in [(memory, disk), (memory.shard(1, 3), disk.shard(1, 3))]:
        for epoch in range(3):
            left.epoch = right.epoch = epoch
            for ours, theirs in zip(left, right, strict=True):
                assert np.array_equal(ours[0], theirs[0])
                assert ours[1].tolist() == theirs[1].tolist()


def test_a_killed_writing_goes_on(store, tmp_path, monkeypatch):
    """What was safe is not written again, what was not is; a store cut off is not opened."""
    from kerasbook.training import _store_blocks  # noqa: PLC0415  imports Keras

    monkeypatch.setattr(_store_blocks, "_BLOCK_BYTES", 4 * 60)
    path, seen = tmp_path / "store", []

    def broken():
        for number, pair in enumerate(pairs()):
            if number == 11:
                raise KeyboardInterrupt
            yield pair

    with pytest.raises(KeyboardInterrupt):
        store.from_stream(path, broken(), image_shape=(4, 5, 3))
    with (path / "images.bin").open("ab") as file:
        file.write(b"half a block")
    with pytest.raises(SourceError) as caught:
        store(path)
    assert str(caught.value) == (
        f"{path} is not complete: writing was broken off after 8 images. "
        f"Write it again, and it goes on from there."
    )
    data = store.from_stream(path, pairs(), image_shape=(4, 5, 3), progress=seen.append, seed=None)
    assert seen == [12, 16, 20, 23]
    pixels, labels = everything(data)
    assert np.array_equal(pixels, IMAGES)
    assert labels.tolist() == LABELS.tolist()
    store.from_stream(path, iter(()), image_shape=(4, 5, 3), progress=seen.append)
    assert len(seen) == 4


def test_a_folder_of_pictures(store, tmp_path):
    """A class a folder, in the order of their names; all are brought to one size."""
    pillow = pytest.importorskip("PIL.Image")
    for name, grey in [("b/1.png", 10), ("a/2.png", 200), ("a/1.PNG", 100)]:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pillow.fromarray(np.full((9, 7), grey, np.uint8)).save(path)
    (tmp_path / "photos" / "a" / "notes.txt").write_text("no picture", encoding="utf-8")
    seen = []
    data = store.from_folder(
        tmp_path / "photos",
        tmp_path / "store",
        image_size=(3, 2),
        progress=lambda done, of: seen.append((done, of)),
        seed=None,
    )
    pixels, labels = everything(data)
    assert pixels.shape == (3, 3, 2, 3)
    assert pixels[:, 0, 0, 0].tolist() == [100, 200, 10]
    assert labels.tolist() == [0, 0, 1]
    assert data.class_names == ("a", "b")
    assert seen == [(3, 3)]


def test_it_trains_with_keras_own_augmentation(store, keras, tmp_path):
    """A model with layers that turn images about learns from the store."""
    layers = keras.layers
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4, 5, 3)),
            layers.Rescaling(1 / 255),
            layers.RandomFlip(seed=1),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    data = store.from_arrays(tmp_path / "store", IMAGES, LABELS, batch_size=8)
    losses = model.fit(data, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_it_goes_on_after_a_breakdown(store, keras, run, state, tmp_path):
    """With `ExactResume`, mid-epoch, the weights are those of the run that was not broken off."""

    def model():
        keras.utils.clear_session()
        keras.utils.set_random_seed(0)
        layers = keras.layers
        network = keras.Sequential(
            [
                keras.Input((4, 5, 3)),
                layers.Rescaling(1 / 255),
                layers.Flatten(),
                layers.Dropout(0.2),
                layers.Dense(4, activation="softmax"),
            ]
        )
        network.compile("adam", "sparse_categorical_crossentropy")
        return network

    store.from_arrays(tmp_path / "store", IMAGES, LABELS)

    def train(name, after=0):
        data = store(tmp_path / "store", batch_size=5, seed=2)
        fit = {"validation_data": None}
        return run(tmp_path / name, after=after, model=model(), data=data, fit=fit)[0]

    whole = train("whole.state")
    train("run.state", after=8)
    for ours, theirs in zip(state(train("run.state")), state(whole), strict=True):
        assert np.array_equal(ours, theirs)


BOUNDED = """
import resource, sys
import numpy as np
from kerasbook.training import ImageStore

path, cap = sys.argv[1], int(sys.argv[2])
store = ImageStore(path, batch_size=64)
store[0]
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + cap, used + cap))
total = sum(int(batch[0][:, 0, 0, 0].sum()) for batch in store)
try:
    np.fromfile(path + "/images.bin", np.uint8)
except MemoryError:
    print(total)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the cap is Linux's")
def test_a_store_four_times_the_memory(store, tmp_path):
    """An epoch runs under a cap on memory that the store is four times as large as."""
    image = np.full((128, 128, 3), 7, np.uint8)
    count, cap = 2731, 32 * 2**20
    store.from_stream(
        tmp_path / "store", ((image, 0) for _ in range(count)), image_shape=image.shape
    )
    assert (tmp_path / "store" / "images.bin").stat().st_size > 4 * cap - image.nbytes
    done = subprocess.run(  # noqa: S603  our own code
        [sys.executable, "-c", BOUNDED, str(tmp_path / "store"), str(cap)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(7 * count), done.stderr


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda store, path: store.from_arrays(path, IMAGES.astype(float), LABELS),
            (
                "images must be bytes (uint8) of shape (4, 5, 3); received float64 of shape "
                "(4, 5, 3). Multiply by 255, round, and use astype('uint8') if they are from 0 "
                "to 1."
            ),
        ),
        (
            lambda store, path: store.from_arrays(path, IMAGES.astype("uint16") << 8, LABELS),
            (
                "images must be bytes (uint8) of shape (4, 5, 3); received uint16 of shape "
                "(4, 5, 3). Use (images >> 8).astype('uint8') if they have 16 bits."
            ),
        ),
        (
            lambda store, path: store.from_arrays(path, IMAGES[..., 0], LABELS),
            (
                "images must have shape (samples, height, width, channels); received "
                "images=<uint8 array of shape (23, 4, 5)>. Use images[..., None] for images "
                "without channels."
            ),
        ),
        (
            lambda store, path: store.from_arrays(path, IMAGES, [0, 1.7] + [0] * 21),
            (
                "labels must be integers from 0; received labels=(0.0, 1.7"
                + ", 0.0" * 21
                + "). Use labels.astype(int) if they are whole numbers."
            ),
        ),
        (
            lambda store, path: store.from_arrays(path, IMAGES, LABELS - 1),
            ("labels[0] must be an integer from 0 to 2147483647; received labels[0]=-1."),
        ),
        (
            lambda store, path: store.from_arrays(path, IMAGES, LABELS, class_names=["a", "b"]),
            "labels[2] must be an integer from 0 to 1; received labels[2]=2.",
        ),
        (
            lambda store, path: store.from_arrays(path, IMAGES, np.eye(4)[LABELS]),
            (
                "labels must be one integer an image, of shape (23,); received an array of shape "
                "(23, 4). Use labels.argmax(axis=1)."
            ),
        ),
        (
            lambda store, path: store.from_arrays(path, IMAGES, LABELS[:, None]),
            (
                "labels must be one integer an image, of shape (23,); received an array of shape "
                "(23, 1). Use labels[:, 0]."
            ),
        ),
        (
            lambda store, path: store.from_arrays(path, [IMAGES[0], IMAGES[0, :2]], [0, 1]),
            None,
        ),
        (
            lambda store, path: store.from_arrays(path, IMAGES, LABELS, class_names="abcd"),
            "class_names must be a list of names, each once; received class_names='abcd'.",
        ),
        (
            lambda store, path: store.from_stream(
                path, [(IMAGES[0], 0), (IMAGES[1], 1.7)], image_shape=(4, 5, 3)
            ),
            "labels[1] must be an integer from 0 to 2147483647; received labels[1]=1.7.",
        ),
        (
            lambda store, path: store.from_stream(path, [3], image_shape=(4, 5, 3)),
            "stream must give pairs of an image and its label; received stream=3.",
        ),
        (
            lambda store, path: store.from_stream(path, pairs(), image_shape=(4, 5)),
            "image_shape must be height, width and channels; received image_shape=(4, 5).",
        ),
        (
            lambda store, path: store.from_arrays(path, IMAGES, LABELS[:4]),
            (
                "labels must be one integer an image, of shape (23,); "
                "received an array of shape (4,)."
            ),
        ),
        (
            lambda store, path: store.from_stream(path, iter(()), image_shape=(2, 2, 1)),
            "stream must give at least one image; it gave none.",
        ),
    ],
)
def test_arguments_are_checked(store, tmp_path, act, message):
    """The message says what is wrong."""
    with pytest.raises(ArgumentError) as caught:
        act(store, tmp_path / "store")
    ragged = str(caught.value).startswith("images must be an array, all its entries of one shape;")
    assert ragged if message is None else str(caught.value) == message
    with pytest.raises(SourceError):
        store(tmp_path / "store")


def test_another_store_is_not_taken_for_this_one(store, tmp_path, monkeypatch):
    """Other images or labels of the same shape, whether its writing was finished or not."""
    from kerasbook.training import _store_blocks  # noqa: PLC0415  imports Keras

    path, other = tmp_path / "store", LABELS.copy()
    store.from_arrays(path, IMAGES, LABELS)
    assert store.from_arrays(path, IMAGES, LABELS).samples == 23
    other[7] += 1
    for images, labels in [(255 - IMAGES, LABELS), (IMAGES, other), (IMAGES[:9], LABELS[:9])]:
        with pytest.raises(SourceError) as caught:
            store.from_arrays(path, images, labels)
        assert str(caught.value) == (
            f"{path} holds another store: other images or labels. Remove it, or use another path."
        )
    monkeypatch.setattr(_store_blocks, "_BLOCK_BYTES", 4 * 60)
    with pytest.raises(ArgumentError):
        store.from_arrays(tmp_path / "part", IMAGES, np.where(LABELS + range(23) > 20, -1, LABELS))
    with pytest.raises(SourceError) as caught:
        store.from_arrays(tmp_path / "part", IMAGES, other)
    assert str(caught.value) == (
        f"{tmp_path / 'part'} was written from another stream: image 7 differs. "
        f"Remove it, or give the images in the same order."
    )
    data = store.from_arrays(tmp_path / "part", IMAGES, LABELS, seed=None)
    assert np.array_equal(everything(data)[0], IMAGES)


def test_folders_that_hold_no_store_are_refused(store, tmp_path):
    """Nothing there, another kind, another store, and a store that lost bytes."""
    with pytest.raises(SourceError) as caught:
        store(tmp_path)
    assert str(caught.value) == f"{tmp_path} is no image store: it has no store.json"
    (tmp_path / "store.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        store(tmp_path)
    assert str(caught.value) == f"{tmp_path} is no image store: store.json is of another kind"
    path = tmp_path / "store"
    store.from_arrays(path, IMAGES, LABELS)
    with pytest.raises(SourceError) as caught:
        store.from_arrays(path, IMAGES[:, :2], LABELS)
    assert str(caught.value) == (
        f"{path} holds another store: images of (4, 5, 3), classes (). "
        f"Remove it, or use another path."
    )
    with (path / "images.bin").open("ab") as file:
        file.truncate(100)
    with pytest.raises(SourceError) as caught:
        store(path)
    assert str(caught.value) == (
        f"{path} is damaged: images.bin has 100 bytes, and 23 samples need 1380. Write it anew."
    )
