"""Run the benchmark: ``python -m benchmarks [ROW …] [--pairs N]``; prints a Markdown table.

Every row is a ratio to a named peer, measured in the same session in interleaved pairs.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.rows import ROWS, Room


def main() -> None:
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(names)}")
    parser.add_argument("--pairs", type=int, default=15, help="pairs of runs a row (%(default)s)")
    arguments = parser.parse_args()
    if unknown := set(arguments.rows) - set(names):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    print("| row | ours | peer | ratio (wall) | ratio (CPU) | must | goal |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory(prefix="halsync-bench-") as directory:
        room = Room(Path(directory), arguments.pairs)
        try:
            for row in ROWS:
                if not arguments.rows or row.name in arguments.rows:
                    print(f"| {row.title} {row.run(room)} {row.must} | {row.goal} |", flush=True)
        finally:
            room.close()


if __name__ == "__main__":
    main()
