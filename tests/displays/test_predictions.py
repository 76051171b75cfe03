from __future__ import annotations

import numpy as np
import pytest
from display_samples import NAMES, StubModel, images, refused, scores
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from kerasbook.displays import PredictionGridDisplay
from kerasbook.drawing.theme import theme_named

COUNT = 60
IMAGES = images(COUNT)
LABELS, PROBABILITIES = scores(COUNT)
RIGHT = PROBABILITIES.argmax(axis=1) == LABELS


def grid(**options):
    """A grid of the samples, reproducible."""
    options = {"class_names": NAMES, "rng": 0, **options}
    return PredictionGridDisplay.from_predictions(IMAGES, LABELS, PROBABILITIES, **options)


@pytest.mark.parametrize("select", ["random", "wrong", "top_loss", "stratified"])
@pytest.mark.parametrize("n", [1, 2, 7, 10, 23, COUNT])
def test_no_image_is_lost(select, n):
    """Any n is drawn: each image once, with its own caption below and border around it."""
    display = grid(select=select, n=n).plot()
    shown = min(n, int((~RIGHT).sum())) if select == "wrong" else n
    drawn = [np.asarray(image.get_array()) for image in display.ax_.images]
    assert len(drawn) == len(display.ax_.patches) == len(display.captions_) == shown
    assert len(set(display.indices.tolist())) == shown
    for picture, index in zip(drawn, display.indices, strict=True):
        np.testing.assert_allclose(picture, IMAGES[index], rtol=1e-6)
    assert len(display.ax_.texts) == 3 * shown


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_right_and_wrong_differ_by_mark_and_border(theme):
    """✓ and a solid border, ✗ and a dashed one; the colours differ too, but not alone."""
    display = grid(n=COUNT).plot(theme=theme)
    colors = theme_named(theme)
    first_lines = [text.get_text() for text in display.ax_.texts[::3]]
    for right, border, line in zip(display.right, display.ax_.patches, first_lines, strict=True):
        assert line.startswith("✓ " if right else "✗ ")
        assert (border.get_linestyle() in {"-", "solid"}) is bool(right)
        assert to_hex(border.get_edgecolor()).upper() == (colors.right if right else colors.wrong)


def test_captions_are_data():
    """Predicted class, confidence, mark, and the true class where it is another."""
    display = grid(n=COUNT)
    for caption, index in zip(display.captions_, display.indices, strict=True):
        said, true = PROBABILITIES[index].argmax(), LABELS[index]
        confidence = f"{PROBABILITIES[index].max():.0%}".replace("%", " %")
        mark = "✓" if said == true else f"✗ {NAMES[true]}"
        assert caption == f"{NAMES[said]} {confidence} {mark}"


def test_drawn_captions_name_both_classes():
    """Below each image stand the predicted class, its confidence, then the true class."""
    display = grid(n=5).plot()
    texts = [text.get_text() for text in display.ax_.texts]
    captions = zip(texts[::3], texts[1::3], texts[2::3], strict=True)
    for said, true, (top, middle, bottom) in zip(
        display.predicted, display.true, captions, strict=True
    ):
        assert NAMES[said][:6] in top
        assert middle.endswith(" % sure")
        assert bottom.startswith("is ")
        assert NAMES[true][:6] in bottom


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("select", ["random", "wrong", "top_loss", "stratified"])
def test_fewer_images_than_are_shown_by_default(select, count):
    """All of them are shown: nobody has to count before he looks."""
    display = PredictionGridDisplay.from_predictions(
        IMAGES[:count], LABELS[:count], PROBABILITIES[:count], select=select
    )
    expected = int((~RIGHT[:count]).sum()) if select == "wrong" else count
    assert len(display.plot().captions_) == expected


def test_captions_do_not_run_into_each_other():
    """No caption overlaps another, with long names too."""
    names = tuple(f"{place}: a class with a very long name" for place in range(4))
    display = grid(n=20, class_names=names).plot()
    display.figure_.draw_without_rendering()
    boxes = [text.get_window_extent() for text in display.ax_.texts]
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])


