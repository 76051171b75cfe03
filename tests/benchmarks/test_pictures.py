"""What defeats other tools' pictures does not defeat ours; and it still defeats them."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path
from shutil import which

import numpy as np
import pictures
import pytest

KEPT = json.loads(pictures.KEPT.read_text(encoding="utf-8"))
AGAIN = "an answer changed: run `python benchmarks/pictures.py --write` and look at it"
CASES = {case.asked: case for case in pictures.CASES}


def test_published_table_is_that_of_the_kept_answers():
    """The page shows what is kept, of each case, and nothing else."""
    page = (Path(pictures.__file__).parent / "README.md").read_text(encoding="utf-8")
    assert "\n".join(pictures.to_markdown(KEPT)) in page
    assert list(KEPT["answers"]) == list(CASES)


def test_the_samples_are_what_their_cases_say():
    """Images are black to white within 0..1, labels a column of integers."""
    x, y = pictures.images(), pictures.labels()
    assert (x.min(), x.max(), len(x)) == (0, 1, 10)
    assert y.shape == (10, 1)
    assert y.dtype.kind == "i"
    assert np.ptp(x, axis=(1, 2, 3)).min() == 1


@pytest.mark.keras
@pytest.mark.parametrize("asked", CASES)
def test_what_defeats_others_does_not_defeat_us(asked):
    """No image is lost, white is white, columns of labels are read, diagrams are small and say all.

    In pixels a font may make a difference, so sizes are only held to be those of a page.
    """
    said, kept = pictures.answer(CASES[asked].ours), KEPT["answers"][asked]["ours"]
    size, pixels, words = said.partition(" pixels, ")
    if pixels:
        assert words == kept.partition(" pixels, ")[2] == "kernels, strides, shapes, parameters"
        width, height = (int(side.replace(",", "")) for side in size.split(" × "))
        assert width <= 10 * 144
        assert height <= 14 * 144
    else:
        assert said == kept


@pytest.mark.peers
def test_tools_are_the_versions_that_are_kept():
    """The answers are those of these versions."""
    assert {name: version(name) for name in pictures.PACKAGES} == KEPT["versions"], AGAIN


@pytest.mark.peers
@pytest.mark.parametrize("asked", CASES)
def test_others_answer_as_published(asked):
    """What is said of another tool is what it does; without `dot` plot_model says that it wants it.

    Fonts differ between machines, so a picture of graphviz may be a quarter larger or smaller.
    """
    said, kept = pictures.answer(CASES[asked].theirs), KEPT["answers"][asked]["theirs"]
    if CASES[asked].tool == "keras.utils.plot_model" and "pixels" in kept:
        if which("dot") is None:
            assert said == KEPT["answers"]["the same where graphviz is not installed"]["theirs"]
            return
        for one, two in zip(numbers(said), numbers(kept), strict=True):
            assert one == pytest.approx(two, rel=0.25), AGAIN
        return
    assert said == kept, AGAIN


def numbers(text):
    """The whole numbers in a text."""
    return [int(number.replace(",", "")) for number in re.findall(r"[0-9][0-9,]*", text)]
