"""How long `import kerasbook` and a first calculator take, beside an empty Python.

Each round starts every program once, in turn, so that a slow moment of the machine meets all of
them alike; the numbers are medians over the rounds, with their quartiles.

    python benchmarks/import_time.py --rounds 50
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

PROGRAMS = {
    "empty": "pass",
    "import": "import kerasbook",
    "calculator": "import kerasbook; kerasbook.conv_output_size(32, 4)",
}
LIMIT_SECONDS = 0.060


def main() -> int:
    """Print each program's time above that of an empty Python, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="starts of each program")
    parser.add_argument("--json", action="store_true", help="print the times as JSON")
    arguments = parser.parse_args()

    seconds = measure(arguments.rounds)
    if arguments.json:
        print(json.dumps(seconds))
        return 0
    empty = statistics.median(seconds["empty"])
    for name, times in seconds.items():
        above = [time - base for time, base in zip(times, seconds["empty"], strict=True)]
        low, middle, high = (1000 * value for value in statistics.quantiles(above, n=4))
        print(
            f"{name:<12}{1000 * statistics.median(times):7.1f} ms"
            f"{statistics.median(times) / empty:6.2f} ×"
            f"{middle:8.1f} ms above empty ({low:.1f} to {high:.1f})"
        )
    return int(statistics.median(seconds["calculator"]) - empty > LIMIT_SECONDS)


def measure(rounds: int) -> dict[str, list[float]]:
    """Seconds of each program's whole process, one number per round."""
    seconds: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for name in PROGRAMS:  # once without a clock: the byte code is written, the files are cached
        start(name)
    for _ in range(rounds):
        for name, times in seconds.items():
            times.append(start(name))
    return seconds


def start(name: str) -> float:
    """Seconds that one process takes from start to end."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", PROGRAMS[name]], check=True)
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main())
