"""An opt-out as a kind of agreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from governance.agreements.kind import AgreementKind, CheckContext, TargetsToday
from governance.agreements.kinds.permission_policy.checks import check_opt_out
from governance.agreements.kinds.permission_policy.conflicts import shadows
from governance.agreements.kinds.permission_policy.document import (
    Category,
    OptOut,
    ReasonVisibility,
)
from governance.agreements.kinds.permission_policy.resources import covered
from governance.agreements.kinds.permission_policy.sentences import (
    opt_out_sentence,
    opt_out_title,
)
from governance.types import (
    BindingRole,
    BindingSpec,
    ChangeOp,
    ConflictSpec,
    Finding,
    VetoClass,
)

MOST_BINDINGS = 5_000
"""Beyond so many columns an opt-out is bound to their datasets as wholes."""

ENDING = (ChangeOp.RETIRE, ChangeOp.DEPRECATE)
_FOR_SECURITY = frozenset({Category.FINANCIAL, Category.SECURITY})


class PermissionPolicy(AgreementKind):
    """Who may not have which data, with an overt reason."""

    name = "permission_policy"
    label = "opt-out"
    plural = "opt-outs"
    about = "Who may not have which data, why, and until when; everything else is open."
    document_type = OptOut
    prose = frozenset({"title", "reason", "basis"})
    template = "governance/agreements/kinds/permission_policy.html"

    def slug(self, document: OptOut) -> str:
        """Its number in lower case."""
        return document.opt_out.lower()

    def title(self, document: OptOut) -> str:
        """See `opt_out_title`."""
        return opt_out_title(document)[:300]

    def sentence(self, document: OptOut) -> str:
        """See `opt_out_sentence`."""
        return opt_out_sentence(document)

    def withheld(self, content: Mapping[str, Any]) -> frozenset[str]:
        """The reason and what it rests on, where only Legal reads them."""
        visibility = content.get("reason_visibility", ReasonVisibility.PUBLIC)
        is_public = visibility == ReasonVisibility.PUBLIC
        return frozenset() if is_public else frozenset({"reason", "basis"})

    def check(self, document: OptOut, context: CheckContext) -> Iterable[Finding]:
        """See `check_opt_out`."""
        return check_opt_out(document, context)

    def before_signing(self, document: OptOut, context: CheckContext) -> Iterable[Finding]:
        """Tests of who is closed out, and of who is not (3.3, class P; R-085)."""
        # The engine reads documents of this kind, so it is not there yet when this is imported.
        from governance.permissions.trial.selectors.analyzing import tests_missing

        return () if context.op in ENDING else tests_missing(document, context)

    def veto_seats(self, document: OptOut) -> Mapping[VetoClass, str]:
        """Security for financial and security reasons, Legal for all others (3.3, class P)."""
        veto = VetoClass.SECURITY if document.category in _FOR_SECURITY else VetoClass.LEGAL
        return {veto: f"opt-outs of the category {document.category.value}"}

    def bindings(self, document: OptOut, context: CheckContext) -> Sequence[BindingSpec]:
        """The datasets or columns that it covers today."""
        found = covered(document, context.acting)
        places = sorted(found.places)
        if len(places) > MOST_BINDINGS:
            places = [(pk, "") for pk in sorted(found.datasets)]
        return [
            BindingSpec(BindingRole.TARGET, dataset_id=pk, column_path=path) for pk, path in places
        ]

    def targets_today(self, document: OptOut, context: CheckContext) -> TargetsToday | None:
        """How many datasets and columns it covers."""
        found = covered(document, context.acting)
        datasets, columns = len(found.datasets), sum(1 for _, path in found.places if path)
        said = f"{datasets:,} dataset{'' if datasets == 1 else 's'}"
        if columns:
            said = f"{columns:,} column{'' if columns == 1 else 's'} of {said}"
        return TargetsToday(f"It covers {said} today.")

    def conflicts(self, document: OptOut, context: CheckContext) -> Iterable[ConflictSpec]:
        """What documents say against each other, then what people and data of today show."""
        # The engine reads documents of this kind, so it is not there yet when this is imported.
        from governance.permissions.trial.selectors.analyzing import conflicts_of_draft

        told = list(shadows(document, context))
        parties = [{party.key for party in spec.parties} for spec in told]
        yield from told
        for spec in conflicts_of_draft(document, context):
            if {party.key for party in spec.parties} not in parties:
                yield spec
