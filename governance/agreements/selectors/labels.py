"""Labels as documents name them: `pii.email` and `pii / email` are one, `pii` takes all below."""

from __future__ import annotations

import datetime as dt
import re

from django.apps import apps
from django.db.models import OuterRef, Q, Subquery

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


def labels_ever(name: str, since: dt.datetime) -> frozenset[int]:
    """The ids of the labels that a name has meant at any moment since an instant: one that was
    renamed, or moved elsewhere in the tree, is meant still, with what is put below it now. What is
    agreed about data that carries a label does not end because somebody calls it otherwise."""
    named = label_condition(name, "")
    rows = apps.get_model("catalog", "LabelHistory")._default_manager.order_by()
    following = rows.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__gt=OuterRef("pgh_id"))
    former = rows.filter(named).annotate(
        until=Subquery(following.order_by("pgh_id").values("pgh_created_at")[:1])
    )
    held = former.filter(Q(until__isnull=True) | Q(until__gt=since)).values_list("pgh_obj")
    now = Label.objects.filter(named).order_by().values_list("pk")
    found = ahead = {pk for (pk,) in (*now, *held)}
    while ahead:
        below = Label.objects.filter(parent__in=ahead).order_by().values_list("pk", flat=True)
        ahead = set(below) - found
        found = found | ahead
    return frozenset(found)


def labels_meant(principal: Principal, name: str) -> list[Label]:
    """The labels that a name in a document means, by path."""
    return list(visible(principal, Label).filter(label_condition(name, "")).order_by("path"))
