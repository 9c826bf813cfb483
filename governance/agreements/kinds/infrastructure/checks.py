"""What is wrong with a change of infrastructure: unknown systems, flows that are not as told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from catalog.models import System
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.infrastructure.document import EndedFlow, InfrastructureDocument
from governance.agreements.kinds.infrastructure.flows import identity, registered, systems_of
from governance.agreements.selectors.references import domains_named, owner_named
from governance.council.models import Committee
from governance.types import ChangeOp, Finding, FindingLevel

KIND_NAME = "infrastructure"


def check_infrastructure(
    document: InfrastructureDocument, context: CheckContext
) -> Iterable[Finding]:
    """Everything that is wrong with a change of infrastructure."""
    if context.op in (ChangeOp.RETIRE, ChangeOp.DEPRECATE):
        return
    systems = systems_of(context.acting, document)
    yield from _said(document)
    if document.system and document.system not in systems:
        yield _unknown_system(document.system, "system")
    yield from _facts_of_no_system(document)
    yield from _flows(document, systems, context)
    yield from _committee(document)
    if document.domain and not domains_named(context.acting, (document.domain,)):
        yield _error(
            "unknown_domain", f"There is no domain {document.domain!r}.", "domain", "Pick a domain."
        )


def _said(document: InfrastructureDocument) -> Iterator[Finding]:
    facts = (document.availability, document.failover, document.cost_center)
    if not document.change and not any(facts) and not document.adds_flows + document.ends_flows:
        yield _error(
            "change_missing", "Nothing changes.", "change", "Say what changes, or name its flows."
        )


def _facts_of_no_system(document: InfrastructureDocument) -> Iterator[Finding]:
    for field in ("availability", "failover", "cost_center"):
        if getattr(document, field) and not document.system:
            yield _error(
                "system_missing",
                f"It is not said whose {field.replace('_', ' ')} this is.",
                "system",
                "Pick the system.",
            )
            return


def _flows(
    document: InfrastructureDocument, systems: Mapping[str, System], context: CheckContext
) -> Iterator[Finding]:
    ended = {identity(flow) for flow in document.ends_flows}
    seen: set[tuple[str, str, str, str]] = set()
    already = {identity_of(flow) for flow in (context.base or {}).get("adds_flows", ())}
    for index, flow in enumerate(document.adds_flows):
        place = f"adds_flows.{index}"
        yield from _ends(flow, systems, place)
        if not owner_named(context.acting, f"person:{flow.owner}"):
            yield _error(
                "unknown_owner",
                f"There is nobody active with the user name {flow.owner!r}.",
                f"{place}.owner",
                "Pick a person of the company.",
            )
        if identity(flow) in seen:
            yield _error("flow_twice", "It stands there twice.", place, "Take one away.")
        elif identity(flow) in ended:
            yield _error(
                "flow_begins_and_ends",
                f"The flow of {flow.entity} begins and ends at once.",
                place,
                "Take it out of one of the lists.",
            )
        elif identity(flow) not in already and registered(flow, systems):
            yield _error(
                "flow_exists",
                f"The flow of {flow.entity} is in the register already.",
                place,
                "Leave it out, or end it and describe the new one.",
            )
        seen.add(identity(flow))
    gone = {identity_of(flow) for flow in (context.base or {}).get("ends_flows", ())}
    for index, ending in enumerate(document.ends_flows):
        place = f"ends_flows.{index}"
        yield from _ends(ending, systems, place)
        known = ending.source in systems and ending.target in systems
        if known and identity(ending) not in gone and not registered(ending, systems):
            yield _error(
                "flow_unknown",
                f"The register has no flow of {ending.entity} by {ending.method}.",
                place,
                "Name it as the register does.",
            )


def identity_of(stored: Mapping[str, str]) -> tuple[str, str, str, str]:
    """The identity of a flow in a stored document."""
    return (stored["source"], stored["target"], stored["entity"], stored["method"])


def _ends(flow: EndedFlow, systems: Mapping[str, System], place: str) -> Iterator[Finding]:
    for field, name in (("source", flow.source), ("target", flow.target)):
        if name not in systems:
            yield _unknown_system(name, f"{place}.{field}")
    source, target = systems.get(flow.source), systems.get(flow.target)
    if source is not None and source == target:
        yield _error(
            "flow_to_itself",
            "A flow leads to another system.",
            f"{place}.target",
            "Pick the system that it reaches.",
        )


def _committee(document: InfrastructureDocument) -> Iterator[Finding]:
    if not document.committee:
        return
    committee = Committee.objects.filter(slug=document.committee).first()
    if committee is None:
        yield _error(
            "unknown_committee",
            f"There is no committee {document.committee!r}.",
            "committee",
            "Leave it empty for the council, or make the committee first.",
        )
    elif KIND_NAME not in committee.kinds:
        yield _error(
            "other_committee",
            f"{committee.name} does not decide about infrastructure.",
            "committee",
            "Pick a committee that does, or leave it to the council.",
        )


def _unknown_system(name: str, field: str) -> Finding:
    return _error(
        "unknown_system", f"There is no system {name!r}.", field, "Pick a system of the catalog."
    )


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(f"infrastructure.{check}", FindingLevel.ERROR, message, field, fix)