def test_the_honest_caption():
    """The article's example: 10 of 10,000, of which 71.7 % are right."""
    labels = np.zeros(10_000, dtype=int)
    probabilities = np.full((10_000, 2), [0.9, 0.1])
    probabilities[7170:] = [0.2, 0.8]
    pictures = np.broadcast_to(np.linspace(0, 1, 4).reshape(1, 2, 2), (10_000, 2, 2))
    display = PredictionGridDisplay.from_predictions(pictures, labels, probabilities, rng=4)
    here = int(display.right.sum())
    expected = f"{here} of 10 right here; 71.7 % on all 10,000; 6 to 8 would be usual"
    assert display.title == expected
    assert display.usual == (6, 8)
    drawn = display.plot().ax_.get_title(loc="left")
    assert drawn.replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ") == expected


def test_titles_say_how_the_images_were_chosen():
    """A selection that is not random claims nothing about what would be usual."""
    wrong, accuracy = int((~RIGHT).sum()), f"{RIGHT.mean():.1%}".replace("%", " %")
    assert grid(n=COUNT).title == f"{RIGHT.sum()} of 60 right: {accuracy}"
    assert grid(n=3, select="wrong").title == (
        f"3 of the {wrong} wrong ones; {accuracy} right on all 60"
    )
    assert grid(n=2, select="top_loss").title == (
        f"The 2 largest losses: 0 of 2 right here; {accuracy} on all 60"
    )
    assert grid(n=1, select="top_loss").title == (
        f"The largest loss: 0 of 1 right here; {accuracy} on all 60"
    )
    assert "spread over the classes" in grid(n=8, select="stratified").title


def test_nothing_is_wrong():
    """A perfect model has no wrong ones to show, and says so."""
    perfect = np.eye(4)[LABELS]
    display = PredictionGridDisplay.from_predictions(IMAGES, LABELS, perfect, select="wrong")
    assert display.title == "None is wrong; 100 % right on all 60"
    assert display.captions_ == ()
    assert len(display.plot().ax_.images) == 0
    assert display.alt_text == (
        "Grid of 0 images with a model's predictions. None is wrong; 100 % right on all 60."
    )


def test_random_is_fair_and_repeatable():
    """A seed repeats the choice; without one each image comes up equally often."""
    assert grid(rng=3).indices.tolist() == grid(rng=3).indices.tolist()
    rng = np.random.default_rng(0)
    seen = np.concatenate([grid(n=6, rng=rng).indices for _ in range(600)])
    counts = np.bincount(seen, minlength=COUNT)  # 60 expected, deviation about 7.3
    assert counts.min() > 60 - 5 * 7.4
    assert counts.max() < 60 + 5 * 7.4


def test_wrong_and_top_loss_choose_what_they_say():
    """Only wrong ones; and the largest cross-entropy, largest first."""
    assert not grid(n=5, select="wrong").right.any()
    losses = -np.log(PROBABILITIES[np.arange(COUNT), LABELS])
    assert grid(n=9, select="top_loss").indices.tolist() == np.argsort(-losses)[:9].tolist()


@pytest.mark.parametrize("n", [3, 4, 8, 10, 30])
def test_stratified_is_even(n):
    """Classes differ by at most one image, unless one has no more to give."""
    labels = np.array([0] * 40 + [1] * 10 + [2] * 8 + [3] * 2)
    display = PredictionGridDisplay.from_predictions(
        IMAGES, labels, PROBABILITIES, n=n, select="stratified", rng=0
    )
    counts = np.bincount(display.true, minlength=4)
    assert counts.sum() == n
    available = np.bincount(labels)
    assert all(
        count == have or count >= counts.max() - 1
        for count, have in zip(counts, available, strict=True)
    )


@pytest.mark.parametrize(
    "labels", [LABELS, LABELS[:, None], np.eye(4)[LABELS], LABELS.astype("float32")]
)
@pytest.mark.parametrize("predictions", [PROBABILITIES, 40 + 3 * np.log(PROBABILITIES)])
@pytest.mark.parametrize("pictures", [IMAGES, 255 * IMAGES, np.moveaxis(IMAGES, -1, 1)])
def test_every_form_of_the_same_gives_the_same(labels, predictions, pictures):
    """(N, 1) labels, one-hot rows, logits, bytes and channels first: nothing fails or differs."""
    display = PredictionGridDisplay.from_predictions(pictures, labels, predictions, rng=0)
    assert display.indices.tolist() == grid().indices.tolist()
    assert display.right.tolist() == grid().right.tolist()
    np.testing.assert_allclose(display.pictures, grid().pictures, atol=1e-6)


