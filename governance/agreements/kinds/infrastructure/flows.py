"""Lines of the flow register as a document names them (R-098)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.models import System
from catalog.types import Principal
from governance.agreements.kinds.infrastructure.document import EndedFlow, InfrastructureDocument
from governance.agreements.selectors.references import systems_named
from governance.council.models import Flow


def systems_of(principal: Principal, document: InfrastructureDocument) -> Mapping[str, System]:
    """Every system the document names, by the name given; unknown ones are absent."""
    flows: Iterable[EndedFlow] = (*document.adds_flows, *document.ends_flows)
    names = [document.system, *(name for flow in flows for name in (flow.source, flow.target))]
    return systems_named(principal, dict.fromkeys(name for name in names if name))


def registered(flow: EndedFlow, systems: Mapping[str, System]) -> Flow | None:
    """The line of the register that the document means; None when there is none."""
    source, target = systems.get(flow.source), systems.get(flow.target)
    if source is None or target is None:
        return None
    return Flow.objects.filter(
        source=source, target=target, entity=flow.entity, method=flow.method
    ).first()


def identity(flow: EndedFlow) -> tuple[str, str, str, str]:
    """What tells one flow from another."""
    return (flow.source, flow.target, flow.entity, flow.method)
