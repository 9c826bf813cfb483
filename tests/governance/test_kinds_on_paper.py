"""Every kind has a form, and what the documentation shows is read as it stands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings

from governance.agreements.code.reading import read_yaml
from governance.agreements.declared import declarations
from governance.agreements.form import blank_form, form_fields, read_form
from governance.agreements.kind import AgreementKind
from governance.agreements.kinds import kinds

PAGES = {
    "data-states.md": "data_state",
    "schema-rules.md": "schema_rule",
    "opt-outs.md": "permission_policy",
    "brakes.md": "brake",
    "declassifications.md": "declassification",
    "suggested-classes.md": "metadata_protocol",
}


@pytest.mark.parametrize("kind", list(kinds), ids=lambda kind: kind.name)
def test_every_kind_has_a_form_that_can_be_sent_empty(kind: AgreementKind) -> None:
    fields = form_fields(kind.document_type)

    assert fields
    assert all(field.title for field in fields)
    sent = read_form(kind.document_type, blank_form(kind.document_type).data)
    assert {error.path for error in sent.errors} == {
        error.path for error in read_form(kind.document_type, sent.data).errors
    }


@pytest.mark.parametrize("kind", list(kinds), ids=lambda kind: kind.name)
def test_what_a_kind_calls_prose_is_a_field_of_its_document(kind: AgreementKind) -> None:
    assert kind.prose <= declarations(kind.document_type).keys()


@pytest.mark.parametrize(("page", "kind"), PAGES.items())
def test_the_document_on_a_page_is_read_as_it_stands(page: str, kind: str) -> None:
    text = (settings.BASE_DIR / "docs" / "users" / page).read_text(encoding="utf-8")
    (shown,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    document: dict[str, Any] = read_yaml(shown).value
    if kind == "data_state":  # the page shows one state of several
        document["initial"] = ["active"]

    read = kinds.get(kind).document_type.model_validate(document)

    assert kinds.get(kind).sentence(read)
