"""Who may do what with a proposal, in which state (3.4): asked by services before they act and by
pages before they offer it, so that both say the same."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from governance.types import ProposalClass as C
from governance.types import ProposalState as S


class Act(StrEnum):
    """What can be done with a proposal."""

    REVISE = "revise"
    SUBMIT = "submit"
    RETURN = "return"
    ACCEPT = "accept"
    MERGE = "merge"
    CONSENT_LOCALLY = "consent_locally"
    TAKE_POSITION = "take_position"
    RECUSE = "recuse"
    RAISE_CONCERN = "raise_concern"
    ANSWER_CONCERN = "answer_concern"
    RULE_INVALID = "rule_invalid"
    RULE_ON_INTEREST = "rule_on_interest"
    APPEAL = "appeal"
    COMMENT = "comment"
    CALL_FINAL = "call_final"
    ASK_FOR_VOTE = "ask_for_vote"
    RECORD_VOTE = "record_vote"
    WITHDRAW = "withdraw"
    RESUME = "resume"
    RAISE_SCOPE = "raise_scope"
    REBASE = "rebase"
    REOPEN = "reopen"
    CONFIRM_EMERGENCY = "confirm_emergency"
    REVERSE = "reverse"
    TRY = "try"


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal as it stands, and how somebody stands to it.

    `is_maker`: author, co-author or champion. `has_written`: a part of it, whether or not they are
    named still. `is_steward`: of the domain of the proposal or of one
    that must sign. `is_second`: belongs to the domain that a local agreement is made in.
    `has_raised`: a concern of theirs is on record. `has_ruling`: the chair ruled on one.
    `is_permission`: it is about opt-outs. `may_reopen`: the time to bring it before everybody runs.
    `awaits_second`: an emergency that nobody confirmed yet. `is_guardian`: may declare and confirm
    emergencies.
    """

    state: S
    klass: C | None
    is_emergency: bool = False
    is_permission: bool = False
    is_person: bool = True
    is_author: bool = False
    is_maker: bool = False
    has_written: bool = False
    is_steward: bool = False
    is_second: bool = False
    is_member: bool = False
    is_chair: bool = False
    is_secretary: bool = False
    is_guardian: bool = False
    has_raised: bool = False
    has_ruling: bool = False
    may_sign: bool = False
    may_reopen: bool = False
    may_reverse: bool = False
    window_passed: bool = False
    has_open_block: bool = False
    has_open_conflict: bool = False
    scope_is_enterprise: bool = False
    awaits_second: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, in a sentence; `code` is empty when only the state of the proposal stands against
    it, so that it is nobody's lack of rights."""

    sentence: str
    code: str = ""


