"""What people do with proposals and in the council, as each door takes it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from tests.governance.api.terms import term_draft
from tests.governance.proposals.world import MONDAY
from tests.parity.council_world import CouncilWorld
from tests.parity.operations import Form, GraphQL, Rest


@dataclass(frozen=True)
class CouncilOperation:
    """`rule` names the row of EXPECTED in the test; a door that has not got it is None. What is
    not `counted` changes rows and adds none, as reading and pausing do."""

    name: str
    rule: str
    rest: Rest
    graphql: GraphQL
    web: Form | None
    admin: Form | None = None
    counted: bool = True


def written(**arguments: Any) -> str:
    """Arguments as GraphQL writes them."""
    return ", ".join(f"{name}: {_literal(value)}" for name, value in arguments.items())


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + written(**value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return json.dumps(value)


def _mutation(name: str, shown: str = "proposal { proposal { key } }", /, **given: Any) -> GraphQL:
    arguments = f"({written(**given)})" if given else ""
    return GraphQL(f"mutation {{ {name}{arguments} {{ {shown} }} }}")


def council_operations(made: CouncilWorld) -> list[CouncilOperation]:
    """Every operation on this world's objects."""
    key, voted, submitted = made.open.key, made.voted.key, made.submitted.key
    root = "/api/v1"
    current = made.open.current
    assert current is not None
    taker, colleague = made.world.colleague.username, made.world.colleague.pk
    nadia = made.world.council.people["Nadia"].username
    paper = term_draft(made.world)
    paper["changes"][0]["document"]["label"] = "Account"
    bound = paper["changes"][0]["document"]["bound_to"]
    return [
        CouncilOperation(
            "see", "see",
            Rest("get", f"{root}/proposals/{key}/"),
            GraphQL(f'{{ proposal(key: "{key}") {{ proposal {{ title }} }} }}'),
            Form(f"/proposals/{key}/"),
        ),
        CouncilOperation(
            "draft", "propose",
            Rest("post", f"{root}/proposals/", paper),
            _mutation("createProposal", **paper),
            Form("/proposals/new/?kind=term", {
                "action": "save", "p-op": "create", "p-title": paper["title"],
                "p-ask": paper["ask"], "p-rationale": paper["rationale"],
                "p-evidence-rows": "1", "p-evidence-0-title": paper["evidence"][0]["title"],
                "p-evidence-0-url": paper["evidence"][0]["url"],
                "d-label": "Account", "d-language": "en", "d-domain": "marketing",
                "d-definition": "A lead that Sales has accepted.",
                "d-examples-rows": "1", "d-examples-0": "A lead with score 60.",
                "d-bound_to-rows": "2",
                "d-bound_to-0-dataset": bound[0]["dataset"],
                "d-bound_to-1-dataset": bound[1]["dataset"],
            }),
        ),
        CouncilOperation(
            "take a position", "propose",
            Rest("post", f"{root}/proposals/{key}/positions/",
                 {"revision_digest": current.digest, "value": "consent"}),
            _mutation("takePosition", key=key, revisionDigest=current.digest, value="consent"),
            Form(f"/proposals/{key}/act/",
                 {"what": "take_position", "digest": current.digest, "value": "consent"}),
        ),
        CouncilOperation(
            "take a position on an older text", "stale",
            Rest("post", f"{root}/proposals/{key}/positions/",
                 {"revision_digest": "0" * 64, "value": "consent"}),
            _mutation("takePosition", key=key, revisionDigest="0" * 64, value="consent"),
            Form(f"/proposals/{key}/act/",
                 {"what": "take_position", "digest": "0" * 64, "value": "consent"}),
        ),
        CouncilOperation(
            "comment", "propose",
            Rest("post", f"{root}/proposals/{key}/comments/", {"text": "Well put."}),
            _mutation("comment", key=key, text="Well put."),
            Form(f"/proposals/{key}/act/", {"what": "comment", "text": "Well put."}),
        ),
        CouncilOperation(
            "withdraw", "author",
            Rest("post", f"{root}/proposals/{key}/withdraw/", {"reason": "No."}),
            _mutation("withdrawProposal", key=key, reason="No."),
            Form(f"/proposals/{key}/act/", {"what": "withdraw", "words": "No."}),
        ),
        CouncilOperation(
            "accept", "steward",
            Rest("post", f"{root}/proposals/{submitted}/accept/"),
            _mutation("acceptProposal", key=submitted),
            Form(f"/proposals/{submitted}/act/", {"what": "accept"}),
        ),
        CouncilOperation(
            "record a vote", "vote",
            Rest("post", f"{root}/proposals/{voted}/vote/",
                 {"outcome": "adopted", "reason": "All of us agree."}),
            _mutation("recordVote", key=voted, outcome="adopted", reason="All of us agree."),
            Form(f"/proposals/{voted}/act/",
                 {"what": "record_vote", "outcome": "adopted", "words": "All of us agree."}),
        ),
        CouncilOperation(
            "rule on a block", "rule",
            Rest("post", f"{root}/concerns/{made.block.pk}/rule-invalid/", {"text": "It is none."}),
            _mutation("ruleConcernInvalid", concern=made.block.pk, text="It is none."),
            Form(f"/proposals/{made.blocked.key}/act/", {
                "what": "rule_invalid", "concern": str(made.block.pk), "words": "It is none.",
            }),
        ),
        CouncilOperation(
            "rule that a block is valid", "rule",
            Rest("post", f"{root}/concerns/{made.block.pk}/rule-valid/", {"text": "It is one."}),
            _mutation("ruleConcernValid", concern=made.block.pk, text="It is one."),
            Form(f"/proposals/{made.blocked.key}/act/", {
                "what": "rule_valid", "concern": str(made.block.pk), "words": "It is one.",
            }),
        ),
        CouncilOperation(
            "appeal", "appeal",
            Rest("post", f"{root}/concerns/{made.ruled.pk}/appeal/", {"text": "It is wrong."}),
            _mutation("appealRuling", concern=made.ruled.pk, text="It is wrong."),
            Form(f"/proposals/{made.ruled.proposal.key}/act/", {
                "what": "appeal_ruling", "concern": str(made.ruled.pk), "words": "It is wrong.",
            }),
        ),
        CouncilOperation(
            "vote on an appeal", "room",
            Rest("post", f"{root}/appeals/{made.appeal.pk}/vote/", {"choice": "sustain"}),
            _mutation("voteOnAppeal", appeal=made.appeal.pk, choice="sustain"),
            Form(f"/proposals/{made.appeal.concern.proposal.key}/act/", {
                "what": "vote_on_appeal", "appeal": str(made.appeal.pk), "choice": "sustain",
            }),
        ),
        CouncilOperation(
            "decide an appeal", "run",
            Rest("post", f"{root}/appeals/{made.appeal.pk}/decide/"),
            _mutation("decideAppeal", appeal=made.appeal.pk),
            Form(f"/proposals/{made.appeal.concern.proposal.key}/act/",
                 {"what": "decide_appeal", "appeal": str(made.appeal.pk)}),
        ),
        CouncilOperation(
            "rule on an interest", "interest",
            Rest("post", f"{root}/proposals/{key}/interests/",
                 {"username": nadia, "stands_aside": True, "ruling": "She competes."}),
            _mutation("ruleOnInterest", key=key, username=nadia, standsAside=True,
                      ruling="She competes."),
            Form(f"/proposals/{key}/act/", {
                "what": "rule_on_interest", "username": nadia, "stands_aside": "1",
                "words": "She competes.",
            }),
        ),
        CouncilOperation(
            "plan meetings", "run",
            Rest("post", f"{root}/council/meetings/plan/"),
            _mutation("planMeetings", "meetings { id }"),
            Form("/council/change/", {"what": "plan"}),
        ),
        CouncilOperation(
            "seat a person", "keep",
            Rest("put", f"{root}/council/seats/bu-analyst/sitter/", {"username": taker}),
            _mutation("seatPerson", "membership { id }", seat="bu-analyst", username=taker),
            Form("/council/seats/bu-analyst/change/", {"username": taker}),
            Form("/admin/governance/membership/add/", {
                "seat": made.analyst, "person": colleague, **moment("since", MONDAY),
            }),
        ),
        CouncilOperation(
            "delegate", "delegate",
            Rest("post", f"{root}/council/delegations/",
                 {"username": taker, "until": made.until.isoformat()}),
            _mutation("delegate", "delegation { id }",
                      username=taker, until=made.until.isoformat()),
            Form("/council/delegate/", {"username": taker, "until": f"{made.until:%Y-%m-%d}"}),
            Form("/admin/governance/delegation/add/", {
                "taker": colleague, "reason": "", **moment("since", MONDAY),
                **moment("until", made.until),
            }),
        ),
        *body_operations(made),
        *conflict_operations(made),
        *message_operations(made),
    ]  # fmt: skip


