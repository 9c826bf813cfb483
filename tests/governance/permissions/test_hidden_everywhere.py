"""What a confidential opt-out hides is absent wherever the catalog shows anything; what is shown is
what a catalog without it would show."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from catalog.models import (
    Column,
    ColumnLabel,
    Dataset,
    DatasetLabel,
    Domain,
    Follow,
    IngestionRun,
    Label,
    Ownership,
    Person,
)
from catalog.search.indexing import rebuild
from catalog.types import LabelKind, Origin, OwnershipKind
from lineage.services.reading import read_definitions
from tests.factories import ConnectionFactory, DomainFactory, PersonFactory, TeamFactory
from tests.governance.impact.world import view
from tests.governance.permissions.company import in_force, opt_out
from tests.lineage.warehouse import READER, table

pytestmark = pytest.mark.django_db

SECRET = "zebrapay"
_CHANGING = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"|nonce="[^"]+"'
    r'|"(?:took|seconds|request_id)": ?"?[^",}]+|eventTime[^,]+'
)


class Company:
    """A table and what is derived from it and, later, from a table that is hidden as well."""

    def __init__(self) -> None:
        TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
        self.ann = PersonFactory(username="ann")
        self.domain: Domain = DomainFactory(name="Finance", slug="finance")
        self.label = Label.objects.create(kind=LabelKind.TAG, name="money", path="money")
        self.open = table("fin.open", ["id", "amount"])
        self.sum = view("fin.total", ["id", "amount"], "SELECT id, amount FROM fin.open")
        self.secret: Dataset | None = None
        self.run = IngestionRun.objects.create(
            connection=ConnectionFactory(), state="succeeded", is_dry_run=True, total=1
        )
        Dataset.objects.update(domain=self.domain)

    def add_secret(self) -> None:
        """The hidden table in every list: labeled, owned, followed, upstream and downstream."""
        secret = table(f"hr.{SECRET}", ["id", f"{SECRET}_amount"])
        Dataset.objects.filter(pk=secret.pk).update(
            domain=self.domain, declared_description=f"All of {SECRET}"
        )
        DatasetLabel.objects.create(dataset=secret, label=self.label, origin=Origin.DECLARED)
        column = Column.objects.filter(dataset=secret).first()
        ColumnLabel.objects.create(column=column, label=self.label, origin=Origin.DECLARED)
        Ownership.objects.create(
            dataset=secret,
            person=self.ann,
            kind=OwnershipKind.BUSINESS_OWNER,
            origin=Origin.DECLARED,
        )
        Follow.objects.create(person=self.ann, dataset=secret)
        below = table(
            f"hr.{SECRET}_below",
            ["id", "amount"],
            f"SELECT o.id, s.id AS amount FROM fin.open o JOIN hr.{SECRET} s ON true",
        )
        read_definitions([below.pk], acting=READER)
        self.secret = secret
        self.run.diff = {"created": 1, "entries": [{"name": secret.qualified_name}]}
        self.run.save()
        self.run.problems.create(
            severity="error", location=secret.qualified_name, message=f"{SECRET} has no columns"
        )

    def addresses(self) -> list[str]:
        """Every door that lists, counts, suggests, walks or exports."""
        total, opened = self.sum.pk, self.open.pk
        column = Column.objects.filter(dataset=self.open, path="id").get().pk
        return [
            "/", "/datasets/", "/datasets.csv", "/datasets.json", "/stewardship/",
            "/search/?q=", f"/search/?q={SECRET}", f"/search/suggest/?q={SECRET[:5]}",
            f"/search/results.csv?q={SECRET}", "/search/results.json?q=", "/account/",
            "/systems/", "/systems.csv", "/domains/", "/domains.csv", "/tags/", "/teams/",
            "/people/", "/people.csv", "/people/ann/",
            f"/domains/{self.domain.slug}/", f"/systems/{self.open.system_id}/",
            f"/labels/{self.label.pk}/", f"/labels/{self.label.pk}/columns.csv",
            f"/datasets/{opened}/lineage/", f"/datasets/{opened}/lineage.json",
            f"/datasets/{opened}/lineage.svg", f"/datasets/{opened}/lineage.csv",
            f"/datasets/{opened}/lineage/impact/", f"/datasets/{opened}/lineage/impact.csv",
            f"/datasets/{opened}/queries/", f"/datasets/{opened}/uses/",
            f"/datasets/{opened}/activity/", f"/datasets/{total}/lineage/",
            "/lineage/jobs/", "/lineage/classifications/", "/notifications/",
            "/api/v1/datasets/", f"/api/v1/search/?q={SECRET}", "/api/v1/search/?q=",
            f"/api/v1/suggest/?q={SECRET[:5]}", "/api/v1/systems/", "/api/v1/domains/",
            "/api/v1/labels/", "/api/v1/containers/", "/api/v1/people/", "/api/v1/jobs/",
            f"/api/v1/datasets/{opened}/lineage/", f"/api/v1/datasets/{opened}/impact/",
            f"/api/v1/columns/{column}/lineage/", f"/api/v1/columns/{column}/impact/",
            f"/api/v1/datasets/{opened}/relations/",
            f"/api/v1/datasets/{opened}/queries/", "/api/v1/lineage/classifications/",
            f"/api/v1/datasets/{opened}/lineage/openlineage/", "/api/v1/messages/",
            f"/api/v1/lineage/paths/?source={opened}&target={total}",
            "/api/v1/watches/",
            "/api/v1/runs/", f"/api/v1/runs/{self.run.pk}/",
        ]  # fmt: skip

    def queries(self) -> list[str]:
        """The same over GraphQL."""
        name = f"postgres://warehouse/hr.{SECRET}"
        return [
            "{ datasets(first: 50) { totalCount edges { node { qualifiedName } } } }",
            f'{{ search(text: "{SECRET}") '
            "{ total facets { field values { value count } } hits { qualifiedName } } }",
            f'{{ suggest(text: "{SECRET[:5]}") {{ qualifiedName }} }}',
            f'{{ dataset(name: "{name}") {{ qualifiedName }} }}',
            "{ runs(first: 5) { edges { node { diff problems { location message } } } } }",
            "{ systems(first: 20) { totalCount edges { node { qualifiedName } } } }",
        ]

    def shown(self, username: str, *some: str) -> dict[str, str]:
        """What each door, or some only, answers somebody, without what differs from one request to
        the next."""
        client = Client()
        client.force_login(Person.objects.get(username=username))
        rebuild()
        answers = {}
        for address in some or self.addresses():
            answer = client.get(address)
            body = answer.content.decode()
            assert answer.status_code == 200, address
            answers[address] = _CHANGING.sub("", body)
        for query in () if some else self.queries():
            answer = client.post("/graphql/", json.dumps({"query": query}), "application/json")
            if "dataset(name" not in query:
                assert "errors" not in answer.json(), query
            answers[query] = _CHANGING.sub("", answer.content.decode())
        return answers


def test_what_is_hidden_changes_no_answer_of_any_door() -> None:
    # Given a catalog without a table, and what every door shows Ann
    company = Company()
    in_force(
        opt_out(
            1, resources={"dataset": "hr.*"}, confidential_metadata=True,
        )
    )  # fmt: skip
    before = company.shown("ann")

    # When the table is there, in every list, named by everything
    company.add_secret()
    after = company.shown("ann")

    # Then nothing that Ann is shown names it, or differs at all
    asked = {address for address in after if SECRET[:5] in address}
    named = [
        address
        for address in after
        if address not in asked and SECRET in after[address]
    ]  # fmt: skip
    different = [address for address in after if before[address] != after[address]]
    assert (named, different) == ([], [])

    # And who is exempt finds it behind the same doors
    found = company.shown(
        "paul", "/datasets.csv", "/datasets.json", "/api/v1/datasets/", "/search/?q=",
        "/stewardship/",
    )  # fmt: skip
    assert {address for address in found if SECRET not in found[address]} == set()


def test_an_error_is_that_of_a_dataset_that_does_not_exist(client: Client) -> None:
    # Given a hidden table, and a number that no table has
    company = Company()
    in_force(opt_out(1, resources={"dataset": "hr.*"}, confidential_metadata=True))
    company.add_secret()
    assert company.secret is not None
    hidden, absent = company.secret.pk, company.secret.pk + 100_000
    client.force_login(company.ann)

    # Then every door to one dataset answers the same of both
    for address in (
        "/datasets/{}/", "/datasets/{}/columns/", "/datasets/{}/lineage/", "/datasets/{}/access/",
        "/datasets/{}/quality/sample/", "/datasets/{}/columns.csv", "/datasets/{}/lineage.json",
        "/search/preview/{}/", "/api/v1/datasets/{}/", "/api/v1/datasets/{}/columns/",
        "/api/v1/datasets/{}/lineage/", "/api/v1/datasets/{}/impact/",
        "/api/v1/datasets/{}/relations/", "/api/v1/datasets/{}/queries/",
        "/api/v1/datasets/{}/profiles/", "/api/v1/datasets/{}/questions/",
    ):  # fmt: skip
        asked = [address.format(pk) for pk in (hidden, absent)]
        answers = [client.get(one) for one in asked]
        # An answer may name the address that was asked for, and nothing else of the number: a
        # number alone could be part of a style or a script.
        said = [
            (one.status_code, _CHANGING.sub("", one.content.decode()).replace(path, "ASKED"))
            for one, path in zip(answers, asked, strict=True)
        ]
        assert said[0] == said[1], address
        assert said[0][0] == 404, address
