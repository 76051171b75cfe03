"""Start train.py on the workers of a Ray cluster."""

import os
import runpy
import socket
from pathlib import Path

import ray
from ray.train import ScalingConfig
from ray.train.collective import broadcast_from_rank_zero
from ray.train.v2.jax import JaxTrainer

FOLDER = Path.cwd()


def worker() -> None:
    """Tell this worker where the first one is: Ray does so with GPUs and TPUs only."""
    with socket.socket() as free:
        free.bind(("", 0))
        here = f"{ray.util.get_node_ip_address()}:{free.getsockname()[1]}"
    os.environ["KERAS_DISTRIBUTION_JOB_ADDRESSES"] = broadcast_from_rank_zero(here)
    os.chdir(FOLDER)  # Ray starts each worker in a folder of its own
    runpy.run_path("train.py", run_name="__main__")


if __name__ == "__main__":
    ray.init(runtime_env={"env_vars": {"KERAS_BACKEND": "jax"}})
    JaxTrainer(worker, scaling_config=ScalingConfig(num_workers=2)).fit()
