"""A document as YAML: always the same bytes for the same document, in the order of its type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from governance.agreements.kind import AgreementKind

WIDTH = 100

# What ends a line or is not seen is written as an escape: in any other style it is read back as
# something else.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


class _Dumper(yaml.SafeDumper):
    """Blocks for texts of several lines, no aliases, dates as the plain text that they are."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # A block keeps a text as it is only where no line ends in spaces and none holds a tab.
    lines = value.split("\n")
    is_block = len(lines) > 1 and not any(one != one.rstrip() or "\t" in one for one in lines[:-1])
    style = '"' if _UNSEEN.search(value) else "|" if is_block else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
_Dumper.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for letter, found in yaml.SafeDumper.yaml_implicit_resolvers.items()
}


def write_yaml(value: Mapping[str, Any]) -> str:
    """A mapping as YAML, its keys in their own order."""
    written: str = yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=WIDTH,
    )
    return written


def shortest(kind: AgreementKind, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stored document without what its type fills in by itself, in the order of the type.

    A document of an older form, which the type no longer takes, is given as it is stored.
    """
    try:
        read = kind.document_type.model_validate(document)
    except ValidationError:
        return dict(sorted(document.items()))
    short: dict[str, Any] = read.model_dump(mode="json", exclude_defaults=True)
    return short


def agreement_text(key: str, kind: AgreementKind, document: Mapping[str, Any]) -> str:
    """The file of one agreement."""
    return write_yaml({"agreement": key, "document": shortest(kind, document)})
