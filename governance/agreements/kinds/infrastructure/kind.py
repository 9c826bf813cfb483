"""A change of infrastructure as a kind of agreement; a committee may decide it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from catalog.types import Principal
from governance.agreements.kind import AgreementKind, CheckContext
from governance.agreements.kinds.infrastructure.activation import write_registers
from governance.agreements.kinds.infrastructure.checks import check_infrastructure
from governance.agreements.kinds.infrastructure.document import InfrastructureDocument
from governance.agreements.kinds.infrastructure.flows import systems_of
from governance.agreements.selectors.in_force import in_force
from governance.types import (
    BindingRole,
    BindingSpec,
    ChangeOp,
    ConflictKind,
    ConflictSpec,
    Finding,
    Party,
)

if TYPE_CHECKING:
    from governance.models import AgreementVersion


class Infrastructure(AgreementKind):
    """What changes between systems."""

    name = "infrastructure"
    label = "infrastructure"
    plural = "infrastructure"
    about = "What changes on a system, what it promises, and which flows begin or end."
    document_type = InfrastructureDocument
    prose = frozenset({"why"})
    template = "governance/agreements/kinds/infrastructure.html"

    def slug(self, document: InfrastructureDocument) -> str:
        """The short name given."""
        return document.infrastructure

    def title(self, document: InfrastructureDocument) -> str:
        """Its title, or its short name in words."""
        spoken = document.infrastructure.replace("-", " ").replace("_", " ").capitalize()
        return document.title or spoken

    def sentence(self, document: InfrastructureDocument) -> str:
        """What changes, in words; what it promises; how many flows begin and end."""
        parts = [document.change.rstrip(".")] if document.change else []
        if document.availability:
            parts.append(f"availability {document.availability}")
        for flows, verb in ((document.adds_flows, "begin"), (document.ends_flows, "end")):
            if flows:
                noun = f"flow {verb}s" if len(flows) == 1 else f"flows {verb}"
                parts.append(f"{len(flows)} {noun}")
        return f"{'; '.join(parts) or self.title(document)}."

    def committee(self, document: InfrastructureDocument) -> str:
        """The committee it is routed to."""
        return document.committee

    def check(self, document: InfrastructureDocument, context: CheckContext) -> Iterable[Finding]:
        """See `check_infrastructure`."""
        return check_infrastructure(document, context)

    def bindings(
        self, document: InfrastructureDocument, context: CheckContext
    ) -> Sequence[BindingSpec]:
        """The system that changes, and both ends of each flow."""
        found = systems_of(context.acting, document)
        return [
            BindingSpec(BindingRole.TARGET, system_id=pk)
            for pk in dict.fromkeys(system.pk for system in found.values())
        ]

    def conflicts(
        self, document: InfrastructureDocument, context: CheckContext
    ) -> Iterable[ConflictSpec]:
        """Agreements that promise something else of the same system."""
        for held in in_force("infrastructure"):
            other = InfrastructureDocument.model_validate(held.document)
            if held.key == context.key or not document.system or other.system != document.system:
                continue
            for field in ("availability", "failover"):
                mine, theirs = getattr(document, field), getattr(other, field)
                if mine and theirs and mine != theirs:
                    yield ConflictSpec(
                        ConflictKind.RULE_CONTRADICTION,
                        (
                            Party("agreement", context.key, self.title(document), mine),
                            Party("agreement", held.key, held.title, theirs),
                        ),
                        f"The {field} of {document.system} would be {mine!r} and is agreed as"
                        f" {theirs!r}.",
                    )

    def activate(self, version: AgreementVersion, *, acting: Principal) -> str:
        """Write the registers of systems and of flows; retiring leaves them as they are."""
        if version.op in (ChangeOp.RETIRE, ChangeOp.DEPRECATE):
            return ""
        document = InfrastructureDocument.model_validate(version.document)
        return write_registers(document, acting=acting, why=f"Agreed: {version.agreement.key}")
