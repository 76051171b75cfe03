"""Files that mean harm: each refused for its reason, soon, in little memory, nothing executed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from fixtures.configs import dense_config
from fixtures.hostile_archives import ARCHIVE_ATTACKS
from fixtures.hostile_hdf5 import HDF5_ATTACKS
from fixtures.hostile_models import MODEL_ATTACKS
from fixtures.hostile_objects import OBJECT_ATTACKS

pytest.importorskip("h5py")
from fixtures.hostile_weights import WEIGHT_ATTACKS, built_large_inside, model, weights

pytestmark = pytest.mark.keras

MAX_SECONDS = 1.0
MAX_MEMORY_BYTES = 300 * 2**20

# Checks each file in a process that cannot have more memory, and tells of each the codes of the
# reasons and the seconds of processor time; then the events that Python raises when code is loaded
# or run, a file outside is opened, or the net is asked.
CHILD = """
import json, re, resource, sys, time, zipfile, encodings.cp437, encodings.utf_8_sig
resource.setrlimit(resource.RLIMIT_AS, ({most}, {most}))
from kerasbook.safety import check_file
from kerasbook.rules import operations
from kerasbook.files import hdf5
check_file(sys.argv[1])  # what the first one imports is imported, all constructors are written
for module in [each for name, each in sys.modules.items() if name.startswith("kerasbook")]:
    for each in vars(module).values():
        if isinstance(each, type):
            each.__init__
loaded = {{name.partition(".")[0] for name in sys.modules}}
watched = re.compile("exec|compile|marshal|pickle|subprocess|socket|os.(system|exec|spawn|posix)")
events = []
def note(event, arguments):
    if watched.match(event) or (event == "open" and str(arguments[0]) not in sys.argv):
        events.append([event, repr(arguments)])
sys.addaudithook(note)
found = []
for path in sys.argv[1:]:
    start = time.process_time()
    codes = sorted({{each.code for each in check_file(path).reasons}})
    found.append([codes, time.process_time() - start])
print(json.dumps([found, events, sorted({{"keras", "numpy", "h5py"}} & loaded)]))
"""


def checked(paths):
    """What came of each file, the events, and which heavy packages were loaded."""
    child = subprocess.run(  # noqa: S603  our own check on our own files
        [sys.executable, "-c", CHILD.format(most=MAX_MEMORY_BYTES), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return json.loads(child.stdout)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """The expected code of each attack, what came of it, and the events in all of them."""
    attacks = {}
    for name, (code, write) in WEIGHT_ATTACKS.items():
        folder = tmp_path_factory.mktemp("attack")
        attacks[name] = (code, write(folder))
    for name, (code, make) in OBJECT_ATTACKS.items():
        folder = tmp_path_factory.mktemp("attack")
        attacks[name] = (code, model(folder, make(), weights()))
    found, events, heavy = checked([path for _, path in attacks.values()])
    codes = {name: code for name, (code, _) in attacks.items()}
    return codes, dict(zip(attacks, found, strict=True)), events, heavy


@pytest.mark.parametrize("attack", [*WEIGHT_ATTACKS, *OBJECT_ATTACKS])
def test_an_attack_is_refused(outcomes, attack):
    """For its reason, within a second, in a process of 300 MiB."""
    codes, found, _, _ = outcomes
    reasons, seconds = found[attack]
    assert codes[attack] in reasons
    assert seconds < MAX_SECONDS


def test_nothing_in_an_attack_is_executed(outcomes):
    """No code is loaded, no other file opened, no address asked; no Keras, NumPy or h5py."""
    assert outcomes[2:] == ([], [])


# Making these takes seconds each: they are many gigabytes when unpacked.
SLOW = {name for name in ARCHIVE_ATTACKS if name.startswith("bomb") or "as dense" in name}


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """What comes of the attacks on the readers, and of models that are wrong in themselves."""
    paths = {}
    for name, write in (ARCHIVE_ATTACKS | HDF5_ATTACKS).items():
        if name not in SLOW:
            paths[name] = write(tmp_path_factory.mktemp("attack"))
    for name, make in MODEL_ATTACKS.items():
        paths[name] = model(tmp_path_factory.mktemp("attack"), make(), weights())
    found, events, _ = checked(paths.values())
    return dict(zip(paths, found, strict=True)), events


# Their configuration is sound, and so are the weights.
HARMLESS = {
    "terminal escapes in a name",
    "markup in a name",
    "a name of a megabyte",
    "a model inside itself by name",
}


def test_files_that_no_reader_takes_are_refused(older):
    """Damaged, foreign, and absurd files: each within a second, nothing run."""
    found, events = older
    passing = {name for name, (reasons, _) in found.items() if not reasons}
    assert passing <= HARMLESS
    assert max(seconds for _, seconds in found.values()) < MAX_SECONDS
    assert events == []


def test_the_same_files_pass_without_the_harm(tmp_path):
    """What is refused above is refused for the harm alone: each base passes."""
    sound = [model(tmp_path, dense_config(), weights(), name="dense.keras")]
    sound.append(built_large_inside(tmp_path, record=[None, 3]))
    found, _, _ = checked(sound)
    assert [reasons for reasons, _ in found] == [[], []]
