"""How long `import kerasbook` and a first calculator take, beside an empty Python.

Each round starts every program once, in turn, so that a slow moment of the machine meets all of
them alike; the numbers are medians over the rounds, with their quartiles. The last program's time
above the first must stay within 40 ms on an idle machine, or the exit status is 1; on a busy one
look at the CPU's time.

    python benchmarks/import_time.py --rounds 50
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time

PROGRAMS = {
    "empty": "pass",
    "import": "import kerasbook",
    "calculator": "import kerasbook; kerasbook.conv_output_size(32, 4)",
}
LIMIT_SECONDS = 0.040


def main() -> int:
    """Print each program's time above that of an empty Python, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="starts of each program")
    parser.add_argument("--json", action="store_true", help="print the times as JSON")
    arguments = parser.parse_args()

    measured = measure(arguments.rounds)
    if arguments.json:
        print(json.dumps(measured))
        return 0
    print(f"{'':<12}{'start to end':>14}{'ratio':>9}{'above an empty Python':>28}{'CPU':>12}")
    empty = measured["empty"]["wall_seconds"]
    for name, found in measured.items():
        wall, cpu = found["wall_seconds"], statistics.median(found["cpu_seconds"])
        above = [time - base for time, base in zip(wall, empty, strict=True)]
        low, middle, high = (1000 * value for value in statistics.quantiles(above, n=4))
        print(
            f"{name:<12}{1000 * statistics.median(wall):>11.1f} ms"
            f"{statistics.median(wall) / statistics.median(empty):>7.2f} ×"
            f"{middle:>10.1f} ms ({low:.1f} to {high:.1f})"
            f"{1000 * cpu:>9.1f} ms"
        )
    return int(middle > 1000 * LIMIT_SECONDS)


def measure(rounds: int) -> dict[str, dict[str, list[float]]]:
    """Seconds of each program's whole process, by the clock and of the CPU, one per round."""
    measured: dict[str, dict[str, list[float]]] = {
        name: {"wall_seconds": [], "cpu_seconds": []} for name in PROGRAMS
    }
    for name in PROGRAMS:  # once without a clock: the byte code is written, the files are cached
        start(name)
    for _ in range(rounds):
        for name, found in measured.items():
            wall, cpu = start(name)
            found["wall_seconds"].append(wall)
            found["cpu_seconds"].append(cpu)
    return measured


def start(name: str) -> tuple[float, float]:
    """Seconds that one process takes from start to end, by the clock and of the CPU."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    # Byte code is written, as an installed package has it.
    settings = {key: v for key, v in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", PROGRAMS[name]], env=settings, check=True)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
