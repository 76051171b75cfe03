"""Python in the page: the library's own source, and nothing that it would miss there."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from zipfile import ZipFile

from sitebuild.places import DOCS, ROOT
from sitebuild.widgets.runtime import source_archive

SCRIPT = """
import sys
from sitebuild.page.answers import answer
from sitebuild.page.xray import xray
import kerasbook
assert ".zip" in kerasbook.__file__
print(answer("dense_params", {"inputs": "3072", "units": "200"}))
print(xray(sys.argv[1])["summary"])
heavy = {"keras", "numpy", "matplotlib", "h5py", "griffe"} & set(sys.modules)
assert not heavy, heavy
"""


def test_the_source_is_unmodified():
    """Every module in the archive is a file of this project, byte for byte."""
    with ZipFile(BytesIO(source_archive())) as archive:
        for name in archive.namelist():
            base = ROOT if name.startswith("kerasbook/") else DOCS
            assert archive.read(name) == (base / name).read_bytes()


def test_the_same_source_gives_the_same_archive():
    """Who has the archive in his browser need not fetch it again."""
    assert source_archive() == source_archive()


def test_it_needs_the_standard_library_only(tmp_path):
    """The archive alone answers, in a Python without any package."""
    archive, model = tmp_path / "kerasbook.zip", tmp_path / "net.json"
    archive.write_bytes(source_archive())
    model.write_text(
        '{"class_name": "Sequential", "config": {"name": "net", "layers": []}}', encoding="utf-8"
    )
    code = f"import sys; sys.path.insert(0, {str(archive)!r})\n{SCRIPT}"
    done = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-I", "-S", "-c", code, str(model)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "614,600" in done.stdout
    assert "net: 1 layer, 0 parameters" in done.stdout
