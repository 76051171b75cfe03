"""Folders of pictures: the classes, labels and pixels of Keras's own reader, or better ones."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
from picture_files import GREY, HEIGHT, RGB, WIDTH, encoded, files, more_files

from kerasbook.errors import ArgumentError, SourceError

pytestmark = pytest.mark.keras

pillow = pytest.importorskip("PIL.Image")


@pytest.fixture
def store(keras):
    """The class, imported when there is Keras."""
    from kerasbook.training import ImageStore  # noqa: PLC0415  imports Keras

    del keras
    return ImageStore


@pytest.fixture
def from_folder(store, tmp_path):
    """A store of a folder of pictures, as they are, in order."""

    def make(source=tmp_path / "photos", path=tmp_path / "store", **options):
        settings = {"image_size": (HEIGHT, WIDTH), "batch_size": 10**6, "seed": None}
        return store.from_folder(source, path, **settings | options)

    return make


def write(folder, contents):
    """Files with these bytes; small grey pictures where a number stands in their place."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, int):
            content = encoded(pillow.new("L", (WIDTH, HEIGHT), content), "png")  # noqa: PLW2901
        path.write_bytes(content)


def of_keras(keras, folder, **options):
    """`(pixels, labels, class names, paths)` of Keras's own reader."""
    pytest.importorskip("tensorflow", reason="Keras reads folders with it")
    data = keras.utils.image_dataset_from_directory(
        folder, image_size=(HEIGHT, WIDTH), shuffle=False, batch_size=None, verbose=False, **options
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pixels, labels = zip(*data, strict=True)
    paths = [os.path.relpath(path, folder) for path in data.file_paths]
    return np.stack(pixels), np.stack(labels).tolist(), data.class_names, paths


def grey_of(data):
    """The grey of each picture, and its label."""
    pixels, labels = data[0]
    return list(zip(pixels[:, 0, 0, 0].tolist(), labels.tolist(), strict=True))


# ------------------------------------------------------------------------------------- pixels


def test_every_mode_gives_the_pixels_of_keras(keras, from_folder, tmp_path):
    """Bit by bit, but where a decoder may round: JPEG, within a few of 256 steps."""
    contents = files(pillow)
    write(tmp_path / "photos" / "a", contents)
    ours, _ = from_folder()[0]
    theirs, _, _, paths = of_keras(keras, tmp_path / "photos")
    assert sorted(path[2:] for path in paths) == sorted(contents)
    for path, left, right in zip(paths, ours.astype(float), theirs, strict=True):
        if path == "a/key.gif":  # Keras makes what is transparent black, here alone
            right = np.where(right == 0, left, right)  # noqa: PLW2901
            assert np.array_equal(left, ours[paths.index("a/still.gif")])
        assert np.abs(left - right).max() <= 4 * path.endswith(("jpg", "jpeg")), path


def test_sixteen_bits_keep_their_upper_eight(from_folder, tmp_path):
    """They are no longer white."""
    grey = pillow.fromarray(np.full((HEIGHT, WIDTH), 40000, np.uint16))
    write(tmp_path / "photos", {"a/1.png": encoded(grey, "png")})
    assert grey_of(from_folder()) == [(40000 >> 8, 0)]


@pytest.mark.parametrize("name", more_files(pillow))
def test_what_keras_leaves_out_is_read(from_folder, tmp_path, name):
    """Lossless kinds give the pixels that were written; of several pictures, the first."""
    content, pixels = more_files(pillow)[name]
    write(tmp_path / "photos" / "a", {name: content})
    assert np.array_equal(from_folder()[0][0][0], pixels)


@pytest.mark.parametrize("suffix", ["jfif", "jpe", "JPEG"])
def test_a_jpeg_may_have_any_of_its_suffixes(from_folder, tmp_path, suffix):
    """The pixels are those of the same bytes under the usual one."""
    content = encoded(pillow.fromarray(RGB), "jpeg")
    write(tmp_path / "photos", {f"a/1.{suffix}": content, "a/2.jpg": content})
    pixels, _ = from_folder()[0]
    assert np.array_equal(pixels[0], pixels[1])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_stand_upright(from_folder, tmp_path, orientation):
    """What the camera noted is undone; NumPy turns the picture the other way first."""
    stored = {
        1: RGB,
        2: RGB[:, ::-1],
        3: RGB[::-1, ::-1],
        4: RGB[::-1],
        5: RGB.transpose(1, 0, 2),
        6: np.rot90(RGB, 1),
        7: RGB[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(RGB, -1),
    }[orientation]
    note = pillow.Exif()
    note[0x0112] = orientation
    photo = pillow.fromarray(np.ascontiguousarray(stored))
    content = encoded(photo, "jpeg", quality=98, subsampling=0, exif=note)
    write(tmp_path / "photos", {"a/1.jpg": content})
    assert np.abs(from_folder()[0][0][0].astype(int) - RGB).max() <= 4


def test_pictures_are_made_smaller_by_averaging(keras, from_folder, tmp_path):
    """Fine stripes become the grey that they are from afar, where Keras picks some of them."""
    stripes = np.zeros((4 * HEIGHT, 4 * WIDTH), np.uint8)
    stripes[:, ::4] = 200  # one column in four: 50 on average
    write(tmp_path / "photos", {"a/1.png": encoded(pillow.fromarray(stripes), "png")})
    ours = from_folder()[0][0][0, 2:-2, 2:-2].astype(int)
    assert np.abs(ours - 50).max() <= 10
    theirs = of_keras(keras, tmp_path / "photos")[0]
    assert np.abs(theirs - 50).max() >= 40


def test_pixels_without_a_range_are_refused(from_folder, tmp_path):
    """Nobody can say what is white in 32 bits; the file is named."""
    for name, kind in [("float", np.float32), ("integer", np.int32)]:
        picture = pillow.fromarray(GREY.astype(kind))
        write(tmp_path / "photos", {f"a/{name}.tif": encoded(picture, "tiff")})
    with pytest.raises(SourceError) as caught:
        from_folder()
    why = "its pixels are 32-bit numbers of unknown range"
    assert str(caught.value) == (
        f"2 of 2 pictures in {str(tmp_path / 'photos')!r} cannot be read: a/float.tif ({why}); "
        f"a/integer.tif ({why}). Mend or remove them, or leave them out with bad_files='skip'."
    )


# ------------------------------------------------------------------------------------ classes


def test_classes_and_labels_are_those_of_keras(keras, from_folder, tmp_path):
    """Folders inside a class, other suffixes in capitals, hidden folders, a class without any."""
    write(
        tmp_path / "photos",
        {
            "b/1.png": 1,
            "b/in/deep/2.PNG": 2,
            "b/in-1/3.png": 3,
            "B/4.png": 4,
            "a b/5.png": 5,
            "b/in/notes.txt": b"no picture",
            ".ipynb_checkpoints/1-checkpoint.png": 6,
        },
    )
    (tmp_path / "photos" / "empty").mkdir()
    data = from_folder()
    pixels, labels, names, _ = of_keras(keras, tmp_path / "photos")
    assert list(data.class_names) == names == ["B", "a b", "b", "empty"]
    assert grey_of(data) == list(zip(pixels[:, 0, 0, 0].tolist(), labels, strict=True))
    assert data.class_counts == (1, 1, 3, 0)


def test_given_classes_keep_their_labels(keras, from_folder, tmp_path):
    """Validation data counts classes as the training data does, as with Keras."""
    write(tmp_path / "photos", {"cat/1.png": 1, "dog/2.png": 2, "frog/3.png": 3})
    data = from_folder(class_names=["frog", "cat"])
    _, labels, names, _ = of_keras(keras, tmp_path / "photos", class_names=["frog", "cat"])
    assert list(data.class_names) == names
    assert grey_of(data) == [(3, 0), (1, 1)]
    assert labels == [0, 1]
    assert data.class_counts == (1, 1)


def test_what_is_hidden_is_left_out_at_every_depth(from_folder, tmp_path):
    """Copies that Jupyter, macOS and others keep are no pictures of the user's."""
    hidden = ["a/.ipynb_checkpoints/1.png", "a/._1.png", "__MACOSX/a/2.png", "a/__MACOSX/3.png"]
    write(tmp_path / "photos", {"a/1.png": 9, **dict.fromkeys(hidden, 8)})
    data = from_folder()
    assert data.class_names == ("a",)
    assert grey_of(data) == [(9, 0)]


def test_linked_folders_are_followed_once(from_folder, tmp_path):
    """A class may be a link; a link to what is above it ends."""
    write(tmp_path / "elsewhere", {"1.png": 1, "more/2.png": 2})
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    loop = tmp_path / "elsewhere" / "more" / "loop"
    loop.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert grey_of(from_folder()) == [(1, 0), (2, 0)]


# ---------------------------------------------------------------------------------- bad files


def cut(kind, **options):
    """A picture of that kind without its second half."""
    whole = encoded(pillow.effect_noise((64, 64), 50).convert("RGB"), kind, **options)
    return whole[: len(whole) // 2]


BAD = {
    "a/broken_0042.jpg": cut("jpeg"),
    "a/cut.gif": cut("gif"),
    "a/cut.png": cut("png"),
    "a/cut.tif": cut("tiff"),
    "a/cut.webp": cut("webp", lossless=True),
    "b/cut.bmp": cut("bmp"),
    "b/empty.png": b"",
    "b/program.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "b/text.jpg": b"not found",
    "loose.png": 3,
}
GOOD = {"a/1.png": 1, "a/x.png": 2, "b/1.png": 4, "b/x.png": 5}


def test_all_bad_files_are_named_in_one_error(from_folder, tmp_path):
    """Every one of them, whatever Pillow said of it, and none that is good."""
    write(tmp_path / "photos", BAD | GOOD)
    with pytest.raises(SourceError) as caught:
        from_folder()
    message = str(caught.value)
    assert message.startswith(
        f"10 of 14 pictures in {str(tmp_path / 'photos')!r} cannot be read: "
        "loose.png (it is outside all class folders); a/broken_0042.jpg (image file is truncated"
    )
    assert message.endswith(". Mend or remove them, or leave them out with bad_files='skip'.")
    assert all(f"{name} (" in message for name in BAD)
    assert not any(f"{name} (" in message for name in GOOD)


def test_bad_files_are_left_out_if_that_is_asked_for(store, from_folder, tmp_path):
    """The rest keep their labels; the store says which are missing, also when it is opened."""
    write(tmp_path / "photos", BAD | GOOD)
    seen = []
    data = from_folder(bad_files="skip", progress=lambda done, of: seen.append((done, of)))
    assert grey_of(data) == [(1, 0), (2, 0), (4, 1), (5, 1)]
    assert sorted(data.skipped) == sorted(BAD)
    assert seen[-1] == (14, 14)
    assert store(tmp_path / "store").skipped == data.skipped
    assert from_folder(bad_files="skip").skipped == data.skipped
    with pytest.raises(SourceError) as caught:
        from_folder()
    assert str(caught.value) == (
        f"{tmp_path / 'store'} was written without what could not be read: "
        f"{'; '.join(data.skipped)}. Remove it and write it again, or use bad_files='skip'."
    )


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("kind", ["jpeg", "png", "bmp", "tiff"])
def test_a_picture_that_was_cut_off_is_never_taken(from_folder, tmp_path, kind, share):
    """Its missing part is not filled with grey."""
    whole = encoded(pillow.effect_noise((64, 64), 50).convert("RGB"), kind)
    suffix = {"jpeg": "jpg", "tiff": "tif"}.get(kind, kind)
    write(tmp_path / "photos", {f"a/1.{suffix}": whole[: int(len(whole) * share)]})
    with pytest.raises(SourceError, match=rf"1 of 1 pictures .*: a/1\.{suffix} \("):
        from_folder()


# -------------------------------------------------------------------------- written and written


def test_a_writing_goes_on_behind_what_was_bad(from_folder, tmp_path, monkeypatch):
    """What came before it is kept, whether the file is mended or removed."""
    from kerasbook.training import _store_blocks  # noqa: PLC0415  imports Keras

    monkeypatch.setattr(_store_blocks, "_BLOCK_BYTES", 2 * HEIGHT * WIDTH * 3)
    write(tmp_path / "photos", {f"a/{n}.png": n for n in range(9)} | {"a/5.png": b""})
    seen = []
    with pytest.raises(SourceError, match="1 of 9"):
        from_folder(progress=lambda done, of: seen.append((done, of)))
    assert seen == [(2, 9), (4, 9)]
    (tmp_path / "photos" / "a" / "5.png").unlink()
    data = from_folder(progress=lambda done, of: seen.append((done, of)))
    assert seen[2:] == [(6, 8), (8, 8)]
    assert grey_of(data) == [(n, 0) for n in range(9) if n != 5]


@pytest.mark.parametrize(
    "change",
    [
        lambda photos: write(photos, {"a/0.png": 7}),
        lambda photos: (photos / "a" / "1.png").rename(photos / "b" / "0.png"),
        lambda photos: (photos / "b" / "2.png").unlink(),
        lambda photos: write(photos, {"a/1.png": b""}),
    ],
)
def test_a_store_of_other_pictures_is_not_taken_for_this_one(from_folder, tmp_path, change):
    """A picture more, of another class, fewer, or another one in its place."""
    photos = tmp_path / "photos"
    write(photos, {"a/1.png": 1, "b/2.png": 2, "b/3.png": 3})
    assert grey_of(from_folder()) == grey_of(from_folder())
    change(photos)
    with pytest.raises(SourceError) as caught:
        from_folder()
    assert str(caught.value) == (
        f"{tmp_path / 'store'} holds another store: other pictures than {str(photos)!r} has. "
        f"Remove it, or use another path."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"class_names": ["cat", "dgo"]},
            (
                "class_names must be folders in '{photos}', which has 'cat', 'dog'; received "
                "class_names=('dgo',). A class without pictures needs an empty folder."
            ),
        ),
        (
            {"class_names": "cat"},
            "class_names must be a list of names, each once; received class_names='cat'.",
        ),
        (
            {"class_names": ["cat", "cat"]},
            "class_names must be a list of names, each once; received class_names=('cat', 'cat').",
        ),
        (
            {"image_size": (8, 0)},
            "image_size must be an integer of at least 1; received image_size=0.",
        ),
        (
            {"bad_files": "ignore"},
            "bad_files must be 'refuse' or 'skip'; received bad_files='ignore'.",
        ),
    ],
)
def test_wrong_arguments_are_told(from_folder, tmp_path, options, message):
    """The whole message."""
    write(tmp_path / "photos", {"cat/1.png": 1, "dog/2.png": 2})
    with pytest.raises(ArgumentError) as caught:
        from_folder(**options)
    assert str(caught.value) == message.format(photos=tmp_path / "photos")


def test_folders_without_pictures_or_for_the_store_are_refused(from_folder, tmp_path):
    """Nothing there, no pictures, and a store that would be a class of its own pictures."""
    photos = tmp_path / "photos"
    for expected in (
        (
            f"source must be a folder with a folder of pictures for each class; received "
            f"source={str(photos)!r}."
        ),
        (
            f"source must have a folder of pictures for each class; received "
            f"source={str(photos)!r}, with none."
        ),
    ):
        with pytest.raises(ArgumentError) as caught:
            from_folder()
        assert str(caught.value) == expected
        (photos / "a").mkdir(parents=True, exist_ok=True)
    with pytest.raises(ArgumentError) as caught:
        from_folder(path=photos / "store")
    assert str(caught.value) == (
        "path must lie outside source, whose folders are classes; received "
        f"path={str(photos / 'store')!r}."
    )