def test_one_sigmoid_unit():
    """A column of probabilities shows the probability of the class that is predicted."""
    display = PredictionGridDisplay.from_predictions(
        IMAGES[:2], [1, 1], [[0.9], [0.2]], class_names=("no", "yes"), n=2
    )
    assert display.captions_ == ("yes 90 % ✓", "no 80 % ✗ yes")


def test_from_model_predicts_in_batches():
    """The model gets all images, so many at a time, and the rest is as with its predictions."""
    model = StubModel(lambda x: PROBABILITIES[: len(x)])
    display = PredictionGridDisplay.from_model(
        model, IMAGES, LABELS, class_names=NAMES, rng=0, batch_size=16
    )
    assert model.batch_sizes == [16]
    assert display.captions_ == grid().captions_


def test_on_small_axes_the_text_shrinks():
    """In a corner of the user's figure text and pictures keep their proportions."""
    own = grid().plot().ax_.texts[0].get_fontsize()
    axes = Figure(figsize=(8, 6)).subplots(2, 3)
    small = grid().plot(ax=axes[0, 0]).ax_.texts
    assert all(text.get_fontsize() < 0.6 * own for text in small)


def test_the_users_layout_is_respected():
    """Axes that a layout engine has yet to place are measured where it will place them."""
    figure = Figure(figsize=(11, 6), layout="constrained")
    axes = figure.subplots(1, 2, width_ratios=(1, 2))
    narrow, wide = (grid().plot(ax=ax).ax_.texts[0].get_fontsize() for ax in axes)
    assert narrow < 0.6 * wide


def test_a_thousand_images_fit_one_figure():
    """Many images get small; the figure stays within 30 inches."""
    many = np.resize(np.arange(COUNT), 1000)
    display = PredictionGridDisplay.from_predictions(
        IMAGES[many], LABELS[many], PROBABILITIES[many], n=1000
    ).plot()
    assert len(display.ax_.images) == 1000
    assert max(display.figure_.get_size_inches()) <= 31


def test_alt_text_goes_through_the_images():
    """Each of the first twenty is told, and the rest counted."""
    display = grid(n=COUNT)
    assert "1: " in display.alt_text
    assert "20: " in display.alt_text
    assert "21: " not in display.alt_text
    rest = int(display.right[20:].sum())
    assert display.alt_text.endswith(f"Of the other 40, {rest} are right.")
    told = grid(n=1, select="top_loss")
    said, true = NAMES[told.predicted[0]], NAMES[told.true[0]]
    assert f"1: {said}, " in told.alt_text
    assert told.alt_text.endswith(f" sure, wrong, it is {true}.")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n must be an integer of at least 1; received n=0."),
        ({"n": True}, "n must be an integer of at least 1; received n=True."),
        (
            {"select": "worst"},
            (
                "select must be 'random', 'wrong', 'top_loss' or 'stratified'; "
                "received select='worst'."
            ),
        ),
        (
            {"class_names": ("a", "b")},
            "class_names must have one name per class (4); received 2: class_names=('a', 'b').",
        ),
    ],
)
def test_wrong_options(change, message):
    """Each option names itself, what it may be, and what came."""
    with refused(message):
        grid(**change)


def test_lengths_that_differ():
    """Images, labels and predictions belong together one by one."""
    with refused(
        "y_prob must have one entry for each of the 60 images; "
        "received y_prob=<int64 array of shape (59,)>."
    ):
        PredictionGridDisplay.from_predictions(IMAGES, LABELS, PROBABILITIES[:59])
    with refused(
        "y_true must have one entry for each of the 59 images; "
        "received y_true=<int64 array of shape (60,)>."
    ):
        PredictionGridDisplay.from_predictions(IMAGES[:59], LABELS, PROBABILITIES)


def test_classes_are_no_predictions_with_confidence():
    """The class that a model chooses does not say how sure it is."""
    with refused(
        "y_prob must hold probabilities or logits; received y_prob=<int64 array of shape (60,)>. "
        "Give what the model puts out, not the class it chooses."
    ):
        PredictionGridDisplay.from_predictions(IMAGES, LABELS, LABELS)
