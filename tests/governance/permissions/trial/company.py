"""A company whose council looks at a draft before anybody signs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from catalog.models import Dataset, Person
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from governance.models import Proposal, Seat
from governance.permissions.holder import opt_outs
from governance.proposals.services.drafting import create_draft
from governance.types import ChangeOp, ChangeSpec, Evidence, VetoClass
from tests.factories import PersonFactory, TeamFactory
from tests.governance.impact.world import seat
from tests.governance.kinds.larkfield import larkfield

KIND = "permission_policy"
TODAY = dt.date.today()
TESTS = (
    {"who": "bob", "dataset": "hr.compensation", "expect": "denied"},
    {"who": "pat", "dataset": "hr.compensation", "expect": "open", "note": "Pays it."},
)


def company() -> Mapping[str, Dataset]:
    """Pat of payroll, Ann and Bob of sales, a nightly job; Lucian and Sina guard law and security,
    Mia sits on the council."""
    payroll = TeamFactory(name="payroll")
    payroll.members.add(PersonFactory(username="pat", department="People"))
    for name in ("ann", "bob"):
        PersonFactory(username=name, department="Sales")
    PersonFactory(username="nightly", employment_kind="service")
    seat("Legal", PersonFactory(username="lucian", department="Legal"))
    Seat.objects.filter(slug="legal").update(veto_classes=[VetoClass.LEGAL])
    seat("Security", PersonFactory(username="sina", department="Legal"))
    Seat.objects.filter(slug="security").update(veto_classes=[VetoClass.SECURITY])
    seat("SalesOps", PersonFactory(username="mia", department="Sales"))
    found = larkfield("hr.compensation", "core.dim_employee", "crm.contact")
    opt_outs.install(None)
    return found


def who(username: str) -> Principal:
    return principal_of(Person.objects.get(username=username))


def denial(number: int = 9, **fields: Any) -> dict[str, Any]:
    """Pay is closed to all but payroll from tomorrow on."""
    return {
        "opt_out": f"OO-{number}",
        "effect": "deny",
        "subjects": {"all": True, "except": {"groups": ["payroll"]}},
        "resources": {"dataset": "hr.compensation"},
        "actions": ["read", "export"],
        "when": {"from": (TODAY + dt.timedelta(days=1)).isoformat()},
        "category": "personnel",
        "reason": "Pay is private.",
        "owner": "seat:legal",
        "review_by": (TODAY + dt.timedelta(days=200)).isoformat(),
        "tests": [dict(one) for one in TESTS],
        **fields,
    }


def proposed(*documents: dict[str, Any], by: str = "ann", **fields: Any) -> Proposal:
    """A draft of new opt-outs."""
    return create_draft(
        acting=who(by),
        title="Pay is private",
        ask="Close pay to all but payroll.",
        changes=[ChangeSpec(ChangeOp.CREATE, KIND, "", document) for document in documents],
        evidence=[Evidence(title="Who read pay", query="SELECT 1")],
        **fields,
    )
