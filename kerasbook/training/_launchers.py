"""The coordinator, process count and process number that a launcher gives to a process."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Launch", "read_launch"]

_PORTS = 2**12  # Slurm's job numbers are mapped to the highest 4,096 ports
_HIGHEST = 2**16


@dataclass(frozen=True, slots=True)
class Launch:
    """The place of a process in a run; `None` stands for a value that is not given."""

    coordinator: str | None = None
    num_processes: int | None = None
    process_id: int | None = None

    def filled(self, other: Launch) -> Launch:
        """This launch, with its missing values taken from `other`."""
        return Launch(
            other.coordinator if self.coordinator is None else self.coordinator,
            other.num_processes if self.num_processes is None else self.num_processes,
            other.process_id if self.process_id is None else self.process_id,
        )


def read_launch(environment: Mapping[str, str]) -> Launch:
    """The place of this process in its run, as its launcher describes it.

    Sources are read in this order: Keras's variables, torchrun's, Slurm's, Kubernetes's, Ray.

    Args:
        environment: the environment variables, as in `os.environ`.

    Returns:
        Each value from the first source that gives it.

    Examples:
        >>> read_launch({"MASTER_ADDR": "a", "MASTER_PORT": "9", "WORLD_SIZE": "2", "RANK": "1"})
        Launch(coordinator='a:9', num_processes=2, process_id=1)
        >>> read_launch(
        ...     {
        ...         "SLURM_JOB_ID": "7",
        ...         "SLURM_NTASKS": "3",
        ...         "SLURM_PROCID": "0",
        ...         "SLURM_JOB_NODELIST": "node[08-10]",
        ...     }
        ... )
        Launch(coordinator='node08:61447', num_processes=3, process_id=0)
        >>> read_launch({"JOB_COMPLETION_INDEX": "4"})
        Launch(coordinator=None, num_processes=None, process_id=4)
    """
    launch = Launch()
    for source in (_keras, _torchrun, _slurm, _kubernetes):
        launch = launch.filled(source(environment))
    return launch.filled(_ray())


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() else None


def _keras(environment: Mapping[str, str]) -> Launch:
    return Launch(
        environment.get("KERAS_DISTRIBUTION_JOB_ADDRESSES"),
        _number(environment.get("KERAS_DISTRIBUTION_NUM_PROCESSES")),
        _number(environment.get("KERAS_DISTRIBUTION_PROCESS_ID")),
    )


def _torchrun(environment: Mapping[str, str]) -> Launch:
    host, port = environment.get("MASTER_ADDR"), environment.get("MASTER_PORT")
    return Launch(
        f"{host}:{port}" if host and port else None,
        _number(environment.get("WORLD_SIZE")),
        _number(environment.get("RANK")),
    )


def _slurm(environment: Mapping[str, str]) -> Launch:
    process, job = environment.get("SLURM_PROCID"), _number(environment.get("SLURM_JOB_ID"))
    nodes = environment.get("SLURM_STEP_NODELIST") or environment.get("SLURM_JOB_NODELIST")
    if process is None or job is None or not nodes:
        return Launch()  # an allocation without `srun` runs one process only
    tasks = environment.get("SLURM_STEP_NUM_TASKS") or environment.get("SLURM_NTASKS")
    port = _HIGHEST - _PORTS + job % _PORTS
    return Launch(f"{_first_node(nodes)}:{port}", _number(tasks), _number(process))


def _first_node(nodes: str) -> str:
    """The first node of Slurm's compressed list: `gpu003` of `gpu[003-006,9],other`."""
    name = re.match(r"([^,\[]+)(?:\[([^\],-]+))?", nodes)
    return "".join(filter(None, name.groups())) if name else nodes


def _kubernetes(environment: Mapping[str, str]) -> Launch:
    # An Indexed Job gives each pod its number only.
    return Launch(process_id=_number(environment.get("JOB_COMPLETION_INDEX")))


def _ray() -> Launch:
    """The place in Ray Train's run; empty if this process is not one of its workers."""
    if "ray.train" not in sys.modules:
        return Launch()
    context = sys.modules["ray.train"].get_context()
    return Launch(None, context.get_world_size(), context.get_world_rank())
