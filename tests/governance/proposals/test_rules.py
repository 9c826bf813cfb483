"""The pure rules: classes, whose word counts, deadlines, merging, abilities."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.agreements.kinds.charter.rules import DEFAULTS
from governance.proposals.rules import deadlines, escalation
from governance.proposals.rules.abilities import Act, Standing, refusal
from governance.proposals.rules.classes import ClassFacts, class_of, without_prose
from governance.proposals.rules.consent import (
    MustSign,
    Said,
    SignState,
    counted,
    have_all_consented,
    recused_of,
    signatures,
)
from governance.proposals.rules.digests import (
    ChangeText,
    logic_digest,
    meaning_digest,
    revision_digest,
)
from governance.proposals.rules.merging import Clash, merged
from governance.proposals.rules.transitions import ALLOWED, OPEN, TERMINAL, may_follow
from governance.types import ChangeOp, PositionValue, ProposalClass, ProposalState, Scope

MONDAY = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
V = PositionValue
S = ProposalState


@pytest.mark.parametrize(
    ("facts", "letter"),
    [
        ({"kinds": {"term"}, "scope": Scope.LOCAL}, "L"),
        ({"kinds": {"term"}, "scope": Scope.ENTERPRISE}, "S"),
        ({"kinds": {"term"}, "scope": Scope.ENTERPRISE, "is_editorial": True}, "E"),
        ({"kinds": {"term"}, "scope": Scope.LOCAL, "is_editorial": True}, "E"),
        ({"kinds": {"term"}, "scope": Scope.LOCAL, "is_contested": True}, "C"),
        (
            {"kinds": {"term"}, "scope": Scope.LOCAL, "is_contested": True, "is_editorial": True},
            "C",
        ),
        ({"kinds": {"permission_policy"}, "scope": Scope.LOCAL}, "P"),
        ({"kinds": {"permission_policy"}, "scope": Scope.LOCAL, "is_editorial": True}, "P"),
        ({"kinds": {"permission_policy"}, "scope": Scope.LOCAL, "is_emergency": True}, "X"),
        ({"kinds": {"term", "permission_policy"}, "scope": Scope.LOCAL}, "P"),
        ({"kinds": {"charter"}, "scope": Scope.LOCAL}, "M"),
        ({"kinds": {"charter"}, "scope": Scope.LOCAL, "is_editorial": True}, "M"),
        ({"kinds": {"charter", "permission_policy"}, "scope": Scope.ENTERPRISE}, "M"),
    ],
)  # fmt: skip
def test_the_class_is_the_strictest_whose_condition_holds(
    facts: dict[str, Any], letter: str
) -> None:
    assert class_of(ClassFacts(**facts | {"kinds": frozenset(facts["kinds"])})).value == letter


def test_prose_is_taken_out_by_its_path_and_nothing_else() -> None:
    document = {
        "name": "lead",
        "definition": "Some words.",
        "states": [{"key": "raw", "text": "a"}, {"key": "mql", "text": "b"}],
        "notes": ["x", "y"],
        "owner": {"name": "Ops", "remark": "r"},
    }

    stripped = without_prose(
        document, {"definition", "states[].text", "notes[]", "owner.remark", "absent.field"}
    )

    assert stripped == {
        "name": "lead",
        "states": [{"key": "raw"}, {"key": "mql"}],
        "notes": [],
        "owner": {"name": "Ops"},
    }
    assert without_prose(document, ()) == document


def change(text: str, limit: int = 1, base: int = 0) -> ChangeText:
    return ChangeText(
        ChangeOp.REPLACE,
        "note",
        "note:a",
        base,
        {"text": text, "limit": limit},
        frozenset({"text"}),
    )


def test_digests_cover_base_evidence_and_date_and_tell_prose_from_rules() -> None:
    evidence = [{"title": "Count"}]

    assert revision_digest([change("a")], evidence, None) != revision_digest(
        [change("b")], evidence, None
    )
    assert logic_digest([change("a")], evidence, None) == logic_digest(
        [change("b")], evidence, None
    )
    assert logic_digest([change("a", 2)], evidence, None) != logic_digest(
        [change("a", 1)], evidence, None
    )
    digests = {
        revision_digest([change("a")], [], None),
        revision_digest([change("a")], evidence, None),
        revision_digest([change("a", base=1)], [], None),
        revision_digest([change("a")], [], MONDAY),
    }
    assert len(digests) == 4
    assert meaning_digest([change("a", base=1)]) == meaning_digest([change("b", base=7)])


def said(number: int, person: int, value: PositionValue = V.CONSENT, **fields: Any) -> Said:
    return Said(number, person, value, MONDAY + dt.timedelta(minutes=number), **fields)


def one_state(needed: MustSign, positions: Iterable[Said], makers: Iterable[int] = ()) -> SignState:
    return signatures([needed], positions, makers=frozenset(makers))[0].state


MARKETING = MustSign("Marketing", person=1, domain=9, second=frozenset({1, 2, 3}))


@pytest.mark.parametrize(
    ("positions", "makers", "state"),
    [
        ([], (), SignState.SILENT),
        ([said(1, 1)], (), SignState.CONSENTED),
        ([said(1, 1, V.CONSENT_WITH_CONCERN)], (), SignState.CONSENTED),
        ([said(1, 1, V.ABSTAIN)], (), SignState.ABSTAINED),
        ([said(1, 1, V.BLOCK)], (), SignState.BLOCKED),
        # Another person of the domain does not sign for one who can.
        ([said(1, 2)], (), SignState.SILENT),
        # Somebody from elsewhere never does.
        ([said(1, 7)], (), SignState.SILENT),
        # The last word counts.
        ([said(1, 1), said(2, 1, V.BLOCK)], (), SignState.BLOCKED),
        ([said(1, 1, V.BLOCK), said(2, 1)], (), SignState.CONSENTED),
        # A stale one never does.
        ([said(1, 1, is_stale=True)], (), SignState.SILENT),
        ([said(1, 1, V.BLOCK), said(2, 1, is_stale=True)], (), SignState.BLOCKED),
        # By a delegate.
        ([said(1, 7, on_behalf_of=1)], (), SignState.CONSENTED),
        # Who made it does not sign it; a second person of the domain does.
        ([said(1, 1)], (1,), SignState.SILENT),
        ([said(1, 1), said(2, 2)], (1,), SignState.CONSENTED),
        ([said(1, 7, on_behalf_of=1)], (1,), SignState.SILENT),
        ([said(1, 2), said(2, 3, V.BLOCK)], (1,), SignState.BLOCKED),
        ([said(1, 2)], (1, 2), SignState.SILENT),
        ([said(1, 2)], (1, 2, 3), SignState.VACANT),
        # A delegate who made it does not sign either.
        ([said(1, 7, on_behalf_of=1)], (7,), SignState.SILENT),
        # For who stands aside a second person signs, in their own name.
        ([said(1, 1, V.RECUSED)], (), SignState.SILENT),
        ([said(1, 1, V.RECUSED), said(2, 7, on_behalf_of=1)], (), SignState.SILENT),
        ([said(1, 1, V.RECUSED), said(2, 2)], (), SignState.CONSENTED),
        # Who stands aside speaks for nobody else either.
        ([said(1, 7, V.RECUSED), said(2, 7, on_behalf_of=1)], (), SignState.SILENT),
    ],
)
def test_whose_word_counts_for_a_domain(
    positions: list[Said], makers: tuple[int, ...], state: SignState
) -> None:
    assert one_state(MARKETING, positions, makers) is state


def test_whom_the_chair_ruled_to_stand_aside_does_not_sign() -> None:
    [found] = signatures(
        [MARKETING], [said(1, 1)], makers=frozenset(), aside=frozenset({1})
    )  # fmt: skip

    assert (found.state, found.may_sign) == (SignState.SILENT, {2, 3})


def test_the_clock_s_stand_ins_sign_only_where_the_signer_is_silent() -> None:
    asked = MustSign("Sales", person=1, stand_ins=frozenset({8}))

    assert one_state(asked, [said(1, 8)]) is SignState.CONSENTED
    assert one_state(asked, [said(1, 8), said(2, 1, V.BLOCK)]) is SignState.BLOCKED
    assert one_state(asked, [said(1, 8)], makers=(8,)) is SignState.SILENT


def test_a_domain_that_nobody_answers_for_is_vacant() -> None:
    nobody = MustSign("Orphan", person=None)

    assert one_state(nobody, [said(1, 5)]) is SignState.VACANT
    assert have_all_consented(signatures([], [], makers=frozenset())) is True


PEOPLE = st.integers(1, 4)


@given(
    st.lists(
        st.builds(
            Said,
            id=st.integers(1, 1000),
            person=PEOPLE,
            value=st.sampled_from(PositionValue),
            at=st.datetimes(timezones=st.just(dt.UTC)),
            on_behalf_of=st.none(),
            is_stale=st.booleans(),
        ),
        unique_by=lambda one: one.id,
    )
)
def test_stale_positions_never_count_and_order_of_reading_does_not_matter(
    positions: list[Said],
) -> None:
    last = counted(positions)

    assert not any(one.is_stale for one in last.values())
    assert counted(reversed(positions)) == last
    assert counted([one for one in positions if not one.is_stale]) == last
    assert recused_of(positions) == recused_of(list(reversed(positions)))


@given(st.sets(PEOPLE), st.sets(PEOPLE))
def test_no_maker_ever_signs(makers: set[int], second: set[int]) -> None:
    needed = MustSign("X", person=1, second=frozenset(second), stand_ins=frozenset({2}))
    positions = [said(number, number) for number in makers]

    found = signatures([needed], positions, makers=frozenset(makers))[0]

    assert found.state is not SignState.CONSENTED
    assert not found.may_sign & makers


def test_deadlines_follow_the_charter() -> None:
    c = ProposalClass
    friday = MONDAY + dt.timedelta(days=4)

    assert deadlines.discussion_ends(c.STANDARD, MONDAY, DEFAULTS) == MONDAY + dt.timedelta(days=7)
    assert deadlines.discussion_ends(c.CHARTER, MONDAY, DEFAULTS) == MONDAY + dt.timedelta(days=14)
    assert deadlines.discussion_ends(c.STANDARD, friday, DEFAULTS) == friday + dt.timedelta(days=7)
    assert deadlines.final_call_ends(c.STANDARD, friday, DEFAULTS) == friday + dt.timedelta(
        hours=72
    )
    assert deadlines.reopen_ends(c.LOCAL, MONDAY, DEFAULTS) == MONDAY + dt.timedelta(hours=72)
    assert deadlines.reopen_ends(c.EDITORIAL, MONDAY, DEFAULTS) == MONDAY + dt.timedelta(days=7)
    assert deadlines.reopen_ends(c.STANDARD, MONDAY, DEFAULTS) is None
    notice = dt.timedelta(days=30)
    earliest = {
        klass.value: deadlines.earliest_effect(klass, MONDAY, DEFAULTS, dt.timedelta()) - MONDAY
        for klass in ProposalClass
    }
    assert earliest == {
        "E": dt.timedelta(),
        "L": dt.timedelta(days=3),
        "X": dt.timedelta(),
        "P": dt.timedelta(days=3),
        "S": dt.timedelta(days=10),
        "C": dt.timedelta(days=10),
        "M": dt.timedelta(days=17),
    }
    assert deadlines.effect_after(c.STANDARD, MONDAY, DEFAULTS, notice) == MONDAY + notice


def test_warnings_come_14_and_3_days_before_expiry() -> None:
    def warned(days: float) -> int | None:
        return deadlines.warning_due(MONDAY, MONDAY + dt.timedelta(days=days), DEFAULTS)

    assert [warned(day) for day in (75.9, 76, 86.9, 87, 90)] == [None, 14, 14, 3, 3]
    assert deadlines.expires(MONDAY, DEFAULTS) == MONDAY + dt.timedelta(days=90)


def test_the_escalation_clock_counts_business_days() -> None:
    thursday = MONDAY + dt.timedelta(days=3)
    step = escalation.EscalationStep

    assert escalation.instants(thursday, DEFAULTS) == {
        step.REMINDER: thursday + dt.timedelta(days=4),  # Monday
        step.DELEGATE: thursday + dt.timedelta(days=6),
        step.MANAGER: thursday + dt.timedelta(days=7),
    }
    assert escalation.due(thursday, thursday + dt.timedelta(days=3), DEFAULTS) == ()
    assert escalation.due(thursday, thursday + dt.timedelta(days=6), DEFAULTS) == (
        step.REMINDER,
        step.DELEGATE,
    )


def test_two_sides_are_merged_where_they_touch_different_fields() -> None:
    base = {"a": 1, "b": {"x": 1, "y": 1}, "c": [1], "gone": 1}

    assert merged(base, base | {"a": 2}, base | {"c": [1, 2]}) == base | {"a": 2, "c": [1, 2]}
    assert merged(base, base | {"b": {"x": 2, "y": 1}}, base | {"b": {"x": 1, "y": 3}}) == base | {
        "b": {"x": 2, "y": 3}
    }
    without = {name: value for name, value in base.items() if name != "gone"}
    assert merged(base, base | {"a": 2}, without) == without | {"a": 2}
    assert merged(base, base | {"a": 2}, base | {"a": 2}) == base | {"a": 2}
    with pytest.raises(Clash, match=r"^b\.x$"):
        merged(base, base | {"b": {"x": 2, "y": 1}}, base | {"b": {"x": 3, "y": 1}})


DOCUMENTS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), max_size=3)


@given(DOCUMENTS, DOCUMENTS)
def test_merging_with_what_did_not_move_gives_back_what_was_asked(
    base: dict[str, int], ours: dict[str, int]
) -> None:
    assert merged(base, ours, base) == ours
    assert merged(base, ours, ours) == ours
    assert merged(base, base, ours) == ours


def test_terminal_states_absorb_and_everything_open_has_a_way_out() -> None:
    assert {
        S.REJECTED, S.WITHDRAWN, S.EXPIRED, S.SUPERSEDED, S.REVERTED,
    } == TERMINAL  # fmt: skip
    assert not [pair for pair in ALLOWED if pair[0] in TERMINAL]
    assert all(any(may_follow(state, after) for after in S) for state in OPEN)
    assert not may_follow(S.TRIAGE, S.ACTIVE)


@pytest.mark.parametrize("state", list(S))
def test_every_ability_has_an_answer_in_every_state(state: ProposalState) -> None:
    for klass in [None, *ProposalClass]:
        for act in Act:
            stranger = refusal(act, Standing(state, klass))
            assert stranger is None or stranger.sentence.endswith("."), act
            agent = refusal(act, Standing(state, klass, is_person=False, is_maker=True))
            if act not in (Act.REVISE, Act.SUBMIT, Act.COMMENT, Act.WITHDRAW, Act.TRY):
                assert agent is not None
                assert agent.code == "not_a_person"


@pytest.mark.parametrize(
    "act",
    [Act.MERGE, Act.CONSENT_LOCALLY, Act.RULE_INVALID, Act.RECORD_VOTE, Act.CONFIRM_EMERGENCY],
)
def test_no_office_lets_somebody_approve_what_they_made(act: Act) -> None:
    in_state = {
        Act.MERGE: (S.TRIAGE, ProposalClass.EDITORIAL),
        Act.CONSENT_LOCALLY: (S.TRIAGE, ProposalClass.LOCAL),
        Act.RULE_INVALID: (S.DISCUSSION, ProposalClass.STANDARD),
        Act.RECORD_VOTE: (S.COUNCIL_VOTE, ProposalClass.CONTESTED),
        Act.CONFIRM_EMERGENCY: (S.ACTIVE, ProposalClass.EMERGENCY),
    }[act]
    offices = {
        "is_steward": True,
        "is_second": True,
        "is_member": True,
        "is_chair": True,
        "is_secretary": True,
        "is_guardian": True,
        "awaits_second": True,
    }

    assert refusal(act, Standing(*in_state, **offices)) is None
    own = refusal(act, Standing(*in_state, is_maker=True, **offices))
    assert own is not None
    assert own.code == "own_proposal"
