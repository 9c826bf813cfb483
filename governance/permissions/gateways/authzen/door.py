"""The door for AuthZEN: addresses, tokens, pages of searches, and one record of each call."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
from django.conf import settings

from governance.audit.types import MOST_NAMED, AccessRecord
from governance.permissions.engine import Decision
from governance.permissions.gateways.asgi import (
    LARGE,
    Answer,
    Asking,
    Receive,
    Refused,
    Scope,
    Send,
    read_upload,
    send_answer,
)
from governance.permissions.gateways.authzen import bodies, requests
from governance.permissions.gateways.authzen.bodies import Question
from governance.permissions.gateways.authzen.deciding import (
    Answered,
    AuthzenAnswers,
    said,
)
from governance.permissions.gateways.authzen.short_names import ShortNames
from governance.permissions.gateways.authzen.words import Words
from governance.permissions.gateways.keeping import Keeper, NotReady
from governance.permissions.gateways.recording import Record, how_to_keep, outcome_of, recorded
from governance.permissions.gateways.registered import TokenRecord

ACCESS = "/access/v1/"
METADATA = "/.well-known/authzen-configuration"
MOST_BYTES = 16 * 2**20
MOST_EVALUATIONS = 10_000
PAGE, MOST_PAGE = 1_000, 10_000
_encode = msgspec.json.Encoder().encode
_canonical = msgspec.json.Encoder(order="sorted").encode

_PERMITTED = {"decision": True}
_PERMITTED_SAID = _encode(_PERMITTED)

_SEMANTICS: Mapping[str, bool | None] = {
    "execute_all": None,  # the decision after which no further question is asked
    "deny_on_first_deny": False,
    "permit_on_first_permit": True,
}


class AuthzenDoor:
    """See the package for its addresses."""

    def __init__(self, keeper: Keeper, record: Record, words: Words | None = None) -> None:
        self._keeper = keeper
        self._record = record
        self._words = words or Words()
        self._short: ShortNames | None = None

    def read_names(self) -> None:
        """Where somebody asks by short names, read those that changed before the next one does."""
        if self._short is not None:
            self._short = self._short.after(self._keeper.standing().index.parts.by_name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entrance for one request."""
        echoed: tuple[tuple[bytes, bytes], ...] = ()
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                echoed = ((b"x-request-id", value),)
        try:
            answer = await self._respond(scope, receive)
        except Refused as refused:
            answer = refused.answer()
        headers = (*answer.headers, *echoed)
        await send_answer(send, Answer(answer.status, answer.body, answer.content_type, headers))

    async def _respond(self, scope: Scope, receive: Receive) -> Answer:
        began, path, method = time.perf_counter(), scope["path"].rstrip("/"), scope["method"]
        if path.startswith(METADATA):
            return Answer(200, _encode(metadata()))
        headers = dict(scope["headers"])
        token = self._token(headers.get(b"authorization", b""))
        if path.startswith(requests.REQUESTS.rstrip("/")):
            body = await read_upload(scope, receive, MOST_BYTES)
            return await requests.respond(method, path, body, token, self._answers())
        answering = _ANSWERS.get(path.removeprefix(ACCESS.rstrip("/")))
        if answering is None:
            raise Refused(404, "AuthZEN has no such address here.")
        if method != "POST":
            raise Refused(405, "Questions are posted.", ((b"allow", b"POST"),))
        if not _is_json(headers):
            raise Refused(400, "Send the body as application/json.")
        body = await read_upload(scope, receive, MOST_BYTES)
        if len(body) > LARGE or path.startswith(_SEARCH):
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(None, answering, self, body)
        else:
            found = answering(self, body)
        told, record = found
        record.gateway = f"authzen:{token.username}"
        record.request_id = headers.get(b"x-request-id", b"").decode("latin-1")[:200]
        record.latency = int((time.perf_counter() - began) * 1e6)
        return Answer(200, _said(told, await recorded(self._record, record)))

    def asking(self, path: str, headers: Mapping[bytes, bytes]) -> Asking | None:
        """The same for evaluations that come as a whole, without ASGI; None for anything else."""
        answering = _ANSWERS.get(path.removeprefix(ACCESS.rstrip("/")))
        is_plain = _is_json(headers) and b"x-request-id" not in headers
        if answering is None or path.startswith(_SEARCH) or not is_plain:
            return None
        authorization = headers.get(b"authorization", b"")
        digest = _digest_of(authorization)

        def ask(body: bytes) -> tuple[AccessRecord, Callable[[str], bytes]]:
            began = time.perf_counter()
            token = self._known(digest)
            told, record = answering(self, body)
            record.gateway = f"authzen:{token.username}"
            record.latency = int((time.perf_counter() - began) * 1e6)
            return record, partial(_said, told)

        return ask

    # --- evaluations -----------------------------------------------------------------------

    def evaluation(self, body: bytes) -> _Found:
        """One question."""
        return self._one(bodies.one_question(body))

    def evaluations(self, body: bytes) -> _Found:
        """Many questions, which share what stands beside them."""
        asked = bodies.read(body)
        items = asked.get("evaluations")
        if items is None or items == []:
            return self._one(bodies.question(asked))
        if not isinstance(items, list):
            raise Refused(400, "evaluations has to be a list.")
        if len(items) > MOST_EVALUATIONS:
            raise Refused(400, f"Ask at most {MOST_EVALUATIONS} questions in one call.")
        ends_on = _semantic(asked)
        for key in ("subject", "resource"):
            if key in asked:
                bodies.entity(asked, key, has_id=True)
        shared: dict[str, Any] = {
            key: asked[key] for key in ("subject", "action", "resource", "context") if key in asked
        }
        answers, told, found = self._answers(), [], []
        for item in items:
            one, answered = self._item(answers, shared, item)
            told.append(one)
            found.append(answered)
            if one["decision"] is ends_on:
                break
        self._short = answers.short
        allowed = sum(one["decision"] for one in told)
        held = [one for one in found if one is not None]
        return {"evaluations": told}, _recorded(answers, held, len(told), allowed)

    def _one(self, asked: Question) -> _Found:
        answers = self._answers()
        answered = answers.decide(asked)
        self._short = answers.short
        allowed = answered.allowed
        return _told(answered, answers), _recorded(answers, [answered], 1, int(allowed))

    @staticmethod
    def _item(
        answers: AuthzenAnswers, shared: Mapping[str, Any], item: Any
    ) -> tuple[dict[str, Any], Answered | None]:
        """One of many; one that is malformed is denied."""
        try:
            if not isinstance(item, dict):
                raise Refused(400, "An evaluation has to be an object.")
            answered = answers.decide(bodies.question({**shared, **item}))
        except Refused as refused:
            error = {"status": refused.status, "message": str(refused)}
            return {"decision": False, "context": {"error": error}}, None
        return _told(answered, answers), answered

    # --- searches --------------------------------------------------------------------------

    def subject_search(self, body: bytes) -> _Found:
        """Who may."""
        return self._search(body, "subject")

    def resource_search(self, body: bytes) -> _Found:
        """What may be had."""
        return self._search(body, "resource")

    def action_search(self, body: bytes) -> _Found:
        """What may be done."""
        return self._search(body, "action")

    def _search(self, body: bytes, what: str) -> _Found:
        given = bodies.read(body)
        asked = bodies.question(given, without=what)
        page = bodies.mapping(given, "page")
        limit, after = _limit(page), _after(page, given, what)
        answers = self._answers()
        if what == "action":
            results = answers.actions(asked)
            more = False
        else:
            search = answers.subjects if what == "subject" else answers.resources
            found = search(asked, after, limit + 1)
            more, found = len(found) > limit, found[:limit]
            results = [one for _, one in found]
            after = found[-1][0] if found else after
        self._short = answers.short
        token = _page_token(after, given, what) if more else ""
        told = {"page": {"next_token": token, "count": len(results)}, "results": results}
        record = _recorded(answers, [], len(results), len(results), asked)
        record.action = f"search:{what}"
        return told, record

    # --- parts -----------------------------------------------------------------------------

    def _answers(self) -> AuthzenAnswers:
        try:
            standing = self._keeper.standing()
        except NotReady as error:
            raise Refused(503, str(error), ((b"retry-after", b"1"),)) from None
        return AuthzenAnswers(standing, self._words, self._short)

    def _token(self, authorization: bytes) -> TokenRecord:
        return self._known(_digest_of(authorization))

    def _known(self, digest: str) -> TokenRecord:
        """The account whose token has this digest. Raises Refused."""
        try:
            standing = self._keeper.standing()
        except NotReady as error:
            raise Refused(503, str(error), ((b"retry-after", b"1"),)) from None
        found = standing.registered.tokens.get(digest)
        if found is None or (found.ends is not None and found.ends <= standing.now()):
            raise Refused(
                401,
                "Send the API token of a service account: Authorization: Bearer <token>.",
                ((b"www-authenticate", b"Bearer"),),
            )
        return found


