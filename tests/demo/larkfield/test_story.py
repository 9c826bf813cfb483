"""The council of Larkfield in the middle of its week, as everybody acted until then."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker

from catalog.models import Dataset, Domain, Person
from catalog.selectors.principals import principal_of
from config.demo.larkfield import council, story
from config.demo.larkfield.connector import Company
from config.demo.larkfield.documents import changes_of
from config.demo.larkfield.text import read_text
from governance import clock
from governance.council.selectors.decisions import verify_chain
from governance.council.selectors.seats import voting_seats
from governance.culture.selectors.goals import goals, standing
from governance.culture.selectors.reports import answers, report_counts
from governance.models import (
    Agreement,
    AgreementVersion,
    Binding,
    Concern,
    Conflict,
    Decision,
    Meeting,
    Membership,
    Position,
    Proposal,
    Seat,
    Signer,
    SignRequest,
)
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.answers import access_of
from governance.permissions.selectors.register import dataset_called
from governance.permissions.wording import answer_in_words
from governance.proposals.impact.answers import Impact, SignerSpec
from governance.proposals.rules.consent import SignState
from governance.proposals.selectors.impact import preview
from governance.proposals.selectors.signing import signatures_of
from governance.proposals.services import story_clock
from governance.proposals.services.positions import take_position
from governance.types import PositionValue, ProposalState, SignerRole

STATED = {entry["key"]: entry for entry in read_text("proposals.yaml")}
KEY = read_text("expected/proposals.yaml")


class Interrupted(Exception):  # noqa: N818 - it is no error
    """Somebody stopped the service while the story was told."""


def interrupt(done: int, total: int) -> None:
    """Stop after a third of the story."""
    if done > total // 3:
        raise Interrupted


@pytest.fixture(scope="module")
def told(loaded: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The story, interrupted once and told to its end."""
    with django_db_blocker.unblock(), override_settings(STORY_CLOCK=True):
        with pytest.raises(Interrupted):
            story.tell(interrupt)
        assert not story.is_told()
        story.tell()
        assert story.is_told()
        yield


@pytest.fixture(autouse=True)
def _in_the_story(told: None, db: None) -> None:
    """Each test reads what was told."""


def impact_of(key: str) -> Impact:
    """What the story's text touches as the catalog stands: for a draft, which has no snapshot."""
    return preview(council.COUNCIL, changes_of(STATED[key]))


def asked(key: str, role: SignerRole) -> list[dict[str, Any]]:
    """Who is asked by the current revision of a proposal, as the answer key writes it."""
    proposal = Proposal.objects.select_related("current").get(key=key)
    snapshot = proposal.current and proposal.current.impacts.order_by("taken_at", "pk").last()
    signers = snapshot.signers.all() if snapshot else impact_of(key).signers
    found = [in_words(signer) for signer in signers if signer.role == role]
    return sorted(found, key=by_whom)


def in_words(signer: Signer | SignerSpec) -> dict[str, Any]:
    """A signer as the answer key writes one."""
    found: dict[str, Any] = {}
    if signer.domain_id is not None:
        found["domain"] = Domain.objects.get(pk=signer.domain_id).slug
    found["signer"] = Person.objects.get(pk=signer.person_id).username
    if signer.via_seat_id is not None:
        found["seat"] = Seat.objects.get(pk=signer.via_seat_id).slug
    return {**found, "reason": signer.reason, "path": list(signer.path)}


def by_whom(words: dict[str, Any]) -> tuple[str, str]:
    return words.get("domain", ""), words["signer"]


@pytest.mark.parametrize("key", KEY)
def test_who_must_sign_is_what_the_answer_key_says(key: str) -> None:
    expected = sorted(KEY[key]["must_sign"], key=by_whom)
    assert asked(key, SignerRole.MUST_SIGN) == expected


@pytest.mark.parametrize("key", KEY)
def test_who_is_consulted_is_what_the_answer_key_says(key: str) -> None:
    consulted = [words["domain"] for words in asked(key, SignerRole.CONSULTED)]
    assert consulted == KEY[key]["consulted"]


