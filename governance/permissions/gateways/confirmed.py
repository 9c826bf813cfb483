"""Until when what lies on disk still held, beside it.

While nothing moves the files of a world stay as they are, for days; every few seconds this small
one says that the database still says the same. It is signed and names the file that it speaks of:
no time of change of a file is believed, which a copy, a restore and a touch make anew.
"""

from __future__ import annotations

from pathlib import Path

from governance.permissions.gateways.signed import BundleRefused, read_signed, write_signed

_MARK = b"concord confirmed 1\n"


def confirmed_path(bundle: Path) -> Path:
    """Where it lies."""
    return bundle.with_name(f"{bundle.name}.confirmed")


def save_confirmed(signature: bytes, bundle: Path, *, at: float) -> None:
    """Replace the file: what has that signature still held `at` that instant."""
    write_signed(confirmed_path(bundle), _MARK, [(signature, at)])


def load_confirmed(signature: bytes, bundle: Path) -> float:
    """When what has that signature still held, in seconds since 1970; long ago where this says
    nothing of it, or cannot be read: then the file's own instant is the last that is known."""
    try:
        ((of, at),), _ = read_signed(confirmed_path(bundle), _MARK)
    except (FileNotFoundError, BundleRefused):
        return float("-inf")
    return float(at) if of == signature else float("-inf")
