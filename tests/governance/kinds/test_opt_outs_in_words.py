"""Opt-outs as people meet them: as a sentence, a page and a form."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.template.loader import render_to_string
from pydantic import ValidationError

from governance.agreements.form import form_of_document, read_form
from governance.agreements.kinds.permission_policy import KIND
from governance.agreements.kinds.permission_policy.checks import a_year_after
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.agreements.selectors.withholding import as_read
from governance.search_documents import agreement_documents
from governance.types import ChangeOp
from tests.factories import principal
from tests.governance.kinds.larkfield import text_of
from tests.governance.kinds.setting import asking, hold
from tests.governance.kinds.test_permission_policy import opt_out

pytestmark = pytest.mark.django_db


SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({}, "Everybody except payroll may not read or export hr.compensation from 8 September 2026"
         " until 1 September 2027. Pay is private."),
    ({"effect": "mask(last3)", "resources": {"tag": "pii.gov"}, "when": {"from": "2026-09-08"}},
     "Everybody except payroll may read or export whatever is labeled pii.gov only as the last"
     " three characters from 8 September 2026. Pay is private."),
    ({"effect": "min_group(10)", "resources": {"dataset": "hr.employee", "column": "gender"},
      "subjects": {"where": "employment_kind = 'contractor'"}, "purposes": ["ml_training"]},
     "Everybody whose employment kind is contractor may read or export gender of hr.employee only"
     " for groups of 10 or more for ml training from 8 September 2026 until 1 September 2027."
     " Pay is private."),
    ({"effect": "row_filter(country = 'IE')", "subjects": {"people": ["u-0213"]},
      "reason_visibility": "legal_only", "reason": "Held by counsel."},
     "u-0213 may read or export of hr.compensation only rows where country is IE from 8 September"
     " 2026 until 1 September 2027. The reason is withheld; ask Legal."),
    ({"resources": {"dataset": "hr.*", "where": "region LIKE 'eu-%'"},
      "confidential_metadata": True,
      "subjects": {"all": True, "except": {"where": "location IN ('IE', 'DE')"}},
      "condition": "subject.location <> resource.region",
      "when": {"from": "2026-09-08", "windows": [{"days_before_quarter_end": 14,
                                                  "days_after_quarter_end": 21}]}},
     "Everybody except those whose location is one of IE or DE may not read or export hr.* whose"
     " region is like eu-% from 14 days before to 21 days after the end of a quarter where the"
     " person's location is not the data's region from 8 September 2026. They do not see that it"
     " exists. Pay is private."),
    ({"subjects": {"where": "NOT (location = 'IE' AND LENGTH(department) > 3)"},
      "when": {"from": "2026-09-08", "windows": [{"days_after_quarter_end": 7}]}},
     "Everybody with NOT (location = 'IE' AND LENGTH(department) > 3) may not read or export"
     " hr.compensation within 7 days after the end of a quarter from 8 September 2026."
     " Pay is private."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expr", "kept"),
    [
        ("region = {user.location}", "region = :subject_location"),
        ("region = '{ User.Location }'", "region = :subject_location"),
        (
            "note <> 'a {b}' AND owner = {user.username}",
            "note <> 'a {b}' AND owner = :subject_username",
        ),
        ("region = 'it''s {x'", "region = 'it''s {x'"),
    ],
)
def test_a_value_of_whoever_asks_is_written_in_braces_too(expr: str, kept: str) -> None:
    document = OptOut.model_validate(opt_out(effect="row_filter", expr=expr))
    assert document.expr == kept
    assert OptOut.model_validate(opt_out(effect=f"row_filter({expr})")).expr == kept


def test_a_value_within_a_text_is_refused_and_not_taken_for_words() -> None:
    with pytest.raises(ValidationError, match="stands alone"):
        OptOut.model_validate(opt_out(effect="row_filter", expr="region = 'eu-{user.location}'"))


@pytest.mark.parametrize(("fields", "sentence"), SENTENCES)
def test_it_says_itself_in_one_sentence(fields: dict[str, Any], sentence: str) -> None:
    assert KIND.sentence(OptOut.model_validate(opt_out(**fields))) == sentence


@pytest.mark.django_db
def test_a_withheld_reason_is_not_on_its_page() -> None:
    document = opt_out(reason="Held by counsel.", basis="Case 7.", reason_visibility="legal_only")

    read = OptOut.model_validate(as_read(principal(), "permission_policy", document))
    page = render_to_string(KIND.template, {"document": read})

    assert "The reason is withheld" in page
    assert "counsel" not in page
    assert "Case 7" not in page
    assert "Pay is private" in render_to_string(
        KIND.template, {"document": OptOut.model_validate(opt_out())}
    )


@pytest.mark.parametrize(("visibility", "known"), [("public", True), ("legal_only", False)])
def test_search_knows_a_reason_only_where_everybody_may(visibility: str, known: bool) -> None:
    words = {"reason": "Counsel asked for it.", "basis": "Case 7 of September."}
    document = OptOut.model_validate(opt_out(reason_visibility=visibility, **words))
    version = hold(document, "permission_policy")

    (found,) = agreement_documents([version.agreement_id])

    assert (words["reason"] in found.texts, words["basis"] in found.texts) == (known, known)
    assert "Counsel" not in found.description or known


@pytest.mark.parametrize("number", range(15))
def test_each_opt_out_comes_back_from_its_form_the_same(number: int) -> None:
    document = OptOut.model_validate(text_of("opt_outs.yaml")[number])

    read = read_form(OptOut, form_of_document(OptOut, document.model_dump(mode="json")).data)

    assert (read.errors, read.document) == ((), document)


def test_a_review_after_a_leap_day_is_due_on_the_last_day_of_february() -> None:
    assert a_year_after(dt.date(2028, 2, 29)) == dt.date(2029, 2, 28)
    assert a_year_after(dt.date(2026, 9, 7)) == dt.date(2027, 9, 7)


def test_taking_it_away_has_nothing_against_it() -> None:
    assert list(KIND.check(OptOut.model_validate(opt_out()), asking(op=ChangeOp.RETIRE))) == []
