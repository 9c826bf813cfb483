"""Secrets that an installation makes for itself: generated once, readable by its owner alone."""

import os
import re
import secrets
from pathlib import Path

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")


def secret(var: Path, name: str) -> str:
    """Return the secret called `name`, generating it on first use.

    It is stored in `var/secrets/<name>` (mode 0600) and holds 43 URL-safe characters. Two processes
    that ask for the same new name at once get the same value. Raises `ValueError` for a name that
    is not lower-case letters, digits and hyphens, and for a stored secret that is too short to be
    one of ours.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"A secret's name is lower-case letters, digits and hyphens, not {name!r}."
        )
    folder = var / "secrets"
    path = folder / name
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path)
    value = path.read_text(encoding="ascii").strip()
    if len(value) < 32:
        raise ValueError(f"The secret in {path} is damaged; restore it from a backup.")
    return value


def _create(path: Path) -> None:
    """Write a whole new secret under a name of its own, then link it: never half a file."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # another process was first; its value counts
    finally:
        draft.unlink()
