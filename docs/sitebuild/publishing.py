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
    commands.set_default(aliases[0] if aliases else version, branch=_BRANCH, allow_empty=True)


def push() -> None:
    """Push the branch to `origin`."""
    git_utils.push_branch("origin", _BRANCH)
