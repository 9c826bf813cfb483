"""Refusals in words: what is refused, why, by which opt-outs, whom to ask, and what would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from governance.permissions.engine import Decision, Matched
from governance.permissions.native.reading import Uses
from governance.permissions.native.tables.binding import Occurrence
from governance.permissions.native.types import KnownDataset, Reason
from governance.permissions.types import Effect

_FLOORS = {
    "not_signed_in": "Nobody is signed in.",
    "unknown": "Concord does not know who asks.",
    "inactive": "The account is not active.",
    "not_by_default": "The account is of a kind that is closed by default.",
    "unknown_dataset": "The catalog no longer has it.",
}


ERROR_BESIDE_OTHERS = Reason("stricter", "DuckDB may call error() before the conditions beside it.")
LOCKS = Reason("lock", "It locks rows of data that opt-outs protect: leave out FOR UPDATE.")
PLANS = Reason("plan", "The plan of a statement tells of rows that opt-outs filter out or mask.")


class Refused(Exception):  # noqa: N818 - a refusal is an answer
    """The statement is denied, for these reasons."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(reasons[0].sentence)
        self.reasons = reasons


def unknown_function(name: str) -> Reason:
    """A function is called of which nobody knows what it reads."""
    return Reason("function", f"The function {name} may read any data; Concord does not know it.")


def not_understood(uses: Uses) -> Reason:
    """The columns in use are not known."""
    said = f"Concord cannot tell which columns it uses. {uses.reason}"
    return Reason("not_understood", said.strip())


def denied_dataset(
    dataset: KnownDataset, decision: Decision, columns: Sequence[str], hint: str = ""
) -> Reason:
    """A dataset or some of its columns are denied."""
    floor = _FLOORS.get(decision.code)
    if floor is not None:
        return Reason(decision.code, floor, dataset.name)
    rules = _speaking(decision.rules, columns)
    what = f"{', '.join(columns)} of {dataset.name}" if columns else dataset.name
    why = " ".join(dict.fromkeys(rule.sentence for rule in rules))
    asks = list(dict.fromkeys(rule.rule.ask for rule in rules if rule.rule.ask))
    ask = f" Ask {' or '.join(asks)}." if asks else ""
    return Reason(
        "denied_column" if columns else "denied",
        f"You may not use {what}. {why}{ask}{f' {hint}' if hint else ''}".strip(),
        dataset.name,
        tuple(columns),
        tuple(rule.key for rule in rules),
        " or ".join(asks),
    )


def _speaking(rules: Iterable[Matched], columns: Sequence[str]) -> list[Matched]:
    named = set(columns)
    denying = [rule for rule in rules if rule.effect is Effect.DENY]
    if not named:
        return denying or list(rules)
    found = [r for r in denying if r.columns is None or named & set(r.columns)]
    return found or denying or list(rules)


def refuse_unless_open(found: Iterable[tuple[Occurrence, Decision]], why: str) -> None:
    """Raises Refused for the first dataset of which something is protected."""
    for occurrence, decision in found:
        dataset = occurrence.dataset
        if dataset is None or decision.code == "open":
            continue
        if not decision.allowed:
            raise Refused(denied_dataset(dataset, decision, ()))
        reason = denied_dataset(dataset, decision, ())
        raise Refused(
            Reason(
                "stricter",
                f"{dataset.name} is protected in part. {why} "
                + " ".join(rule.sentence for rule in decision.rules),
                dataset.name,
                (),
                tuple(rule.key for rule in decision.rules),
                reason.ask,
            )
        )


def refuse_decision(
    dataset: KnownDataset,
    decision: Decision,
    whole: Decision,
    uses: Uses,
    left: set[str],
    *,
    is_inside: bool,
    may_know: bool,
) -> None:
    """Raises Refused where a column in use is denied. `left` are columns of a star that may be
    left out of it."""
    if not may_know and decision.code != "open":
        raise Refused(
            Reason("view", "A view that it reads rests on data that you may not use as it does.")
        )
    if decision.everywhere.denied or decision.code in _FLOORS:
        raise Refused(denied_dataset(dataset, decision, ()))
    used = uses.of(dataset)
    denied = [path for path in used if decision.effect_on(path).denied]
    around = [
        path
        for path, effect in whole.columns.items()
        if "." in path and (effect.denied or effect.min_group) and _overlaps(path, used)
    ]
    denied += [path for path in around if path not in denied]
    refused = [path for path in denied if not {path, path.partition(".")[0]} & left]
    if refused:
        starred = uses.starred(dataset)
        others = [c.name for c in dataset.columns if c.key not in denied]
        by_star = all(path in starred for path in refused)
        hint = f"Name the columns you need instead of *: {', '.join(others[:30])}." if (
            by_star and others and not is_inside
        ) else ""  # fmt: skip
        raise Refused(denied_dataset(dataset, decision, tuple(refused), hint))
    if not decision.allowed and not denied:
        raise Refused(denied_dataset(dataset, decision, ()))


def _overlaps(path: str, used: Iterable[str]) -> bool:
    """Whether a field is used, or something around or inside it."""
    return any(
        one == path or path.startswith(f"{one}.") or one.startswith(f"{path}.") for one in used
    )