@pytest.mark.parametrize("key", KEY)
def test_class_state_and_scope_are_what_the_answer_key_says(key: str) -> None:
    expected = KEY[key]
    proposal = Proposal.objects.get(key=key)
    assert proposal.state == expected["state"]
    assert proposal.is_emergency is expected.get("emergency", False)
    if proposal.state == ProposalState.DRAFT:
        # A draft has no class and no scope yet; standard is what concerns the enterprise.
        assert (proposal.klass, proposal.scope) == ("", "")
        assert impact_of(key).verdict.scope == expected["scope"]
    else:
        assert (proposal.klass, proposal.scope) == (expected["class"], expected["scope"])


def test_history_ended_as_it_is_stated() -> None:
    states = dict(Proposal.objects.values_list("key", "state"))
    stated = {key: entry["ends"] for key, entry in STATED.items() if "ends" in entry}
    assert {key: states[key] for key in stated} == stated
    local = [key for key, entry in STATED.items() if "second" in entry]
    assert len(local) == 12
    # The word that was agreed on in June went out of use in August.
    assert [key for key in local if states[key] != "active"] == ["DGP-0019"]
    assert Proposal.objects.get(key="DGP-0019").superseded_by == Proposal.objects.get(
        key="DGP-0025"
    )
    assert set(Proposal.objects.filter(key__in=local).values_list("klass", flat=True)) == {"L"}


def test_the_first_decision_is_that_a_customer_is_a_legal_entity() -> None:
    first = Decision.objects.get(key="DR-0001")
    assert first.proposal.key == "DGP-0001"
    version = first.versions.get()
    assert version.valid_from == dt.datetime(2026, 5, 4, 6, tzinfo=dt.UTC)


def test_the_chain_of_decisions_is_whole() -> None:
    found = verify_chain()
    assert found.is_whole
    assert found.length == Decision.objects.count()


def test_a_key_that_was_not_in_time_is_outvoted_and_its_dissent_kept() -> None:
    decision = Decision.objects.get(proposal__key="DGP-0009")
    assert (decision.outcome, decision.present, decision.quorum) == ("rejected", 12, 7)
    assert (decision.tally["consent"], decision.tally["block"]) == (6, 4)
    assert Position.objects.filter(proposal__key="DGP-0009", value="block").count() >= 4


def test_hugo_blocks_with_a_witness_and_mia_is_recused() -> None:
    block = Concern.objects.get(proposal__key="DGP-0003", is_blocking=True)
    assert (block.raiser.username, block.kind, block.state) == (
        "hugo.brandt", "correctness", "open",
    )  # fmt: skip
    assert "score 50" in block.text
    mia = Position.objects.filter(proposal__key="DGP-0003", person__username="mia.castellane")
    assert mia.latest("at").value == "recused"
    oriol = Position.objects.get(proposal__key="DGP-0003", person__username="oriol.tamm")
    assert (oriol.value, oriol.label) == ("consent", "Marketing")
    signed = signatures_of(Proposal.objects.get(key="DGP-0003"), clock.now())
    assert {one.label: one.state for one in signed} == {
        "Data": SignState.CONSENTED,
        "Marketing": SignState.CONSENTED,
        "Sales": SignState.BLOCKED,
    }


def test_finance_is_silent_and_its_delegate_was_asked_two_days_before_the_deadline() -> None:
    proposal = Proposal.objects.get(key="DGP-0004")
    assert proposal.is_escalated
    assert proposal.final_call_until is not None
    assert proposal.final_call_until - clock.now() == dt.timedelta(days=2)
    request = SignRequest.objects.get(proposal=proposal, domain__slug="finance")
    assert request.delegate is not None
    assert request.delegate.username == "imani.duarte"
    assert not Position.objects.filter(
        proposal=proposal, person__username__in=["farid.noor", "imani.duarte"]
    ).exists()


def test_the_emergency_ends_on_the_tenth_unless_the_council_ratifies_it() -> None:
    emergency = Proposal.objects.get(key="DGP-0006")
    assert emergency.lapses_at == dt.datetime(2026, 9, 10, 9, 40, tzinfo=dt.UTC)
    ratification = emergency.follow_ups.get()
    assert (ratification.klass, ratification.state) == ("P", "discussion")


