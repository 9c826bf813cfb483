"""Other engines on the same questions, where they are installed: what can be stated is stated."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.permissions.workload import Question
from governance.permissions.engine import World


def peers(world: World, asked: list[Question]) -> Iterator[tuple[str, float]]:
    """(name, microseconds of CPU for one check) of each engine that is installed."""
    if importlib.util.find_spec("vakt"):
        yield "vakt, team rules only", _vakt(world, asked)
    if importlib.util.find_spec("cedarpy"):
        yield "cedarpy, team rules only", _cedar(world, asked)


def _team_rules(world: World) -> list[tuple[str, frozenset[str], frozenset[str]]]:
    return [
        (rule.number, rule.subjects.groups, rule.resources.domains)
        for rule in world.rules
        if rule.subjects.groups and rule.resources.domains and not rule.when.windows
    ]


def _vakt(world: World, asked: list[Question]) -> float:
    import vakt
    from vakt.rules import Any as Anything
    from vakt.rules import AnyIn, Eq

    storage = vakt.MemoryStorage()
    storage.add(
        vakt.Policy(
            "all", effect=vakt.ALLOW_ACCESS, subjects=[Anything()], resources=[Anything()],
            actions=[Anything()],
        )
    )  # fmt: skip
    for number, groups, domains in _team_rules(world):
        storage.add(
            vakt.Policy(
                number, effect=vakt.DENY_ACCESS, subjects=[{"groups": AnyIn(*groups)}],
                resources=[{"domain": AnyIn(*domains)}], actions=[Eq("read")],
            )
        )  # fmt: skip
    guard = vakt.Guard(storage, vakt.RulesChecker())
    inquiries = [
        vakt.Inquiry(
            subject={"groups": list(world.people[one.person].groups)},
            resource={"domain": list(world.datasets[one.dataset].domains)},
            action="read",
        )
        for one in asked
    ]
    return _timed(lambda: [guard.is_allowed(one) for one in inquiries], len(asked))


def _cedar(world: World, asked: list[Question]) -> float:
    import cedarpy

    policies = ["permit(principal, action, resource);"]
    for _, groups, domains in _team_rules(world):
        named = ", ".join(f'"{one}"' for one in sorted(groups))
        meant = ", ".join(f'"{one}"' for one in sorted(domains))
        policies.append(
            "forbid(principal, action, resource) when"
            f" {{ principal.groups.containsAny([{named}])"
            f" && [{meant}].contains(resource.domain) }};"
        )
    text = "\n".join(policies)
    requests: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    for one in asked:
        person, dataset = world.people[one.person], world.datasets[one.dataset]
        requests.append(
            (
                {
                    "principal": f'User::"{one.person}"', "action": 'Action::"read"',
                    "resource": f'Dataset::"{one.dataset}"', "context": {},
                },
                [
                    {"uid": {"type": "User", "id": str(one.person)},
                     "attrs": {"groups": sorted(person.groups)}, "parents": []},
                    {"uid": {"type": "Dataset", "id": str(one.dataset)},
                     "attrs": {"domain": dataset.domains[0]}, "parents": []},
                ],
            )
        )  # fmt: skip
    return _timed(
        lambda: [cedarpy.is_authorized(asking, text, them) for asking, them in requests],
        len(asked),
    )


def _timed(work: Any, count: int) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) / count * 1e6
