"""Which dataset a path is about, by routes that whoever runs a gateway states.

A path that could be read in two ways is refused: a proxy and the service behind it would read it
differently, and one of them would be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from catalog.names import NameRefused, QualifiedName, join_parts, lookup_key, parse_name
from governance.permissions.types import DataAction

MOST_ROUTES = 200
MOST_SEGMENTS = 50
REST = "**"
_PLACE = re.compile(r"\{([a-z_]{1,30})(\+?)\}")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AMBIGUOUS = frozenset('/\\%;?#')  # fmt: skip
_KEYS = frozenset({"path", "dataset", "action", "obligations"})


class PathRefused(ValueError):  # noqa: N818 - reads as the refusal it is
    """A path that is not answered; the sentence says why."""


class RouteRefused(ValueError):  # noqa: N818 - reads as the refusal it is
    """A route that cannot be used; the sentence says what to mend."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way from a path to a dataset.

    `path` reads `/datasets/{schema}/{table}`: a place stands for one segment or a piece of one and
    holds no dot, `{name+}` may hold several parts of a name, `**` at the end is whatever follows.
    `dataset` is a name with the same places, empty for paths that show no data. `action` is empty
    where the method tells it. `obligations` says that the service behind fulfills them.
    """

    path: str
    dataset: str = ""
    action: str = ""
    obligations: bool = False

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "path": self.path, "dataset": self.dataset, "action": self.action,
            "obligations": self.obligations,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meant:
    """What a path is about: `name` and `system` in lower case, both empty for no data."""

    route: Route
    name: str = ""
    system: str = ""


class Routes:
    """The routes of one gateway in their order; the first that fits a path holds."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route, *_compiled(route)) for route in routes]

    def meant(self, raw_path: str) -> Meant:
        """What a path as it was sent is about. Raises PathRefused."""
        segments = segments_of(raw_path)
        nearly = False
        for route, patterns, is_open_ended in self._routes:
            if len(segments) < len(patterns) or (
                len(segments) > len(patterns) and not is_open_ended
            ):
                continue
            values: dict[str, str] = {}
            for pattern, segment in zip(patterns, segments, strict=False):
                found = pattern.fullmatch(segment)
                if found is None:
                    break
                values.update(found.groupdict())
            else:
                if nearly and not route.dataset:
                    raise PathRefused(
                        "The path is nearly one of data, and services may take it so."
                    )
                return _meant(route, values)
            nearly = nearly or bool(route.dataset and _is_nearly(patterns, segments))
        raise PathRefused("No route of this gateway says which data this path is about.")


def _is_nearly(patterns: Iterable[re.Pattern[str]], segments: Iterable[str]) -> bool:
    """Whether a path is one of a route but for its case, or for a dot in a name."""
    return all(
        re.fullmatch(pattern.pattern.replace("[^.]+", ".+"), segment, re.IGNORECASE)
        for pattern, segment in zip(patterns, segments, strict=False)
    )


def route_of(given: Mapping[str, Any]) -> Route:
    """A route as it was given. Raises RouteRefused."""
    if unknown := sorted(set(given) - _KEYS):
        raise RouteRefused(f"A route has {', '.join(sorted(_KEYS))}, not {unknown[0]}.")
    path, dataset = given.get("path", ""), given.get("dataset", "")
    action, obligations = given.get("action", ""), given.get("obligations", False)
    if not all(isinstance(one, str) for one in (path, dataset, action)):
        raise RouteRefused("The path, the dataset and the action of a route are texts.")
    if not isinstance(obligations, bool):
        raise RouteRefused("obligations of a route is true or false.")
    if action and action not in set(DataAction):
        raise RouteRefused(f"The action of a route is one of {', '.join(DataAction)}, or empty.")
    route = Route(path, dataset, action, obligations)
    _compiled(route)
    return route


