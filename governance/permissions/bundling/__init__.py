"""What a client decides from, as one signed document and the changes after it; no Django.

    body = packed(index, terms)             # the service: a whole index, without ids of data
    changes = changes_between(former, index, terms)
    data = sealed(Header(...), body, key)   # with whose word it is, and how fresh
    header, body = opened(data, keys)       # the client: refuses what is not the service's
    held = unpacked(body)                   # an index in tens of milliseconds
    held = followed(held, changes_in(body))  # and the next one in some

Bits are renumbered by whoever takes changes in, so that what one process of the service packed is
followed by what another one changed; versions alone say which state a client has.
"""

from governance.permissions.bundling.comparing import changes_between
from governance.permissions.bundling.following import changes_in, followed
from governance.permissions.bundling.packing import Terms, packed
from governance.permissions.bundling.sealing import (
    BundleRefused,
    Header,
    Served,
    opened,
    sealed,
    sealed_word,
    word_in,
)
from governance.permissions.bundling.state import Unpacked
from governance.permissions.bundling.unpacking import unpacked

__all__ = [
    "BundleRefused",
    "Header",
    "Served",
    "Terms",
    "Unpacked",
    "changes_between",
    "changes_in",
    "followed",
    "opened",
    "packed",
    "sealed",
    "sealed_word",
    "unpacked",
    "word_in",
]
