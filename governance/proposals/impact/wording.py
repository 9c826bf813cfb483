"""Why somebody is asked, in one or two plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

from governance.proposals.impact.must_sign import Asked
from governance.types import SignerReason


def explanation(asked: Asked, label: str, how: str, path: Sequence[str]) -> str:
    """The ground that weighs most, how many more there are, and how the signer was found."""
    more = f", and {asked.objects - 1} more" if asked.objects > 1 else ""
    return f"{_ground(asked, label, path)}{more}. {how}".strip()


def _ground(asked: Asked, label: str, path: Sequence[str]) -> str:
    ground = asked.ground
    match ground.reason:
        case SignerReason.OWNS_TARGET:
            verb = "owns" if ground.dataset_id else "is whom this belongs to:"
            return f"{label} {verb} {ground.name}, which this changes"
        case SignerReason.OWNS_SOURCE:
            of_it = f"{ground.detail} of {ground.name}" if ground.detail else ground.name
            return f"{label} owns {of_it}, where the labels come from that this ends"
        case SignerReason.SYSTEM_OF_RECORD:
            return f"{label} answers for {ground.name}, the system of record"
        case SignerReason.GOVERNED_CONSUMER:
            return f"{label} owns {ground.name} ({ground.detail}), {_made_from(path)}"
        case SignerReason.CLASSIFICATION:
            return f"{label}: {ground.name} {ground.detail}"
        case SignerReason.OTHER_SIDE_OF_CONFLICT:
            return f"{label} stands behind {ground.name}, which contradicts this"
        case SignerReason.UNKNOWN_CONSUMER if ground.detail == "unread":
            return (
                f"{label}: how {ground.name} uses this is not known, because the statement that"
                " makes it was not understood"
            )
        case SignerReason.UNKNOWN_CONSUMER:
            return f"{label}: {ground.name} has no domain and is {_made_from(path)}"
        case _ if ground.detail == "hub":
            return f"{label} uses the shared utility {path[-2] if len(path) > 1 else ground.name}"
        case _:
            return f"{label} owns {ground.name}, {_made_from(path)}"


def _made_from(path: Sequence[str]) -> str:
    steps = len(path) - 1
    if steps < 1:
        return "kept where this applies"
    if steps == 1:
        return f"made from {path[0]}"
    return f"made from {path[0]} in {steps} steps ({' → '.join(path)})"
