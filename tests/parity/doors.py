"""The doors: each does an operation as an asker and tells the decision, `allowed` or a code."""

from __future__ import annotations

import html
import json
from typing import Any

from django.test import Client

from tests.parity.operations import Form, GraphQL, Rest
from tests.parity.world import Asker

ALLOWED = "allowed"
NOT_SIGNED_IN = "not_signed_in"
# Pages and the admin speak in sentences; each belongs to one code of the access port.
_SENTENCES = {
    "Only the owners and the stewards of this domain may change this.": "not_steward",
    "What others may is told to those who answer for the data": "not_steward",
    "Only administrators may do this": "not_administrator",
    "Your account is marked external": "not_employee",
}
_CODES = {"not_authenticated": NOT_SIGNED_IN, "authentication_failed": NOT_SIGNED_IN}


def client_of(asker: Asker) -> Client:
    if asker.secret:
        return Client(headers={"Authorization": f"Bearer {asker.secret}"})
    client = Client()
    if asker.person is not None:
        client.force_login(asker.person)
    return client


def through_rest(asker: Asker, asked: Rest) -> str:
    answer = getattr(client_of(asker), asked.method)(
        asked.path,
        json.dumps(asked.body) if asked.body is not None else None,
        content_type="application/json",
    )
    return ALLOWED if answer.status_code < 300 else _code(answer)


def through_graphql(asker: Asker, asked: GraphQL) -> str:
    body = json.dumps({"query": asked.query})
    answer = client_of(asker).post("/graphql/", body, content_type="application/json")
    if "errors" in answer.json():
        code: str = answer.json()["errors"][0]["extensions"]["code"]
        return code
    return ALLOWED if answer.status_code < 300 else _code(answer)


def _code(answer: Any) -> str:
    code: str = answer.json()["code"]
    return _CODES.get(code, code)


def through_pages(asker: Asker, asked: Form) -> str:
    """`refused` where the page says no without a sentence of the port."""
    client = client_of(asker)
    if asked.form is None:
        answer = client.get(asked.path, follow=True)
    else:
        answer = client.post(asked.path, asked.form, follow=True)
    text = html.unescape(answer.content.decode())
    if answer.redirect_chain and "/accounts/login/" in answer.redirect_chain[-1][0]:
        return NOT_SIGNED_IN
    for sentence, code in _SENTENCES.items():
        if sentence in text and (answer.status_code >= 400 or "admin" in asked.path):
            return code
    if answer.status_code >= 400:
        return "refused"
    return ALLOWED
