"""Kill the two processes of one training again and again, as `kills.py` does one alone.

    KERAS_BACKEND=jax python tests/training/kills_together.py 3

Each run is killed up to three times: process 0 first, then the other, while it writes or computes.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from kills import BATCH, EPOCHS, LIMIT, Slow, data, ended, network

from kerasbook.errors import TrainingError
from kerasbook.training import Batches, ExactResume, start_distributed
from kerasbook.training.resume import load

PROCESSES, KILLS_A_RUN = 2, 3
REACH = 0.6  # seconds within which a kill strikes; a training takes about one


def train(folder, number, address, state):
    """One process of the script that users would start again, and what it leaves behind."""
    run = start_distributed(coordinator=address, num_processes=PROCESSES, process_id=number)
    model, (x, y) = network(), data()
    history = model.fit(
        run.shard(Batches(x, y, batch_size=BATCH, seed=5)),
        epochs=EPOCHS,
        verbose=0,
        callbacks=[ExactResume(folder / state, save_freq=2), Slow(folder / f"begun{number}")],
    )
    weights = hashlib.sha256()
    for each in [*model.variables, *model.optimizer.variables]:
        weights.update(np.asarray(each.value).tobytes())
    result = {"weights": weights.hexdigest(), "history": history.history, "epoch": history.epoch}
    (folder / f"result{number}").write_text(json.dumps(result), encoding="utf-8")


def start(folder, states=("state", "state")):
    """Both processes, forked from this one, which has used nothing of JAX yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    children = []
    for number in range(PROCESSES):
        (folder / f"begun{number}").unlink(missing_ok=True)
        child = os.fork()
        if child:
            children.append(child)
            continue
        status = 1
        try:
            try:
                train(folder, number, address, states[number])
            except TrainingError as error:
                (folder / f"error{number}").write_text(str(error), encoding="utf-8")
            import jax  # noqa: PLC0415  the parent must not use it

            jax.distributed.shutdown()  # as the end of a script does
            status = 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    return children


def killed(folder, moment, delay):
    """Train and kill both: whether that came before the end."""
    children = start(folder)
    limit = time.monotonic() + LIMIT
    while not all((folder / f"begun{number}").exists() for number in range(PROCESSES)):
        assert time.monotonic() < limit, "the training hung"
        time.sleep(0.01)
    time.sleep(delay)
    while moment == "write" and not (folder / "state.part").exists():
        if (folder / "result0").exists():
            break
    over = (folder / "result0").exists()
    for child in children:
        if ended(child) is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return not over


def refused(folder):
    """Whether both processes refuse to go on where one of them finds another state."""
    for child in start(folder, ("state", "other")):
        os.waitpid(child, 0)
    return [
        (folder / f"error{number}").read_text(encoding="utf-8") for number in range(PROCESSES)
    ] == [
        f"{folder / name} must be the same file for all processes; process 1 has found another "
        f"state there than process 0. Put it into a folder that all machines share."
        for name in ("state", "other")
    ]


def finished(folder):
    """Train to the end: what came out, the same in each process."""
    for child in start(folder):
        _, status = os.waitpid(child, 0)
        assert status == 0, f"the training failed with {os.waitstatus_to_exitcode(status)}"
    results = [
        json.loads((folder / f"result{number}").read_text(encoding="utf-8"))
        for number in range(PROCESSES)
    ]
    assert results[0] == results[1]
    return results[0]


def main(kills):
    """Kill, and count the runs that ended as the run did that nobody killed."""
    draw = random.Random(0)  # noqa: S311  a test's own moments
    counts = {"kills": 0, "within": 0, "runs": 0, "refused": 0, "equal": 0}
    with tempfile.TemporaryDirectory() as parent:
        reference = Path(parent, "reference")
        reference.mkdir()
        expected = finished(reference)
        while counts["kills"] < kills:
            folder = Path(tempfile.mkdtemp(dir=parent))
            counts["runs"] += 1
            for number in range(min(KILLS_A_RUN, kills - counts["kills"])):
                if not killed(folder, ("write", "compute")[number % 2], draw.uniform(0, REACH)):
                    break  # it was over before
                counts["kills"] += 1
                saved = load(folder / "state", is_first=True)
                counts["within"] += saved is not None and saved.header["batches"] > 0
            counts["refused"] += refused(folder)
            counts["equal"] += finished(folder) == expected
    sys.stdout.write(json.dumps(counts) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
