"""The opt-outs in force as a question that is answered in a microsecond (R-080).

Build a `World` of frozen records, compile it, ask:

    index = compile_index(World(version=7, people=..., datasets=..., rules=..., exceptions=...))
    decision = index.decide(person_id, "read", dataset_id, columns=("salary",), purpose="audit")
    decision.allowed, decision.code, decision.version
    decision.effect_on("salary")      # denied, mask, min_group, the rules that say so
    decision.filters                  # rows that stay, ANDed, standard SQL with escaped literals
    decision.rules                    # all opt-outs that apply: Matched.rule, .columns, .sentence
    decision.lifted                   # opt-outs that an exception lifts

What holds, whatever is asked:

* Allowed unless an opt-out applies; there is no rule that allows. Nobody known, nobody active and
  employments closed by `Floors` are denied everything, and no exception lifts that.
* All opt-outs that apply hold together and their order changes nothing: a denial covers the rest,
  groups take the greatest, filters are ANDed, masks the least one as strict as each (`lattice`).
* `columns` are the paths that a use touches, in lower case, wherever it touches them: filtering,
  joining, sorting or grouping by a column reads it. `None` asks for the dataset as such (denied
  columns are told, the dataset stays allowed), `()` for its rows alone. A column that is named and
  denied denies the question.
* No purpose, an unknown one or an unknown action: every opt-out holds. Exporting reads.
* What is not known of a person lets nobody out and exempts nobody; what is not known of a dataset
  is not named by a rule, and does not narrow one.
* A row filter that cannot be applied to a dataset (a column is missing) denies it.

Sets: `denied_datasets`, `allowed_datasets`, `hidden` and `visible` are roaring bitmaps of ids that
agree with `decide` and `see` dataset by dataset; `residual` leaves a person's rules as predicates.
`decide_many` answers for many datasets at once, `decide_unlisted` for data that the catalog
does not list, from what is known of it.

An `Index` is immutable and shared by threads without a lock: replace it by one assignment.
`next_index` makes the next one from a `Delta` (people, data, rules, exceptions) in milliseconds;
`is_worn` says when compiling anew pays. Instants are seconds since 1970 (UTC); without `at` the
clock given to `compile_index` decides, and edges (beginnings, ends, windows) take effect by
themselves. After loading, `gc.collect(); gc.freeze()` keeps the collector off the index.

`inherited_labels` computes the labels that columns inherit along direct lineage.
"""

from governance.permissions.engine.compiling import compile_index
from governance.permissions.engine.conditions import (
    Attribute,
    Compare,
    Condition,
    Every,
    IsUnknown,
    Not,
    OneOf,
    Operator,
    Side,
    Some,
)
from governance.permissions.engine.deltas import Delta, is_worn, next_index
from governance.permissions.engine.index import Index
from governance.permissions.engine.inheritance import Declassified, inherited_labels
from governance.permissions.engine.residuals import Residual, residual
from governance.permissions.engine.types import (
    ColumnEffect,
    Dataset,
    DatedException,
    Decision,
    Exempt,
    FilterText,
    Floors,
    Matched,
    Parameter,
    Person,
    QuarterWindow,
    Resources,
    RowFilter,
    Rule,
    Subjects,
    When,
    World,
)

__all__ = [
    "Attribute",
    "ColumnEffect",
    "Compare",
    "Condition",
    "Dataset",
    "DatedException",
    "Decision",
    "Declassified",
    "Delta",
    "Every",
    "Exempt",
    "FilterText",
    "Floors",
    "Index",
    "IsUnknown",
    "Matched",
    "Not",
    "OneOf",
    "Operator",
    "Parameter",
    "Person",
    "QuarterWindow",
    "Residual",
    "Resources",
    "RowFilter",
    "Rule",
    "Side",
    "Some",
    "Subjects",
    "When",
    "World",
    "compile_index",
    "inherited_labels",
    "is_worn",
    "next_index",
    "residual",
]
