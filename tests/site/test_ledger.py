"""The shape ledger: what a row unfolds to comes to the number that the row shows."""

from __future__ import annotations

import re

import pytest

import kerasbook as kb
from kerasbook.graph import graph_rows
from sitebuild.page.ledger import ledger, output_arithmetic
from sitebuild.page.xray import xray

pytestmark = pytest.mark.keras


def layers_under_test():
    """Layers whose output is as long as a window or an order makes it."""
    from keras import layers  # noqa: PLC0415  collected also where Keras is not looked at

    for padding in ("valid", "same"):
        for strides in (1, 2, 3):
            yield layers.Conv2D(4, (3, 5), strides=strides, padding=padding)
            yield layers.MaxPooling2D(3, strides=strides, padding=padding)
            yield layers.DepthwiseConv2D(3, strides=strides, padding=padding)
            yield layers.Conv2DTranspose(4, (3, 2), strides=strides, padding=padding)
        yield layers.Conv2D(4, 3, dilation_rate=2, padding=padding)
        yield layers.Conv2DTranspose(4, 3, dilation_rate=2, padding=padding)
    yield layers.Conv2DTranspose(4, 3, strides=2, output_padding=1)
    yield layers.UpSampling2D((2, 3))
    yield layers.ZeroPadding2D(((1, 2), (0, 3)))
    yield layers.Cropping2D(((1, 2), (0, 3)))
    yield layers.Flatten()
    yield layers.Dense(7)


def test_output_arithmetic_comes_to_what_keras_makes():
    """Each formula's value is the length that Keras gives, axis by axis."""
    import keras  # noqa: PLC0415  as above

    unfolded = 0
    for layer in layers_under_test():
        model = keras.Sequential([keras.Input((11, 14, 4)), layer])
        row = list(graph_rows(kb.explain(model).graph))[-1]
        formulas = output_arithmetic(row)
        sizes = list(model.output_shape[1:])
        for formula in formulas:
            assert formula.value in sizes, (layer.get_config(), formula.text)
        changed = sum(a != b for a, b in zip(sizes[:2], (11, 14), strict=False))
        if formulas:
            unfolded += 1
            assert len(formulas) >= min(changed, 1)
    assert unfolded > 30


def test_every_number_of_a_row_has_its_arithmetic():
    """The article's network: each count that is not 0 unfolds to an equation with it."""
    report = kb.explain(kb.cnn_classifier())
    html = ledger(report, name="net")
    for row in report.rows:
        if row.params:
            assert row.params.text in html
        if row.macs:
            assert row.macs.text in html
    assert "⌊(32 + 0 + 1 − 3) / 2⌋ + 1 = 16" in html
    assert "8·8·64 = 4,096" in html
    assert "592,554" in html


def test_rows_and_their_arithmetic_belong_together():
    """Each button's target is the row below, and ids are unique where two ledgers meet."""
    report = kb.explain(kb.cnn_classifier(filters=(4,)))
    html = ledger(report, name="one") + ledger(report, name="two")
    named = (
        r'aria-controls="([^"]+)">[^<]*</button>.*?</tr>\n<tr class="kb-work" id="([^"]+)" hidden>'
    )
    pairs = re.findall(named, html)
    assert len(pairs) > 10
    assert all(target == below for target, below in pairs)
    assert len({target for target, _ in pairs}) == len(pairs) == html.count('class="kb-unfold"')


def test_names_are_text(tmp_path):
    """A layer or a model named like a script is shown, not run."""
    from keras import Input, Sequential  # noqa: PLC0415  as above

    name = "<img src=x onerror=alert(1)>"
    text = Sequential([Input((3,))], name="model").to_json().replace('"model"', f'"{name}"')
    path = tmp_path / "model.json"
    path.write_text(text, encoding="utf-8")
    html = xray(str(path))["html"]
    assert "<img" not in html
    assert "&lt;img src=x" in html
