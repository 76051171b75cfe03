"""No false alarm: a model with each class that Keras exports passes, in every format.

The installed Keras writes them always. `tox -e keras-versions` names others in `KERAS_VERSIONS`,
which write the same models in a process of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import keras_oracle
import pytest

from kerasbook.safety import check_file

pytestmark = pytest.mark.keras

SWEEP = Path(__file__).parents[1] / "keras_sweep.py"
VERSIONS = os.environ.get("KERAS_VERSIONS", "").split()
# What Keras 3.15 itself cannot build or save, on one backend or on any.
NOT_SAVED = {
    "layers.Equalization",
    "layers.RandomBrightness.h5",
    "layers.RandomColorDegeneration.h5",
    "layers.RandomPosterization.h5",
    "layers.RandomSaturation.h5",
    "layers.RandomSharpness.h5",
    "layers.Solarization.h5",
    "optimizers.Adafactor.h5",
}
LEAST_FILES = 700


def written(folder, *, packages=""):
    """What a Keras wrote into a folder, by file what prevented it."""
    paths = [packages] if packages else []
    child = subprocess.run(  # noqa: S603  our own script
        [sys.executable, str(SWEEP), str(folder)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    return json.loads(child.stdout[child.stdout.rindex('{"keras": ') :])


def refused(folder, files):
    """Of the files that were written, those that do not pass, each with its reasons."""
    results = {name: check_file(folder / name) for name, fault in files.items() if not fault}
    assert len(results) >= LEAST_FILES
    return {name: str(result) for name, result in results.items() if not result.ok}


@pytest.mark.skipif(not find_spec("tensorflow"), reason="layers of texts need it")
def test_every_class_of_the_installed_keras_passes(tmp_path):
    """Layers, losses, metrics, optimizers, schedules, initializers and the like, each class."""
    told = written(tmp_path)
    assert told["keras"] == keras_oracle.keras.__version__
    assert refused(tmp_path, told["files"]) == {}
    faults = {name: fault for name, fault in told["files"].items() if fault}
    assert faults.keys() <= NOT_SAVED, faults


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_every_class_of_another_keras_passes(tmp_path, version):
    """The same of what that version can build and save."""
    packages = tmp_path / "packages"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run(  # noqa: S603  pip itself
        [*install, "--target", str(packages), f"keras=={version}"], check=True
    )
    folder = tmp_path / "files"
    folder.mkdir()
    told = written(folder, packages=str(packages))
    assert told["keras"] == version
    assert refused(folder, told["files"]) == {}