_SPEAKING = (S.TRIAGE, S.DISCUSSION, S.FINAL_CALL, S.COUNCIL_VOTE)
_STATES: dict[Act, tuple[S, ...]] = {
    Act.REVISE: (S.DRAFT, S.DISCUSSION, S.FINAL_CALL, S.COUNCIL_VOTE, S.CONFLICTED),
    Act.SUBMIT: (S.DRAFT,),
    Act.RETURN: (S.TRIAGE,),
    Act.ACCEPT: (S.TRIAGE,),
    Act.MERGE: (S.TRIAGE,),
    Act.CONSENT_LOCALLY: (S.TRIAGE,),
    Act.TAKE_POSITION: _SPEAKING,
    Act.RECUSE: _SPEAKING,
    Act.RAISE_CONCERN: _SPEAKING,
    Act.ANSWER_CONCERN: (*_SPEAKING, S.DEFERRED),
    Act.RULE_INVALID: _SPEAKING,
    Act.RULE_ON_INTEREST: _SPEAKING,
    Act.APPEAL: _SPEAKING,
    Act.COMMENT: tuple(S),
    Act.CALL_FINAL: (S.DISCUSSION,),
    Act.ASK_FOR_VOTE: (S.DISCUSSION, S.FINAL_CALL),
    Act.RECORD_VOTE: (S.COUNCIL_VOTE,),
    Act.WITHDRAW: (
        S.DRAFT, S.TRIAGE, S.DISCUSSION, S.FINAL_CALL, S.COUNCIL_VOTE, S.DEFERRED,
    ),
    Act.RESUME: (S.DEFERRED,),
    Act.RAISE_SCOPE: (S.TRIAGE, S.DISCUSSION, S.FINAL_CALL),
    Act.REBASE: (S.CONFLICTED,),
    Act.REOPEN: (S.DECIDED_SCHEDULED, S.ACTIVE),
    Act.CONFIRM_EMERGENCY: (S.ACTIVE,),
    Act.REVERSE: (S.ACTIVE,),
    Act.TRY: tuple(S),
}  # fmt: skip
_WORDS: dict[Act, str] = {
    Act.REVISE: "revised",
    Act.SUBMIT: "submitted",
    Act.RETURN: "returned to its author",
    Act.ACCEPT: "taken into discussion",
    Act.MERGE: "merged",
    Act.CONSENT_LOCALLY: "agreed locally",
    Act.TAKE_POSITION: "given a position",
    Act.RECUSE: "given a recusal",
    Act.RAISE_CONCERN: "given a concern",
    Act.ANSWER_CONCERN: "given an answer",
    Act.RULE_INVALID: "given a ruling",
    Act.RULE_ON_INTEREST: "given a ruling",
    Act.APPEAL: "given an appeal",
    Act.COMMENT: "commented on",
    Act.CALL_FINAL: "called to its final call",
    Act.ASK_FOR_VOTE: "brought to a vote",
    Act.RECORD_VOTE: "voted on",
    Act.WITHDRAW: "withdrawn",
    Act.RESUME: "resumed",
    Act.RAISE_SCOPE: "raised to the enterprise",
    Act.REBASE: "rebased",
    Act.REOPEN: "reopened",
    Act.CONFIRM_EMERGENCY: "confirmed",
    Act.REVERSE: "reversed",
    Act.TRY: "tried",
}
# What only people do: an agent drafts and comments, and never votes or adopts (principle 9).
_AGENTS_MAY = (Act.REVISE, Act.SUBMIT, Act.COMMENT, Act.WITHDRAW, Act.TRY)


def refusal(act: Act, standing: Standing) -> Refusal | None:
    """Why `act` is not possible now for this person; None when it is."""
    if not standing.is_person and act not in _AGENTS_MAY:
        return Refusal("Only a person who is signed in can do this.", "not_a_person")
    if standing.state not in _STATES[act]:
        return Refusal(
            f"A proposal that is {_state(standing.state)} cannot be {_WORDS[act]}"
            f"{_when(_STATES[act])}."
        )
    return _by_class(act, standing) or _by_person(act, standing)


def _by_class(act: Act, standing: Standing) -> Refusal | None:
    klass = standing.klass
    if act is Act.MERGE and klass is not C.EDITORIAL:
        return Refusal("Only an editorial proposal is merged by a steward; this one changes rules.")
    if act is Act.CONSENT_LOCALLY and klass is not C.LOCAL:
        return Refusal("Only a local proposal is agreed inside its domain; this one is not local.")
    if act is Act.REOPEN and standing.state is S.ACTIVE and klass is not C.EDITORIAL:
        return Refusal(
            "Of what is in force only a change of wording is reopened; propose a change instead."
        )
    if act is Act.REOPEN and not standing.may_reopen:
        return Refusal("The time in which this decision can be reopened has run out.")
    if act is Act.RAISE_SCOPE and standing.scope_is_enterprise:
        return Refusal("It concerns the whole enterprise already.")
    if act is Act.TRY and not standing.is_permission:
        return Refusal("It changes no opt-out, so there is nothing to try.")
    if act is Act.APPEAL and not standing.has_ruling:
        return Refusal("The chair has not ruled on any block of it yet.")
    if act is Act.REVERSE and not standing.may_reverse:
        return Refusal("The time in which this decision can be reversed as a whole has run out.")
    if act is Act.CONFIRM_EMERGENCY and not standing.awaits_second:
        return Refusal("It is no emergency that waits for a second person.")
    if act is Act.CALL_FINAL and not standing.window_passed:
        return Refusal("The time for discussion has not passed yet.")
    if act is Act.CALL_FINAL and standing.has_open_block:
        return Refusal("A block is open: it has to be resolved, or the council votes.")
    return None


