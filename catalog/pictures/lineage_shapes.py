"""What a lineage picture shows: nodes, their columns, the edges between them."""

from dataclasses import dataclass

MOST_NODES = 200
MOST_COLUMNS = 40


class PictureError(ValueError):
    """The picture cannot be drawn; the sentence says why and what to do."""


class TooManyNodesError(PictureError):
    def __init__(self, count: int) -> None:
        super().__init__(
            f"A picture shows at most {MOST_NODES} datasets, this one would have {count:,}. "
            "Ask for fewer levels, or read the table."
        )


@dataclass(frozen=True, slots=True)
class PictureColumn:
    """A column inside an expanded node. `marked` is the column that was asked for."""

    name: str
    type: str = ""
    href: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class PictureNode:
    """A dataset, dashboard or statement. `lane` is the system it stands in; `kind` chooses the
    icon. The three more addresses open one more level and show or hide the columns, of which there
    are `column_count` where they are not given."""

    id: str
    title: str
    subtitle: str = ""
    kind: str = "dataset"
    lane: str = ""
    href: str = ""
    columns: tuple[PictureColumn, ...] = ()
    column_count: int = 0
    expanded: bool = False
    unparsed: bool = False
    locked: bool = False
    focus: bool = False
    hidden_upstream: int = 0
    hidden_downstream: int = 0
    upstream_href: str = ""
    downstream_href: str = ""
    columns_href: str = ""

    @property
    def drawn_columns(self) -> tuple[PictureColumn, ...]:
        return self.columns[:MOST_COLUMNS] if self.expanded else ()

    @property
    def all_columns(self) -> int:
        """How many it has, shown or not."""
        return len(self.columns) or self.column_count


@dataclass(frozen=True, slots=True)
class PictureEdge:
    """Data flows from source to target. Not `direct`: the source only filters, joins or sorts.
    `confidence` is between 0 and 1; `label` is said when the edge is pointed at."""

    source_node: str
    source_column: str | None
    target_node: str
    target_column: str | None
    direct: bool = True
    confidence: float = 1.0
    label: str = ""
    href: str = ""


def confidence_word(confidence: float) -> str:
    """'sure' from 0.9, 'likely' from 0.6, 'uncertain' below and for what is no number."""
    if confidence >= 0.9:
        return "sure"
    return "likely" if confidence >= 0.6 else "uncertain"


def check_picture(nodes: list[PictureNode], edges: list[PictureEdge]) -> None:
    """PictureError for too many nodes, two nodes of one id, or an edge to nowhere."""
    if len(nodes) > MOST_NODES:
        raise TooManyNodesError(len(nodes))
    known: set[str] = set()
    for node in nodes:
        if node.id in known:
            raise PictureError(f"Two nodes of the picture have the id {node.id!r}; give each one.")
        known.add(node.id)
    for edge in edges:
        for end in (edge.source_node, edge.target_node):
            if end not in known:
                raise PictureError(
                    f"An edge leads to {end!r}, which is not a node of the picture; add the node."
                )
