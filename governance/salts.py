"""Salts of what people wrote: a digest in the chain of decisions then tells nobody its text.

They are random. Only a service that tells a story (`STORY_CLOCK`) may have them follow from what
they are for, and only while it tells: everything in a story is public and invented, and when it is
told twice, both tellings must end in the same chain of decisions.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b

from django.conf import settings

from catalog.errors import Conflict

SALT_BYTES = 16

_story: ContextVar[str | None] = ContextVar("story", default=None)


def new_salt(purpose: str) -> str:
    """A salt of 32 hexadecimal digits; `purpose` names what it is for, within the whole service."""
    story = _story.get()
    if story is None:
        return secrets.token_hex(SALT_BYTES)
    return blake2b(f"{story}\n{purpose}".encode(), digest_size=SALT_BYTES).hexdigest()


@contextmanager
def telling(story: str) -> Iterator[None]:
    """While this runs, salts follow from `story` and their purpose, in this thread alone.

    Raises Conflict where the settings allow no story.
    """
    if not settings.STORY_CLOCK:
        raise Conflict("Only a demonstration has salts that can be told in advance.")
    token = _story.set(story)
    try:
        yield
    finally:
        _story.reset(token)
