"""Everything that catalog and parser can say of a rule before it is proposed (3.9)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from catalog.dates import exact_day
from catalog.types import LabelKind
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.schema_rule import assertions as rules
from governance.agreements.kinds.schema_rule.assertions import RuleKind
from governance.agreements.kinds.schema_rule.document import EvaluateOn, SchemaRule, Selector
from governance.agreements.kinds.schema_rule.evaluating import Outcome, Preview, preview
from governance.agreements.kinds.schema_rule.types import FAMILIES
from governance.agreements.selectors.in_force import known_keys
from governance.agreements.selectors.labels import labels_meant
from governance.agreements.selectors.naming import not_for_everybody
from governance.agreements.selectors.references import domains_named, owner_named
from governance.agreements.selectors.short_names import datasets_meant, system_meant
from governance.states.predicates.closed import refusals
from governance.states.predicates.parsing import parse_expression
from governance.types import ChangeOp, Finding, FindingLevel
from lineage.sql import analyze, dialect_of

METADATA, QUERY, DATA = EvaluateOn.METADATA, EvaluateOn.QUERY, EvaluateOn.DATA

# What each kind can look at (the table of 3.9).
LOOKS_AT: Mapping[RuleKind, tuple[EvaluateOn, ...]] = {
    RuleKind.HIERARCHY: (METADATA, DATA),
    RuleKind.RELATION: (METADATA, DATA),
    RuleKind.IDENTITY: (DATA, QUERY),
    RuleKind.CARDINALITY: (DATA,),
    RuleKind.REQUIRED: (METADATA, DATA),
    RuleKind.NAMING: (METADATA,),
    RuleKind.TYPE_CONSISTENCY: (METADATA, DATA),
    RuleKind.KEY: (METADATA, DATA),
    RuleKind.ALLOWED_VALUES: (METADATA, DATA),
    RuleKind.CLASSIFICATION: (METADATA,),
    RuleKind.RETENTION: (METADATA, DATA),
    RuleKind.COMPATIBILITY: (METADATA,),
    RuleKind.FRESHNESS: (METADATA,),
    RuleKind.RECONCILE: (DATA,),
    RuleKind.QUERY_GUARD: (QUERY,),
}

_SHOWN = 5  # failing targets that a finding names; the preview has all


def check_rule(rule: SchemaRule, context: CheckContext) -> Iterable[Finding]:
    """All findings, in the order of the document."""
    if context.op in (ChangeOp.RETIRE, ChangeOp.DEPRECATE):
        return
    yield from _place(rule, context)
    yield from _selector(rule.selector, context)
    yield from _demand(rule, context)
    allowed = LOOKS_AT[rule.kind]
    if rule.evaluate_on not in allowed:
        words = " or ".join(one.value for one in allowed)
        yield _error(
            "rule.evaluate_on",
            f"A rule of the kind {_words(rule.kind)} cannot be told from {rule.evaluate_on.value}.",
            "evaluate_on",
            f"Choose {words}.",
        )
    yield from _waiver(rule, context)
    seen = preview(rule, context.acting)
    if not seen.selection.count:
        yield _error(
            "rule.selects_nothing",
            "Nothing in the catalog is what the rule is about.",
            "selector",
            "Widen what it is about; the preview shows what it selects.",
        )
    told = seen.without(not_for_everybody())
    yield from _violations(told)
    yield from _not_yet(rule, told)


def _place(rule: SchemaRule, context: CheckContext) -> Iterator[Finding]:
    if rule.domain and not domains_named(context.acting, [rule.domain]):
        yield _error(
            "rule.domain",
            f"There is no domain {rule.domain!r}.",
            "domain",
            "Write the short name of a domain, or leave it empty.",
        )
    if rule.owner and not owner_named(context.acting, rule.owner):
        yield _owner(rule.owner, "owner")


def _owner(owner: str, field: str) -> Finding:
    return _error(
        "rule.owner",
        f"Nobody is called {owner!r}.",
        field,
        "Write seat:, person: or team: and the name.",
    )


def _selector(selector: Selector, context: CheckContext) -> Iterator[Finding]:
    if selector.system and system_meant(context.acting, selector.system) is None:
        yield _unknown("system", selector.system, "selector.system")
    if selector.domain and not domains_named(context.acting, [selector.domain]):
        yield _unknown("domain", selector.domain, "selector.domain")
    if selector.tag and not labels_meant(context.acting, selector.tag):
        yield _unknown("label", selector.tag, "selector.tag")
    if selector.term:
        key = selector.term if selector.term.startswith("term:") else f"term:{selector.term}"
        if not known_keys([key], context.beside):
            yield _unknown("term", selector.term, "selector.term")


def _unknown(noun: str, name: str, field: str) -> Finding:
    return _error(
        "rule.selector_resolves",
        f"There is no {noun} {name!r}.",
        field,
        f"Write the {noun} as its page shows it.",
    )


def _demand(rule: SchemaRule, context: CheckContext) -> Iterator[Finding]:
    demand = rule.assertion
    if isinstance(demand, rules.Relation):
        meant = datasets_meant(context.acting, [demand.target])[demand.target]
        if meant.trouble:
            yield _error(
                "rule.target",
                f"{demand.target} {meant.trouble}.",
                "assert.target",
                "Write the whole name of a dataset.",
            )
        if demand.target_columns and len(demand.columns) != len(demand.target_columns):
            yield _error(
                "rule.target_columns",
                "There are not as many columns on one side as on the other.",
                "assert.target_columns",
                "Name the columns in pairs, or none.",
            )
    elif isinstance(demand, rules.Hierarchy) and demand.database:
        if system_meant(context.acting, demand.database) is None:
            yield _error(
                "rule.database",
                f"There is no system {demand.database!r}.",
                "assert.database",
                "Write the system as its page shows it.",
            )
    elif isinstance(demand, rules.Cardinality) and demand.where:
        yield from _where(demand.where)
    elif isinstance(demand, rules.AllowedValues) and demand.workflow:
        key = demand.workflow
        key = key if key.startswith("data_state:") else f"data_state:{key}"
        if not known_keys([key], context.beside):
            yield _error(
                "rule.workflow",
                f"No workflow {demand.workflow!r} is in force.",
                "assert.workflow",
                "Name a workflow in force, or propose it together with this rule.",
            )
    elif isinstance(demand, rules.Classified) and demand.label:
        found = labels_meant(context.acting, demand.label)
        if not any(label.kind == LabelKind.CLASSIFICATION for label in found):
            yield _error(
                "rule.label",
                f"There is no class {demand.label!r}.",
                "assert.label",
                "Write a class as its page shows it.",
            )
    elif isinstance(demand, rules.Reconcile):
        yield from _queries(demand, context)
    elif isinstance(demand, rules.Naming):
        yield from _families(demand)


def _families(demand: rules.Naming) -> Iterator[Finding]:
    for index, wanted in enumerate(demand.types):
        if wanted.lower() not in FAMILIES:
            yield Finding(
                "rule.type_family",
                FindingLevel.WARNING,
                f"{wanted} is taken for a type as written, not for a family.",
                f"assert.types.{index}",
                f"The families are {', '.join(FAMILIES)}.",
            )


def _where(text: str) -> Iterator[Finding]:
    tree, reason = parse_expression(text, None)
    if tree is None:
        yield _error("rule.where", reason, "assert.where", "Write one condition in SQL.")
        return
    for refused in refusals(tree):
        yield _error("rule.where", refused.message, "assert.where", refused.fix)


def _queries(demand: rules.Reconcile, context: CheckContext) -> Iterator[Finding]:
    dialect = dialect_of(demand.dialect) if demand.dialect else None
    if demand.dialect and dialect is None:
        yield _error(
            "rule.dialect",
            f"Concord knows no SQL dialect {demand.dialect!r}.",
            "assert.dialect",
            "Write a platform such as postgres.",
        )
    for side in ("left", "right"):
        statements = analyze(getattr(demand, side), dialect=dialect or "").statements
        only = statements[0] if len(statements) == 1 else None
        if only is None or only.targets or only.statement_type != "SELECT":
            reason = only.reason if only is not None and only.reason else "It is not one SELECT."
            yield _error("rule.query", reason, f"assert.{side}", "Write one SELECT.")
            continue
        meant = datasets_meant(context.acting, (t.text for t in only.sources_mentioned))
        for name, one in meant.items():
            if one.trouble:
                yield _error(
                    "rule.query_tables",
                    f"{name} {one.trouble}.",
                    f"assert.{side}",
                    "Write the name of a dataset of the catalog.",
                )


def _waiver(rule: SchemaRule, context: CheckContext) -> Iterator[Finding]:
    if rule.waiver is None:
        return
    if rule.waiver.until <= context.now.date():
        yield _error(
            "rule.waiver_until",
            f"The waiver ended on {exact_day(rule.waiver.until)}.",
            "waiver.until",
            "Give a day in the future, or take the waiver away.",
        )
    if not owner_named(context.acting, rule.waiver.owner):
        yield _owner(rule.waiver.owner, "waiver.owner")


def _violations(seen: Preview) -> Iterator[Finding]:
    failing = seen.failing
    if failing:
        named = "; ".join(
            f"{one.dataset}{' ' + one.column if one.column else ''}: {one.message}"
            for one in failing[:_SHOWN]
        )
        more = f" And {len(failing) - _SHOWN} more." if len(failing) > _SHOWN else ""
        yield Finding(
            "rule.violations",
            FindingLevel.WARNING,
            f"{seen.sentence} {named}{more}",
            "assert",
            "Mend them, narrow the rule, or add a waiver.",
        )


def _not_yet(rule: SchemaRule, seen: Preview) -> Iterator[Finding]:
    """What needs the rule engine: data and queries (3.9)."""
    if rule.evaluate_on is DATA:
        what = f"the data of {seen.selection.count:,} {seen.selection.noun} against this rule"
    elif rule.evaluate_on is QUERY:
        what = "queries against this rule"
    elif rule.kind is RuleKind.COMPATIBILITY:
        what = "changes of schemas against this mode"
    elif seen.of(Outcome.UNKNOWN):
        count = len(seen.of(Outcome.UNKNOWN))
        targets = "target" if count == 1 else "targets"
        what = f"{count:,} {targets} of which the catalog alone cannot tell"
    else:
        return
    yield Finding("rule.data", FindingLevel.UNCHECKED, f"Not yet checked: {what}.", "evaluate_on")


def _words(kind: RuleKind) -> str:
    return kind.value.replace("_", " ")


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(check, FindingLevel.ERROR, message, field, fix)
