"""Under which user PostgreSQL runs: it refuses root, so root lends it an unprivileged one.

No folder above ours is ever changed. When the unprivileged user cannot come through to the folder
or to the programs (a checkout below `/root`, say), a user namespace is used instead: in there root
is called 65534, and the files stay root's own.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.embedded.errors import EmbeddedError

UNPRIVILEGED = 65534
_UNSHARE = ("unshare", "--user", f"--map-user={UNPRIVILEGED}", f"--map-group={UNPRIVILEGED}")


@dataclass(frozen=True)
class Identity:
    """How to start a program under the chosen user, and who has to own its files."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def own(self, path: Path) -> None:
        """Give one of our own files or folders to the chosen user."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)


def choose_identity(folder: Path, program: str) -> Identity:
    """Return the user for a cluster in `folder` (an existing folder) run by `program`.

    A cluster that exists already keeps its owner. Raises `EmbeddedError` when it belongs to
    somebody else, or when no way past the folders' permissions is found.
    """
    data = folder / "data"
    owner = data.stat().st_uid if data.exists() else None
    me = os.geteuid()
    if me != 0:
        if owner not in (None, me):
            raise EmbeddedError(
                f"The data folder {data} belongs to another user: start Concord as that user."
            )
        return Identity(me, os.getegid())
    if owner != 0:
        uid = UNPRIVILEGED if owner is None else owner
        gid = UNPRIVILEGED if owner is None else data.stat().st_gid
        lent = Identity(uid, gid, (), {"user": uid, "group": gid, "extra_groups": []})
        if _can_reach(lent, folder, program):
            return lent
    if owner in (None, 0) and shutil.which("unshare"):
        mapped = Identity(0, 0, _UNSHARE)
        if _can_reach(mapped, folder, program):
            return mapped
    raise EmbeddedError(
        f"PostgreSQL refuses to run as root and no other user can reach {folder} and {program}: "
        "start Concord as an ordinary user, move it to a folder that others may enter, or set "
        "DATABASE_URL."
    )


def _can_reach(identity: Identity, folder: Path, program: str) -> bool:
    """Whether the user can enter the folder and start the program."""
    script = 'cd "$1" && exec "$2" --version'
    command = [*identity.prefix, "sh", "-c", script, "sh", str(folder), program]
    try:
        done = subprocess.run(command, capture_output=True, timeout=20, **identity.options)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
