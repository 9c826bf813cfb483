"""Labels as documents name them: `pii.email` and `pii / email` are one, `pii` takes all below."""

from __future__ import annotations

import re

from django.db.models import Q

from catalog.models import Label
from catalog.selectors.directory import visible
from catalog.types import Principal


def label_path(name: str) -> str:
    """The path of a label in the catalog's tree: dots and slashes part its levels alike."""
    return " / ".join(part.strip() for part in re.split(r"[./]", name) if part.strip())


def label_condition(name: str, prefix: str = "label__") -> Q:
    """Rows whose label is the one named or lies below it; `pii.*` means everything below `pii`.

    A tag whose own name holds dots or slashes is found by its name as written, too.
    """
    written = name.strip()
    path = label_path(written.removesuffix("*").rstrip(". /"))
    below = Q(**{f"{prefix}path__istartswith": f"{path} / "})
    if written.endswith("*"):
        return below
    return below | Q(**{f"{prefix}path__iexact": path}) | Q(**{f"{prefix}path__iexact": written})


def labels_meant(principal: Principal, name: str) -> list[Label]:
    """The labels that a name in a document means, by path."""
    return list(visible(principal, Label).filter(label_condition(name, "")).order_by("path"))