def moment(name: str, at: dt.datetime) -> dict[str, str]:
    """An instant as the forms of the administration send it."""
    return {f"{name}_0": f"{at:%Y-%m-%d}", f"{name}_1": f"{at:%H:%M:%S}"}


def body_operations(made: CouncilWorld) -> list[CouncilOperation]:
    """Delegations, seats, committees and flows."""
    council, admin = "/api/v1/council", "/admin/governance"
    taker, flow = made.world.colleague, made.flow
    source, target = flow.target_id, flow.source_id
    back = {"entity": "invoice", "method": "export", "cadence": "daily"}
    body = {"name": "Operations", "purpose": "Flows."}
    return [
        CouncilOperation(
            "end a delegation", "given",
            Rest("delete", f"{council}/delegations/{made.given.pk}/"),
            _mutation("endDelegation", "delegation { id }", delegation=made.given.pk),
            Form(f"/council/delegations/{made.given.pk}/end/", {}),
            Form(f"{admin}/delegation/", {"action": "end", "_selected_action": [made.given.pk]}),
        ),
        CouncilOperation(
            "close a seat", "keep",
            Rest("delete", f"{council}/seats/bu-analyst/?reason=Gone"),
            _mutation("closeSeat", "seat { name }", seat="bu-analyst", reason="Gone"),
            None,
            Form(f"{admin}/seat/", {"action": "close", "_selected_action": [made.analyst]}),
        ),
        CouncilOperation(
            "make a committee", "keeper",
            Rest("post", f"{council}/committees/", body),
            _mutation("createCommittee", "committee { slug }", **body),
            None,
            Form(f"{admin}/committee/add/", {**body, "slug": "operations", "kinds": ""}),
        ),
        CouncilOperation(
            "register a flow", "register",
            Rest("post", f"{council}/flows/", {
                **back, "source": source, "target": target, "username": taker.username,
            }),
            _mutation("registerFlow", "flow { id }", **back, source=source, target=target,
                      username=taker.username),
            Form("/council/flows/", {
                **back, "source": source, "target": target, "owner": taker.pk,
            }),
            Form(f"{admin}/flow/add/", {
                **back, "source": source, "target": target, "owner": taker.pk, "note": "",
            }),
        ),
        CouncilOperation(
            "change a flow", "own flow",
            Rest("put", f"{council}/flows/{flow.pk}/", {**back, "username": made.owner.username}),
            _mutation("changeFlow", "flow { id }", flow=flow.pk, **back,
                      username=made.owner.username),
            None,
            Form(f"{admin}/flow/{flow.pk}/change/", {**back, "owner": made.owner.pk, "note": ""}),
        ),
        CouncilOperation(
            "state a duty", "duty",
            Rest("post", f"{council}/accountability/", {
                "dataset": made.dataset, "team": made.operators, "duty": "Backups",
            }),
            _mutation("assignDuty", "duty { id }", dataset=made.dataset, team=made.operators,
                      duty="Backups"),
            Form("/council/accountability/change/", {
                "what": "assign", "dataset": made.dataset, "team": made.operators,
                "words": "Backups",
            }),
        ),
    ]  # fmt: skip


