"""What a confidential opt-out hides is absent from the Django admin as well."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import Answer, DataProduct, ProductPort, Question
from tests.factories import AdministratorFactory, PersonFactory, TeamFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.lineage.warehouse import table

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> DataProduct:
    """Offers a table that is hidden from all but payroll, about which somebody asked."""
    TeamFactory(name="payroll")
    secret = table("hr.zebrapay", ["id"])
    product = DataProduct.objects.create(name="Pay", slug="pay", purpose="Pay")
    ProductPort.objects.create(product=product, dataset=secret)
    author = PersonFactory()
    question = Question.objects.create(dataset=secret, author=author, text="Why zebrapay?")
    Answer.objects.create(question=question, author=author, text="Because of zebrapay.")
    in_force(opt_out(1, resources={"dataset": "hr.zebrapay"}, confidential_metadata=True))
    return product


@pytest.mark.parametrize("is_administrator", [False, True])
def test_nothing_in_the_admin_names_what_is_hidden(
    product: DataProduct, is_administrator: bool
) -> None:
    client = Client()
    client.force_login(AdministratorFactory() if is_administrator else PersonFactory(is_staff=True))

    for address in (
        f"catalog/dataproduct/{product.pk}/change/",
        f"catalog/dataproduct/{product.pk}/delete/",
        "catalog/answer/",
        "catalog/question/",
        "catalog/dataset/",
        "autocomplete/?app_label=catalog&model_name=productport&field_name=dataset&term=zebra",
    ):
        answer = client.get(f"/admin/{address}")
        assert answer.status_code in (200, 403), address
        assert "zebrapay" not in answer.content.decode(), address