_Found = tuple[dict[str, Any], AccessRecord]
_SEARCH = f"{ACCESS}search/"
_ANSWERS: Mapping[str, Callable[[AuthzenDoor, bytes], _Found]] = {
    "/evaluation": AuthzenDoor.evaluation,
    "/evaluations": AuthzenDoor.evaluations,
    "/search/subject": AuthzenDoor.subject_search,
    "/search/resource": AuthzenDoor.resource_search,
    "/search/action": AuthzenDoor.action_search,
}


def metadata() -> dict[str, Any]:
    """What a client is told of this decision point."""
    base = settings.BASE_URL.rstrip("/")
    return {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}{ACCESS}evaluation",
        "access_evaluations_endpoint": f"{base}{ACCESS}evaluations",
        "search_subject_endpoint": f"{base}{ACCESS}search/subject",
        "search_resource_endpoint": f"{base}{ACCESS}search/resource",
        "search_action_endpoint": f"{base}{ACCESS}search/action",
        "access_request_endpoint": f"{base}{requests.REQUESTS}",
        "capabilities": [],
    }


def _digest_of(authorization: bytes) -> str:
    """The digest of the token in a header; of no token, one that no token has."""
    scheme, _, secret = authorization.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        return ""
    return sha256(secret.strip().encode()).hexdigest()


