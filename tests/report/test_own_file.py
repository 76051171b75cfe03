"""A model and its own file are the same, whatever class of `keras.layers` is in it."""

from __future__ import annotations

import pytest
from keras_oracle import forget_models
from keras_sweep import models

from kerasbook.report import compare, explain

pytestmark = [pytest.mark.keras, pytest.mark.slow]

LAYERS = {name: make for name, make in models().items() if name.startswith("layers.")}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("name", LAYERS)
def test_nothing_changes_from_a_model_to_its_file(name, ending, tmp_path):
    """Each layer of the file has the numbers that it has in memory, and Keras counts them so."""
    forget_models()
    try:
        model = LAYERS[name]()
        model.save(tmp_path / f"m.{ending}")
    except Exception as error:  # noqa: BLE001  what Keras cannot build or save on this backend
        pytest.xfail(f"Keras does not save it: {error}")
    report = explain(tmp_path / f"m.{ending}")
    assert report.params_known
    assert report.params == model.count_params()
    assert compare(model, tmp_path / f"m.{ending}").changed == ()
