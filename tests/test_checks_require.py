"""Modules that are not always there: `checks.require`."""

from __future__ import annotations

import json

import pytest

from kerasbook.checks import require
from kerasbook.errors import KerasbookError, MissingDependencyError


def _write(folder, name, source):
    (folder / f"{name}.py").write_text(source)


def test_an_installed_module_is_returned_itself():
    """The result is the submodule that was named, not its package."""
    assert require("json", extra="data") is json
    assert require("json.decoder", extra="data") is json.decoder


@pytest.mark.parametrize("module", ["kb_absent", "kb_absent.inner"])
def test_a_missing_module_is_named_with_its_command(module):
    """The message names the package and the extra; the error is an ImportError too."""
    with pytest.raises(MissingDependencyError) as caught:
        require(module, extra="data")
    assert str(caught.value) == (
        "kb_absent must be installed for this; it was not found. Run: pip install 'kerasbook[data]'"
    )
    assert caught.value.name == "kb_absent"
    assert isinstance(caught.value, KerasbookError)
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_a_missing_backend_is_named_with_its_own_extra(backend, tmp_path, monkeypatch):
    """If Keras's chosen backend is missing, the message names the command for that backend."""
    _write(tmp_path, "kb_engine", f"raise ModuleNotFoundError('no', name='{backend}.inner')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingDependencyError) as caught:
        require("kb_engine", extra="data")
    assert str(caught.value) == (
        f"{backend} must be installed for this; it was not found. "
        f"Run: pip install 'kerasbook[{backend}]'"
    )


def test_a_broken_module_raises_its_own_error(tmp_path, monkeypatch):
    """The error of an installed module that fails is raised as it is."""
    _write(tmp_path, "kb_broken", "raise ImportError('wrong numpy')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match=r"\Awrong numpy\Z") as caught:
        require("kb_broken", extra="data")
    assert not isinstance(caught.value, MissingDependencyError)
