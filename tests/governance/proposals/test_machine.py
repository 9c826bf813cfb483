"""A stateful machine over the services: whatever people and the clock do, the invariants hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from catalog.access import AccessRefused
from catalog.errors import CatalogError
from catalog.models import Event
from governance.council.selectors.decisions import recount, recounted_vote, verify_chain
from governance.council.services.decisions import record_vote
from governance.models import (
    Agreement,
    AgreementVersion,
    Concern,
    Decision,
    PolicyEpoch,
    Proposal,
    Step,
)
from governance.proposals.rules.consent import counted
from governance.proposals.rules.transitions import TERMINAL, may_follow
from governance.proposals.selectors.signing import said_of
from governance.proposals.services.concerns import answer_concern, resolve_concern
from governance.proposals.services.drafting import revise
from governance.proposals.services.reversing import propose_reversal
from governance.proposals.services.stepping import call_final, rebase, resume, withdraw
from governance.proposals.services.submitting import (
    accept,
    consent_locally,
    merge_editorial,
    return_to_author,
    submit,
)
from governance.proposals.services.timers import run_timers
from governance.types import ChangeOp, ChangeSpec, Outcome, ProposalState
from governance.types import PositionValue as V
from tests.governance.proposals.world import (
    MONDAY,
    World,
    at,
    block_fields,
    draft,
    make_world,
    note,
    say,
)

MEMBERS = ("Inés", "Bram", "Suri", "Tomas", "Nadia", "Seun", "Peta", "Hugo", "Mia", "Farid")
NAMES = ("a", "b")


@contextmanager
def refusals_are_fine() -> Iterator[None]:
    """A refusal is an answer; that it changed nothing is an invariant of its own."""
    try:
        with transaction.atomic():
            yield
    except (CatalogError, AccessRefused):
        pass


class Council(RuleBasedStateMachine):
    """Anybody does anything in any order, and the clock goes on."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.ended: dict[int, str] = {}
        self.clean = override_settings(STORY_CLOCK=True)
        self.clean.enable()
        self.block = transaction.atomic()
        self.block.__enter__()

    @initialize()
    def open(self) -> None:
        at(self.now)
        self.world = make_world()
        self.open_two()

    def open_two(self) -> None:
        """A narrow and a wide proposal to begin with, so that runs reach what comes late."""
        acting = self.world.acting
        for name, wide in (("a", True), ("b", False)):
            submit(acting=acting, key=draft(self.world, self.change(name, 1, wide)).key)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        self.clean.disable()

    # --- what people do ---------------------------------------------------------------------

    def some(self, number: int, *states: ProposalState) -> Proposal | None:
        rows = list(Proposal.objects.filter(state__in=states).order_by("number"))
        return rows[number % len(rows)] if rows else None

    def change(self, name: str, limit: int, wide: bool) -> ChangeSpec:
        holds = AgreementVersion.objects.filter(
            agreement__key=f"note:{name}", valid_to__isnull=True
        ).exclude(op=ChangeOp.RETIRE)
        op = ChangeOp.REPLACE if holds.exists() else ChangeOp.CREATE
        targets = ("Marketing", "Sales") if wide else ("Marketing",)
        domain = "" if wide else "marketing"
        return note(name, op=op, limit=limit, datasets=self.world.ids(*targets), domain=domain)

    @rule(name=st.sampled_from(NAMES), limit=st.integers(1, 3), wide=st.booleans())
    def propose(self, name: str, limit: int, wide: bool) -> None:
        if Proposal.objects.count() >= 5:
            return
        with refusals_are_fine():
            proposal = draft(self.world, self.change(name, limit, wide))
            with refusals_are_fine():
                submit(acting=self.world.acting, key=proposal.key)

    @rule(number=st.integers(0, 9), act=st.sampled_from(["accept", "return", "merge", "local"]))
    def triage(self, number: int, act: str) -> None:
        proposal = self.some(number, ProposalState.TRIAGE)
        if proposal is None:
            return
        mia, ines = self.world.who("Mia"), self.world.who("Inés")
        with refusals_are_fine():
            if act == "accept":
                accept(acting=ines, key=proposal.key)
            elif act == "return":
                return_to_author(acting=ines, key=proposal.key, reason="More, please.")
            elif act == "merge":
                merge_editorial(acting=mia, key=proposal.key)
            else:
                consent_locally(acting=mia, key=proposal.key)

    @rule(
        number=st.integers(0, 9),
        who=st.sampled_from(MEMBERS),
        value=st.sampled_from([V.CONSENT, V.CONSENT, V.CONSENT, V.ABSTAIN, V.BLOCK, V.RECUSED]),
    )
    def speak(self, number: int, who: str, value: V) -> None:
        proposal = self.some(
            number,
            ProposalState.DISCUSSION,
            ProposalState.FINAL_CALL,
            ProposalState.COUNCIL_VOTE,
            ProposalState.DECIDED_SCHEDULED,
            ProposalState.ACTIVE,
        )
        if proposal is None:
            return
        fields = block_fields() if value is V.BLOCK else {}
        with refusals_are_fine():
            say(self.world.who(who), proposal, value, **fields)

    @rule(number=st.integers(0, 9))
    def everybody_consents(self, number: int) -> None:
        proposal = self.some(number, ProposalState.DISCUSSION, ProposalState.COUNCIL_VOTE)
        if proposal is None:
            return
        for who in MEMBERS:
            with refusals_are_fine():
                say(self.world.who(who), proposal)

    @rule(number=st.integers(0, 9), limit=st.integers(1, 3), prose=st.booleans())
    def rewrite(self, number: int, limit: int, prose: bool) -> None:
        proposal = self.some(number, *(s for s in ProposalState if s not in TERMINAL))
        if proposal is None or proposal.current is None:
            return
        old = proposal.current.changes.get()
        document = dict(old.document)
        document |= {"text": f"Words {limit}."} if prose else {"limit": limit}
        spec = ChangeSpec(ChangeOp(old.op), old.kind, old.agreement_key, document)
        with refusals_are_fine():
            revise(acting=self.world.acting, key=proposal.key, changes=[spec])

    @rule(number=st.integers(0, 9), act=st.sampled_from(["call", "withdraw", "resume", "rebase"]))
    def push(self, number: int, act: str) -> None:
        proposal = self.some(number, *(s for s in ProposalState if s not in TERMINAL))
        if proposal is None:
            return
        acting, key = self.world.acting, proposal.key
        with refusals_are_fine():
            if act == "call":
                call_final(acting=acting, key=key)
            elif act == "withdraw" and number == 0:
                withdraw(acting=acting, key=key, reason="No.")
            elif act == "resume":
                resume(acting=acting, key=key)
            elif act == "rebase":
                rebase(acting=acting, key=key)

    @rule(number=st.integers(0, 9), settle=st.booleans())
    def answer(self, number: int, settle: bool) -> None:
        concerns = list(Concern.objects.filter(state__in=["open", "addressed"]).order_by("pk"))
        if not concerns:
            return
        concern = concerns[number % len(concerns)]
        with refusals_are_fine():
            if settle:
                raiser = next(
                    first
                    for first, person in self.world.council.people.items()
                    if person.pk == concern.raiser_id
                )
                resolve_concern(acting=self.world.who(raiser), concern_id=concern.pk)
            else:
                answer_concern(
                    acting=self.world.acting, concern_id=concern.pk, answer="It is rare."
                )

    @rule(number=st.integers(0, 9), outcome=st.sampled_from(list(Outcome)))
    def vote(self, number: int, outcome: Outcome) -> None:
        proposal = self.some(number, ProposalState.COUNCIL_VOTE)
        if proposal is None:
            return
        with refusals_are_fine():
            record_vote(
                acting=self.world.who("Tomas"), key=proposal.key, outcome=outcome, reason="So."
            )

    @rule(number=st.integers(0, 9))
    def reverse(self, number: int) -> None:
        proposal = self.some(number, ProposalState.ACTIVE)
        if proposal is None or Proposal.objects.count() >= 6:
            return
        with refusals_are_fine():
            made = propose_reversal(acting=self.world.acting, key=proposal.key, reason="Wrong.")
            submit(acting=self.world.acting, key=made.key)

    @rule(number=st.integers(0, 9))
    def bring_forward(self, number: int) -> None:
        """What a well-meaning council does next, whatever the state is."""
        proposal = self.some(number, *(s for s in ProposalState if s not in TERMINAL))
        if proposal is None:
            return
        state, acting, key = ProposalState(proposal.state), self.world.acting, proposal.key
        with refusals_are_fine():
            if state is ProposalState.DRAFT:
                submit(acting=acting, key=key)
            elif state is ProposalState.TRIAGE:
                with refusals_are_fine():
                    consent_locally(acting=self.world.who("Mia"), key=key)
                with refusals_are_fine():
                    merge_editorial(acting=self.world.who("Mia"), key=key)
                accept(acting=self.world.who("Inés"), key=key)
            elif state is ProposalState.CONFLICTED:
                rebase(acting=acting, key=key)
            elif state is ProposalState.COUNCIL_VOTE:
                for concern in proposal.concerns.filter(state="open"):
                    answer_concern(acting=acting, concern_id=concern.pk, answer="It is rare.")
                for who in MEMBERS:
                    with refusals_are_fine():
                        say(self.world.who(who), proposal)
                record_vote(
                    acting=self.world.who("Tomas"),
                    key=key,
                    outcome=Outcome.ADOPTED,
                    reason="So.",
                )
            else:
                for who in MEMBERS:
                    with refusals_are_fine():
                        say(self.world.who(who), proposal)
                self.wait(24 * 8)

    # --- what the clock does ----------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 24, 72, 24 * 5, 24 * 8]))
    def wait(self, hours: int) -> None:
        self.now += dt.timedelta(hours=hours)
        at(self.now)
        run_timers(now=self.now)

    @rule(days=st.integers(0, 60))
    def clock_skews_back(self, days: int) -> None:
        before = Step.objects.count(), Decision.objects.count()
        run_timers(now=self.now - dt.timedelta(days=days))
        assert (Step.objects.count(), Decision.objects.count()) == before

    @rule()
    def every_job_runs_again(self) -> None:
        run_timers(now=self.now)
        before = (
            list(Proposal.objects.order_by("pk").values()),
            Step.objects.count(),
            Decision.objects.count(),
            AgreementVersion.objects.count(),
            Event.objects.count(),
        )
        assert run_timers(now=self.now) == 0
        assert before == (
            list(Proposal.objects.order_by("pk").values()),
            Step.objects.count(),
            Decision.objects.count(),
            AgreementVersion.objects.count(),
            Event.objects.count(),
        )

    # --- what always holds ------------------------------------------------------------------

    @invariant()
    def one_version_at_any_instant(self) -> None:
        for agreement in Agreement.objects.all():
            versions = list(agreement.versions.order_by("number"))
            assert [version.number for version in versions] == list(range(1, len(versions) + 1))
            for older, newer in pairwise(versions):
                assert older.valid_to == newer.valid_from
            assert sum(version.valid_to is None for version in versions) in (0, 1)

    @invariant()
    def nothing_holds_without_a_decision(self) -> None:
        for proposal in Proposal.objects.filter(
            state__in=["active", "superseded", "reverted", "decided_scheduled"]
        ):
            assert proposal.decisions.filter(outcome="adopted").exists(), proposal.key
        epoch = PolicyEpoch.objects.values_list("number", flat=True).first() or 0
        used = set(AgreementVersion.objects.values_list("epoch", flat=True))
        assert used == set(range(1, epoch + 1))

    @invariant()
    def every_tally_can_be_counted_again(self) -> None:
        for decision in Decision.objects.all():
            votes = recount(decision)
            vote = recounted_vote(decision)
            if vote is None:
                assert {name: decision.tally[name] for name in votes} == votes
            else:
                assert {name: decision.tally[name] for name in vote} == vote
        assert verify_chain().is_whole

    @invariant()
    def stale_positions_never_count(self) -> None:
        for proposal in Proposal.objects.select_related("current"):
            logic = proposal.current.logic_digest if proposal.current else ""
            ids = [one.id for one in counted(said_of(proposal)).values()]
            rows = proposal.positions.filter(pk__in=ids)
            assert all(row.revision.logic_digest == logic for row in rows)

    @invariant()
    def what_has_ended_stays_ended_and_every_step_is_allowed(self) -> None:
        for proposal in Proposal.objects.all():
            if proposal.pk in self.ended:
                assert proposal.state == self.ended[proposal.pk]
            if proposal.state in TERMINAL:
                self.ended[proposal.pk] = proposal.state
            steps = proposal.steps.exclude(reason__startswith="Asks").order_by("pk")
            before = ProposalState.DRAFT
            for one in steps:
                assert one.before == before
                assert may_follow(before, ProposalState(one.after))
                before = ProposalState(one.after)
            assert before == proposal.state


@pytest.mark.django_db
def test_whatever_happens_the_invariants_of_the_state_machine_hold() -> None:
    run_state_machine_as_test(
        Council,
        settings=settings(
            max_examples=6,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
