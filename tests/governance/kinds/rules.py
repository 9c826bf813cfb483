"""Schema rules to try, and what is found of them."""

from __future__ import annotations

from typing import Any

from governance.agreements.kinds.schema_rule import KIND
from governance.agreements.kinds.schema_rule.assertions import RuleKind
from governance.agreements.kinds.schema_rule.checks import LOOKS_AT
from governance.agreements.kinds.schema_rule.document import SchemaRule
from tests.governance.kinds.setting import asking

CUSTOMER, ACCOUNT = "billing.customer", "crm.account"


def rule(kind: str, selector: dict[str, Any], demand: dict[str, Any], **fields: Any) -> SchemaRule:
    """A rule that can be evaluated on what its kind looks at first."""
    return SchemaRule.model_validate(
        {
            "rule": "a-rule",
            "kind": kind,
            "purpose": "Because it helps.",
            "selector": selector,
            "assert": demand,
            "evaluate_on": LOOKS_AT[RuleKind(kind)][0],
            **fields,
        }
    )


def naming(pattern: str = "_id$", part: str = "key", **selector: Any) -> SchemaRule:
    return rule("naming", selector or {"type": "bigint"}, {"part": part, "pattern": pattern})


def check(document: SchemaRule) -> list[tuple[str, str, str]]:
    """(check, level, field) of each finding."""
    found = KIND.check(document, asking(key="schema_rule:a-rule"))
    return [(f.check.removeprefix("rule."), f.level.value, f.field) for f in found]


def failing(document: SchemaRule) -> list[tuple[str, str]]:
    """(target, message) of each target that fails today."""
    seen = KIND.preview(document, asking())
    return [
        (f"{one.dataset.rpartition('/')[2]} {one.column}".strip(), one.message)
        for one in seen.failing
    ]
