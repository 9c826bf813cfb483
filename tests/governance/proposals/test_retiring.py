"""What is deprecated retires by itself at its last day where nothing uses it any more (3.7)."""

import datetime as dt

import pytest
from django.db import ProgrammingError, transaction

from catalog.models import Event
from governance.agreements.selectors.agreements import agreement_as_of
from governance.council.selectors.decisions import recount, verify_chain
from governance.council.services.meetings import make_agenda, plan_meeting
from governance.models import Agreement, AgreementVersion, Decision, PolicyEpoch, Proposal, UseCount
from governance.proposals.services.due import next_due
from governance.proposals.services.timers import run_timers
from governance.templatetags.governance import agenda_lines
from governance.types import ChangeOp
from governance.types import ProposalState as S
from tests.governance.proposals.world import DAY, MONDAY, World, adopted, at, later, note

pytestmark = pytest.mark.django_db
START = MONDAY + 14 * DAY
DEPRECATED = START + 40 * DAY  # decided after ten days, thirty days of notice
SUNSET = dt.datetime.combine((START + 130 * DAY).date(), dt.time.min, tzinfo=dt.UTC)


def deprecated(world: World) -> Proposal:
    """The note `lead`, deprecated."""
    adopted(world)
    proposal = adopted(world, note(op=ChangeOp.DEPRECATE), start=START)
    later(DEPRECATED)
    proposal.refresh_from_db()
    agreement = Agreement.objects.get(key="note:lead")
    assert (proposal.state, agreement.state) == (S.ACTIVE, "deprecated")
    assert agreement.sunset_on == SUNSET.date()
    return proposal


def counts() -> list[tuple[dt.datetime, int]]:
    rows = UseCount.objects.filter(agreement__key="note:lead").order_by("counted_at")
    return list(rows.values_list("counted_at", "number"))


def test_without_uses_it_retires_at_its_last_day_by_a_decision_of_its_own(world: World) -> None:
    proposal = deprecated(world)
    later(SUNSET - dt.timedelta(seconds=1))
    assert Agreement.objects.get().state == "deprecated"
    epoch = PolicyEpoch.objects.get().number

    later(SUNSET)

    agreement = Agreement.objects.get()
    assert (agreement.state, agreement.sunset_on) == ("retired", None)
    version = AgreementVersion.objects.get(valid_to__isnull=True)
    assert (version.op, version.valid_from, version.epoch) == ("retire", SUNSET, epoch + 1)
    decision = version.decision
    assert (decision.outcome, decision.proposal, decision.state_after) == (
        "retired", proposal, "active",
    )  # fmt: skip
    assert decision.sentence == "Lead: retired at the last day."
    assert decision.rule == "Deprecation: at sunset no use was left, so it retires by itself."
    assert decision.decided_by is None
    assert recount(decision) == {name: decision.tally[name] for name in recount(decision)}
    assert verify_chain().is_whole
    event = Event.objects.filter(type="governance.agreement.adopted").latest("id")
    assert (event.payload["op"], event.payload["decision"]) == ("retire", decision.key)
    assert agreement_as_of(world.acting, "note:lead") is None
    proposal.refresh_from_db()
    assert proposal.state == S.ACTIVE

    agreed = Event.objects.filter(type__startswith="governance.agreement")
    before = (agreed.count(), Decision.objects.count(), UseCount.objects.count())
    run_timers(now=SUNSET)
    run_timers(now=SUNSET - 20 * DAY)
    assert before == (agreed.count(), Decision.objects.count(), UseCount.objects.count())


def test_what_still_uses_it_keeps_it_and_is_counted_every_week(world: World) -> None:
    adopted(world, note("other", text="note:lead"))
    deprecated(world)

    assert counts() == [(DEPRECATED, 1)]
    later(DEPRECATED + 6 * DAY)
    assert len(counts()) == 1
    later(DEPRECATED + 7 * DAY)
    assert counts()[-1] == (DEPRECATED + 7 * DAY, 1)
    assert UseCount.objects.latest("counted_at").content == [
        {"what": "agreement", "name": "Other", "key": "note:other"}
    ]
    later(SUNSET)
    assert Agreement.objects.get(key="note:lead").state == "deprecated"
    assert not Decision.objects.filter(outcome="retired").exists()

    meeting = plan_meeting(acting=world.who("Inés"), starts_at=SUNSET + 3 * DAY)
    make_agenda(acting=world.who("Inés"), meeting_id=meeting.pk)
    item = meeting.items.get(section="expiring")
    assert item.title == f"Lead is still used and was to go on {SUNSET:%d %B %Y}"
    assert agenda_lines(item) == ["1 use left: Other."]


def test_it_retires_a_week_after_the_last_use_went(world: World) -> None:
    adopted(world, note("other", text="note:lead"))
    deprecated(world)
    later(SUNSET)
    adopted(
        world, note("other", op=ChangeOp.REPLACE, text="note:customer"), start=SUNSET + DAY
    )  # fmt: skip
    assert Agreement.objects.get(key="note:lead").state == "deprecated"

    later(SUNSET + 15 * DAY)

    assert Agreement.objects.get(key="note:lead").state == "retired"
    assert counts()[-1] == (SUNSET + 15 * DAY, 0)


def test_two_that_go_on_the_same_day_do_not_keep_each_other(world: World) -> None:
    adopted(world, note("a", text="note:b"), note("b", text="note:a"))
    adopted(
        world, note("a", op=ChangeOp.DEPRECATE), note("b", op=ChangeOp.DEPRECATE), start=START
    )  # fmt: skip
    later(DEPRECATED)
    assert set(UseCount.objects.values_list("number", flat=True)) == {1}

    later(SUNSET)

    assert set(Agreement.objects.values_list("state", flat=True)) == {"retired"}
    [decision] = Decision.objects.filter(outcome="retired")
    assert decision.sentence == "A, B: retired at the last day."


def test_the_clock_stops_where_it_is_counted_and_where_it_ends(world: World) -> None:
    deprecated(world)
    at(DEPRECATED)

    instants = []
    now = DEPRECATED
    while (following := next_due(after=now)) is not None and following <= SUNSET:
        now = following
        instants.append(now)
        later(now)

    assert DEPRECATED + 7 * DAY in instants
    assert instants[-1] == SUNSET
    assert Agreement.objects.get().state == "retired"


def test_a_count_never_changes(world: World) -> None:
    deprecated(world)

    for change in (
        lambda: UseCount.objects.update(number=9),
        lambda: UseCount.objects.all().delete(),
    ):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()