def test_what_was_decided_on_another_base_is_in_conflict() -> None:
    proposal = Proposal.objects.get(key="DGP-0008")
    assert proposal.state == "conflicted"
    other = Proposal.objects.get(key="DGP-0030")
    assert other.state == "active"
    changed = proposal.current.changes.get() if proposal.current else None
    assert changed is not None
    assert changed.agreement_key == other.current.changes.get().agreement_key  # type: ignore[union-attr]


def test_a_seat_was_vacant_for_a_week_in_may() -> None:
    first, second = Membership.objects.filter(seat__slug="bu-analyst").order_by("since")
    assert first.until is not None
    assert second.since - first.until == dt.timedelta(days=7)
    in_may = dt.datetime(2026, 5, 13, tzinfo=dt.UTC)
    filled = [place for place in voting_seats(in_may) if place.sitter is not None]
    assert len(filled) == 11


def test_the_glossary_is_agreed_on_but_for_what_is_open() -> None:
    terms = Agreement.objects.filter(kind="term")
    assert terms.filter(state="active").count() == 41
    assert terms.get(state="deprecated").key == "term:paying-customer"
    assert not terms.filter(key__in=["term:active-user"], state="active").exists()
    homonym = Conflict.objects.get(kind="homonym", state="open")
    assert "Churn" in homonym.witness


def test_all_fifteen_opt_outs_are_in_force_by_decisions_on_permissions() -> None:
    opt_outs = Agreement.objects.filter(kind="permission_policy")
    assert sorted(opt_outs.values_list("key", "state")) == [
        (f"permission_policy:oo-{number:02}", "active") for number in range(1, 16)
    ]
    decided = Decision.objects.filter(proposal__key__in=["DGP-0031", "DGP-0032", "DGP-0033"])
    assert {(one.proposal.key, one.klass, one.outcome) for one in decided} == {
        ("DGP-0031", "P", "adopted"),
        ("DGP-0032", "P", "adopted"),
        ("DGP-0033", "P", "adopted"),
    }
    began = {
        version.agreement.key: version.valid_from.date().isoformat()
        for version in AgreementVersion.objects.filter(agreement__in=opt_outs)
    }
    assert began["permission_policy:oo-01"] == began["permission_policy:oo-02"] == "2026-05-29"
    assert began["permission_policy:oo-05"] == "2026-09-03"
    assert began["permission_policy:oo-11"] == "2026-06-17"


def test_all_ten_brakes_are_in_force_by_one_decision() -> None:
    brakes = Agreement.objects.filter(kind="brake")
    stated = {f"brake:{one['brake']}" for one in read_text("brakes.yaml")}
    assert dict(brakes.values_list("key", "state")) == dict.fromkeys(stated, "active")
    assert len(stated) == 10
    decided = Decision.objects.get(proposal__key="DGP-0034")
    assert (decided.proposal.klass, decided.outcome) == ("S", "adopted")
    (began,) = set(
        AgreementVersion.objects.filter(agreement__in=brakes).values_list("valid_from", flat=True)
    )
    assert began == dt.datetime(2026, 8, 24, 6, tzinfo=dt.UTC)


def test_what_was_declassified_is_no_longer_under_the_class_that_it_came_from(
    client: Client,
) -> None:
    # Given a contractor, to whom OO-02 closes whatever is pay, however it was derived
    opt_outs.install(None)  # what the database holds is asked, not what a test before held
    contractor = principal_of(Person.objects.get(username="u-0014"))
    dashboard = dataset_called(contractor, "dashboard.people_pay_bands")
    costs = dataset_called(contractor, "dashboard.finance_fully_loaded_cost")

    # Then the decision of July lets them see how pay lies in its band, and no other pay
    found = [answer_in_words(access_of(contractor, one.pk).decision) for one in (dashboard, costs)]
    assert found == ["may read", "may read, in part"]
    decided = Decision.objects.get(proposal__key="DGP-0035")
    assert (decided.proposal.klass, decided.outcome) == ("P", "adopted")
    assert decided.versions.get().valid_from == dt.datetime(2026, 7, 27, 6, tzinfo=dt.UTC)
    # and the dataset says so where access is told, and where lineage is
    client.force_login(Person.objects.get(username="u-0014"))
    for tab in ("access", "lineage"):
        page = client.get(f"/datasets/{dashboard.pk}/{tab}/").content.decode()
        assert "/agreements/declassification:place-in-band/" in page, tab
        assert "no longer inherits" in page, tab


