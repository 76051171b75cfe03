"""Files that mean harm are refused: with one message, soon, in little memory, nothing executed."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from fixtures.hostile_archives import ARCHIVE_ATTACKS
from fixtures.hostile_hdf5 import HDF5_ATTACKS

FILE_ATTACKS = ARCHIVE_ATTACKS | HDF5_ATTACKS
MAX_SECONDS = 1.0
MAX_MEMORY_BYTES = 300 * 2**20

# Reads one file in a process of its own, and tells what came of it as JSON: the message, seconds
# of processor time, peak memory, and the events that Python raises when code is loaded or run. What
# reading a sound file imports, two codecs among it, is imported before, and its constructors are
# written.
CHILD = """
import encodings.cp437, encodings.utf_8_sig, json, re, sys, time
from kerasbook.errors import KerasbookError
from kerasbook.files import archive, hdf5, model_file

for module in [module for name, module in sys.modules.items() if name.startswith("kerasbook")]:
    for each in vars(module).values():
        if isinstance(each, type):
            each.__init__

def peak_bytes():
    try:
        with open("/proc/self/status") as status:
            return int(re.search(r"VmHWM:\\\\s+(\\\\d+) kB", status.read())[1]) * 1024
    except OSError:
        import resource
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024

events = []
loading = "exec|compile|marshal.load|pickle|subprocess|os.(system|exec|spawn|posix_spawn)"
watched = re.compile(loading)
sys.addaudithook(lambda event, _: events.append(event) if watched.match(event) else None)
start = time.process_time()
try:
    message = "read: " + repr(model_file.read_model_file(sys.argv[1]))
except KerasbookError as error:
    message = str(error)
except BaseException as error:
    message = "escaped: " + repr(error)
