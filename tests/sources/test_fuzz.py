"""Whatever happens to a file or a configuration: an answer or one error, and nothing else escapes.

Each property is tried on a few hundred inputs, and in the slow sweep on many thousands.
"""

from __future__ import annotations

import json
import math
import os
from copy import deepcopy
from pathlib import Path

import pytest
from fixtures.configs import called_on, functional_config, layer
from fixtures.hostile_models import MODEL_ATTACKS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerasbook.errors import KerasbookError, SourceError
from kerasbook.files.model_file import read_model_file
from kerasbook.report import explain
from kerasbook.rules.table import LAYERS

OLD = Path(__file__).parents[1] / "fixtures" / "old"
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
FEW = settings(max_examples=300, deadline=5000, suppress_health_check=CHECKS)
MANY = settings(FEW, max_examples=int(os.environ.get("KERASBOOK_FUZZ", "20000")))


def examine(source):
    """Whatever a report can do on a model: it does, or one of the package's own errors says why."""
    try:
        report = explain(source)
        json.loads(report.to_json(), parse_constant=pytest.fail)
        texts = [report.to_text(), report.to_markdown(), report.to_html(), str(report.to_records())]
        texts += [repr(report), str(report.memory(batch_size=2))]
        report.largest_batch(10**9)
    except KerasbookError as error:
        texts = [str(error)]
    for text in texts:
        text.encode()
        assert text.replace("\n", "").isprintable()


# --- bytes ---------------------------------------------------------------------------------------


def places_in(content):
    """Offsets of what a reader follows: headers, tables, attributes, heaps, both ends."""
    marks = (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"\x89HDF", b"model_config", b"GCOL")
    places = {0, 96, max(0, len(content) - 64)}
    for mark in marks:
        place = content.find(mark)
        while place >= 0:
            places.add(max(0, place - 24))
            place = content.find(mark, place + 1)
    return sorted(places)


NAMES = ("keras-3.10.0-branches.keras", "keras-2.1.6-sequential.h5", "keras-3.10.0-branches.h5")
CONTENTS = [(OLD / name).read_bytes() for name in NAMES]
SOUND = [(content, places_in(content)) for content in CONTENTS]
EDITS = {
    "set": lambda data, place, filling: data[:place] + filling + data[place + len(filling) :],
    "insert": lambda data, place, filling: data[:place] + filling + data[place:],
    "delete": lambda data, place, filling: data[:place] + data[place + len(filling) :],
    "cut": lambda data, place, _filling: data[:place],
    "repeat": lambda data, place, _filling: data[:place] + data[max(0, place - 40) :],
}
LIMITS = [b"\0" * 8, b"\xff" * 8, b"\xff" * 4, b"\xff" * 7 + b"\x7f", b"\x01" + b"\0" * 7]
fillings = st.binary(min_size=1, max_size=8) | st.sampled_from(LIMITS)


@st.composite
def damaged_files(draw):
    """A sound file with one to four edits, most of them where its structure is."""
    data, places = draw(st.sampled_from(SOUND))
    near = st.tuples(st.sampled_from(places), st.integers(0, 80)).map(sum)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(near | near | st.integers(0, len(data)))
        data = EDITS[draw(st.sampled_from(sorted(EDITS)))](data, place, draw(fillings))
    return data


def check_file(path, data):
    """The file is read or refused by name, and so is the model in it."""
    path.write_bytes(data)
    try:
        read_model_file(path)
    except SourceError as error:
        assert repr(str(path)) in str(error)  # noqa: PT017  one of two ways out
    else:
        examine(path)


@FEW
@given(data=damaged_files())
def test_damaged_files(tmp_path, data):
    """A file with changed, missing or repeated bytes is read or refused."""
    check_file(tmp_path / "damaged", data)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@MANY
@given(data=damaged_files())
def test_many_damaged_files(tmp_path, data):
    """The same, many times."""
    check_file(tmp_path / "damaged", data)


# --- values in a configuration -------------------------------------------------------------------

