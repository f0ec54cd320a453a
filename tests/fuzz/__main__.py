"""Fuzzing by hand: `python -m tests.fuzz --count 100000 --seed 7` in the project's folder."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz import campaign
from fuzz.corpus import corpus
from fuzz.mutate import mutation


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=5000, help="mutations")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first mutation")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--boundscheck", action="store_true", help="compile with Numba's bounds checks")
    parser.add_argument("--save", type=Path, help="folder for the files that findings are about")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = campaign.run(
            arguments.seed,
            arguments.count,
            first=arguments.first,
            workers=arguments.workers,
            environment=campaign.checked(os.environ.get("FUZZ_CACHE_DIR", folder))
            if arguments.boundscheck
            else {},
        )
    print(report)
    for finding in report.findings:
        file, data, kind = mutation(corpus(), finding["seed"], finding["number"])
        print(f"{finding['outcome']}: number {finding['number']}, {file.name}, {kind}: {finding['message']}")
        if arguments.save:
            arguments.save.mkdir(parents=True, exist_ok=True)
            (arguments.save / f"{finding['outcome']}-{finding['seed']}-{finding['number']}").write_bytes(data)
    return bool(report.findings)


if __name__ == "__main__":
    sys.exit(main())
