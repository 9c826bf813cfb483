"""The secrets that connections name: found in the environment or the deployment's folder."""

from __future__ import annotations

import os
import re

from django.conf import settings as deployment

from catalog.errors import InvalidInput
from catalog.models import Connection

_SECRET_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")


def secret_of(connection: Connection) -> str | None:
    """The secret that the connection names, from the environment or the deployment's folder.

    `CONCORD_SECRET_<NAME>` (hyphens as underscores) comes first, then the file
    `var/secrets/connections/<name>`; Concord's own secrets lie elsewhere and cannot be named.
    Raises InvalidInput when it is named and missing.
    """
    name = connection.secret_name
    if not name:
        return None
    checked_secret_name(name)
    variable = f"CONCORD_SECRET_{name.upper().replace('-', '_')}"
    if variable in os.environ:
        return os.environ[variable]
    file = deployment.VAR_DIR / "secrets" / "connections" / name
    try:
        return str(file.read_text(encoding="utf-8")).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The secret {name!r} is missing: set {variable}, or write it to"
            f" var/secrets/connections/{name}.",
            field="secret_name",
        ) from error


def checked_secret_name(name: str) -> str:
    """The name itself; raises InvalidInput for what cannot name a secret."""
    if name and not _SECRET_NAME.fullmatch(name):
        raise InvalidInput(
            "A secret's name is lower-case letters, digits and hyphens, such as warehouse-password"
            " (the name, not the secret itself).",
            field="secret_name",
        )
    return name
