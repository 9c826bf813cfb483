"""Which page numbers a pager shows, and what one of the things it counts is called."""

_ONE_OF = {"people": "person", "things asked for": "thing asked for"}


def one_of(noun: str) -> str:
    """What one of many is called: 'queries' -> 'query'."""
    if noun in _ONE_OF:
        return _ONE_OF[noun]
    return f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")


def page_window(current: int, last: int, around: int = 2) -> list[int | None]:
    """The first and the last page and those around the current one; None stands for a gap
    of two or more pages: (7, 20) -> [1, None, 5, 6, 7, 8, 9, None, 20]."""
    wanted = {1, last} | set(range(max(1, current - around), min(last, current + around) + 1))
    shown: list[int | None] = []
    previous = 0
    for page in sorted(wanted):
        gap = page - previous - 1
        if gap == 1:
            shown.append(page - 1)
        elif gap > 1:
            shown.append(None)
        shown.append(page)
        previous = page
    return shown
