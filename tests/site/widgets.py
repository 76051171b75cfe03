"""Where the site's widgets are, and how to wait for them."""

from __future__ import annotations

CALCULATORS, XRAY = "reference/calculators/", "try/xray/"
STEPPER, DRAW, LEDGER = "try/convolution/", "try/draw/", "try/ledger/"
FIRST = 60_000  # milliseconds that Python may take to come, on a busy machine


def ready(page, selector):
    """The widget, once its script has run."""
    widget = page.locator(selector).first
    widget.scroll_into_view_if_needed()
    page.wait_for_selector(f"{selector}[data-ready]", state="attached")
    return widget
