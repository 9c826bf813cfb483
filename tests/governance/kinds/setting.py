"""What the tests of kinds stand on: who asks and when, and agreements that already hold."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.models import Person
from catalog.types import Principal
from governance.agreements.canonical import digest
from governance.agreements.kind import AgreementKind, CheckContext
from governance.agreements.kinds import kinds
from governance.models import Agreement, AgreementVersion, Decision, PolicyEpoch, Proposal
from governance.types import AgreementState, ChangeOp, ChangeSpec, Finding, Outcome, ProposalState
from tests.factories import PersonFactory, principal

NOW = dt.datetime(2026, 9, 7, 9, 0, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def asking(
    *,
    key: str = "",
    op: ChangeOp = ChangeOp.CREATE,
    now: dt.datetime = NOW,
    base: Mapping[str, Any] | None = None,
    beside: Sequence[ChangeSpec] = (),
    acting: Principal | None = None,
) -> CheckContext:
    """A check asked by an employee."""
    return CheckContext(acting or principal(), now, key, op, base, beside)


def found(kind: AgreementKind, document: Any, context: CheckContext) -> list[tuple[str, str, str]]:
    """(check, level, field) of each finding, in order."""
    return [(f.check, f.level.value, f.field) for f in kind.check(document, context)]


def finding(kind: AgreementKind, document: Any, context: CheckContext) -> Finding:
    """The only finding."""
    (only,) = kind.check(document, context)
    return only


def hold(
    document: Any,
    kind_name: str,
    *,
    key: str = "",
    since: dt.datetime = NOW - dt.timedelta(days=30),
    author: Person | None = None,
    state: AgreementState = AgreementState.ACTIVE,
) -> AgreementVersion:
    """Put a document in force as adoption leaves it, closing the version before."""
    kind = kinds.get(kind_name)
    number = next(_numbers)
    author = author or PersonFactory()
    key = key or f"{kind_name}:{kind.slug(document)}"
    title = kind.title(document)
    agreement, _ = Agreement.objects.get_or_create(
        key=key, defaults={"kind": kind_name, "title": title, "created_at": since}
    )
    agreement.state, agreement.title = state, title
    agreement.save(update_fields=["state", "title"])
    last = agreement.versions.first()
    agreement.versions.filter(valid_to__isnull=True).update(valid_to=since)
    epoch, _ = PolicyEpoch.objects.get_or_create(id=1)
    PolicyEpoch.objects.update(number=epoch.number + 1, changed_at=since)
    stored = document.model_dump(mode="json")
    return AgreementVersion.objects.create(
        agreement=agreement,
        number=last.number + 1 if last else 1,
        op=ChangeOp.REPLACE if last else ChangeOp.CREATE,
        document=stored,
        digest=digest(stored),
        title=title,
        scope=agreement.scope,
        valid_from=since,
        recorded_at=since,
        epoch=epoch.number + 1,
        decision=_decision(number, kind_name, title, author, since),
        author=author,
    )


def _decision(number: int, kind: str, title: str, author: Person, at: dt.datetime) -> Decision:
    proposal = Proposal.objects.create(
        key=f"DGP-{9000 + number}",
        number=9000 + number,
        kind=kind,
        title=title,
        ask=title,
        author=author,
        champion=author,
        created_at=at,
        state_since=at,
        last_event_at=at,
    )
    return Decision.objects.create(
        key=f"DR-{9000 + number}",
        number=9000 + number,
        proposal=proposal,
        klass="S",
        outcome=Outcome.ADOPTED,
        state_after=ProposalState.ACTIVE,
        sentence=title,
        rule="",
        revision_digest="0" * 64,
        decided_at=at,
        record="{}",
        prev_hash=f"{number:064x}",
        hash=f"{number + 1:064x}",
    )