ODD = [None, True, False, 0, 1, -1, 2, 7, 0.5, math.nan, math.inf, -math.inf, 2**31, 2**63, 10**90]
ODD += ["", "x", "same", "valid", "causal", "channels_first", "channels_last", "float16", "int4"]
ODD += ["\x1b[2J", "𝄞" * 3, "a,b->c", "...x,xy->...y", "linear", "input", "dense", "conv", "__"]
ODD += [[], [[]], [0], [None], [1, 2], [2, 2, 2], [None, 3], [[1, 1], [1, 1]], [-1], [0, 0, 0, 0]]
ODD += [["input", 0, 0], ["shared", 1, 0], [["left", 0, 0]], [[["left", 0, 0, {}]]], [[[[[[[]]]]]]]]
ODD += [{}, {"class_name": "Dense", "config": {"units": 2}}, {"class_name": "LSTMCell"}]
ODD += [{"class_name": "__keras_tensor__", "config": {"keras_history": ["left", 0, 0]}}]
ODD += [{"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}]


def configurations():
    """Models of many kinds, sound and hostile, as configurations."""
    files = sorted([*OLD.glob("*.keras"), *OLD.glob("*2.1.6*.h5")])
    return [dict(read_model_file(path).config) for path in files] + [
        attack() for name, attack in MODEL_ATTACKS.items() if "megabyte" not in name
    ]


CONFIGURATIONS = configurations()


def places_of(value):
    """Every place in nested lists and dictionaries: what holds it, and under which key."""
    places, pending = [], [value]
    while pending:
        holder = pending.pop()
        keys = holder.keys() if isinstance(holder, dict) else range(len(holder))
        places += [(holder, key) for key in keys]
        pending += [holder[key] for key in keys if isinstance(holder[key], dict | list)]
    return places


@st.composite
def changed_configurations(draw):
    """A configuration with one to three changes: odd values, keys gone, parts elsewhere."""
    config = deepcopy(draw(st.sampled_from(CONFIGURATIONS)))
    for _ in range(draw(st.integers(1, 3))):
        places = places_of(config)
        if not places:
            break
        holder, key = places[draw(st.integers(0, len(places) - 1))]
        change = draw(st.sampled_from(["odd", "odd", "delete", "move", "twice"]))
        if change == "delete":
            del holder[key]
        elif change == "move":
            source, name = places[draw(st.integers(0, len(places) - 1))]
            holder[key] = deepcopy(source[name])
        elif change == "twice" and isinstance(holder, list):
            holder.insert(key, deepcopy(holder[key]))
        else:
            holder[key] = deepcopy(draw(st.sampled_from(ODD)))
    return config


@FEW
@given(config=changed_configurations())
def test_changed_configurations(config):
    """A model with values changed, gone or moved is reported or refused."""
    examine(config)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@MANY
@given(config=changed_configurations())
def test_many_changed_configurations(config):
    """The same, many times."""
    examine(config)


# --- settings of a layer -------------------------------------------------------------------------

KEYS = """
    units filters kernel_size strides padding dilation_rate groups depth_multiplier data_format axis
    use_bias pool_size size target_shape dims n input_dim output_dim num_heads key_dim value_dim
    output_shape attention_axes return_sequences return_state reset_after go_backwards merge_mode
    layer backward_layer cell cells center scale height width cropping shared_axes equation
    bias_axes trainable dtype lora_rank quantization_mode axes keepdims normalize num_tokens mask
    output_padding num_query_heads num_key_value_heads head_dim use_scale use_gate tie_weights
    renorm activation recurrent_activation power_iterations output_size interpolation function
""".split()  # noqa: SIM905  seventy words read better than seventy lines
CELL = {"class_name": "GRUCell", "config": {"name": "cell", "units": 3}}
DENSE = {"class_name": "Dense", "config": {"name": "inner", "units": 3}}
SIZES = st.sampled_from([1, 2, 3, 4, 5, 8]) | st.lists(st.integers(1, 4), min_size=1, max_size=3)
VALUES = SIZES | SIZES | st.sampled_from([*ODD, CELL, DENSE, [CELL, CELL]])
SHAPES = st.lists(st.none() | st.integers(0, 9), max_size=5).map(lambda sizes: [None, *sizes])


@st.composite
def single_layers(draw):
    """Any layer that has a rule, with plausible and odd settings, on inputs of any rank."""
    class_name = draw(st.sampled_from(sorted(LAYERS)))
    config = {"name": "a"} | draw(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=9))
    member = called_on("input", name="a") | layer(class_name, config)
    arguments = member["inbound_nodes"][0]
    if draw(st.booleans()):
        arguments["args"] = [arguments["args"] * draw(st.integers(0, 3))]
    model = functional_config([member])
    model["config"]["layers"][0]["config"]["batch_shape"] = draw(SHAPES)
    return model


@FEW
@given(config=single_layers())
def test_settings_of_layers(config):
    """A layer with settings that nobody would write is counted, unknown or refused."""
    examine(config)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@MANY
@given(config=single_layers())
def test_many_settings_of_layers(config):
    """The same, many times."""
    examine(config)
