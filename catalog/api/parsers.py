"""Bodies in JSON, of which one that is nested too deeply or holds no text is a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError

from catalog.errors import InvalidInput

_HALF = re.compile(r"[\ud800-\udfff]")
_MOST_OF_A_PLACE = 200


class JSONParser(parsers.JSONParser):
    """As the framework's, which gives up on deep nesting with an error of its own, and takes half
    of a surrogate pair (`"\\ud800"`) for text, which no answer and no table can hold."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Raises ParseError, and InvalidInput naming the place of what is no text."""
        try:
            found = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - It is nested too deeply.") from error
        refuse_half_characters(found)
        return found


def refuse_half_characters(data: Any) -> None:
    """Raises InvalidInput for half of a surrogate pair anywhere in what was read from JSON."""
    place = next(_halves(data), None)
    if place is not None:
        where = ".".join(place)[:_MOST_OF_A_PLACE]
        raise InvalidInput(
            f"{where or 'The body'} holds half of a surrogate pair, which is no character: remove"
            " it.",
            field=where,
        )


def _halves(data: Any) -> Iterator[tuple[str, ...]]:
    """The places of texts that are none; a key that is none is where its object is."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), data)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            if not value.isascii() and _HALF.search(value):
                yield place
        elif isinstance(value, dict):
            for key, part in value.items():
                if not key.isascii() and _HALF.search(key):
                    yield place
                waiting.append(((*place, key), part))
        elif isinstance(value, list):
            waiting += [((*place, str(at)), part) for at, part in enumerate(value)]
