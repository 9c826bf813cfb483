"""What a message tells of an impact names only what its reader may see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.models import Model, QuerySet

from catalog.access import Action, gate, install_gate
from catalog.models import Event, Person
from catalog.types import Principal
from governance.events import ProposalChanged
from governance.models import Notification, Signer
from governance.notifications.audience import messages_for
from governance.notifications.services.messages import write_messages
from governance.proposals.services.impact import take_snapshot
from governance.types import ProposalState
from tests.factories import PersonFactory, principal
from tests.governance.impact.world import base, binding, curated, domain, proposed
from tests.lineage.graphs import HidingGate

pytestmark = pytest.mark.django_db


class HidingFrom(HidingGate):
    """Hides datasets from one person; everybody else sees everything."""

    def __init__(self, person: Person, *hidden: int) -> None:
        super().__init__(hidden)
        self.person = person

    def scope(
        self, principal: Principal, action: Action, queryset: QuerySet[Model]
    ) -> QuerySet[Model]:
        if principal.person_id != self.person.pk:
            return queryset
        return super().scope(principal, action, queryset)


@pytest.fixture
def outsider() -> Iterator[Person]:
    before = gate()
    yield PersonFactory()
    install_gate(before)


def test_a_request_to_sign_names_no_dataset_that_its_reader_may_not_see(outsider: Person) -> None:
    # given a way to two people's data that leads through a dataset hidden from one of them
    insider = PersonFactory()
    lead = base("shop.crm.lead", ["score"], domain("Sales"))
    pay = curated("shop.hr.pay", ["score"], "SELECT score FROM crm.lead", domain("People"))
    curated("shop.mart.money", ["score"], "SELECT score FROM hr.pay", domain("Finance"))
    revision = proposed(binding((lead, "score")), state=ProposalState.DISCUSSION)
    snapshot = take_snapshot(acting=principal(), revision=revision)
    way = Signer.objects.get(snapshot=snapshot, label="Finance")
    assert "hr.pay" in way.path
    for person in (outsider, insider):
        way.pk, way.person = None, person
        way.save()
    event = Event.objects.filter(type=ProposalChanged.name).get()
    event.payload |= {"what": "impact", "state": ProposalState.DISCUSSION.value}
    install_gate(HidingFrom(outsider, pay.pk))

    write_messages(messages_for([event]))

    bodies = dict(Notification.objects.values_list("person", "body"))
    assert "hr.pay" in bodies[insider.pk]
    assert bodies[outsider.pk] == "It is affected through data that you may not see."
