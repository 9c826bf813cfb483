"""The 420 employees: who is named in the text, and who is made from a digest of their number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from catalog.types import EmploymentKind, JobRole
from config.demo.larkfield.text import read_text

ItemT = TypeVar("ItemT")
CHIEF = 1  # the number that everybody answers to in the end


@dataclass(frozen=True, slots=True)
class Employee:
    """One employee; `manager` is the number of whom they answer to, None for the first."""

    number: int
    username: str
    name: str
    email: str
    title: str
    department: str
    location: str
    employment: EmploymentKind
    role: JobRole
    manager: int | None


@cache
def employees() -> tuple[Employee, ...]:
    """Everybody, by number."""
    text = read_text("people.yaml")
    company = read_text("company.yaml")
    named = {entry["number"]: entry for entry in text["named"]}
    found = []
    for department, numbers in departments():
        for number in numbers:
            chooser = _Chooser(text["seed"], number)
            stated = named.get(number)
            found.append(
                _stated(stated, department, company["mail"])
                if stated is not None
                else _made(number, chooser, department, text, company["mail"])
            )
    managers = _managers(text["seed"], text["span"])
    return tuple(_answering(employee, managers.get(employee.number)) for employee in found)


def departments() -> Iterator[tuple[Mapping[str, Any], range]]:
    """Each department with the numbers of its employees."""
    first = 1
    for department in read_text("people.yaml")["departments"]:
        yield department, range(first, first + department["employees"])
        first += department["employees"]


class _Chooser:
    """Choices for one employee: each a pure function of seed, number and what is chosen."""

    def __init__(self, seed: str, number: int) -> None:
        self._address = f"{seed}/employee/{number}"

    def number(self, what: str, below: int) -> int:
        digest = hashlib.blake2b(f"{self._address}/{what}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % below

    def one(self, what: str, items: Sequence[ItemT]) -> ItemT:
        return items[self.number(what, len(items))]


def _stated(entry: Mapping[str, Any], department: Mapping[str, Any], mail: str) -> Employee:
    return Employee(
        number=entry["number"],
        username=entry["username"],
        name=entry["name"],
        email=f"{entry['username']}@{mail}",
        title=entry["title"],
        department=department["name"],
        location=entry["location"],
        employment=EmploymentKind.EMPLOYEE,
        role=JobRole(entry["role"]),
        manager=None,
    )


def _made(
    number: int, choose: _Chooser, department: Mapping[str, Any], text: Any, mail: str
) -> Employee:
    first = choose.one("first name", text["first_names"].split())
    last = choose.one("last name", text["last_names"].split())
    role = JobRole(choose.one("role", department["roles"]))
    return Employee(
        number=number,
        username=f"u-{number:04}",
        name=f"{first} {last}",
        email=f"{first}.{last}.{number:04}@{mail}".lower(),
        title=role.value.replace("_", " ").capitalize(),
        department=department["name"],
        location=choose.one("location", text["locations"]),
        employment=_employment(choose.number("employment", 100), text),
        role=role,
        manager=None,
    )


def _employment(hundredth: int, text: Any) -> EmploymentKind:
    if hundredth < text["contractors"]:
        return EmploymentKind.CONTRACTOR
    if hundredth < text["contractors"] + text["externals"]:
        return EmploymentKind.EXTERNAL
    return EmploymentKind.EMPLOYEE


def _managers(seed: str, span: int) -> dict[int, int]:
    """By number, whom an employee answers to.

    The first of a department answers to the chief and leads those after, as many as the span
    asks for; everybody else of the department answers to one of these.
    """
    answers: dict[int, int] = {}
    for _, numbers in departments():
        head, *others = numbers
        if head != CHIEF:
            answers[head] = CHIEF
        leaders = others[: -(-len(others) // span)]
        for number in others:
            is_leader = number in leaders or len(others) <= span
            chosen = _Chooser(seed, number).one("manager", leaders or [head])
            answers[number] = head if is_leader else chosen
    return answers


def _answering(employee: Employee, manager: int | None) -> Employee:
    values = {name: getattr(employee, name) for name in Employee.__slots__}
    return Employee(**{**values, "manager": manager})
