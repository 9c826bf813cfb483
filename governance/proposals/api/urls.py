"""The addresses of proposals over REST."""

from __future__ import annotations

from django.urls import path

from governance.proposals.api import views
from governance.proposals.services import concerns, stepping, submitting
from governance.proposals.services.emergencies import confirm_emergency
from governance.proposals.services.reversing import propose_reversal

# Steps by the last part of their address: the service, and whether it takes a reason.
STEPS = {
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
CONCERN_STEPS = {
    "answer": (concerns.answer_concern, "answer"),
    "resolve": (concerns.resolve_concern, ""),
    "withdraw": (concerns.withdraw_concern, ""),
    "rule-invalid": (concerns.rule_invalid, "ruling"),
}

proposal = "proposals/<str:key>"
urlpatterns = [
    path("proposals/", views.ProposalsView.as_view(), name="proposals"),
    path("proposals/dry-run/", views.DryRunView.as_view(), name="proposal-dry-run"),
    path("proposals/waiting/", views.WaitingView.as_view(), name="proposals-waiting"),
    path("proposals/emergencies/", views.EmergenciesView.as_view(), name="emergencies"),
    path(f"{proposal}/", views.ProposalView.as_view(), name="proposal"),
    path(f"{proposal}/positions/", views.PositionView.as_view(), name="proposal-positions"),
    path(f"{proposal}/concerns/", views.ConcernsView.as_view(), name="proposal-concerns"),
    path(f"{proposal}/comments/", views.CommentsView.as_view(), name="proposal-comments"),
    path(f"{proposal}/vote/", views.VoteView.as_view(), name="proposal-vote"),
    *(
        path(
            f"{proposal}/{name}/",
            views.StepView.as_view(act=act, takes_reason=takes_reason),
            name=f"proposal-{name}",
        )
        for name, (act, takes_reason) in STEPS.items()
    ),
    *(
        path(
            f"concerns/<int:concern_id>/{name}/",
            views.ConcernStepView.as_view(act=act, text=text),
            name=f"concern-{name}",
        )
        for name, (act, text) in CONCERN_STEPS.items()
    ),
]
