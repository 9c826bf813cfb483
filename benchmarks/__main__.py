"""Every benchmark, one after the other, each in a process and a database of its own.

`python -m benchmarks [NAME ...]` (or `make bench`) runs all, or those named, and ends with one
table of what was measured beside its goal. Exits with 1 when a goal was missed or a benchmark
could not finish.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.table import RESULTS_VARIABLE, print_table, read_results

NAMES = (
    "startup", "ingest", "manifest", "pages", "search", "lineage_graph", "openlineage", "query_log",
    "gateways", "client", "audit", "agenda", "must_sign", "council", "native_check",
)  # fmt: skip
_OF_SERVERS = ("CONCORD_VAR", "DATABASE_URL", "CELERY_BROKER_URL", "ELASTICSEARCH_URL")


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    chosen = parser.parse_args().names or NAMES
    if unknown := sorted(set(chosen) - set(NAMES)):
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(NAMES)}")
    # Nothing here may touch a service that somebody uses.
    variables = {key: value for key, value in os.environ.items() if key not in _OF_SERVERS}
    results, failed = [], []
    with tempfile.TemporaryDirectory(prefix="concord-results-") as folder:
        for name in chosen:
            print(f"\n== {name} ==", flush=True)
            file = Path(folder) / name
            done = subprocess.run(
                [sys.executable, "-m", f"benchmarks.{name}"],
                env=variables | {RESULTS_VARIABLE: str(file)},
                check=False,
            )
            measured = read_results(file)
            results += measured
            if not measured:
                failed.append(f"{name} ended with code {done.returncode} and measured nothing.")
    print("\n== all ==")
    print_table(results)
    for line in failed:
        print(line)
    return 0 if not failed and all(result.is_met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
