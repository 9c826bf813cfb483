"""The register: each conflict once, settled with a reason, gone when nobody finds it any more."""

from __future__ import annotations

import pytest

from catalog.access import AccessRefused
from catalog.errors import Conflict as StateConflict
from catalog.errors import InvalidInput
from catalog.models import Event
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from governance.conflicts.selectors.register import conflicts
from governance.conflicts.services.register import (
    assign,
    fingerprint,
    reopen,
    settle,
    store_conflicts,
)
from governance.models import Conflict
from governance.types import ConflictKind, ConflictSpec, ConflictState, Party
from tests.factories import AdministratorFactory, PersonFactory
from tests.governance.impact.world import seat

SYSTEM = Principal.system("conflicts")
FINANCE = Party("agreement", "term:churn-revenue", "Churn (Finance)", "Revenue that is lost.")
PRODUCT = Party("agreement", "term:churn-logins", "Churn (Product)", "Nobody signed in for 28 d.")
CHURN = ConflictSpec(
    ConflictKind.HOMONYM, (FINANCE, PRODUCT), "Churn means revenue to one and logins to the other."
)
pytestmark = pytest.mark.django_db


def stored(spec: ConflictSpec = CHURN) -> Conflict:
    (row,) = store_conflicts([spec], acting=SYSTEM)
    return row


def test_the_same_finding_in_any_order_is_one_conflict() -> None:
    turned = ConflictSpec(ConflictKind.HOMONYM, (PRODUCT, FINANCE), CHURN.witness)
    assert fingerprint(turned) == fingerprint(CHURN)

    assert stored().pk == stored(turned).pk
    assert Conflict.objects.count() == 1
    assert Event.objects.filter(type="governance.conflict.changed").count() == 1


def test_new_numbers_are_kept_without_a_new_conflict() -> None:
    first = stored()
    again = stored(
        ConflictSpec(ConflictKind.HOMONYM, (FINANCE, PRODUCT), "They differ.", {FINANCE.key: 12})
    )

    assert again.pk == first.pk
    assert (again.witness, again.counts) == ("They differ.", {"term:churn-revenue": 12})


def test_what_is_not_found_any_more_is_gone_and_comes_back() -> None:
    stored()
    assert store_conflicts([], acting=SYSTEM, kinds=[ConflictKind.HOMONYM]) == []
    assert Conflict.objects.get().state == ConflictState.GONE
    assert stored().state == ConflictState.OPEN


def test_a_detector_that_looked_elsewhere_ends_nothing() -> None:
    stored()
    store_conflicts([], acting=SYSTEM, kinds=[ConflictKind.PENDING])
    store_conflicts([], acting=SYSTEM, kinds=[ConflictKind.HOMONYM], among=["term:lead"])
    assert Conflict.objects.get().state == ConflictState.OPEN


def test_its_owner_settles_it_with_a_reason_and_finding_it_again_leaves_it_settled() -> None:
    owner = PersonFactory()
    row = stored()
    assign(acting=principal_of(AdministratorFactory()), conflict_id=row.pk, owner_id=owner.pk)

    settled = settle(
        acting=principal_of(owner), conflict_id=row.pk, state=ConflictState.ACCEPTED,
        resolution="Both stand; each says of what.",
    )  # fmt: skip

    assert (settled.state, settled.resolved_by) == (ConflictState.ACCEPTED, owner)
    assert stored().state == ConflictState.ACCEPTED
    with pytest.raises(StateConflict, match="accepted already"):
        settle(
            acting=principal_of(owner), conflict_id=row.pk, state=ConflictState.RESOLVED,
            resolution="Again.",
        )  # fmt: skip


def test_nobody_makes_themselves_the_owner_of_a_conflict_that_is_not_theirs() -> None:
    # Given a conflict of others
    row = stored()
    somebody, member = PersonFactory(), PersonFactory()
    seat("Finance", member)

    # Then somebody who is no party to it names nobody, themselves least of all
    with pytest.raises(AccessRefused, match="name who owns a conflict"):
        assign(acting=principal_of(somebody), conflict_id=row.pk, owner_id=somebody.pk)
    assert Conflict.objects.get().owner_id != somebody.pk

    # But who sits on the council does, and whoever owns it hands it on
    assign(acting=principal_of(member), conflict_id=row.pk, owner_id=somebody.pk)
    assign(acting=principal_of(somebody), conflict_id=row.pk, owner_id=member.pk)
    assert Conflict.objects.get().owner_id == member.pk


def test_somebody_else_cannot_settle_it_but_may_open_it_again() -> None:
    row = stored()
    somebody = principal_of(PersonFactory())
    with pytest.raises(AccessRefused):
        settle(
            acting=somebody, conflict_id=row.pk, state=ConflictState.RESOLVED, resolution="Done."
        )
    assert Conflict.objects.get().state == ConflictState.OPEN

    administrator = principal_of(AdministratorFactory())
    settle(
        acting=administrator, conflict_id=row.pk, state=ConflictState.RESOLVED, resolution="Done."
    )
    assert reopen(acting=somebody, conflict_id=row.pk, reason="It is back.").state == "open"


@pytest.mark.parametrize(
    ("state", "resolution", "field"),
    [(ConflictState.RESOLVED, " ", "resolution"), (ConflictState.GONE, "Gone.", "state")],
)
def test_settling_without_a_reason_or_as_something_else_is_refused(
    state: ConflictState, resolution: str, field: str
) -> None:
    row = stored()
    with pytest.raises(InvalidInput) as refused:
        settle(acting=SYSTEM, conflict_id=row.pk, state=state, resolution=resolution)
    assert refused.value.field == field


def test_the_open_ones_come_first() -> None:
    first = stored()
    second = stored(ConflictSpec(ConflictKind.DUPLICATE, (FINANCE, PRODUCT), "They say the same."))
    settle(
        acting=principal_of(AdministratorFactory()), conflict_id=second.pk,
        state=ConflictState.RESOLVED, resolution="Merged.",
    )  # fmt: skip

    found = conflicts(principal_of(PersonFactory()))
    assert [row.pk for row in found] == [first.pk, second.pk]
    assert list(conflicts(Principal.anonymous())) == []
