"""Build the site, show it, or publish it: `python -m sitebuild build`, `serve` or `publish`.

Run it in the repository's root with `docs` on the path, as `tox -e docs` does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from sitebuild.places import ROOT, SITE
from sitebuild.post_build import post_build
from sitebuild.publishing import publish, push
from sitebuild.serving import serve
from sitebuild.vendor import fetch

if TYPE_CHECKING:
    from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; gives the exit status."""
    given = _parser().parse_args(arguments)
    fetch(tests=getattr(given, "with_tests", False))
    if given.command == "publish":
        publish(given.version, given.aliases, build=partial(_build_version, SITE))
        if given.push:
            push()
        return 0
    status = build(SITE)
    if given.command == "serve" and not status:
        with serve(SITE, port=given.port) as server:
            sys.stdout.write(f"http://127.0.0.1:{server.server_port}/\n")
            server.serve_forever()
    return status


def build(site: Path, *, config: str = "mkdocs.yml", known: dict[str, str] | None = None) -> int:
    """Build the whole site; gives MkDocs' exit status.

    Args:
        site: the folder that it is written to.
        config: MkDocs' configuration.
        known: what is added to the environment.
    """
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    options = ["--config-file", config, "--site-dir", str(site)]
    environment = os.environ | (known or {})
    done = subprocess.run([*command, *options], cwd=ROOT, env=environment, check=False)
    if not done.returncode:
        post_build(site)
    return done.returncode


def _build_version(site: Path, config: str, known: dict[str, str]) -> int:
    return build(site, config=config, known=known)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sitebuild", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    built = commands.add_parser("build", help="build the site in site/")
    built.add_argument("--with-tests", action="store_true", help="fetch what it is tested with")
    served = commands.add_parser("serve", help="build the site and show it")
    served.add_argument("--port", type=int, default=8000)
    published = commands.add_parser("publish", help="build a version and commit it to gh-pages")
    published.add_argument("version", help="0.1, or dev")
    published.add_argument("aliases", nargs="*", help="other names of it, as latest")
    published.add_argument("--push", action="store_true", help="push the branch to origin")
    return parser


if __name__ == "__main__":
    sys.exit(main())
