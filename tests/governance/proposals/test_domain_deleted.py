"""Who had to sign stays on record when a domain is deleted afterwards."""

import pytest

from catalog.models import Domain
from catalog.services.records import delete_record
from governance.models import Signer, SignRequest
from governance.proposals.selectors.signing import must_sign_rows
from tests.governance.proposals.world import World, administrator_principal, adopted

pytestmark = pytest.mark.django_db


def test_signatures_outlast_the_domain_that_they_were_asked_of(world: World) -> None:
    # given a proposal that two domains signed
    proposal = adopted(world)
    signed = [row.label for row in must_sign_rows(proposal)]
    assert signed == ["Marketing", "Sales"]
    people = list(Signer.objects.order_by("pk").values_list("label", "person_id"))

    # when one of them is dissolved
    delete_record(Domain.objects.get(name="Marketing"), acting=administrator_principal())

    # then the record of who was asked and who signed is as it was
    assert [row.label for row in must_sign_rows(proposal)] == signed
    assert list(Signer.objects.order_by("pk").values_list("label", "person_id")) == people
    assert sorted(SignRequest.objects.values_list("label", flat=True)) == signed