def _by_person(act: Act, standing: Standing) -> Refusal | None:
    runs_council = standing.is_chair or standing.is_secretary
    if act in (Act.REVISE, Act.SUBMIT, Act.REBASE) and not standing.is_maker:
        return Refusal("Only its author, co-authors and champion can do this.", "not_maker")
    if act is Act.WITHDRAW and not standing.is_author:
        return Refusal("Only its author can withdraw it.", "not_maker")
    if act is Act.CALL_FINAL and not (standing.is_maker or runs_council):
        return Refusal("Only its champion or the chair calls the final call.", "not_maker")
    if act in (Act.RETURN, Act.ACCEPT) and not (standing.is_steward or runs_council):
        return Refusal("Only a steward or the council's secretary does this.", "not_steward")
    if act is Act.MERGE:
        return _own(standing) or (
            None
            if standing.is_steward
            else Refusal("Only a steward of the domain merges it.", "not_steward")
        )
    if act is Act.CONSENT_LOCALLY:
        return _own(standing) or (
            None
            if standing.is_second
            else Refusal("Only a second person of the domain agrees to it.", "not_signer")
        )
    if act is Act.ANSWER_CONCERN and not (standing.is_maker or runs_council):
        return Refusal("Only those who made the proposal or the chair answer.", "not_maker")
    if act is Act.RULE_INVALID:
        return _own(standing) or (
            None if standing.is_chair else Refusal("Only the chair rules on blocks.", "not_chair")
        )
    if act is Act.RULE_ON_INTEREST:
        return _own(standing) or (
            None
            if standing.is_chair
            else Refusal("Only the chair rules on conflicts of interest.", "not_chair")
        )
    if act is Act.APPEAL and not (standing.is_member or standing.has_raised):
        return Refusal(
            "Only members of the council, and who raised the block, appeal to the meeting.",
            "not_member",
        )
    if act is Act.RECORD_VOTE:
        return _own(standing) or (
            None
            if runs_council
            else Refusal("Only the secretary or the chair records a vote.", "not_chair")
        )
    if act is Act.RESUME and not (standing.is_member or standing.is_maker):
        return Refusal("Only members of the council and its makers resume it.", "not_member")
    if act is Act.ASK_FOR_VOTE and not (standing.is_member or standing.is_maker):
        return Refusal("Only members of the council ask for a vote.", "not_member")
    if act is Act.REOPEN and not (standing.is_member or standing.may_sign):
        return Refusal("Only members of the council reopen a decision.", "not_member")
    if act is Act.TRY and not (
        standing.is_maker or standing.may_sign or standing.is_member or standing.is_guardian
    ):
        return Refusal(
            "Who gains and who loses access is shown to who made the proposal, who signs it, the"
            " council, Security and Legal.",
            "not_member",
        )
    if act is Act.CONFIRM_EMERGENCY:
        return _own(standing) or (
            None
            if standing.is_guardian
            else Refusal(
                "Only Security, Legal and platform administrators confirm an emergency.",
                "not_guardian",
            )
        )
    return None


def _own(standing: Standing) -> Refusal | None:
    if standing.is_maker or standing.has_written:
        return Refusal("Nobody approves a proposal of their own.", "own_proposal")
    return None


def _state(state: S) -> str:
    return {
        S.FINAL_CALL: "in its final call",
        S.COUNCIL_VOTE: "before the council",
        S.DISCUSSION: "in discussion",
        S.TRIAGE: "in triage",
        S.DRAFT: "a draft",
        S.DECIDED_SCHEDULED: "decided",
    }.get(state, state.value)


def _when(states: Collection[S]) -> str:
    names = [_state(state) for state in states]
    if len(names) == 1:
        return f": only one that is {names[0]} can"
    return ""