def segments_of(raw_path: str) -> list[str]:
    """The segments of a path, decoded; one slash at its end is no segment. Raises PathRefused."""
    if not raw_path.startswith("/"):
        raise PathRefused("A path begins with a slash.")
    if _BROKEN_ESCAPE.search(raw_path):
        raise PathRefused("The path holds an escape that is none.")
    pieces = raw_path[1:].removesuffix("/").split("/") if raw_path != "/" else []
    if len(pieces) > MOST_SEGMENTS:
        raise PathRefused(f"The path has more than {MOST_SEGMENTS} segments.")
    found = []
    for piece in pieces:
        try:
            segment = unquote_to_bytes(piece).decode()
        except UnicodeDecodeError:
            raise PathRefused("The path is no UTF-8.") from None
        if segment in ("", ".", ".."):
            raise PathRefused("The path holds an empty segment, or one of dots.")
        if not segment.isprintable() or not _AMBIGUOUS.isdisjoint(segment):
            raise PathRefused("The path holds a character that services read differently.")
        found.append(segment)
    return found


def _meant(route: Route, values: Mapping[str, str]) -> Meant:
    if not route.dataset:
        return Meant(route)
    several = {place[1] for place in _PLACE.finditer(route.path) if place[2]}
    name = _named(route.dataset, values, several)
    system = QualifiedName(name.platform, name.instance)
    return Meant(route, lookup_key(str(name)), lookup_key(str(system)))


def _named(template: str, values: Mapping[str, str], several: set[str]) -> QualifiedName:
    """A name with its places filled, some by several parts. Raises PathRefused."""

    def filled(place: re.Match[str]) -> str:
        value = values[place[1]]
        return join_parts(value.split(".") if place[1] in several else (value,))

    try:
        return parse_name(_PLACE.sub(filled, template))
    except NameRefused as error:
        raise PathRefused(str(error)) from None


def _compiled(route: Route) -> tuple[list[re.Pattern[str]], bool]:
    """The patterns of a route's segments, and whether more may follow. Raises RouteRefused."""
    if not route.path.startswith("/") or len(route.path) > 500:
        raise RouteRefused(f"The path {route.path[:80]!r} has to begin with a slash and be short.")
    pieces = route.path[1:].removesuffix("/").split("/") if route.path != "/" else []
    is_open_ended = bool(pieces) and pieces[-1] == REST
    if is_open_ended:
        pieces = pieces[:-1]
    patterns, names = [], set[str]()
    for piece in pieces:
        places = list(_PLACE.finditer(piece))
        rest = _PLACE.sub("", piece)
        if len(places) > 1 or not piece or set(rest) & set("{}*") or "%" in rest:
            raise RouteRefused(
                f"The segment {piece[:80]!r} of {route.path[:80]!r} has to be a text with one place"
                " such as {table} at most; ** stands at the end alone."
            )
        pattern = re.escape(piece)
        for place in places:
            if place[1] in names:
                raise RouteRefused(f"The place {place[0]} is twice in {route.path[:80]!r}.")
            names.add(place[1])
            value = ".+" if place[2] else "[^.]+"
            before, after = piece[: place.start()], piece[place.end() :]
            pattern = f"{re.escape(before)}(?P<{place[1]}>{value}){re.escape(after)}"
        patterns.append(re.compile(pattern))
    if route.dataset:
        _check_template(route, names)
    return patterns, is_open_ended


def _check_template(route: Route, names: set[str]) -> None:
    wanted = {place[1] for place in _PLACE.finditer(route.dataset)}
    if missing := sorted(wanted - names):
        raise RouteRefused(f"The path {route.path[:80]!r} has no place {{{missing[0]}}}.")
    try:
        named = parse_name(_PLACE.sub("x", route.dataset))
    except NameRefused as error:
        raise RouteRefused(f"The dataset of {route.path[:80]!r}: {error}") from None
    if not named.parts:
        raise RouteRefused(f"{route.dataset[:80]!r} names a system and no dataset of it.")
    if "{" in route.dataset.partition("://")[2].partition("/")[0]:
        raise RouteRefused("The system of a dataset is stated, not taken from the path.")
