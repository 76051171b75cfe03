"""Build the site, or build it and show it: `python -m sitebuild build`, or `serve`.

Run it in the repository's root with `docs` on the path, as `tox -e docs` does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sitebuild.places import ROOT, SITE
from sitebuild.post_build import post_build
from sitebuild.vendor import fetch


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m sitebuild", description=__doc__)
    parser.add_argument("command", choices=["build", "serve"])
    parser.add_argument("--site-dir", type=Path, default=SITE)
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args(arguments)
    status = build(given.site_dir)
    if given.command == "serve" and not status:
        serve(given.site_dir, given.port)
    return status


def build(site: Path) -> int:
    """Build the whole site; gives MkDocs' exit status."""
    fetch()
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if not status:
        post_build(site)
    return status


def serve(site: Path, port: int) -> None:
    """Show the built site until interrupted."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        sys.stdout.write(f"http://127.0.0.1:{port}/\n")
        server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
