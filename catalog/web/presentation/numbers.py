"""Numbers in words a person reads: counts, shares and amounts of bytes."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

LARGE = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"))
BYTE_UNITS = ("bytes", "KB", "MB", "GB", "TB", "PB", "EB")


def _decimal(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _one_decimal(value: Decimal) -> str:
    rounded = value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return f"{rounded:,.1f}".removesuffix(".0")


def exact_number(value: object) -> str:
    """1234567.5 -> '1,234,567.5'; what is no number is returned as its own text."""
    number = _decimal(value)
    if number is None:
        return str(value)
    if number == number.to_integral_value():
        return f"{int(number):,}"
    return f"{number.normalize():,f}"


def short_number(value: object) -> str:
    """Below a million exact ('12,345'), above in words ('1.2 million')."""
    number = _decimal(value)
    if number is None:
        return str(value)
    for size, word in LARGE:
        # 999,950,000 rounds to 1,000.0 million, which a reader wants as 1 billion.
        if abs(number) >= Decimal(size) * Decimal("0.99995" if size > 10**6 else "1"):
            return f"{_one_decimal(number / size)} {word}"
    return exact_number(value)


def exact_bytes(value: object) -> str:
    """1 -> '1 byte'; 2048 -> '2,048 bytes'."""
    return f"{exact_number(value)} {'byte' if str(value) == '1' else 'bytes'}"


def short_bytes(value: object) -> str:
    """Bytes in decimal units, one decimal from KB upwards: 1536000 -> '1.5 MB'."""
    number = _decimal(value)
    if number is None:
        return str(value)
    size, unit = number, 0
    while abs(size) >= 1000 and unit < len(BYTE_UNITS) - 1:
        size /= 1000
        unit += 1
    if unit == 0:
        return exact_bytes(value)
    return f"{_one_decimal(size)} {BYTE_UNITS[unit]}"


def percent(share: object) -> str:
    """A share of one as a percentage that never rounds something to nothing or to all:
    0.0004 -> 'under 0.1%'; 0.9999 -> 'over 99.9%'; 0.254 -> '25.4%'."""
    number = _decimal(share)
    if number is None:
        return str(share)
    if 0 < number < Decimal("0.001"):
        return "under 0.1%"
    if Decimal("0.999") < number < 1:
        return "over 99.9%"
    return f"{_one_decimal(number * 100)}%"