def conflict_operations(made: CouncilWorld) -> list[CouncilOperation]:
    """The register of conflicts."""
    root, pk, settled = "/api/v1/conflicts", made.conflict.pk, made.settled.pk
    name = made.world.colleague.username
    shown = "conflict { state }"
    return [
        CouncilOperation(
            "see a conflict", "see",
            Rest("get", f"{root}/{pk}/"),
            GraphQL(f"{{ conflict(id: {pk}) {{ title }} }}"),
            Form(f"/conflicts/{pk}/"),
        ),
        CouncilOperation(
            "settle a conflict", "party",
            Rest("post", f"{root}/{pk}/settle/", {"state": "resolved", "resolution": "Agreed."}),
            _mutation("settleConflict", shown, conflict=pk, state="resolved",
                      resolution="Agreed."),
            Form(f"/conflicts/{pk}/change/", {"what": "resolved", "words": "Agreed."}),
        ),
        CouncilOperation(
            "open a conflict again", "propose",
            Rest("post", f"{root}/{settled}/reopen/", {"reason": "It hurts."}),
            _mutation("reopenConflict", shown, conflict=settled, reason="It hurts."),
            Form(f"/conflicts/{settled}/change/", {"what": "reopen", "words": "It hurts."}),
        ),
        CouncilOperation(
            "name who brings parties together", "name an owner",
            Rest("post", f"{root}/{pk}/assign/", {"username": name}),
            _mutation("assignConflict", shown, conflict=pk, username=name),
            Form(f"/conflicts/{pk}/change/", {"what": "assign", "words": name}),
        ),
        CouncilOperation(
            "draft one text for both sides", "propose",
            Rest("post", f"{root}/{made.twofold.pk}/merge/", {"keep": made.open.key}),
            _mutation("mergeConflict", conflict=made.twofold.pk, keep=made.open.key),
            Form(f"/conflicts/{made.twofold.pk}/merge/", {"keep": made.open.key}),
        ),
    ]  # fmt: skip


