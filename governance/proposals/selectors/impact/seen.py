"""A stored impact as one reader may see it: what may not be seen is in no list, count or way."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from governance.models import ImpactSnapshot, Signer
from governance.proposals.selectors.impact.lists import GROUPS
from lineage.selectors.walking import id_list

_LISTS = ("targets", *GROUPS, "excluded", "unknown", "columns")
HIDDEN_WAY = "It is affected through data that you may not see."


def as_seen(principal: Principal, snapshot: ImpactSnapshot) -> ImpactSnapshot:
    """The snapshot without datasets that the principal may not see; not to be saved.

    Where something is left out, owners, systems and the words of the scope's proof are, too, since
    they would name it.
    """
    hidden = _hidden(principal, snapshot)
    if not hidden:
        return snapshot
    seen, content, counts = copy(snapshot), dict(snapshot.content), dict(snapshot.counts)
    for name in _LISTS:
        rows = content.get(name, [])
        kept = [row for row in rows if row["id"] not in hidden]
        content[name] = kept
        counts[name] = counts.get(name, 0) - len(rows) + len(kept)
    counts["consumers"] = sum(counts[name] for name in GROUPS)
    shown = [row for name in ("targets", *GROUPS) for row in content[name]]
    counts["governed"] = sum(bool(row["governed"]) for row in shown if row.get("distance"))
    domains = {row["domain"] for row in shown}
    content["domains"] = [row for row in content["domains"] if row["name"] in domains]
    counts["domains"] = len(content["domains"])
    for name in ("owners", "systems"):
        content[name], counts[name] = [], 0
    content["paths"] = {}
    seen.content, seen.counts = content, counts
    seen.scope_proof = snapshot.scope_proof | {
        "conditions": [], "sentence": "It rests on data that you may not see as well."
    }  # fmt: skip
    return seen


def signers_as_seen(
    principal: Principal, snapshot: ImpactSnapshot, signers: Iterable[Signer]
) -> list[Signer]:
    """Signers whose way and explanation name only what the principal may see; not to be saved."""
    hidden = _hidden(principal, snapshot)
    found = []
    for signer in signers:
        ids = snapshot.content.get("paths", {}).get(f"{signer.role}|{signer.label}", [])
        if hidden.intersection(ids):
            signer = copy(signer)
            signer.path, signer.explanation = [], HIDDEN_WAY
        found.append(signer)
    return found


def _hidden(principal: Principal, snapshot: ImpactSnapshot) -> set[int]:
    content: dict[str, Any] = snapshot.content
    ids = {row["id"] for name in _LISTS for row in content.get(name, [])}
    ids |= {pk for path in content.get("paths", {}).values() for pk in path}
    visible = visible_datasets(principal).filter(pk__in=id_list(ids)).order_by()
    return ids - set(visible.values_list("pk", flat=True))
