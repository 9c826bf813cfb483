"""The council's months until the story begins: each person acts through the public services, in
order, while the clock stands where it stood then and does what it does by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Any

from django.db import transaction

from catalog.types import Principal
from config.demo.larkfield import council, culture, meetings
from config.demo.larkfield.council import COUNCIL, Happening, acting_as
from config.demo.larkfield.documents import NO_EVIDENCE, changes_of, evidence_of
from config.demo.larkfield.text import read_text
from governance import clock, salts
from governance.council.services.decisions import record_vote
from governance.models import Concern, Proposal, StoryClock
from governance.proposals.services import (
    concerns,
    drafting,
    emergencies,
    positions,
    stepping,
    story_clock,
    submitting,
)
from governance.proposals.services.due import next_due
from governance.types import Evidence, Outcome, PositionValue

BEGINNING = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
# A local agreement takes a morning: proposed, submitted, and a second person consents.
LOCALLY = ((dt.time(9), "create"), (dt.time(9, 10), "submit"), (dt.time(13), "consent_locally"))

NAME = "Larkfield"
TICK = dt.timedelta(microseconds=1)
Watch = Callable[[int, int], None]


def is_told() -> bool:
    """Whether the story was told here to its beginning."""
    told_until = StoryClock.objects.values_list("instant", flat=True).first()
    return told_until is not None and told_until >= _begins()


def tell(watch: Watch = lambda done, total: None) -> None:
    """Let everything happen until the story begins; goes on where an earlier telling ended.

    `watch` hears how many happenings are done, and of how many.
    """
    # Told twice, the story ends in the same chain of decisions.
    with salts.telling(NAME), story_clock.held():
        _tell(watch)


def _tell(watch: Watch) -> None:
    planned = sorted(happenings(), key=lambda happening: happening[0])
    if not StoryClock.objects.exists():
        story_clock.freeze(BEGINNING)
    done = 0
    for at, together in groupby(planned, key=lambda happening: happening[0]):
        acts = [act for _, act in together]
        if clock.now() <= at:
            _wait_until(at)
            _happen(at, acts)
        done += len(acts)
        watch(done, len(planned))
    if clock.now() < _begins():
        story_clock.move(acting=COUNCIL, to=_begins())


def _begins() -> dt.datetime:
    """The instant at which the visitor comes in."""
    return _in_utc(read_text("company.yaml")["clock"])


def _happen(at: dt.datetime, acts: Iterable[Callable[[], object]]) -> None:
    """What people do at one instant, whole; the clock then stands past it, so that it is known to
    be done."""
    with transaction.atomic():
        for act in acts:
            act()
        meetings.cancel_idle()
        story_clock.freeze(at + TICK)


def _wait_until(at: dt.datetime) -> None:
    """Let the clock come to an instant; where nothing is due on the way, it is only set."""
    due = next_due(after=clock.now())
    if due is not None and due <= at:
        story_clock.move(acting=COUNCIL, to=at)
    else:
        story_clock.freeze(at)


def happenings() -> list[Happening]:
    """What people do, each at its instant; of one instant the council's own comes first."""
    found = [*council.happenings(), *meetings.happenings(), *culture.happenings()]
    for entry in read_text("proposals.yaml"):
        for event in _history(entry):
            act = _ACTS[event["do"]]
            found.append((_in_utc(event["at"]), partial(act, entry, event)))
    return found


def _history(entry: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    if "history" in entry:
        return entry["history"]
    return [
        {
            "at": dt.datetime.combine(entry["day"], time, dt.UTC),
            "do": act,
            "by": entry["second"] if act == "consent_locally" else entry["author"],
        }
        for time, act in LOCALLY
    ]


def _in_utc(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC) if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _importing(username: str) -> Principal:
    """Somebody whose proposals keep the numbers of the text; only an import may choose numbers."""
    return replace(acting_as(username), is_administrator=True)


def _number(entry: Mapping[str, Any]) -> int:
    return int(entry["key"].removeprefix("DGP-"))


def _create(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    evidence = evidence_of(entry)
    wanted = entry.get("effective_at")
    drafting.create_draft(
        acting=_importing(event["by"]),
        title=entry["title"],
        ask=entry.get("ask", f"Agree on what {entry['title']} means here."),
        changes=changes_of(entry),
        rationale=entry.get("rationale", "It is used every day and written down nowhere."),
        evidence=evidence,
        no_evidence_reason="" if evidence else NO_EVIDENCE,
        wanted_effective_at=_in_utc(wanted) if wanted else None,
        champion_id=council.person(entry["champion"]).pk if "champion" in entry else None,
        number=_number(entry),
    )


def _submit(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    submitting.submit(acting=acting_as(event["by"]), key=entry["key"])


def _accept(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    submitting.accept(acting=acting_as(event["by"]), key=entry["key"])


def _merge(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    submitting.merge_editorial(acting=acting_as(event["by"]), key=entry["key"])


def _consent_locally(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    submitting.consent_locally(acting=acting_as(event["by"]), key=entry["key"])


def _position(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    positions.take_position(
        acting=acting_as(event["by"]),
        key=entry["key"],
        revision_digest=_digest(entry),
        value=PositionValue(event["value"]),
        reason=event.get("text", ""),
        block_kind=event.get("block", ""),
        title=event.get("title", ""),
        evidence=evidence_of(event),
    )


def _rule(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    """The chair rules on the block that was raised last."""
    raised = Concern.objects.filter(proposal__key=entry["key"], is_blocking=True)
    concerns.rule(
        acting=acting_as(event["by"]),
        concern_id=raised.order_by("-raised_at").values_list("pk", flat=True)[0],
        is_valid=event["valid"],
        ruling=event["text"],
    )


def _call_final(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    stepping.call_final(acting=acting_as(event["by"]), key=entry["key"])


def _withdraw(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    stepping.withdraw(acting=acting_as(event["by"]), key=entry["key"], reason=event["text"])


def _vote(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    """Every seat says what it thinks, then the count is recorded."""
    for value in (PositionValue.CONSENT, PositionValue.ABSTAIN):
        for username in event.get(value.value, ()):
            _position(entry, {"by": username, "value": value})
    for block in event.get("block", ()):
        shown = [{"title": "What breaks", "query": "SELECT count(*) FROM fin.gl_account"}]
        words = {"block": block["kind"], "text": block["text"], "evidence": shown}
        _position(entry, {"by": block["by"], "value": PositionValue.BLOCK, **words})
    record_vote(
        acting=acting_as(event["by"]),
        key=entry["key"],
        outcome=Outcome(event["outcome"]),
        reason=event["text"],
        meeting_id=meetings.open_now(),
    )


def _emergency(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    emergencies.declare_emergency(
        acting=_importing(event["by"]),
        title=entry["title"],
        ask=entry["ask"],
        changes=changes_of(entry),
        reason=entry["rationale"],
        evidence=[Evidence(**each) for each in entry.get("evidence", ())],
        number=_number(entry),
    )


def _second(entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    emergencies.confirm_emergency(acting=acting_as(event["by"]), key=entry["key"])


def _digest(entry: Mapping[str, Any]) -> str:
    current = Proposal.objects.select_related("current").get(key=entry["key"]).current
    assert current is not None
    return current.digest


_ACTS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], None]] = {
    "create": _create,
    "submit": _submit,
    "open": _accept,
    "merge": _merge,
    "consent_locally": _consent_locally,
    "position": _position,
    "rule": _rule,
    "final_call": _call_final,
    "withdraw": _withdraw,
    "vote": _vote,
    "emergency": _emergency,
    "second": _second,
}
