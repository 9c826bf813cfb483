"""What can go wrong, each with one plain sentence."""

from __future__ import annotations


class ClientError(Exception):
    """Any of these."""


class NotReady(ClientError):  # noqa: N818 - reads as what it says
    """There is nothing to decide from yet."""


class FolderInUse(ClientError):  # noqa: N818
    """Another process keeps its copy in this folder."""


class DecisionNotKept(ClientError):  # noqa: N818
    """The record of a decision can be kept neither here nor by the service: nothing is decided."""


class StatementRefused(ClientError):  # noqa: N818
    """A statement may not run. `reasons` say why, by which opt-outs and whom to ask."""

    def __init__(self, reasons: tuple[object, ...]) -> None:
        self.reasons = reasons
        said = " ".join(
            f"{getattr(one, 'sentence', one)}"
            + (f" Ask {ask}." if (ask := getattr(one, "ask", "")) else "")
            for one in reasons
        )
        super().__init__(said or "The statement may not run.")


class Unreachable(ClientError):  # noqa: N818
    """The service cannot be reached, or answers nothing that can be used."""

    def __init__(self, sentence: str, status: int = 0, retry_after: float = 0.0) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after
