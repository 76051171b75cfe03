"""Stands for Slurm's `srun` on one machine: starts each task with the variables that Slurm sets.

python tests/training/stand_in_srun.py --kill-on-bad-exit=1 COMMAND ARGUMENT …
"""

from __future__ import annotations

import os
import subprocess
import sys


def main(arguments):
    """Start all tasks, and end with the worst of their statuses."""
    command = [each for each in arguments if not each.startswith("--")]
    tasks = os.environ["SLURM_NTASKS"]
    processes = [
        subprocess.Popen(  # noqa: S603  our own code
            command,
            env={
                **os.environ,
                "SLURM_PROCID": str(number),
                "SLURM_LOCALID": str(number),
                "SLURM_STEP_NUM_TASKS": tasks,
                "SLURM_STEP_NODELIST": os.environ["SLURM_JOB_NODELIST"],
            },
        )
        for number in range(int(tasks))
    ]
    return max(abs(process.wait()) for process in processes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