def message_operations(made: CouncilWorld) -> list[CouncilOperation]:
    """Messages, what one follows, one's calendar address, and webhooks."""
    root, hook = "/api/v1", made.webhook.pk
    followed = {"subject_type": "proposal", "subject_key": made.open.key}
    tool = {"name": "other", "url": "https://example.org/other"}
    change = f"/administration/webhooks/{hook}/change/"
    return [
        CouncilOperation(
            "read messages", "own",
            Rest("post", f"{root}/messages/read/"),
            _mutation("markRead", "unread"),
            Form("/notifications/read/", {}),
            counted=False,
        ),
        CouncilOperation(
            "say how to be told", "own",
            Rest("put", f"{root}/messages/preferences/", {"mail": False, "digest_hour": 9}),
            _mutation("setMessagePreferences", "preferences { mail }", mail=False, digestHour=9),
            Form("/notifications/preferences/", {"digest_hour": "9", "time_zone": "UTC"}),
        ),
        CouncilOperation(
            "follow", "own",
            Rest("put", f"{root}/watches/", followed),
            _mutation("watch", "watched { subjectKey }", subjectType="proposal",
                      subjectKey=made.open.key),
            Form("/notifications/watch/", followed),
        ),
        CouncilOperation(
            "make a calendar address", "own",
            Rest("post", f"{root}/council/calendar/address/"),
            _mutation("makeCalendarAddress", "meetings"),
            Form("/council/calendar/", {"make": "1"}),
        ),
        CouncilOperation(
            "see webhooks", "administer",
            Rest("get", f"{root}/webhooks/"),
            GraphQL("{ webhooks { edges { node { name } } } }"),
            Form("/administration/webhooks/"),
        ),
        CouncilOperation(
            "let a tool listen", "administer",
            Rest("post", f"{root}/webhooks/", tool),
            _mutation("addWebhook", "secret", **tool),
            Form("/administration/webhooks/", tool),
        ),
        CouncilOperation(
            "pause a webhook", "administer",
            Rest("post", f"{root}/webhooks/{hook}/pause/"),
            _mutation("pauseWebhook", "webhook { isActive }", webhook=hook),
            Form(change, {"what": "pause"}),
            counted=False,
        ),
        CouncilOperation(
            "send again", "administer",
            Rest("post", f"{root}/webhooks/{hook}/replay/", {"from_position": 1}),
            _mutation("replayWebhook", "waiting", webhook=hook, fromPosition=1),
            Form(change, {"what": "replay", "from_position": "1"}),
            counted=False,
        ),
        CouncilOperation(
            "remove a webhook", "administer",
            Rest("delete", f"{root}/webhooks/{hook}/"),
            _mutation("removeWebhook", "webhook { name }", webhook=hook),
            Form(change, {"what": "remove"}),
        ),
    ]  # fmt: skip
