"""The files that the page on launching shows start one training, each as its launcher would."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from processes import ended, free_address, started

pytestmark = [pytest.mark.keras, pytest.mark.data]

FILES = Path(__file__).parents[2] / "docs" / "assets" / "launch"
STAND_IN = Path(__file__).with_name("stand_in_srun.py")
SLURM_PORTS = range(61440, 65536)


@pytest.fixture(autouse=True, scope="module")
def on_jax(keras):
    """Several processes need it."""
    if keras.backend.backend() != "jax":
        pytest.skip("several processes need JAX")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """What a cluster has, `python` and `srun`; and a cache: what one has compiled, all have."""
    tools = tmp_path_factory.mktemp("tools")
    for name, command in (("python", ""), ("srun", f"'{STAND_IN}'")):
        tool = tools / name
        tool.write_text(f"#!/bin/sh\nexec '{sys.executable}' {command} \"$@\"\n", encoding="utf-8")
        tool.chmod(0o755)
    return {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path_factory.mktemp("compiled")),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


@pytest.fixture
def folder(tmp_path):
    """Where the user has put the files."""
    for file in FILES.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def alone(settings, tmp_path_factory, keras):
    """The accuracy of one process, and the weights that it saves."""
    folder = tmp_path_factory.mktemp("alone")
    said = ended(started(FILES / "train.py", folder=folder, **settings))
    return accuracy(said, processes=1), weights(keras, folder)


def accuracy(line, *, processes):
    """What the script's last line says."""
    found = re.fullmatch(rf"{processes} processes, accuracy (0\.\d{{4}})", line)
    assert found, line
    return float(found[1])


def weights(keras, folder):
    """Those of the file that the script saves."""
    return keras.saving.load_model(folder / "digits.keras").get_weights()


def check(line, folder, alone, keras):
    """Two processes have trained the network of one."""
    assert accuracy(line, processes=2) == pytest.approx(alone[0], abs=1 / 360)  # an image
    differences = map(np.subtract, weights(keras, folder), alone[1])
    assert max(float(np.abs(each).max()) for each in differences) < 1e-3


def run_both(command, environments, folder, settings):
    """Start two processes: the last line of the first."""
    both = [started(*command, folder=folder, **settings, **each) for each in environments]
    lines = [ended(process) for process in both]
    assert "processes" not in lines[1]  # only process 0 speaks
    return lines[0]


def test_the_page_shows_each_file():
    """What is shown is what is tested: the page includes the files, and formatters let it."""
    page = (FILES.parents[1] / "launching.md").read_text(encoding="utf-8")
    for file in FILES.iterdir():
        assert f'--8<-- "docs/assets/launch/{file.name}"' in page


def test_one_process_learns(alone):
    """The script that is shown trains something: chance is 0.1."""
    assert alone[0] > 0.9


def test_slurm(alone, folder, settings, keras):
    """`sbatch slurm.sh`, where `srun` is a stand-in: the tasks are those that the file asks for."""
    script = (folder / "slurm.sh").read_text(encoding="utf-8")
    asked = dict(re.findall(r"^#SBATCH --([a-z-]+)=(\S+)$", script, re.MULTILINE))
    tasks = int(asked["nodes"]) * int(asked["ntasks-per-node"])
    job = {
        "SLURM_JOB_ID": str(next(port for port in SLURM_PORTS if is_free(port)) - SLURM_PORTS[0]),
        "SLURM_NTASKS": str(tasks),
        "SLURM_JOB_NUM_NODES": asked["nodes"],
        "SLURM_JOB_NODELIST": "127.0.0.1",
    }
    line = ended(started("bash", "slurm.sh", folder=folder, **settings, **job))
    check(line, folder, alone, keras)


def is_free(port):
    """Whether nobody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_kubernetes(alone, folder, settings, keras):
    """Each pod gets the file's command and variables, and its number from the Indexed Job."""
    import yaml  # noqa: PLC0415  optuna brings it, where the tests of training run

    documents = yaml.safe_load_all((folder / "kubernetes.yaml").read_text(encoding="utf-8"))
    service, job = documents
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    assert (service["kind"], service["spec"]["clusterIP"]) == ("Service", "None")
    assert (job["kind"], spec["completionMode"]) == ("Job", "Indexed")
    assert pod["subdomain"] == service["metadata"]["name"]
    assert service["spec"]["selector"] == {"job-name": job["metadata"]["name"]}
    (container,) = pod["containers"]
    variables = {each["name"]: each["value"] for each in container["env"]}
    count = spec["completions"]
    assert spec["parallelism"] == count == int(variables["KERAS_DISTRIBUTION_NUM_PROCESSES"])
    host, _, _ = variables["KERAS_DISTRIBUTION_JOB_ADDRESSES"].partition(":")
    assert host == f"{job['metadata']['name']}-0.{service['metadata']['name']}"
    # There is no name service here: the first pod is at this machine's own address.
    variables["KERAS_DISTRIBUTION_JOB_ADDRESSES"] = free_address()
    pods = [
        {**variables, "JOB_COMPLETION_INDEX": str(number), "KUBERNETES_SERVICE_HOST": "10.0.0.1"}
        for number in range(count)
    ]
    check(run_both(container["command"], pods, folder, settings), folder, alone, keras)


def test_torchrun(alone, folder, settings, keras):
    """The variables that torchrun sets, and other launchers after it."""
    host, _, port = free_address().partition(":")
    shared = {"MASTER_ADDR": host, "MASTER_PORT": port, "WORLD_SIZE": "2"}
    ranks = [{**shared, "RANK": str(number), "LOCAL_RANK": str(number)} for number in range(2)]
    check(run_both(["train.py"], ranks, folder, settings), folder, alone, keras)


@pytest.mark.skipif(find_spec("ray") is None, reason="needs ray[train]; see `tox -e ray`")
@pytest.mark.timeout(300)
def test_ray(alone, folder, settings, keras):
    """Ray itself starts the workers, on a cluster of this machine."""
    process = started("ray_train.py", folder=folder, **settings, RAY_USAGE_STATS_ENABLED="0")
    out, err = process.communicate(timeout=280)
    assert process.returncode == 0, err[-3000:]
    line = re.search(r"2 processes, accuracy 0\.\d{4}", out + err)
    assert line, out + err
    check(line[0], folder, alone, keras)
