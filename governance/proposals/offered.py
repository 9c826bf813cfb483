"""The steps that every edge offers by name, so that none has one that another lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from governance.council.services import appeals
from governance.proposals.services import concerns, stepping, submitting
from governance.proposals.services.emergencies import confirm_emergency
from governance.proposals.services.reversing import propose_reversal

# Steps of a proposal: the service, and whether it takes a reason. Each returns the proposal to go
# on with; a reversal is a proposal of its own.
STEPS: Mapping[str, tuple[Callable[..., Any], bool]] = {
    "submit": (submitting.submit, False),
    "return": (submitting.return_to_author, True),
    "accept": (submitting.accept, False),
    "merge": (submitting.merge_editorial, False),
    "consent-locally": (submitting.consent_locally, False),
    "call-final": (stepping.call_final, False),
    "ask-for-vote": (stepping.ask_for_vote, True),
    "withdraw": (stepping.withdraw, True),
    "resume": (stepping.resume, False),
    "raise-scope": (stepping.raise_scope, True),
    "rebase": (stepping.rebase, False),
    "confirm-emergency": (confirm_emergency, True),
    "reverse": (propose_reversal, True),
}
# Steps of a concern: the service, and what its text is called.
CONCERN_STEPS: Mapping[str, tuple[Callable[..., Any], str]] = {
    "answer": (concerns.answer_concern, "answer"),
    "resolve": (concerns.resolve_concern, ""),
    "withdraw": (concerns.withdraw_concern, ""),
    "rule-valid": (concerns.rule_valid, "ruling"),
    "rule-invalid": (concerns.rule_invalid, "ruling"),
    "appeal": (appeals.appeal_ruling, "reason"),
}
# Steps of an appeal: the service, and what its word is called. Each returns the concern.
APPEAL_STEPS: Mapping[str, tuple[Callable[..., Any], str]] = {
    "vote": (appeals.vote_on_appeal, "choice"),
    "decide": (appeals.decide_appeal, ""),
}
