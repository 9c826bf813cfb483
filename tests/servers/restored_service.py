"""A service on the database that DATABASE_URL names, in a process of its own: `fill` writes what a
company has, `ask` tells what is there, `go_on` writes more and tells of that.

Each prints one line of JSON.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

from catalog.models import Dataset, Event, Person  # noqa: E402
from catalog.search.indexing import rebuild  # noqa: E402
from catalog.selectors.principals import principal_of  # noqa: E402
from catalog.selectors.search import SearchQuery, search  # noqa: E402
from catalog.services.consumers import feed_all  # noqa: E402
from catalog.services.curation.facts import change_dataset  # noqa: E402
from catalog.services.restored_log import settle_restored  # noqa: E402
from governance.audit.services.heads import sign_heads  # noqa: E402
from governance.audit.services.recording import flush  # noqa: E402
from governance.models import AuditRow  # noqa: E402
from governance.permissions.services.statements import Statement, check_statement  # noqa: E402
from tests.factories import ColumnFactory, DatasetFactory, PersonFactory  # noqa: E402
from tests.governance.permissions.company import in_force, opt_out  # noqa: E402


def fill() -> dict[str, Any]:
    """Two tables, one of them opted out; a description, a record of access, a signed head."""
    PersonFactory(username="ann")
    PersonFactory(username="adele", is_superuser=True, is_staff=True)
    for name in ("compensation", "holidays"):
        ColumnFactory(dataset=DatasetFactory(name=name), path="days")
    rebuild()
    in_force(opt_out(1, resources={"dataset": "*compensation"}))
    _describe("compensation", "What everybody earns in kroner")
    return ask("kroner")


def ask(word: str) -> dict[str, Any]:
    """Hits, decisions, and how much of the logs is there; asking leaves a record itself."""
    kept = AuditRow.objects.count()
    ann = principal_of(Person.objects.get(username="ann"))
    said = {
        name: check_statement(
            Statement(f"SELECT days FROM shop.public.{name}", "postgres"), acting=ann
        ).verdict.answer
        for name in ("compensation", "holidays")
    }
    wanted = SearchQuery(word, is_verbatim=True)
    assert flush()
    sign_heads()
    return {
        "hits": [hit.qualified_name.rpartition(".")[2] for hit in search(ann, wanted).hits],
        "said": said,
        "events": Event.objects.count(),
        "records": kept,
    }


def go_on(word: str) -> dict[str, Any]:
    """What is written from now on is found, as ever."""
    settle_restored()
    _describe("holidays", f"Days off, {word}")
    return ask(word)


def _describe(name: str, text: str) -> None:
    adele = principal_of(Person.objects.get(username="adele"))
    dataset = Dataset.objects.get(name=name)
    change_dataset(dataset_id=dataset.pk, changes={"description": text}, acting=adele)
    feed_all()


_ACTIONS: dict[str, Callable[..., dict[str, Any]]] = {"fill": fill, "ask": ask, "go_on": go_on}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(_ACTIONS[sys.argv[1]](*sys.argv[2:])) + "\n")
