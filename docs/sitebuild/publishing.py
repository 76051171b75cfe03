"""Publish a version of the site: mike keeps them side by side on the branch `gh-pages`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mike import commands, git_utils, mkdocs_utils

from sitebuild.places import ROOT, SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["publish"]

_BRANCH = "gh-pages"


def publish(
    version: str, aliases: Sequence[str], *, build: Callable[[str, dict[str, str]], int]
) -> None:
    """Build the site and commit it to the branch, beside the versions that are there.

    Args:
        version: `"0.1"`, or `"dev"`.
        aliases: other names, as `"latest"`; taken from the version that had them.
        build: builds with a configuration file and what is added to the environment; gives the
            exit status.

    Raises:
        SystemExit: the build failed; nothing is committed.
    """
    config = str(ROOT / "mkdocs.yml")
    settings = mkdocs_utils.load_config(config, site_dir=str(SITE))
    known = {
        "MIKE_DOCS_VERSION": version,
        "SITE_VERSIONS": "mike",  # the theme offers the other versions
    }
    with (
        commands.deploy(
            settings,
            version,
            aliases=list(aliases),
            update_aliases=True,
            alias_type=commands.AliasType.copy,  # links are not followed by every host
            branch=_BRANCH,
        ),
        mkdocs_utils.inject_plugin(config) as with_mike,
    ):
        # Raised within, so that mike does not commit half a site.
        if status := build(with_mike, known):
            raise SystemExit(status)
    _lead_from_the_root(aliases[0] if aliases else version, newest=bool(aliases))


def _lead_from_the_root(identifier: str, *, newest: bool) -> None:
    """Let the branch's root lead to a version, and give it the page for what is not there.

    Args:
        identifier: the version, or its alias.
        newest: it has an alias: the root leads to it, also where it led to another.
    """
    if newest or not any(each.aliases for each in commands.list_versions(_BRANCH)):
        commands.set_default(identifier, branch=_BRANCH, allow_empty=True)
    # A host such as GitHub Pages shows the root's page for all versions; its links are absolute.
    page = git_utils.FileInfo("404.html", (SITE / "404.html").read_bytes())
    with git_utils.Commit(_BRANCH, f"404.html of {identifier}", allow_empty=True) as commit:
        commit.add_file(page)


def push() -> None:
    """Push the branch to `origin`."""
    git_utils.push_branch("origin", _BRANCH)
