"""At least one administrator remains, whoever ends whose rights at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection

from catalog.errors import Conflict
from catalog.models import Person
from catalog.selectors.principals import principal_of
from catalog.services import people
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_who_end_each_others_rights_at_once_leave_one(monkeypatch: Any) -> None:
    first, second = AdministratorFactory(), AdministratorFactory()
    both_wrote, store = Barrier(2), people._store

    def slowly(person: Person) -> None:
        store(person)
        with suppress(BrokenBarrierError):  # the other one waits for this transaction
            both_wrote.wait(1)

    def end(acting: Person, other: Person) -> str:
        try:
            people.change_person(
                acting=principal_of(acting), person_id=other.pk, changes={"is_superuser": False}
            )
        except Conflict as refusal:
            return refusal.message
        finally:
            connection.close()
        return ""

    monkeypatch.setattr(people, "_store", slowly)
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(end, (first, second), (second, first)))

    assert sorted(answers) == ["", "At least one active administrator has to remain."]
    assert Person.objects.filter(is_superuser=True, is_active=True).count() == 1
