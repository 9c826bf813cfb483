"""The text of Larkfield says what it has to say, and can be read in one way only."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import duckdb
import pytest

from catalog.types import EmploymentKind
from config.demo.larkfield.datasets import datasets, parse
from config.demo.larkfield.people import Employee, departments, employees
from config.demo.larkfield.queries import QueryText, dashboards, models
from config.demo.larkfield.text import FOLDER, read_text
from lineage.types import StatementStatus
from tests.demo.larkfield.text_lineage import BY_NAME, lineage_of

GLOSSARY = (FOLDER / "glossary.ttl").read_text(encoding="utf-8")

# --- datasets --------------------------------------------------------------------------------


def test_there_are_60_datasets_600_columns_and_68_references() -> None:
    columns = [column for dataset in datasets() for column in dataset.columns]
    assert (len(datasets()), len(columns)) == (60, 600)
    assert sum(bool(column.target) for column in columns) == 68
    schemas = Counter(dataset.name.split(".")[0] for dataset in datasets())
    assert schemas == {
        "crm": 7, "mktg": 5, "billing": 7, "product": 6, "events": 3, "support": 3, "hr": 6,
        "fin": 3, "stg": 5, "core": 8, "mart": 5, "ml": 2,
    }  # fmt: skip


def test_a_line_states_columns_keys_classes_and_references() -> None:
    first, second = parse(
        [
            "# a comment",
            "hr.pay[PeopleBase;people;tx] who:i!>hr.staff day:d! gross:n?@hr.comp",
            "hr.staff[PeopleBase;people;tx] id:i! boss:i?>hr.staff",
        ]
    )
    assert first.key == ("who", "day")
    assert [(c.name, c.type, c.nullable, c.label, c.target) for c in first.columns] == [
        ("who", "bigint", False, "", "hr.staff"),
        ("day", "date", False, "", ""),
        ("gross", "decimal(18,2)", True, "hr.comp", ""),
    ]
    assert (second.system, second.domain, second.kind) == ("PeopleBase", "people", "tx")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("hr.staff[PeopleBase;people;table] id:i!", "Not a dataset"),
        ("hr.staff[PeopleBase;people;tx] id:x!", "Not a column of hr.staff: 'id:x!'"),
        ("hr.staff[PeopleBase;people;tx] id:i! id:s", "Not a column of hr.staff: 'id:s'"),
        ("hr.staff[PeopleBase;people;tx] id:i! boss:i>hr.boss", "hr.staff.boss refers to nothing"),
        ("hr.staff[PeopleBase;people;tx]", "Not a dataset"),
    ],
)
def test_what_the_grammar_does_not_know_is_refused(line: str, named: str) -> None:
    with pytest.raises(ValueError, match=re.escape(named)):
        parse([line])


def test_every_dataset_stands_in_a_system_and_a_domain_that_the_company_has() -> None:
    company = read_text("company.yaml")
    systems = {system["name"] for system in company["systems"]}
    domains = {domain["slug"] for domain in company["domains"]}
    assert (len(systems), len(domains)) == (8, 9)
    assert {dataset.system for dataset in datasets()} == systems
    assert {dataset.domain for dataset in datasets()} == domains


def test_curated_are_all_of_core_marts_and_machine_learning_and_one_dashboard() -> None:
    curated = read_text("company.yaml")["curated"]
    built = [d.name for d in datasets() if d.name.split(".")[0] in ("core", "mart", "ml")]
    assert sorted(curated) == sorted([*built, "dashboard.sales_renewals_at_risk"])


# --- queries ---------------------------------------------------------------------------------


def test_twenty_models_build_the_twenty_datasets_of_the_warehouse() -> None:
    warehouse = {dataset.name for dataset in datasets() if dataset.system == "Warehouse"}
    assert len(models()) == 20
    assert {model.name for model in models()} == warehouse


@pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
def test_a_model_runs_and_makes_exactly_the_columns_that_are_stated(
    model: QueryText, warehouse: duckdb.DuckDBPyConnection
) -> None:
    made = warehouse.execute(f"describe {model.sql}").fetchall()
    stated = [(column.name, column.type) for column in BY_NAME[model.name].columns]
    assert [(name, kind.lower()) for name, kind, *_ in made] == stated
    assert warehouse.execute(model.sql).fetchall() == []


@pytest.mark.parametrize("query", [*models(), *dashboards()], ids=lambda query: query.name)
def test_the_lineage_of_a_query_is_whole(query: QueryText) -> None:
    read = lineage_of(query)
    assert read.status is StatementStatus.PARSED
    assert read.unresolved == ()
    assert read.confidence == 1.0
    assert {".".join(table.parts) for table in read.sources_read} <= BY_NAME.keys()


def test_the_lineage_that_signers_rest_on_is_what_the_models_say() -> None:
    """The steps on which the answer key walks, each with what the step reads."""
    read = {
        query.name: {".".join(table.parts) for table in lineage_of(query).sources_read}
        for query in (*models(), *dashboards())
    }
    assert read["core.dim_customer"] == {
        "billing.customer", "core.dim_legal_entity", "product.tenant", "stg.account",
        "stg.invoice", "stg.subscription",
    }  # fmt: skip
    assert "crm.lead" in read["core.fct_lead_state"]
    assert "core.fct_lead_state" in read["mart.lead_funnel_weekly"]
    assert "events.device_ping" in read["core.fct_usage_day"]
    assert {"core.dim_customer", "core.fct_usage_day"} <= read["ml.churn_features"]
    assert read["ml.churn_scores"] == {"ml.churn_features"}
    assert read["dashboard.sales_renewals_at_risk"] == {
        "core.dim_customer", "mart.delinquency_aging", "ml.churn_scores",
    }  # fmt: skip


def test_there_are_four_dashboards_for_each_of_eight_domains() -> None:
    domains = Counter(query.name.split(".")[1].split("_")[0] for query in dashboards())
    everybody = {domain["slug"] for domain in read_text("company.yaml")["domains"]}
    assert domains == dict.fromkeys(everybody - {"growth"}, 4)


def test_a_dashboard_runs(warehouse: duckdb.DuckDBPyConnection) -> None:
    for query in dashboards():
        assert len(warehouse.execute(f"describe {query.sql}").fetchall()) >= 3, query.name


# --- people ----------------------------------------------------------------------------------


def test_there_are_420_employees_in_ten_departments() -> None:
    assert [employee.number for employee in employees()] == list(range(1, 421))
    assert len(list(departments())) == 10
    assert Counter(employee.department for employee in employees())["Product engineering"] == 104


def test_names_of_accounts_and_addresses_are_unique() -> None:
    assert len({employee.username for employee in employees()}) == 420
    assert len({employee.email for employee in employees()}) == 420
    assert {employee.email.partition("@")[2] for employee in employees()} == {"larkfield.example"}


def test_everybody_answers_to_the_chief_in_the_end_and_nobody_leads_too_many() -> None:
    by_number = {employee.number: employee for employee in employees()}
    assert [e.number for e in employees() if e.manager is None] == [1]
    for employee in employees():
        way: list[int] = []
        at: Employee | None = employee
        while at is not None and at.manager is not None:
            assert at.number not in way
            way.append(at.number)
            at = by_number[at.manager]
        assert len(way) <= 3


def test_employment_is_mixed_as_stated() -> None:
    assert Counter(employee.employment for employee in employees()) == {
        EmploymentKind.EMPLOYEE: 362,
        EmploymentKind.CONTRACTOR: 41,
        EmploymentKind.EXTERNAL: 17,
    }


def test_everybody_whom_the_text_names_is_there() -> None:
    known = {employee.username for employee in employees()}
    company, council = read_text("company.yaml"), read_text("council.yaml")
    named = {domain["owner"] for domain in company["domains"]}
    named |= {member for domain in company["domains"] for member in domain["members"]}
    named |= {member for group in company["groups"] for member in group.get("members", ())}
    named |= {system["operator"] for system in company["systems"]}
    named |= {m["person"] for seat in council["seats"] for m in seat["memberships"]}
    named |= {d[end] for d in council["delegations"] for end in ("giver", "taker")}
    assert named <= known


def test_another_process_makes_the_same_people() -> None:
    """A pure function of the text: the hash seed of the process does not matter."""
    script = (
        "from config.demo.larkfield.people import employees\n"
        "import hashlib; print(hashlib.sha256(repr(employees()).encode()).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(FOLDER.parents[1])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


# --- council, glossary, opt-outs ---------------------------------------------------------------


def test_the_council_has_twelve_seats_one_of_them_vacant_for_a_week() -> None:
    seats = read_text("council.yaml")["seats"]
    assert Counter(seat["type"] for seat in seats) == {"hub": 4, "spoke": 8}
    (analyst,) = [seat for seat in seats if seat["key"] == "bu-analyst"]
    before, after = analyst["memberships"]
    assert (after["from"] - before["to"]).days == 7


def test_the_glossary_has_forty_terms_three_with_a_second_sense_and_one_out_of_use() -> None:
    text = GLOSSARY
    labels = Counter(re.findall(r'skos:prefLabel "([^"]+)"@en', text))
    assert len(labels) == 41
    assert {label for label, senses in labels.items() if senses == 2} == {"Account", "Churn", "SQL"}
    assert text.count("owl:deprecated") == text.count("dct:isReplacedBy :active-customer") == 1
    blocks = text.split("\n\n:")
    (undefined,) = [b for b in blocks if "a skos:Concept ;" in b and "skos:definition" not in b]
    assert 'skos:prefLabel "Active user"@en' in undefined
    assert 'skos:altLabel "client"@en' in text
    assert 'skos:altLabel "logo"@en' in text


def test_there_are_fifteen_opt_outs_that_end_and_have_an_owner() -> None:
    opt_outs = read_text("opt_outs.yaml")
    assert [entry["opt_out"] for entry in opt_outs] == [f"OO-{n:02}" for n in range(1, 16)]
    proposed = [
        number
        for entry in read_text("proposals.yaml")
        for number in entry.get("document_opt_outs", [entry.get("document_opt_out")])
        if number
    ]
    assert sorted(proposed) == [entry["opt_out"] for entry in opt_outs]
    for entry in opt_outs:
        assert entry["review_by"] <= entry["when"]["to"]
        assert entry["owner"].startswith("seat:")
        assert entry["reason"]


def test_terms_are_bound_to_columns_that_are_there() -> None:
    words = set(re.findall(r'skos:notation "([^"]+)"', GLOSSARY))
    columns = {(dataset.name, column.name) for dataset in datasets() for column in dataset.columns}
    for term, bound in read_text("glossary_bindings.yaml").items():
        assert term in words
        for column in bound:
            dataset, _, name = column.rpartition(".")
            assert (dataset, name) in columns, column


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("lead", 9), ("lead_enterprise_mql", 9), ("customer_v1", 4), ("customer_v2", 6),
    ],
)  # fmt: skip
def test_a_life_cycle_does_what_it_says_on_its_own_examples(
    name: str, states: int, warehouse: duckdb.DuckDBPyConnection
) -> None:
    workflow = read_text(f"workflows/{name}.yaml")
    assert len(workflow["states"]) == states
    keys = {state["key"] for state in workflow["states"]}
    assert {end for step in workflow["transitions"] for end in (step["from"], step["to"])} <= keys
    warehouse.execute(f"create or replace temp view inputs as {workflow['view']}")
    for state in workflow["states"]:
        for rows, expected in ((state["examples"], True), (state["counterexamples"], False)):
            for row in rows:
                assert _holds(warehouse, state["entry"], row) is expected, (state["key"], row)
                if expected:
                    assert _holds(warehouse, state["exit"], row) is False, (state["key"], row)


def _holds(database: duckdb.DuckDBPyConnection, predicate: str, row: dict[str, object]) -> object:
    """What a predicate says of one row; columns that an example leaves out are null."""
    columns = database.execute("describe inputs").fetchall()
    values = ", ".join(f"cast(${name} as {kind}) as {name}" for name, kind, *_ in columns)
    given = {name: row.get(name) for name, *_ in columns}
    (found,) = database.execute(f"select {predicate} from (select {values})", given).fetchall()
    return found[0]


def test_signers_in_the_answer_key_stand_for_their_domains() -> None:
    """The key was written by hand; it names nobody but owners, sitters and takers."""
    key = read_text("expected/proposals.yaml")
    company = read_text("company.yaml")
    council = read_text("council.yaml")
    assert list(key) == [f"DGP-{number:04}" for number in (*range(1, 11), 35)]
    owners = {domain["slug"]: domain["owner"] for domain in company["domains"]}
    sitters = {seat["key"]: seat["memberships"][-1]["person"] for seat in council["seats"]}
    known = BY_NAME.keys() | {query.name for query in dashboards()}
    for proposal, expected in key.items():
        asked = [entry["domain"] for entry in expected["must_sign"] if "domain" in entry]
        assert len(asked) == len(set(asked))
        assert not set(asked) & set(expected["consulted"])
        for entry in expected["must_sign"]:
            allowed = {sitters.get(entry.get("seat", "")), owners.get(entry.get("domain", ""))}
            if proposal == "DGP-0003":
                allowed = {taken_by(person, council) for person in allowed} | allowed
            assert entry["signer"] in allowed, (proposal, entry)
            assert set(entry["path"]) <= known


def taken_by(person: str | None, council: dict[str, list[dict[str, str]]]) -> str | None:
    takers = {entry["giver"]: entry["taker"] for entry in council["delegations"]}
    return takers.get(person or "")


def test_every_step_of_a_path_is_in_the_lineage() -> None:
    read = {
        query.name: {".".join(table.parts) for table in lineage_of(query).sources_read}
        for query in (*models(), *dashboards())
    }
    for expected in read_text("expected/proposals.yaml").values():
        for entry in expected["must_sign"]:
            for before, after in zip(entry["path"], entry["path"][1:], strict=False):
                assert before in read[after], entry["path"]


def test_there_are_ten_proposals_and_their_history() -> None:
    proposals = read_text("proposals.yaml")
    assert [entry["key"] for entry in proposals] == [f"DGP-{n:04}" for n in range(1, 36)]
    told = {entry["key"] for entry in (*proposals[:10], proposals[-1])}
    assert told == set(read_text("expected/proposals.yaml"))
    local = [entry for entry in proposals if "second" in entry]
    assert len(local) == 12
    assert all(entry["author"] != entry["second"] for entry in local)
    ends = [entry["ends"] for entry in proposals[10:13]]
    assert ends == ["withdrawn", "expired", "active"]


def test_what_happened_to_a_proposal_is_in_order_and_done_by_people_of_the_company() -> None:
    known = {employee.username for employee in employees()}
    clock = read_text("company.yaml")["clock"]
    for entry in read_text("proposals.yaml"):
        history = entry.get("history", ())
        instants = [event["at"] for event in history]
        assert instants == sorted(instants)
        assert all(instant < clock for instant in instants)
        actors = {event["by"] for event in history if "by" in event}
        assert {entry["author"], *actors} <= known