seconds, found = time.process_time() - start, list(events)
print(json.dumps([message, seconds, peak_bytes(), found]))
""".replace("\\\\", "\\")

COPY = "Copy or save the file again."
SAVE = "Save the model again with model.save('model.keras')."
NEVER = "Keras writes no such file: do not load it, and ask where it comes from."
ZIP = "FILE must be a whole zip archive; received a damaged one"
SOUND = "FILE must be a sound HDF5 file; received"
REFERENCE = "FILE must hold what it refers to; received a reference to bytes"
UNPACK = "config.json in FILE must unpack to at most"
JSON = "config.json in FILE must be JSON; received text that fails at line 1, column"
OBJECT = "config.json in FILE must be a JSON object; received"
MODEL = (
    "config.json in FILE must be a model's configuration, with class_name and config; "
    "received an object without them."
)
NAME = "FILE must have names inside the archive; received"
PACKED = "config.json in FILE must be stored or deflated; received compression method"
LEVELS = "config.json in FILE must be at most 512 levels deep; received"
FLATTEN = "Nest fewer models inside each other."
HEADER = f"{SOUND} an object header that goes on at"
HEAP = f"{SOUND} no text of 100 bytes at index 1 of its heap. {COPY}"

# The whole message for each attack; "…" stands for what depends on zlib or on Python's version.
MESSAGES = {
    "bomb of zeros": f"{UNPACK} 256 MiB; received 3.999 GiB packed into …. {NEVER}",
    "bomb of spaces": f"{UNPACK} … MiB; received 1 GiB packed into …. {NEVER}",
    "bomb of brackets": f"{UNPACK} … MiB; received 1 GiB packed into …. {NEVER}",
    "bomb of layers": f"{UNPACK} 256 MiB; received 1001 MiB packed into …. {NEVER}",
    "objects as dense as allowed": f"{MODEL} {SAVE}",
    "keys as dense as allowed": f"{MODEL} {SAVE}",
    "lists as dense as allowed": f"{MODEL} {SAVE}",
    "floats as dense as allowed": f"{MODEL} {SAVE}",
    "bomb that lies about its size": f"{ZIP} (…). {COPY}",
    "bomb that lies about its packing": "FILE must keep its members apart; received 'config.json' "
    f"overlapping another. {NEVER}",
    "a million members": "FILE must have tables of at most 1 MiB; received one of 54.36 MiB. "
    + COPY,
    "two of one name": "FILE must have one member of each name; received two named "
    f"'config.json'. {NEVER}",
    "overlapping members": "FILE must have one member of each name; received two named "
    f"'config.json'. {NEVER}",
    "a name that leads out": f"{NAME} '../../etc/passwd'. {NEVER}",
    "an absolute name": f"{NAME} '/etc/passwd'. {NEVER}",
    "a name on another drive": f"{NAME} 'C:\\\\windows\\\\system32'. {NEVER}",
    "a name that leads out by backslash": f"{NAME} 'assets\\\\..\\\\..\\\\x'. {NEVER}",
    "an encrypted text": "config.json in FILE must be readable; received an encrypted text. "
    "Save it without a password.",
    "packed by bzip2": f"{PACKED} 12. Zip it again with defaults.",
    "packed by LZMA": f"{PACKED} 14. Zip it again with defaults.",
    "packed by an unknown method": f"{PACKED} 99. Zip it again with defaults.",
    "a wrong checksum": f"{ZIP} (…). {COPY}",
    "another name in its header": f"{ZIP} (…). {COPY}",
    "a cut archive": "FILE must be a whole zip archive; received one that ends before its "
    f"directory: it is truncated. {COPY}",
    "zip64 lies": f"{ZIP} (…). {COPY}",
    "an empty config": f"{JSON} 1: Expecting value. {SAVE}",
    "no JSON": f"{JSON} 1: Expecting value. {SAVE}",
    "JSON that ends early": f"{JSON} …. {SAVE}",
    "not UTF-8": "config.json in FILE must be UTF-8 text; received byte 0xff at offset 16. " + SAVE,
    "UTF-16": f"config.json in FILE must be UTF-8 text; received byte 0xff at offset 0. {SAVE}",
    "half a surrogate": "config.json in FILE must be Unicode text; received half of a surrogate "
    f"pair. {SAVE}",
    "a key twice": "config.json in FILE must hold each key once in an object; received "
    f"'class_name' twice. {SAVE}",
    "many keys, one twice": "config.json in FILE must hold each key once in an object; received "
    f"'499999' twice. {SAVE}",
    "a billion levels of text": f"{UNPACK} 256 MiB; received 953.7 MiB packed into …. {NEVER}",
    "10,000 levels": f"{LEVELS} 30000 levels. {FLATTEN}",
    "10,000 levels disguised by strings": f"{LEVELS} 10000 levels. {FLATTEN}",
    "an integer of a million digits": "config.json in FILE must hold integers of at most 100 "
    f"digits; received one of 1048576. {SAVE}",
    "a list": f"{OBJECT} a list. {SAVE}",
    "null": f"{OBJECT} null. {SAVE}",
    "no class_name": f"{MODEL} {SAVE}",
    "a number as class_name": f"{MODEL} {SAVE}",
    "a string as config": f"{MODEL} {SAVE}",
    "a list as compile_config": "config.json in FILE must have an object or null as "
    f"compile_config; received []. {SAVE}",
    "metadata that is no JSON": "metadata.json in FILE must be JSON; received text that fails at "
    f"line 1, column 1: Expecting value. {SAVE}",
    "metadata that is a list": "metadata.json in FILE must be a JSON object; received a list. "
    + SAVE,
    "a number as version": "metadata.json in FILE must have a string or null as keras_version; "
    f"received 3. {SAVE}",
    "HDF5 cut": "FILE must be 32136 bytes long, as its header says; received 31636 bytes: it is "
    "truncated. Copy the file again.",
    "HDF5 signature alone": f"{SOUND} a field of 1 bytes where 0 are left. {COPY}",
    "HDF5 of version 9": f"{SOUND} superblock version 9. {COPY}",
    "HDF5 with words of 255 bytes": f"{SOUND} addresses of 255 and 255 bytes. {COPY}",
    "HDF5 root beyond the end": f"{REFERENCE} {2**63} to {2**63 + 12} of 112. {COPY}",
    "HDF5 root in the superblock": f"{SOUND} no object header at 0. {COPY}",
    "HDF5 header of 4 GB": f"{HEADER} 112 for 4294967295 bytes. {COPY}",
    "HDF5 header that is its own continuation": f"{HEADER} 112 for 24 bytes. {COPY}",
    "HDF5 blocks in a circle": f"{HEADER} 112 for 48 bytes. {COPY}",
    "HDF5 blocks without end": f"{HEADER} 1648 for 24 bytes. {COPY}",
    "HDF5 overlapping blocks": f"{SOUND} a field of 16 bytes where 0 are left. {COPY}",
    "HDF5 continuation beyond the end": f"{REFERENCE} {2**40} to {2**40 + 64} of 136. {COPY}",
    "HDF5 a million empty messages": f"{SOUND} an object header of more than 4096 messages. {COPY}",
    "HDF5 message longer than its block": f"{SOUND} a field of 60000 bytes where 0 are left. "
    + COPY,
    "HDF5 attribute of garbage": f"{SOUND} attribute version 255. {COPY}",
    "HDF5 attribute without a value": f"{SOUND} a field of 1 bytes where 0 are left. {COPY}",
    "HDF5 heap beyond the end": f"{REFERENCE} {2**50} to {2**50 + 16} of 192. {COPY}",
    "HDF5 heap that is none": f"{SOUND} no heap at 0. {COPY}",
    "HDF5 text of 4 GB": f"FILE must hold texts of at most 256 MiB; received 4 GiB. {SAVE}",
    "HDF5 text longer than its object": HEAP,
    "HDF5 object longer than the heap": HEAP,
    "HDF5 heap of empty objects": (
        "FILE must be a sound HDF5 file; received two texts at index 2 of a heap. "
        "Copy or save the file again."
    ),
    "HDF5 terabyte of holes": f"FILE must hold texts of at most 256 MiB; received 4 GiB. {SAVE}",
}


def matches(expected, message):
    """Whether a message is the expected one, "…" standing for anything."""
    return re.fullmatch(".*".join(map(re.escape, expected.split("…"))), message) is not None


def test_every_attack_has_its_message():
    """No attack is forgotten here, and none of the messages is for nothing."""
    assert MESSAGES.keys() == FILE_ATTACKS.keys()


@pytest.mark.parametrize("attack", FILE_ATTACKS)
def test_a_hostile_file_is_refused(tmp_path, attack):
    """Its message is the one above; under a second, under 300 MB; nothing runs, nothing is made."""
    path = FILE_ATTACKS[attack](tmp_path)
    before = set(tmp_path.iterdir())
    child = subprocess.run(  # noqa: S603  our own reader on our own file
        [sys.executable, "-c", CHILD, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=tmp_path,
    )
    message, seconds, peak_bytes, events = json.loads(child.stdout)
    assert matches(MESSAGES[attack], message.replace(repr(str(path)), "FILE")), message
    assert peak_bytes < MAX_MEMORY_BYTES
    assert seconds < MAX_SECONDS
    assert events == []
    assert set(tmp_path.iterdir()) == before
