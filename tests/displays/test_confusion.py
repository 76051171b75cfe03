from __future__ import annotations

import numpy as np
import pytest
from display_samples import NAMES, StubModel, refused, scores

from kerasbook.displays import ConfusionDisplay

LABELS, PROBABILITIES = scores(300)
SAID = PROBABILITIES.argmax(axis=1)


def confusion(**options):
    """The confusions of the samples."""
    return ConfusionDisplay.from_predictions(
        LABELS, PROBABILITIES, **{"class_names": NAMES, **options}
    )


@pytest.mark.data
@pytest.mark.parametrize("normalize", [None, "true", "pred", "all"])
def test_equals_scikit_learn(normalize):
    """The cells are those of `sklearn.metrics.confusion_matrix`, in each normalisation."""
    from sklearn.metrics import confusion_matrix  # noqa: PLC0415  only this test needs it

    # A class that never occurs and one that is never predicted divide by nothing.
    labels, said = np.append(LABELS, 5), np.append(SAID, 4)
    ours = ConfusionDisplay.from_predictions(
        labels, said, class_names=tuple("abcdef"), normalize=normalize
    )
    theirs = confusion_matrix(labels, said, labels=range(6), normalize=normalize)
    np.testing.assert_allclose(np.nan_to_num(ours.values), theirs)


def test_cells_are_written_and_coloured():
    """Each cell shows its count, in black on bright and in white on dark."""
    display = confusion().plot()
    cells = display.ax_.texts[:-1]  # the last says what was confused
    texts = [text.get_text() for text in cells]
    assert texts == [f"{count:,}" for count in display.counts.reshape(-1)]
    (image,) = display.ax_.images
    np.testing.assert_array_equal(image.get_array(), display.counts)
    assert image.get_cmap().name == "cividis"
    for text, value in zip(cells, display.counts.reshape(-1), strict=True):
        light = np.dot(image.to_rgba(value)[:3], (0.2126, 0.7152, 0.0722))
        assert (text.get_color() == "#000000") == (light > 0.4), value


def test_shares_are_written_as_per_cent():
    """Rates say on their axis of what they are a share."""
    display = confusion(normalize="true").plot()
    assert display.ax_.get_ylabel() == "true   (cells: % of true class)"
    texts = [int(text.get_text()) for text in display.ax_.texts[:-1]]
    assert texts == [round(100 * value) for value in display.values.reshape(-1)]


def test_worst_pairs_are_named_and_outlined():
    """The most frequent confusions come first, below the matrix and in dashed frames."""
    display = confusion().plot()
    pairs = display.worst_pairs
    counts = [pair.count for pair in pairs]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == int((SAID != LABELS).sum())
    for pair in pairs:
        true, said = NAMES.index(pair.true), NAMES.index(pair.predicted)
        assert pair.count == int(((true == LABELS) & (said == SAID)).sum())
        assert pair.share == pair.count / int((true == LABELS).sum())
    label = display.ax_.texts[-1].get_text().replace("\xa0", " ").replace("\n", " ")
    assert [str(pair) in label for pair in pairs[:4]] == [True, True, True, False]
    frames = [(frame.get_x() + 0.45, frame.get_y() + 0.45) for frame in display.ax_.patches]
    expected = [(NAMES.index(pair.predicted), NAMES.index(pair.true)) for pair in pairs[:3]]
    np.testing.assert_allclose(frames, expected)
    assert str(pairs[0]) in display.alt_text


def test_nothing_confused():
    """A perfect model has no worst pairs."""
    display = ConfusionDisplay.from_predictions([0, 1, 2], [0, 1, 2])
    assert display.worst_pairs == ()
    assert display.alt_text == (
        "Confusion matrix of 3 classes: 100 % of 3 samples right. "
        "Found of each class: 0 100 %, 1 100 % and 2 100 %. Nothing is confused."
    )
    assert len(display.plot().ax_.texts) == 9


@pytest.mark.parametrize("labels", [LABELS, LABELS[:, None], np.eye(4)[LABELS]])
@pytest.mark.parametrize("said", [PROBABILITIES, 9 * np.log(PROBABILITIES), SAID, SAID[:, None]])
def test_every_form_gives_the_same_counts(labels, said):
    """Labels and predictions may come in any form."""
    display = ConfusionDisplay.from_predictions(labels, said)
    np.testing.assert_array_equal(display.counts, confusion().counts)


def test_from_model():
    """A model's predictions are made in batches."""
    model = StubModel(lambda x: PROBABILITIES[: len(x)])
    display = ConfusionDisplay.from_model(model, np.zeros((300, 2)), LABELS, batch_size=64)
    assert model.batch_sizes == [64]
    np.testing.assert_array_equal(display.counts, confusion().counts)


def test_class_names_are_on_both_sides():
    """The names stand as they are, dollar signs too."""
    display = confusion().plot()
    for labels in (display.ax_.get_xticklabels(), display.ax_.get_yticklabels()):
        texts = [label.get_text() for label in labels]
        assert texts[0] == "airplane"
        assert texts[2] == "$5 and $10"
        assert not any(label.get_parse_math() for label in labels)


def test_many_classes_stay_bounded():
    """A thousand classes give a picture with few ticks and no numbers; more are refused."""
    labels = np.arange(1000)
    display = ConfusionDisplay.from_predictions(labels, labels[::-1].copy()).plot()
    (said,) = display.ax_.texts
    assert said.get_text().startswith("most often confused:")
    assert len(display.ax_.get_xticks()) <= 30
    assert max(display.figure_.get_size_inches()) < 14
    with refused("y_true must have at most 2,000 classes; received y_true=5001."):
        ConfusionDisplay.from_predictions([0, 5000], [0, 1])


def test_lengths_that_differ():
    """There is one prediction for each label."""
    with refused(
        "y_prob must have one entry for each of the 3 labels; "
        "received y_prob=<int64 array of shape (2,)>."
    ):
        ConfusionDisplay.from_predictions([0, 1, 1], [0, 1])


@pytest.mark.parametrize("normalize", ["true", "pred"])
def test_a_share_of_nothing_is_not_zero(normalize):
    """A class that has no samples, or is never predicted, has a dash in its cells, and a word."""
    display = ConfusionDisplay.from_predictions(
        [0, 1, 1], [0, 1, 0], class_names=("cat", "dog", "frog"), normalize=normalize
    )
    nothing = np.isnan(display.values)
    expected = np.zeros((3, 3), bool)
    expected[(2, slice(None)) if normalize == "true" else (slice(None), 2)] = True
    np.testing.assert_array_equal(nothing, expected)
    cells = [text.get_text() for text in display.plot().ax_.texts][:9]
    assert [text == "–" for text in cells] == nothing.ravel().tolist()
    assert "Found of each class: cat 100 % and dog 50.0 %. No sample is of frog. " in (
        display.alt_text
    )
    assert display.samples.tolist() == [1, 2, 0]
