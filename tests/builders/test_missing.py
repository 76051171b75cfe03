"""Without Keras or its backend, imports work and the error names the command to install it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kerasbook import linear_regressor
from kerasbook.errors import MissingDependencyError


def run(code, **environment):
    """The output of a new process."""
    return subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    ).stdout.strip()


def test_importing_the_builders_imports_no_keras():
    """Keras is imported when a model is built, not before."""
    heavy = "[name for name in ('keras', 'numpy', 'tensorflow') if name in sys.modules]"
    assert run(f"import sys, kerasbook.builders; print({heavy})") == "[]"


@pytest.mark.usefixtures("no_keras")
def test_without_keras_the_command_is_named():
    """Without Keras, the error names the package and the command that installs it."""
    with pytest.raises(MissingDependencyError) as caught:
        linear_regressor()
    assert str(caught.value) == (
        "keras must be installed for this; it was not found. "
        "Run: pip install 'kerasbook[tensorflow]'"
    )


@pytest.mark.keras
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_without_a_backend_its_own_command_is_named(backend):
    """Without the chosen backend, each attempt names the command that installs it."""
    code = (
        "import sys\n"
        f"sys.modules['{backend}'] = None\n"
        "import kerasbook\n"
        "for _ in range(2):\n"
        "    try:\n"
        "        kerasbook.linear_regressor()\n"
        "    except kerasbook.errors.MissingDependencyError as error:\n"
        "        print(error)\n"
    )
    line = (
        f"{backend} must be installed for this; it was not found. "
        f"Run: pip install 'kerasbook[{backend}]'"
    )
    assert run(code, KERAS_BACKEND=backend) == f"{line}\n{line}"
