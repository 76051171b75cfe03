"""Run Keras's own tests of layers, models and saving, and hold the report against what they build.

    python tests/outside/run.py [CHECKOUT] [arguments of pytest ...]

`CHECKOUT` is a checkout of Keras's repository. Without one the release that is installed is cloned.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_REPOSITORY = "https://github.com/keras-team/keras"
_TESTED = ("keras/src/layers", "keras/src/models", "keras/src/saving")


def main(arguments: list[str]) -> int:
    """The exit status of the run."""
    if arguments and Path(arguments[0], "keras", "src").is_dir():
        return _run(Path(arguments[0]).resolve(), arguments[1:])
    with tempfile.TemporaryDirectory() as folder:
        command = ["git", "clone", "--depth=1", f"--branch=v{version('keras')}", _REPOSITORY]
        subprocess.run([*command, folder], check=True)  # noqa: S603  our own command
        return _run(Path(folder), arguments)


def _run(checkout: Path, arguments: list[str]) -> int:
    paths = [] if any(each.startswith("keras/") for each in arguments) else _TESTED
    places = [_HERE.parents[1], _HERE.parent, checkout]
    return subprocess.run(  # noqa: S603  likewise
        [
            *(sys.executable, "-m", "pytest", "-c", str(_HERE / "run.ini")),
            *("--rootdir=.", "--confcutdir=.", "-p", "outside.plugin", *paths, *arguments),
        ],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))},
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
