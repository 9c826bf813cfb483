"""The register of flows: data that moves from system to system, and who answers (R-098)."""

from __future__ import annotations

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import RecordChanged
from catalog.models import System, Team
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal, PrincipalKind
from governance.council.selectors.seats import is_chair, is_member
from governance.council.services.words import active_person, chosen, needed_text, text_of
from governance.models import Flow


def register_flow(
    *,
    acting: Principal,
    source_id: int,
    target_id: int,
    entity: str,
    method: str,
    cadence: str,
    owner_id: int,
    owner_team_id: int | None = None,
    note: str = "",
) -> Flow:
    """Write down that `entity` moves from one system to another.

    Raises InvalidInput for what is missing, Conflict for a flow that is registered already.
    """
    _require_registrar(acting)
    flow = Flow(
        source=chosen(System, [source_id], field="source")[0],
        target=chosen(System, [target_id], field="target")[0],
    )
    if flow.source_id == flow.target_id:
        raise InvalidInput("A flow leads to another system: choose its target.", field="target")
    _fill(flow, entity, method, cadence, owner_id, owner_team_id, note)
    with writing(acting):
        _check_once(flow)
        flow.save()
        record(RecordChanged(change="created"), flow, acting=acting)
    return flow


def change_flow(
    *,
    acting: Principal,
    flow_id: int,
    entity: str,
    method: str,
    cadence: str,
    owner_id: int,
    owner_team_id: int | None = None,
    note: str = "",
) -> Flow:
    """State anew what flows, how, how often and who answers; both systems stay."""
    flow = _flow(acting, flow_id)
    _fill(flow, entity, method, cadence, owner_id, owner_team_id, note)
    with writing(acting):
        _check_once(flow)
        flow.save()
        record(RecordChanged(change="changed"), flow, acting=acting)
    return flow


def remove_flow(*, acting: Principal, flow_id: int, reason: str) -> None:
    """Take a flow out of the register; its history stays."""
    flow = _flow(acting, flow_id)
    words = needed_text(reason, field="reason", what="why the flow is gone", limit=1000)
    with writing(acting, reason=words):
        record(RecordChanged(change="deleted"), flow, acting=acting)
        flow.delete()


def _flow(acting: Principal, flow_id: int) -> Flow:
    require(acting, Action.PROPOSE)
    flow = Flow.objects.filter(pk=flow_id).first()
    if flow is None:
        raise NotFound("There is no such flow.")
    if flow.owner_id != acting.person_id:
        _require_registrar(acting)
    return flow


def _require_registrar(acting: Principal) -> None:
    """Members of the council or of any committee, administrators, and what was agreed."""
    require(acting, Action.PROPOSE)
    if acting.kind is PrincipalKind.SYSTEM or acting.is_administrator:
        return
    if is_chair(acting) or is_member(acting, anywhere=True):
        return
    raise AccessRefused(
        Verdict(
            allowed=False,
            code="not_member",
            reason="Only members of the council, of its committees, and administrators register "
            "flows; the owner of a flow may change it.",
            ask="a member of the council",
        )
    )


def _fill(
    flow: Flow,
    entity: str,
    method: str,
    cadence: str,
    owner_id: int,
    owner_team_id: int | None,
    note: str,
) -> None:
    flow.entity = needed_text(entity, field="entity", what="what flows", limit=200)
    flow.method = needed_text(method, field="method", what="how it flows", limit=200)
    flow.cadence = needed_text(cadence, field="cadence", what="how often it flows", limit=100)
    flow.owner = active_person(owner_id, field="username")
    flow.owner_team = (
        None if owner_team_id is None else chosen(Team, [owner_team_id], field="owner_team")[0]
    )
    flow.note = text_of(note, field="note")


def _check_once(flow: Flow) -> None:
    same = Flow.objects.exclude(pk=flow.pk).filter(
        source=flow.source_id, target=flow.target_id, entity=flow.entity, method=flow.method
    )
    if same.exists():
        raise Conflict("This flow is registered already: change that one.", field="entity")
