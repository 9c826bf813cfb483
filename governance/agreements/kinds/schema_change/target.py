"""The dataset or column that a change is about, as the catalog knows it now."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models import Column, Dataset
from catalog.names import NameRefused, join_parts, parse_name, split_parts
from catalog.selectors.datasets import visible_columns
from catalog.types import Principal
from governance.agreements.kinds.schema_change.document import SchemaChangeDocument
from governance.agreements.selectors.references import datasets_named


@dataclass(frozen=True, slots=True)
class Target:
    """`column` is None when the whole dataset is meant, or when there is no such column."""

    dataset: Dataset
    column: Column | None


def target_of(principal: Principal, document: SchemaChangeDocument) -> Target | None:
    """What the document names; None when there is no such dataset. It may have disappeared."""
    dataset = datasets_named(principal, (document.dataset,)).get(document.dataset)
    if dataset is None:
        return None
    return Target(dataset, column_at(principal, dataset, document.column))


def column_at(principal: Principal, dataset: Dataset, path: str) -> Column | None:
    """The column of a dataset with this path, one that disappeared too; None when there is none."""
    if not path:
        return None
    found = visible_columns(principal).filter(dataset=dataset, path=path)
    return found.select_related("dataset__system").first()


def renamed_path(path: str, new_name: str) -> str:
    """The path of a column, nested ones too, after a rename of its last part."""
    return join_parts((*split_parts(path)[:-1], new_name))


def renamed_dataset(qualified_name: str, new_name: str) -> str:
    """The whole name of a dataset after a rename; raises NameRefused for what is no name."""
    name = parse_name(qualified_name)
    parent = name.parent
    return str(parent.child(new_name) if parent else name)


def short_name(qualified_name: str) -> str:
    """The last two parts of a dataset's name, as people say it: `mart.delinquency_aging`."""
    try:
        return join_parts(parse_name(qualified_name).parts[-2:]) or qualified_name
    except NameRefused:
        return qualified_name


def in_words(document: SchemaChangeDocument) -> str:
    """What is changed, in short: `mart.delinquency_aging.bucket`."""
    name = short_name(document.dataset)
    return f"{name}.{document.column}" if document.column else name