def _is_json(headers: Mapping[bytes, bytes]) -> bool:
    kind = headers.get(b"content-type", b"")
    return kind.partition(b";")[0].strip().lower() == b"application/json"


def _said(told: dict[str, Any], decision: str) -> bytes:
    """An answer with the id of its record, where it denies."""
    if told is _PERMITTED:
        return _PERMITTED_SAID
    if told.get("decision") is False:
        told["context"]["evaluation_id"] = decision
    return _encode(told)


def _told(answered: Answered, answers: AuthzenAnswers) -> dict[str, Any]:
    if answered.decision.code == "open":
        return _PERMITTED
    is_hidden = answered.is_hidden
    context = said(answered.decision, is_hidden=is_hidden)
    if not answered.allowed and answered.decision.code == "opt_out" and not is_hidden:
        context |= requests.offered(answered, answers.at)
    told: dict[str, Any] = {"decision": answered.allowed}
    if context:
        told["context"] = context
    return told


def _semantic(asked: Mapping[str, Any]) -> bool | None:
    name = bodies.mapping(asked, "options").get("evaluations_semantic", "execute_all")
    if not isinstance(name, str) or name not in _SEMANTICS:
        raise Refused(400, f"options.evaluations_semantic is one of {', '.join(_SEMANTICS)}.")
    return _SEMANTICS[name]


def _limit(page: Mapping[str, Any]) -> int:
    limit = page.get("limit", PAGE)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise Refused(400, "page.limit has to be a number from 1 on.")
    return min(limit, MOST_PAGE)


def _after(page: Mapping[str, Any], given: Mapping[str, Any], what: str) -> int:
    """The id after which a page begins; -1 for the first. Raises Refused for another's token."""
    token = page.get("token")
    if token is None or token == "":
        return -1
    if isinstance(token, str):
        number = token.partition(".")[0]
        is_number = number.isascii() and number.isdigit() and len(number) < 12
        if is_number and hmac.compare_digest(
            token.encode(), _page_token(int(number), given, what).encode()
        ):
            return int(number)
    raise Refused(400, "page.token belongs to another search: begin again without one.")


def _page_token(after: int, given: Mapping[str, Any], what: str) -> str:
    page = {key: one for key, one in (given.get("page") or {}).items() if key != "token"}
    rest = _canonical([what, after, {**given, "page": page}])
    key = hmac.new(settings.SECRET_KEY.encode(), b"pages of searches", sha256).digest()
    return f"{after}.{hmac.new(key, rest, sha256).hexdigest()[:32]}"


def _recorded(
    answers: AuthzenAnswers,
    found: list[Answered],
    count: int,
    allowed: int,
    searched: Question | None = None,
) -> AccessRecord:
    """The record of a call; what its questions share is told of the first."""
    asked = found[0].question if found else searched
    index = answers.standing.index
    subject = asked.subject.id if asked else ""
    # Handing all to the constructor by name takes three times as long.
    record = AccessRecord(
        gateway="authzen",
        username=subject,
        action=asked.action if asked else "",
        outcome=outcome_of(count, allowed),
        policy_version=index.version,
        person=found[0].asker.person if found else index.person_named(subject),
    )
    names: Sequence[tuple[str, str]]
    if len(found) == 1:
        (one,) = found
        names, decision = one.names, one.decision
        record.resources = (one.question.resource.id,)
        record.code = decision.code
        met: tuple[Decision, ...] = () if decision is index.opened else (decision,)
    else:
        names = [named for one in found for named in one.names]
        record.resources = tuple([one.question.resource.id for one in found[:MOST_NAMED]])
        # The one that opens has neither rules nor exceptions, and is what most are.
        met = tuple([one.decision for one in found if one.decision is not index.opened])
    pks = [one.asker.pk_of(name) for one in found for name, _ in one.names]
    record.datasets = tuple(dict.fromkeys([pk for pk in pks if pk is not None]))
    if met:
        record.rules = tuple(sorted({matched.key for one in met for matched in one.rules}))
        record.exceptions = tuple(sorted({lifted.id for one in met for lifted in one.lifted}))
    record.asked = count
    record.allowed = allowed
    if asked is not None:
        if asked.context:
            record.purpose = bodies.text(asked.context, "purpose")
            record.environment = bodies.text(asked.context, "environment")
        record.keeping = how_to_keep(
            found[0].asker if found else answers.asker(asked),
            names,
            is_whole=allowed == count and not record.rules and len(found) == count,
            is_listing=searched is not None,
        )
    return record
