"""One text for one document: JSON Canonicalization Scheme (RFC 8785) and its digest."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

MAX_INTEGER = 2**53 - 1  # beyond it ECMAScript numbers are no longer exact (RFC 8785, 3.2.2.3)


def canonical(value: Any) -> str:
    """The canonical JSON of a value made of mappings, sequences, text, numbers, booleans, None.

    Raises ValueError for a number that JSON cannot carry exactly and for a key that is no text.
    """
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise ValueError(f"The number {value} is too large to be exact in JSON.")
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("Every key of a document is text.")
        # RFC 8785, 3.2.3: keys are ordered by their UTF-16 code units.
        ordered = sorted(
            value.items(), key=lambda item: item[0].encode("utf-16-be", "surrogatepass")
        )
        return "{" + ",".join(f"{canonical(k)}:{canonical(v)}" for k, v in ordered) + "}"
    if isinstance(value, Sequence):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    raise ValueError(f"A {type(value).__name__} cannot stand in a document.")


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, in lower-case hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def _number(value: float) -> str:
    """As ECMAScript writes a number: the shortest digits that read back the same."""
    if not math.isfinite(value):
        raise ValueError("A document has no infinite and no undefined numbers.")
    if value == 0:
        return "0"
    sign, shortest = ("-", -value) if value < 0 else ("", value)
    mantissa, _, exponent = repr(shortest).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction.rstrip("0") if fraction.strip("0") else whole).lstrip("0")
    point = len(whole) + int(exponent or 0)
    if whole == "0":
        point = int(exponent or 0) - (len(fraction) - len(fraction.lstrip("0")))
    digits = digits.rstrip("0") or "0"
    if 0 < point <= 21:
        text = digits.ljust(point, "0")
        text = text if len(digits) <= point else f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        head = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
        text = f"{head}e{point - 1:+d}"
    return sign + text
