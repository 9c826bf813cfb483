"""Lists as CSV and JSON. Cells that a spreadsheet would run as a formula are made plain text."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from io import StringIO

from django.http import HttpResponse, JsonResponse

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutral(value: object) -> str:
    """A cell's text; a leading apostrophe keeps a spreadsheet from running it as a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = value.isoformat() if isinstance(value, dt.datetime | dt.date) else str(value)
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def as_it_was(cell: str) -> str:
    """A text cell as it was before `neutral` made it harmless."""
    is_neutral = cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS)
    return cell[1:] if is_neutral else cell


def csv_response(
    filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """A CSV file (RFC 4180, UTF-8 with a mark, which spreadsheets need) to save as `filename`."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return HttpResponse(
        "\ufeff" + text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def json_response(
    filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """The same list as a JSON array of objects."""
    return JsonResponse(
        [dict(zip(header, row, strict=True)) for row in rows],
        safe=False,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
