"""Every REST operation under hostile input: never a 5xx, always what the schema says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from catalog.models import Label, Person
from catalog.selectors.principals import principal_of
from catalog.services import conversation, curation, personal
from catalog.services.tokens import create_token
from catalog.types import LabelKind, TokenScope
from governance import clock
from governance.council.services.delegations import delegate
from governance.council.services.meetings import plan_next
from governance.models import Concern, Conflict, Notification
from governance.notifications.services.preferences import watch
from governance.types import ChangeOp, ChangeSpec, PositionValue
from tests.factories import (
    AdministratorFactory,
    ColumnFactory,
    ConnectionFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
    TeamFactory,
)
from tests.governance.api.terms import term_document
from tests.governance.proposals.world import block_fields, in_discussion, make_world, say

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 4
NAMED = ("key", "kind", "slug")  # parts of a path that are no number
HOSTILE = [0, -1, 2**31, 2**63 - 1, 2**63, 10**40]


def token_of(person: Person, *scopes: TokenScope) -> str:
    return create_token(acting=principal_of(person), name="fuzz", scopes=scopes)[1]


def filled_catalog(person: Person) -> list[int]:
    """A little of everything, and the ids that a path may name."""
    dataset = OwnershipFactory(dataset__domain=DomainFactory()).dataset
    column = ColumnFactory(dataset=dataset, path="id", name="id")
    acting = principal_of(person)
    curation.add_label(
        acting=acting, dataset_id=dataset.pk, kind=LabelKind.TAG, path="gold", column_path="id"
    )
    question = conversation.ask(acting=acting, dataset_id=dataset.pk, text="Gross or net?")
    conversation.answer(acting=acting, question_id=question.pk, text="Net.")
    problem = conversation.report_problem(acting=acting, dataset_id=dataset.pk, text="May is gone")
    personal.save_search(acting=acting, name="mine", query_string="q=orders")
    ids = [dataset.pk, DatasetFactory().pk, column.pk, question.pk, problem.pk, person.pk]
    ids += [TeamFactory().pk, ConnectionFactory().pk, Label.objects.get().pk]
    return sorted(set(ids))


def filled_council(person: Person) -> tuple[list[int], list[str]]:
    """A proposal with a block, a concern and a position, a meeting, a conflict, a message, a
    delegation: their ids, and the keys and short names that a path may hold."""
    world = make_world()
    change = ChangeSpec(ChangeOp.CREATE, "term", "", term_document(world))
    proposal = in_discussion(world, change)
    say(world.who("Hugo"), proposal)
    say(world.who("Mia"), proposal, PositionValue.BLOCK, **block_fields())
    meetings = plan_next(acting=world.who("Inés"))
    given = delegate(
        acting=world.who("Farid"), taker_id=person.pk, until=clock.now() + dt.timedelta(days=9)
    )
    watch(acting=principal_of(person), subject_type="proposal", subject_key=proposal.key)
    conflict = Conflict.objects.create(
        kind="homonym", fingerprint="f", title="Lead and lead", witness="Both.", owner=person,
        found_at=clock.now(),
    )  # fmt: skip
    message = Notification.objects.create(
        person=person, kind="sign", title="Sign", url="/", dedupe="1", created_at=clock.now()
    )
    ids = [meetings[0].pk, given.pk, conflict.pk, message.pk, Concern.objects.get().pk]
    return ids, [proposal.key, "term:qualified-lead", "salesops", "term"]


def operations(secret: str) -> Iterator[Any]:
    headers = {"Authorization": f"Bearer {secret}"}
    schema = schemathesis.openapi.from_wsgi(
        "/api/schema/?format=json", WSGIHandler(), headers=headers
    )
    for result in schema.get_all_operations():
        yield result.ok()


@pytest.mark.django_db(transaction=True)
def test_no_operation_breaks_or_answers_beside_its_schema() -> None:
    employee, administrator = PersonFactory(), AdministratorFactory()
    ids, keys = filled_council(employee)
    known = [*filled_catalog(employee), *ids]
    secrets = [
        token_of(employee, TokenScope.READ, TokenScope.WRITE),
        token_of(administrator, TokenScope.ADMIN),
    ]
    called: set[str] = set()
    failures: list[str] = []

    for operation in operations(secrets[1]):
        if operation.path.startswith("/api/schema"):
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=operation.as_strategy(),
            identifier=st.sampled_from(known * 3 + HOSTILE),
            key=st.sampled_from([*keys * 5, "\u202e", "7"]),
            secret=st.sampled_from(secrets),
        )
        def hostile(case: Any, identifier: int, key: str, secret: str) -> None:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = key if name in NAMED else identifier
            response = case.call(headers={"Authorization": f"Bearer {secret}"})
            case.validate_response(response, checks=CHECKS)

        try:
            hostile()
        except Exception as error:  # noqa: BLE001 - all of them are told at the end
            failures.append(f"{operation.label}: {str(error)[:1500]}")
        called.add(operation.label)

    assert len(called) >= 180
    assert not failures, "\n\n".join(failures)
