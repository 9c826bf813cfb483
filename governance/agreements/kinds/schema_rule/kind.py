"""A schema rule as a kind of agreement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from governance.agreements.kind import (
    AgreementKind,
    CheckContext,
    FailingTarget,
    TargetsToday,
)
from governance.agreements.kinds.schema_rule.checks import check_rule
from governance.agreements.kinds.schema_rule.conflicts import rule_conflicts
from governance.agreements.kinds.schema_rule.document import SchemaRule as SchemaRuleDocument
from governance.agreements.kinds.schema_rule.evaluating import Preview, preview
from governance.agreements.kinds.schema_rule.selection import bound_places
from governance.agreements.kinds.schema_rule.sentences import rule_sentence
from governance.types import BindingRole, BindingSpec, ConflictSpec, Finding


class SchemaRule(AgreementKind):
    """What holds for schemas, queries or data."""

    name = "schema_rule"
    label = "schema rule"
    plural = "schema rules"
    about = "What holds for many datasets: names, keys, types, classes, how long data is kept."
    document_type = SchemaRuleDocument
    prose = frozenset({"title", "purpose", "goal", "waiver.reason"})
    not_enforced = (
        "Recorded and agreed, not yet enforced: its targets are evaluated when it is proposed, not"
        " on every change, and data and queries are not looked at yet."
    )
    template = "governance/agreements/kinds/schema_rule.html"

    def slug(self, document: SchemaRuleDocument) -> str:
        """The rule's own short name."""
        return document.rule

    def title(self, document: SchemaRuleDocument) -> str:
        """What people call it."""
        return document.title or document.rule.replace("-", " ").replace("_", " ").capitalize()

    def sentence(self, document: SchemaRuleDocument) -> str:
        """See `rule_sentence`."""
        return rule_sentence(document)

    def check(self, document: SchemaRuleDocument, context: CheckContext) -> Iterable[Finding]:
        """See `check_rule`."""
        return check_rule(document, context)

    def preview(self, document: SchemaRuleDocument, context: CheckContext) -> Preview:
        """Which targets would fail today (story S4); nothing is stored."""
        return preview(document, context.acting)

    def targets_today(
        self, document: SchemaRuleDocument, context: CheckContext
    ) -> TargetsToday | None:
        """How many targets there are, and which of them fail."""
        seen = preview(document, context.acting)
        return TargetsToday(
            seen.sentence,
            tuple(
                FailingTarget(one.dataset_id, one.dataset, one.column, one.message, one.fix)
                for one in seen.failing
            ),
        )

    def bindings(
        self, document: SchemaRuleDocument, context: CheckContext
    ) -> Sequence[BindingSpec]:
        """What the selector selects today; very many columns by their datasets."""
        return [
            BindingSpec(BindingRole.SELECTED, dataset_id=pk, column_path=path)
            for pk, path in bound_places(document, context.acting)
        ]

    def conflicts(
        self, document: SchemaRuleDocument, context: CheckContext
    ) -> Iterable[ConflictSpec]:
        """See `rule_conflicts`."""
        return rule_conflicts(document, context)
