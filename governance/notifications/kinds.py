"""The kinds of messages: what each is for, and whether it waits for the digest. No Django."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageKind:
    """`is_immediate` is sent at once outside quiet hours; everything else waits for the digest."""

    key: str
    label: str
    is_immediate: bool = False


MUST_SIGN = MessageKind("must_sign", "Your signature is asked for", is_immediate=True)
ESCALATION = MessageKind("escalation", "A signature you stand in for is overdue", is_immediate=True)
BLOCKED = MessageKind("blocked", "Somebody blocks what you propose", is_immediate=True)
CONSULTED = MessageKind("consulted", "You are consulted on a proposal")
INFORMED = MessageKind("informed", "Something you use may change")
DECIDED = MessageKind("decided", "A decision was taken")
ADOPTED = MessageKind("adopted", "An agreement came into force")
CONFLICT = MessageKind("conflict", "Two agreements disagree")
MEETING = MessageKind("meeting", "An agenda or minutes of the council")
COMMENT = MessageKind("comment", "Somebody commented on your proposal")
MENTION = MessageKind("mention", "Somebody named you", is_immediate=True)
QUESTION = MessageKind("question", "Somebody asked about what you answer for")
TASK = MessageKind("task", "A query of yours has to move")
BREAK_GLASS = MessageKind(
    "break_glass", "Somebody broke the glass of an opt-out you own", is_immediate=True
)
EXCEPTION_ASKED = MessageKind(
    "exception_asked", "Somebody asks for an exception that you decide about", is_immediate=True
)
EXCEPTION_ANSWERED = MessageKind(
    "exception_answered",
    "An exception was approved, refused, revoked or reviewed",
    is_immediate=True,
)
LAGGING = MessageKind(
    "lagging", "A gateway decides by an older policy than is in force", is_immediate=True
)
STOPPED = MessageKind("query_stopped", "A query of yours was stopped", is_immediate=True)
BRAKE = MessageKind("brake", "A brake you own stopped a query")
ENDING = MessageKind("opt_out_ending", "An opt-out or an exception ends soon, or is to be reviewed")

MESSAGE_KINDS: tuple[MessageKind, ...] = (
    MUST_SIGN, ESCALATION, BLOCKED, CONSULTED, INFORMED, DECIDED, ADOPTED, CONFLICT, MEETING,
    COMMENT, MENTION, QUESTION, TASK, BREAK_GLASS, EXCEPTION_ASKED, EXCEPTION_ANSWERED,
    LAGGING, STOPPED, BRAKE, ENDING,
)  # fmt: skip
BY_KEY = {kind.key: kind for kind in MESSAGE_KINDS}