def test_columns_say_which_terms_they_hold() -> None:
    bound = read_text("glossary_bindings.yaml")
    stated = {
        (f"term:{term}", str(Company().name(column.rpartition(".")[0])), column.rpartition(".")[2])
        for term, columns in bound.items()
        for column in columns
    }
    held = Binding.objects.filter(
        version__agreement__kind="term",
        version__agreement__state="active",
        version__valid_to__isnull=True,
    )
    found = held.values_list("version__agreement__key", "dataset__qualified_name", "column_path")
    assert set(found) == stated
    assert len(stated) == 40


def test_the_page_of_a_dataset_shows_the_words_that_it_holds(client: Client) -> None:
    client.force_login(Person.objects.get(username="u-0213"))
    dataset = Dataset.objects.get(qualified_name="duckdb://warehouse/core.dim_customer")
    page = client.get(f"/datasets/{dataset.pk}/").content.decode()
    for term in ("active-customer", "customer", "onboarding"):
        assert f'href="/agreements/term:{term}/"' in page


def test_the_council_meets_on_mondays_and_this_week_has_an_agenda() -> None:
    meeting = Meeting.objects.filter(starts_at__gt=clock.now()).earliest("starts_at")
    assert meeting.starts_at == dt.datetime(2026, 9, 7, 14, tzinfo=dt.UTC)
    on_it = set(meeting.items.exclude(proposal=None).values_list("proposal__key", flat=True))
    ratification = Proposal.objects.get(follows_up__key="DGP-0006")
    assert {"DGP-0003", "DGP-0004", ratification.key} <= on_it


def test_three_meetings_were_held_and_the_others_canceled() -> None:
    before = Meeting.objects.filter(starts_at__lt=clock.now())
    held = before.filter(state="approved").order_by("starts_at")
    assert [meeting.attendances.count() for meeting in held] == [12, 12, 8]
    assert all(meeting.minutes_digest for meeting in held)
    assert set(before.exclude(pk__in=held).values_list("state", flat=True)) == {"canceled"}
    assert set(Decision.objects.exclude(meeting=None).values_list("proposal__key", flat=True)) == {
        "DGP-0009", "DGP-0029",
    }  # fmt: skip


def test_a_visitor_answers_for_finance_and_sees_the_deadline_pass() -> None:
    proposal = Proposal.objects.select_related("current").get(key="DGP-0004")
    assert proposal.current is not None
    farid = council.acting_as("farid.noor")
    take_position(
        acting=farid,
        key="DGP-0004",
        revision_digest=proposal.current.digest,
        value=PositionValue.CONSENT,
    )
    story_clock.move(acting=farid, by=dt.timedelta(days=2))
    proposal.refresh_from_db()
    assert proposal.state == "decided_scheduled"
    decision = proposal.decisions.get()
    assert (decision.outcome, decision.rule.split(":")[0]) == ("adopted", "Class S")
    assert verify_chain().is_whole


def test_an_emergency_that_nobody_ratifies_lapses() -> None:
    story_clock.move(acting=council.acting_as("u-0213"), by=dt.timedelta(days=3, hours=1))
    assert Proposal.objects.get(key="DGP-0006").state == "expired"
    assert not Agreement.objects.filter(key="permission_policy:oo-05", state="active").exists()


def test_goals_stand_where_the_text_says_and_reports_name_nobody() -> None:
    found = {goal.text: standing(goal) for goal in goals(council.COUNCIL)}
    states = Counter(one.state for one in found.values())
    assert found["Every request for a demonstration is answered"].value == 71
    assert states == {"on_track": 1, "behind": 1, "overdue": 1, "reached": 2, "no_data": 1}
    counts = report_counts(council.COUNCIL)
    assert (counts.reported, counts.unanswered, counts.oldest) == (15, 9, dt.date(2026, 8, 18))
    assert [one.subject for one in answers(council.COUNCIL)] == ["Pay bands by department"]
