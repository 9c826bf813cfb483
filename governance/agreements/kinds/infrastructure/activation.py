"""What adopting a change of infrastructure writes: the registers of systems and of flows."""

from __future__ import annotations

from django.db import transaction

from catalog.access import AccessRefused
from catalog.errors import CatalogError
from catalog.models import Person
from catalog.services.records import save_record
from catalog.types import Principal
from governance.agreements.kinds.infrastructure.document import InfrastructureDocument
from governance.agreements.kinds.infrastructure.flows import registered, systems_of
from governance.council.services.flows import register_flow, remove_flow


def write_registers(document: InfrastructureDocument, *, acting: Principal, why: str) -> str:
    """Bring both registers to what was agreed; returns what was done, in words.

    What stands there already stays; what the registers refuse meanwhile is told and not written.
    """
    done = [*_facts(document, acting, why), *_flows(document, acting, why)]
    return " ".join(done) or "Recorded."


def _facts(document: InfrastructureDocument, acting: Principal, why: str) -> list[str]:
    system = systems_of(acting, document).get(document.system)
    if system is None:
        return []
    changed = []
    for field in ("availability", "failover", "cost_center"):
        value = getattr(document, field)
        if value and getattr(system, field) != value:
            setattr(system, field, value)
            changed.append(field.replace("_", " "))
    if not changed:
        return []
    try:
        save_record(system, acting=acting, reason=why)
    except (CatalogError, AccessRefused) as refused:
        return [f"The register of systems was not written: {refused}"]
    return [f"{system} has its {', '.join(changed)} in the register."]


def _flows(document: InfrastructureDocument, acting: Principal, why: str) -> list[str]:
    """All of the flows or none: half a change would be a register that nobody agreed to."""
    try:
        with transaction.atomic():
            return _moved(document, acting, why)
    except (CatalogError, AccessRefused, KeyError) as refused:
        return [f"The register of flows was not written: {refused}"]


def _moved(document: InfrastructureDocument, acting: Principal, why: str) -> list[str]:
    systems = systems_of(acting, document)
    told = []
    for ending in document.ends_flows:
        found = registered(ending, systems)
        if found is not None:
            remove_flow(acting=acting, flow_id=found.pk, reason=why)
            told.append(f"The flow of {ending.entity} left the register.")
    for flow in document.adds_flows:
        owner = Person.objects.filter(username=flow.owner).first()
        if registered(flow, systems) is not None or owner is None:
            continue
        register_flow(
            acting=acting,
            source_id=systems[flow.source].pk,
            target_id=systems[flow.target].pk,
            entity=flow.entity,
            method=flow.method,
            cadence=flow.cadence,
            owner_id=owner.pk,
            note=flow.note,
        )
        told.append(f"The flow of {flow.entity} is in the register.")
    return told
