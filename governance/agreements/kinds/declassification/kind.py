"""A declassification as a kind of agreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from governance.agreements.kind import AgreementKind, CheckContext, TargetsToday
from governance.agreements.kinds.declassification.checks import check_declassification
from governance.agreements.kinds.declassification.document import (
    Basis,
    DeclassificationDocument,
)
from governance.agreements.kinds.declassification.sources import columns_meant, inherited
from governance.agreements.selectors.references import datasets_named
from governance.proposals.impact.classes import veto_class
from governance.types import BindingRole, BindingSpec, Finding, VetoClass

_BASES = {
    Basis.AGGREGATION: "they are aggregated over groups of {group_of} or more",
    Basis.ANONYMIZATION: "they are anonymized",
    Basis.SALTED_HASH: "they are hashed with a salt",
    Basis.SYNTHETIC: "they are made up",
    Basis.OTHER: "of the reason given",
}


class Declassification(AgreementKind):
    """What a column no longer inherits."""

    name = "declassification"
    label = "declassification"
    plural = "declassifications"
    about = "Which columns no longer inherit a label, on what basis, and until when."
    document_type = DeclassificationDocument
    prose = frozenset({"title"})
    template = "governance/agreements/kinds/declassification.html"

    def slug(self, document: DeclassificationDocument) -> str:
        """The short name given."""
        return document.declassification

    def title(self, document: DeclassificationDocument) -> str:
        """Its title, or its short name in words."""
        spoken = document.declassification.replace("-", " ").replace("_", " ").capitalize()
        return document.title or spoken

    def sentence(self, document: DeclassificationDocument) -> str:
        """What no longer inherits what, and why."""
        columns, labels = ", ".join(document.columns), ", ".join(document.labels)
        basis = _BASES[document.basis].format(group_of=document.group_of)
        return f"{columns} of {document.dataset} inherits {labels} no longer, because {basis}."

    def check(self, document: DeclassificationDocument, context: CheckContext) -> Iterable[Finding]:
        """See `check_declassification`."""
        return check_declassification(document, context)

    def veto_seats(self, document: DeclassificationDocument) -> Mapping[VetoClass, str]:
        """Whoever has the veto over the class of data that ends here."""
        found = {}
        for name in document.labels:
            veto = veto_class(name)
            if veto is not None:
                found[veto] = f"the end of {name}"
        return found

    def bindings(
        self, document: DeclassificationDocument, context: CheckContext
    ) -> Sequence[BindingSpec]:
        """The columns, and the sources of the labels, whose owners sign as well."""
        dataset = datasets_named(context.acting, (document.dataset,)).get(document.dataset)
        if dataset is None:
            return []
        known = columns_meant(dataset.pk, document.columns)
        targets = [BindingSpec(BindingRole.TARGET, dataset.pk, path) for path in known]
        ids = [column.pk for column in known.values()]
        sources = inherited(context.acting, ids, document.labels).sources
        return [
            *targets,
            *(BindingSpec(BindingRole.SOURCE, pk, path) for pk, path in sorted(sources)),
        ]

    def impact_roles(self) -> frozenset[BindingRole]:
        """What is derived from the columns is affected; what else uses the sources is not."""
        return frozenset({BindingRole.TARGET, BindingRole.SOURCE})

    def targets_today(
        self, document: DeclassificationDocument, context: CheckContext
    ) -> TargetsToday | None:
        """From how many columns the labels come."""
        found = self.bindings(document, context)
        sources = sum(spec.role is BindingRole.SOURCE for spec in found)
        said = f"{sources:,} column{'' if sources == 1 else 's'} above"
        return TargetsToday(f"The labels come from {said} today.")
