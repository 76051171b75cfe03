"""What holds on each page of the site."""

from __future__ import annotations

import pytest

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = 390
TWICE = """() => { const seen = new Set(), twice = [];
for (const { id } of document.querySelectorAll("[id]"))
    seen.has(id) ? twice.push(id) : seen.add(id);
return twice; }"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_read_it(visit, axe, address, theme):
    """axe-core finds nothing against WCAG 2.2 AA, and the browser nothing to complain about."""
    page = visit(address, theme=theme)
    page.evaluate(axe)
    found = page.evaluate(
        "tags => axe.run({runOnly: tags}).then(result => result.violations)", WCAG
    )
    said = [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
    assert not said, "\n".join(said)


def test_it_is_whole(visit, address):
    """A page fits a phone, names itself, has a strict policy, and ids that lead to one place."""
    page = visit(address, width=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert page.title()
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    for meta in ('name="description"', 'property="og:image"', 'property="og:title"'):
        assert page.locator(f"head meta[{meta}]").get_attribute("content"), meta
    policy = page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content")
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert page.evaluate(TWICE) == []
