"""What a draft would do, on pages, over REST and in GraphQL, with the same answers and refusals."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Dataset, Person
from catalog.types import Principal
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.conflicts.services.scanning import scan
from governance.models import Conflict, OptOutReplay, OptOutShadow, Proposal
from governance.permissions.holder import opt_outs
from governance.permissions.trial.selectors.analyzing import flaws_in_force
from governance.proposals.services.drafting import create_draft
from governance.types import ChangeOp, ChangeSpec, ConflictKind
from tests.factories import PersonFactory
from tests.governance.kinds.setting import NOW, hold
from tests.governance.permissions.company import in_force
from tests.governance.permissions.trial.company import TODAY, company, denial, proposed, who

pytestmark = pytest.mark.django_db
Visitor = Callable[[str], Client]


@pytest.fixture
def data() -> dict[str, Dataset]:
    return dict(company())


@pytest.fixture
def proposal(data: dict[str, Dataset]) -> Proposal:
    """Pay is closed to all but payroll."""
    return proposed(denial())


@pytest.fixture
def as_() -> Visitor:
    def sign_in(username: str) -> Client:
        visitor = Client()
        visitor.force_login(Person.objects.get(username=username))
        return visitor

    return sign_in


def text_of(visitor: Client, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.content[:400]
    return " ".join(answer.content.decode().split())


def asked(visitor: Client, query: str) -> dict[str, Any]:
    answer = visitor.post(
        "/graphql/", json.dumps({"query": query}), content_type="application/json"
    )
    found = answer.json()
    assert "errors" not in found, found
    return found["data"]


def test_the_page_says_in_one_sentence_who_loses_what(proposal: Proposal, as_: Visitor) -> None:
    shown = text_of(as_("mia"), f"/proposals/{proposal.key}/trial/")

    assert "6 people lose data they may read today; nobody gains any." in shown
    assert "In all 6 pairs of a person and a dataset differ: 6 lost" in shown
    assert "All 2 come out as expected." in shown
    assert "loses it" in shown
    assert f'href="/proposals/{proposal.key}/trial/"' in text_of(
        as_("mia"), f"/proposals/{proposal.key}/"
    )


def test_service_accounts_stand_first_and_departments_lead_to_their_people(
    proposal: Proposal, as_: Visitor
) -> None:
    rows = list(csv.DictReader(StringIO(
        as_("mia").get(f"/proposals/{proposal.key}/trial/?format=csv").content.decode("utf-8-sig")
    )))  # fmt: skip

    assert [row["person"] for row in rows] == ["nightly", "ann", "bob", "lucian", "mia", "sina"]
    assert {row["change"] for row in rows} == {"lost"}
    assert rows[0]["dataset"].endswith("/hr.compensation")
    narrowed = as_("mia").get(f"/proposals/{proposal.key}/trial/?format=csv&department=Legal")
    named = csv.DictReader(StringIO(narrowed.content.decode("utf-8-sig")))
    assert [row["person"] for row in named] == ["lucian", "sina"]


@pytest.mark.parametrize(
    ("query", "people"),
    [
        ("person=bob", ["bob"]),
        ("department=none", ["nightly"]),
        ("change=gained", []),
        ("dataset=hr.compensation&department=Sales", ["ann", "bob", "mia"]),
        ("dataset=crm.contact", []),
        ("domain=people", ["nightly", "ann", "bob", "lucian", "mia", "sina"]),
        ("label=hr.comp", ["nightly", "ann", "bob", "lucian", "mia", "sina"]),
        ("label=pii.email", []),
    ],
)
def test_the_difference_is_narrowed_alike_at_every_door(
    proposal: Proposal, data: dict[str, Dataset], as_: Visitor, query: str, people: list[str]
) -> None:
    domain = data["hr.compensation"].domain
    assert domain is not None
    query = query.replace("domain=people", f"domain={domain.slug}")
    visitor = as_("mia")
    rest = visitor.get(f"/api/v1/proposals/{proposal.key}/access-difference/?{query}").json()
    given = ", ".join(
        f'{name}: "{value}"' for name, value in (one.split("=") for one in query.split("&"))
    )
    graphql = asked(
        visitor,
        f'{{ accessDifference(key: "{proposal.key}", {given}) {{ count pairs {{ person }} }} }}',
    )["accessDifference"]
    page = visitor.get(f"/proposals/{proposal.key}/trial/?format=csv&{query}")
    cells = csv.DictReader(StringIO(page.content.decode("utf-8-sig")))

    assert [one["person"] for one in rest["results"]] == people
    assert [one["person"] for one in graphql["pairs"]] == people
    assert (rest["count"], graphql["count"]) == (len(people), len(people))
    assert [one["person"] for one in cells] == people


@pytest.mark.parametrize(
    "query", ["person=nobody", "dataset=no.such", "label=none.such", "change=taken"]
)
def test_a_filter_that_means_nothing_is_said(proposal: Proposal, as_: Visitor, query: str) -> None:
    shown = text_of(as_("mia"), f"/proposals/{proposal.key}/trial/?{query}")
    answer = as_("mia").get(f"/api/v1/proposals/{proposal.key}/access-difference/?{query}")

    assert 'class="field-error" role="alert"' in shown
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.content.decode()


@pytest.mark.parametrize("name", ["lucian", "mia", "sina", "ann"])
def test_who_answers_for_it_sees_it_before_anybody_signs(
    proposal: Proposal, as_: Visitor, name: str
) -> None:
    assert as_(name).get(f"/proposals/{proposal.key}/trial/").status_code == 200


def test_who_does_not_is_refused_alike_at_every_door(proposal: Proposal, as_: Visitor) -> None:
    visitor = as_("bob")
    sentence = "Who gains and who loses access is shown to who made the proposal"

    page = visitor.get(f"/proposals/{proposal.key}/trial/")
    rest = visitor.get(f"/api/v1/proposals/{proposal.key}/trial/")
    pairs = visitor.get(f"/api/v1/proposals/{proposal.key}/access-difference/")
    answer = visitor.post(
        "/graphql/",
        json.dumps({"query": f'{{ proposalTrial(key: "{proposal.key}") {{ proposal }} }}'}),
        content_type="application/json",
    ).json()

    assert (page.status_code, rest.status_code, pairs.status_code) == (403, 403, 403)
    assert sentence in page.content.decode()
    assert rest.json()["code"] == pairs.json()["code"] == "not_member"
    assert answer["errors"][0]["extensions"]["code"] == "not_member"
    assert "Before you sign" not in text_of(visitor, f"/proposals/{proposal.key}/")


def test_rest_and_graphql_tell_the_same(proposal: Proposal, as_: Visitor) -> None:
    rest = as_("mia").get(f"/api/v1/proposals/{proposal.key}/trial/").json()
    graphql = asked(
        as_("mia"),
        f'{{ proposalTrial(key: "{proposal.key}") {{ proposal'
        " difference { lost gained pairs losing }"
        " flaws { flaw } tests { who got passed } regressions { who } } }",
    )["proposalTrial"]

    assert rest["difference"]["lost"] == 6
    assert graphql["difference"] == {"lost": 6, "gained": 0, "pairs": 6, "losing": 6}
    assert [one["who"] for one in rest["tests"]] == ["bob", "pat"]
    assert graphql["tests"] == [
        {"who": "bob", "got": "denied", "passed": True},
        {"who": "pat", "got": "open", "passed": True},
    ]  # fmt: skip
    assert rest["flaws"] == graphql["flaws"] == rest["regressions"] == graphql["regressions"] == []


def test_a_dataset_whose_name_is_hidden_from_the_reader_is_not_in_the_matrix(
    data: dict[str, Dataset], as_: Visitor
) -> None:
    # Given data whose very name is hidden from Mia
    mia = {"all": False, "people": ["mia"]}
    contacts = {"dataset": "crm.contact"}
    past = {"from": (TODAY - dt.timedelta(days=9)).isoformat()}
    in_force(denial(1, subjects=mia, resources=contacts, when=past, confidential_metadata=True))

    # When a draft closes it to Bob
    tried = proposed(denial(2, subjects={"all": False, "people": ["bob"]}, tests=[],
        resources={"datasets": ["crm.contact", "hr.compensation"]}))  # fmt: skip

    def datasets(name: str) -> list[str]:
        answer = as_(name).get(f"/api/v1/proposals/{tried.key}/access-difference/")
        return [one["dataset"].rpartition("/")[2] for one in answer.json()["results"]]

    assert datasets("mia") == ["hr.compensation"]
    assert sorted(datasets("lucian")) == ["crm.contact", "hr.compensation"]
    assert (
        "crm.contact"
        not in text_of(as_("mia"), f"/proposals/{tried.key}/trial/").partition('<h2 id="who"')[2]
    )


def test_what_is_odd_is_told_in_the_draft_and_stands_in_the_register(
    data: dict[str, Dataset], as_: Visitor
) -> None:
    past = {"from": (TODAY - dt.timedelta(days=9)).isoformat()}
    in_force(denial(1, when=past))

    tried = proposed(denial(2, subjects={"all": False, "people": ["bob", "ann"]}))

    sentence = (
        "OO-2 changes nothing today: OO-1 already says as much to the same people about the same"
        " data."
    )
    told = [row["message"] for row in tried.current.findings if row["check"] == "opt_out.shadowed"]
    assert told == [sentence]
    shown = text_of(as_("mia"), f"/proposals/{tried.key}/trial/")
    assert sentence in shown
    assert "Nobody gains or loses anything: everybody would read what they read today." in shown


def test_opt_outs_in_force_are_looked_at_together(data: dict[str, Dataset], as_: Visitor) -> None:
    past = {"from": (TODAY - dt.timedelta(days=9)).isoformat()}
    everybody = {"subjects": {"all": True}, "when": past, "tests": []}
    place = {"dataset": "core.dim_employee", "column": "location"}
    bob = {"all": False, "people": ["bob"]}
    in_force(
        denial(1, when=past),
        denial(2, when=past, subjects=bob),
        denial(3, **everybody, effect="mask(first3)", resources=place),
        denial(4, **everybody, effect="mask(last4)", resources=place),
    )

    found = flaws_in_force(who("ann"))

    assert [(one.number, one.flaw, [number for _, number in one.beside]) for one in found] == [
        ("OO-2", "shadowed", ["OO-1"]), ("OO-3", "conflicting_masks", ["OO-4"]),
    ]  # fmt: skip
    shown = text_of(as_("ann"), "/access/analysis/")
    assert "2 things to look at" in shown
    assert (
        "Masks that collide"
        not in text_of(as_("ann"), "/access/analysis/?flaw=shadowed").partition("<table")[2]
    )
    rest = as_("ann").get("/api/v1/opt-outs/flaws/").json()["results"]
    graphql = asked(as_("ann"), "{ optOutFlaws { flaw sentence optOut others } }")["optOutFlaws"]
    assert [one["sentence"] for one in rest] == [one["sentence"] for one in graphql]

    # And the register of conflicts says so, until it is no longer true
    scan(acting=Principal.system("test"))
    scan(acting=Principal.system("test"))
    assert sorted(Conflict.objects.filter(state="open").values_list("kind", flat=True)) == [
        ConflictKind.POLICY_MASKS, ConflictKind.POLICY_SHADOW,
    ]  # fmt: skip
    elsewhere = denial(2, when=past, subjects=bob, resources={"dataset": "crm.contact"})
    hold(OptOut.model_validate(elsewhere), "permission_policy", since=NOW)
    opt_outs.refresh()
    scan(acting=Principal.system("test"))
    assert list(Conflict.objects.filter(state="open").values_list("kind", flat=True)) == [
        ConflictKind.POLICY_MASKS
    ]


def test_a_proposal_about_something_else_has_no_trial(
    data: dict[str, Dataset], as_: Visitor
) -> None:
    about = {
        "label": "Pay",
        "definition": "What somebody earns.",
        "domain": "",
        "owner": "seat:legal",
    }
    other = create_draft(
        acting=who("ann"), title="Pay", ask="Say what pay is.",
        changes=[ChangeSpec(ChangeOp.CREATE, "term", "", about)],
    )  # fmt: skip

    missing = as_("mia").get("/api/v1/proposals/DGP-9999/trial/")
    answer = as_("ann").get(f"/api/v1/proposals/{other.key}/trial/")

    assert missing.status_code == 404
    assert answer.status_code == 400
    assert "It changes no opt-out, so there is nothing to try." in answer.content.decode()
    assert "Before you sign" not in text_of(as_("ann"), f"/proposals/{other.key}/")


def test_the_page_asks_as_much_for_many_people_as_for_few(
    data: dict[str, Dataset], as_: Visitor
) -> None:
    key = proposed(denial()).key
    PersonFactory(username="eve", department="Sales")
    queries_of(as_("mia"), key)  # reads what the process keeps for a while
    few = queries_of(as_("mia"), key)
    for number in range(20):
        PersonFactory(username=f"u{number:02}", department=f"D{number % 3}")
    many = queries_of(as_("mia"), key)

    # One asks for agreements in force, unless the process knows them; people would make it twenty
    assert few <= 31
    assert many <= few + 1


def queries_of(visitor: Client, key: str) -> int:
    opt_outs.install(None)
    visitor.get(f"/proposals/{key}/trial/")  # who is new is taken in
    # As it is from here on: a transaction that ends meanwhile, be it in the database of another
    # worker, would have all of it read again.
    opt_outs.install(opt_outs.current())
    with CaptureQueriesContext(connection) as queries:
        assert visitor.get(f"/proposals/{key}/trial/").status_code == 200
    return len(queries)


def test_acts_of_the_page_say_what_came_of_them(proposal: Proposal, as_: Visitor) -> None:
    def act(name: str, **form: str) -> str:
        answer = as_(name).post(f"/proposals/{proposal.key}/trial/change/", form, follow=True)
        return " ".join(answer.content.decode().split())

    assert "Say how many days" in act("mia", what="replay", days="some")
    assert "The log is being decided once more" in act("mia", what="replay", days="7")
    assert OptOutReplay.objects.get().days == 7
    OptOutReplay.objects.update(state="running", days_done=2, result={"asked": 234_567})
    page = act("mia", what="replay", days="7")
    assert "A replay is under way" in page
    assert "2 of 7 days are done, 234,567 decisions so far." in page
    assert "Say the last day" in act("mia", what="start_shadow", until="soon")
    assert "It stands beside live answers" in act(
        "mia", what="start_shadow", until=TODAY.isoformat()
    )
    assert "A shadow of it runs already" in act("mia", what="start_shadow", until=TODAY.isoformat())
    assert "The shadow has ended" in act("mia", what="end_shadow")
    assert OptOutShadow.objects.get().ended_at is not None
    assert "No shadow of it runs." in act("mia", what="end_shadow")
    assert "Nothing was changed." in act("bob", what="replay", days="7")
    assert OptOutReplay.objects.count() == 1
