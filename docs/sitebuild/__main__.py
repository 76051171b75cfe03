"""Build the site, or build it and show it: `python -m sitebuild build`, or `serve`.

Run it in the repository's root with `docs` on the path, as `tox -e docs` does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from sitebuild.places import ROOT, SITE
from sitebuild.post_build import post_build
from sitebuild.serving import serve
from sitebuild.vendor import fetch


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m sitebuild", description=__doc__)
    parser.add_argument("command", choices=["build", "serve"])
    parser.add_argument("--site-dir", type=Path, default=SITE)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--with-tests", action="store_true", help="fetch also what the site is tested with"
    )
    given = parser.parse_args(arguments)
    fetch(tests=given.with_tests)
    status = build(given.site_dir)
    if given.command == "serve" and not status:
        with serve(given.site_dir, port=given.port) as server:
            sys.stdout.write(f"http://127.0.0.1:{server.server_port}/\n")
            server.serve_forever()
    return status


def build(site: Path) -> int:
    """Build the whole site; gives MkDocs' exit status."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if not status:
        post_build(site)
    return status


if __name__ == "__main__":
    sys.exit(main())
