"""Non-interference of the native check, judged by running what it allows in several worlds.

`python -m benchmarks.native_check [--statements N] [--seed S] [--seconds N]` judges generated
statements, with `--written` those written by hand, under every policy. What is cut off by the time
goes on from the seed that is printed. Goals: nothing that is allowed or
rewritten answers differently between worlds that differ in protected values alone; a rewritten
statement answers as the original does where the policies were applied beforehand; nothing is
refused that touches nothing protected.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.native_check.judging import judge_generated
from benchmarks.native_check.written import judge_written
from benchmarks.table import Measured, finish

MANY = 1_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.native_check", description=__doc__)
    parser.add_argument("--statements", type=int, default=MANY)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--written", action="store_true")
    chosen = parser.parse_args()
    began = time.perf_counter()
    if chosen.written:
        tally = judge_written()
    else:
        tally = judge_generated(chosen.seed, chosen.statements, seconds=chosen.seconds)
    print(
        f"{tally.statements:,} statements, the next seed is {tally.next_seed};"
        f" {tally.not_run:,} more do not run or tell the order of rows; {dict(tally.answers)};"
        f" refused as {dict(tally.codes)};"
        f" {time.perf_counter() - began:.0f} s"
    )
    for kind in ("leaks", "unfaithful", "broken", "needless", "avoidable"):
        for policy, sql, said in getattr(tally, kind)[:3]:
            print(f"\n{kind}, under '{policy}':\n  {sql}\n  {said}")
    return finish(
        [
            Measured("answers that differ between worlds", len(tally.leaks), "", 0),
            Measured(
                "answers unlike those over what may be seen",
                len(tally.unfaithful) + len(tally.broken),
                "",
                0,
            ),
            Measured("needless refusals", len(tally.needless), "", 0),
            Measured(
                "refusals that a mask or filter could have answered",
                100 * len(tally.avoidable) / max(1, tally.statements),
                "%",
                1,
            ),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
