"""The tour, end to end on few images: what it writes, what it says, how it stops."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser

import pytest

from kerasbook import tour
from kerasbook.cli import main
from kerasbook.datasets import digits
from kerasbook.errors import ArgumentError

pytestmark = [pytest.mark.keras, pytest.mark.data]

FEW = {"data": "digits", "epochs": 1, "samples": 200}


@pytest.fixture(scope="module")
def toured(tmp_path_factory):
    """One small tour: its folder, its metrics, its lines."""
    out = tmp_path_factory.mktemp("tour") / "report"
    lines = []
    metrics = tour.run_tour(**FEW, seed=3, out=out, say=lines.append)
    return out, metrics, "\n".join(lines)


class Page(HTMLParser):
    """What a test wants to know of an HTML page."""

    def __init__(self, html):
        super().__init__()
        self.images, self.links, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Collect images and links."""
        attributes = dict(attrs)
        if tag == "img":
            self.images.append(attributes)
        self.links += [attributes[key] for key in ("src", "href", "srcset") if key in attributes]

    def handle_data(self, data):
        """Collect text."""
        self.text += data


def test_folder_holds_page_metrics_figures_and_models(toured):
    """The folder holds exactly what is promised."""
    out, metrics, _ = toured
    assert sorted(path.name for path in out.iterdir()) == [
        "cnn.keras",
        "figures",
        "fnn.keras",
        "index.html",
        "line.keras",
        "metrics.json",
    ]
    assert json.loads((out / "metrics.json").read_text()) == json.loads(json.dumps(metrics))
    assert sorted(path.name for path in (out / "figures").iterdir()) == sorted(
        f"{name}-{theme}.svg"
        for name in (
            "line-fit",
            "fnn-history",
            "fnn-predictions",
            "cnn-history",
            "cnn-predictions",
        )
        for theme in ("light", "dark")
    )


def test_page_needs_nothing_else(toured):
    """Nothing on the page is loaded from elsewhere, and each figure has its text."""
    page = Page((toured[0] / "index.html").read_text())
    assert len(page.images) == 5
    assert all(len(image["alt"]) > 40 for image in page.images)
    assert all(link.startswith("data:image/svg+xml;base64,") for link in page.links)
    assert "before its end" not in page.text


def test_metrics_equal_the_saved_models(toured):
    """Counts and accuracy in `metrics.json` are those of the files beside it."""
    import keras  # noqa: PLC0415  the fast tests collect this file without Keras

    out, metrics, _ = toured
    data = digits(samples=FEW["samples"], seed=3)
    for name, facts in metrics["models"].items():
        model = keras.saving.load_model(out / f"{name}.keras")
        assert facts["params"] == model.count_params()
        if name != "line":
            _, accuracy = model.evaluate(data.x_test, data.y_test, verbose=0)
            assert facts["test_accuracy"] == pytest.approx(accuracy, abs=1e-6)
            assert facts["chance"] == 0.1


def test_line_is_learned(toured):
    """Five hundred epochs bring the line close to y = 2x − 1."""
    line = toured[1]["models"]["line"]
    assert line["params"] == 2
    assert line["weight"] == pytest.approx(2, abs=0.02)
    assert line["bias"] == pytest.approx(-1, abs=0.05)
    assert line["loss_last"] < 1e-3 < line["loss_first"]


def test_story_names_five_steps_for_each_model(toured):
    """The printed story takes the five steps three times and ends with the comparison."""
    story = toured[2]
    for step in ("1. Create", "2. Inspect", "3. Compile", "4. Fit"):
        assert story.count(step) == 3
    assert len(re.findall(r"5\. (?:Predict|Evaluate)", story)) == 3
    assert "── Comparison ──" in story
    assert "(64 + 1)·200 = 13,000" in story


def test_same_seed_repeats_the_run(toured, tmp_path):
    """The same seed gives the same numbers, less the times."""
    from kerasbook.tour.acts import Stage, classifier_act  # noqa: PLC0415  imports the displays

    stage = Stage(
        folder=tmp_path, say=len, check=lambda: None, verbose=0, seed=3, epochs=FEW["epochs"]
    )
    again = classifier_act("cnn", digits(samples=FEW["samples"], seed=3), stage).facts
    first = toured[1]["models"]["cnn"]
    assert again | {"fit_seconds": None} == first | {"fit_seconds": None}


def test_ctrl_c_leaves_a_readable_partial_report(tmp_path):
    """A real SIGINT to the command, in the middle, leaves a page of the acts that were done."""
    out = tmp_path / "report"
    command = [sys.executable, "-m", "kerasbook", "tour", "--data", "digits", "--epochs", "2000"]
    with subprocess.Popen(  # noqa: S603  our own command
        [*command, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        output = ""
        for text in process.stdout:
            output += text
            if "FNN" in output and "4. Fit" in output.split("FNN")[-1]:
                break
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        output += process.stdout.read()
    assert process.returncode == 130, output
    assert "Stopped. Writing the report" in output
    page = Page((out / "index.html").read_text())
    assert "The tour was stopped before its end. Finished: The line." in page.text
    assert json.loads((out / "metrics.json").read_text())["complete"] is False
    assert (out / "line.keras").is_file()


def test_command_takes_its_options(monkeypatch, tmp_path):
    """The command hands its options to `run_tour`."""
    seen = {}
    monkeypatch.setattr(tour, "run_tour", lambda **options: seen.update(options))
    out = str(tmp_path / "there")
    words = ["--data", "cifar10", "--path", "a.tar.gz", "--epochs", "2", "--samples", "9"]
    assert main(["tour", *words, "--seed", "7", "--out", out, "--quick"]) == 0
    del seen["say"], seen["verbose"]
    assert seen == {
        "data": "cifar10",
        "path": "a.tar.gz",
        "epochs": 2,
        "samples": 9,
        "seed": 7,
        "out": out,
        "pace": "quick",
    }


def test_command_says_what_is_wrong(capsys):
    """A bad option ends with status 2 and one line."""
    assert main(["tour", "--data", "digit"]) == 2
    assert capsys.readouterr().err == (
        "kerasbook: data must be 'photos', 'digits' or 'cifar10'; received data='digit'. "
        "Did you mean 'digits'?\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"epochs": 0},
            "epochs must be an integer of at least 1; received epochs=0.",
        ),
        (
            {"samples": True},
            "samples must be an integer of at least 1; received samples=True.",
        ),
        (
            {"path": "cifar.tar.gz"},
            "path must be left out unless data='cifar10'; received path='cifar.tar.gz'.",
        ),
        (
            {"pace": "slow"},
            "pace must be 'full' or 'quick'; received pace='slow'.",
        ),
    ],
)
def test_bad_arguments_are_named(options, message, tmp_path):
    """A wrong argument is refused before anything is written."""
    with pytest.raises(ArgumentError) as caught:
        tour.run_tour(**options, out=tmp_path / "out")
    assert str(caught.value) == message
    assert not (tmp_path / "out").exists()
