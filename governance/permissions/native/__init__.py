"""The native check: a whole SQL statement is allowed, denied or rewritten (R-080, R-087).

    verdict = check(Asked(sql, "duckdb", schema="hr"), catalog, decide)
    verdict.answer            # allow, deny, rewrite
    verdict.sql               # what may run
    verdict.reasons           # why not, by which opt-outs, whom to ask
    verdict.changes           # the places that differ, each explained

`checking` goes its way: what the `text` says before it is a tree, which `tables` it names, what of
them is `seen`, and which `changes` are kept to that. See docs/operators/gateway-check.md.

No Django: `catalog` says what names mean, `decide` asks the opt-outs in force.
"""

from governance.permissions.native.checking import check
from governance.permissions.native.types import (
    Asked,
    Catalog,
    Change,
    CheckAnswer,
    Decide,
    FilteredRows,
    GroupLimit,
    KnownColumn,
    KnownDataset,
    MaskedColumn,
    Notice,
    Reason,
    Verdict,
)

__all__ = [
    "Asked",
    "Catalog",
    "Change",
    "CheckAnswer",
    "Decide",
    "FilteredRows",
    "GroupLimit",
    "KnownColumn",
    "KnownDataset",
    "MaskedColumn",
    "Notice",
    "Reason",
    "Verdict",
    "check",
]
