"""GraphQL mutations of the catalog: each calls one service and returns what it changed.

A refusal is a GraphQL error whose `extensions` carry code, field and whom to ask.
"""

from __future__ import annotations

from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql import types
from catalog.graphql.arguments import member, number
from catalog.graphql.relations import plan, principal_of
from catalog.models import Dataset, Remark
from catalog.selectors import datasets as reading
from catalog.services import conversation, curation, personal, placements
from catalog.services.media import describe_media
from catalog.services.remarks import remark, reply, solve_remark
from catalog.types import LabelKind, Lifecycle, OwnershipKind, RemarkKind

REASON = graphene.String(
    required=True, default_value="", description="Why; it stands in the history."
)
DATASET = graphene.ID(required=True)


class DatasetPayload(graphene.ObjectType):
    """The dataset after the change."""

    dataset = graphene.Field(types.DatasetType, required=True)


class RemarkPayload(graphene.ObjectType):
    """The remark after the change."""

    remark = graphene.Field(types.RemarkType, required=True)


def _remark(info: GraphQLResolveInfo, made: Remark) -> dict[str, Remark]:
    plan(info, [made], "remark")
    return {"remark": made}


def _dataset(info: GraphQLResolveInfo, dataset_id: int) -> dict[str, Dataset]:
    found = reading.get_dataset(principal_of(info), dataset_id)
    plan(info, [found], "dataset")
    return {"dataset": found}


class CatalogMutation(graphene.ObjectType):
    """What there is to change."""

    change_dataset = graphene.Field(
        DatasetPayload, dataset=DATASET, changes=GenericScalar(required=True), reason=REASON,
        expected_version=graphene.String(), required=True,
        description="Change declared facts by name.",
    )  # fmt: skip
    describe_column = graphene.Field(
        DatasetPayload, dataset=DATASET, path=graphene.String(required=True),
        description_text=graphene.String(required=True), reason=REASON, required=True,
        description="Describe a column.",
    )  # fmt: skip
    add_owner = graphene.Field(
        DatasetPayload, dataset=DATASET, kind=graphene.String(required=True),
        person=graphene.ID(), team=graphene.ID(), reason=REASON, required=True,
        description="Name a person or a team as owner.",
    )  # fmt: skip
    remove_owner = graphene.Field(
        DatasetPayload, dataset=DATASET, owner=graphene.ID(required=True), reason=REASON,
        required=True, description="Release an owner.",
    )  # fmt: skip
    add_label = graphene.Field(
        DatasetPayload, dataset=DATASET, kind=graphene.String(required=True),
        path=graphene.String(required=True),
        column=graphene.String(required=True, default_value=""), reason=REASON, required=True,
        description="Add a tag or classification.",
    )  # fmt: skip
    remove_label = graphene.Field(
        DatasetPayload, dataset=DATASET, kind=graphene.String(required=True),
        path=graphene.String(required=True),
        column=graphene.String(required=True, default_value=""), reason=REASON, required=True,
        description="Take a tag or classification off.",
    )  # fmt: skip
    change_lifecycle = graphene.Field(
        DatasetPayload, dataset=DATASET, to=graphene.String(required=True), reason=REASON,
        required=True, description="Take a step in the lifecycle.",
    )  # fmt: skip
    revert_dataset = graphene.Field(
        DatasetPayload, dataset=DATASET, history_id=graphene.Int(required=True),
        expected_version=graphene.String(), required=True,
        description="Go back to an earlier version of the declared facts.",
    )  # fmt: skip
    describe_media = graphene.Field(
        DatasetPayload, dataset=DATASET, changes=GenericScalar(required=True), reason=REASON,
        required=True, description="Change what an image, sound or document says of itself.",
    )  # fmt: skip
    make_remark = graphene.Field(
        RemarkPayload, subject_type=graphene.String(required=True),
        subject_id=graphene.ID(required=True), text=graphene.String(required=True),
        kind=graphene.String(required=True, default_value="comment"), required=True,
        description="Comment on anything, ask, or report a problem.",
    )  # fmt: skip
    reply_to_remark = graphene.Field(
        RemarkPayload, remark=graphene.ID(required=True), text=graphene.String(required=True),
        required=True, description="Reply to a comment, question or problem.",
    )  # fmt: skip
    solve_remark = graphene.Field(
        RemarkPayload, remark=graphene.ID(required=True), required=True,
        description="Take the banner of a problem down.",
    )  # fmt: skip
    ask_question = graphene.Field(
        DatasetPayload, dataset=DATASET, text=graphene.String(required=True), required=True,
        description="Ask the owners.",
    )  # fmt: skip
    answer_question = graphene.Field(
        DatasetPayload, question=graphene.ID(required=True), text=graphene.String(required=True),
        required=True, description="Answer a question.",
    )  # fmt: skip
    report_problem = graphene.Field(
        DatasetPayload, dataset=DATASET, text=graphene.String(required=True), required=True,
        description="Put a banner on the dataset.",
    )  # fmt: skip
    solve_problem = graphene.Field(
        DatasetPayload, problem=graphene.ID(required=True), required=True,
        description="Take a banner down.",
    )  # fmt: skip
    add_example_query = graphene.Field(
        DatasetPayload, dataset=DATASET, question=graphene.String(required=True),
        sql=graphene.String(required=True), required=True,
        description="Keep a query with the question it answers.",
    )  # fmt: skip
    place_first_in_search = graphene.Field(
        DatasetPayload, dataset=DATASET, query=graphene.String(required=True, default_value=""),
        ends_on=graphene.Date(required=True), reason=graphene.String(required=True), required=True,
        description="Show it before its like in one search, or without a query in all of them.",
    )  # fmt: skip
    take_back_placement = graphene.Field(
        DatasetPayload, placement=graphene.ID(required=True), reason=REASON, required=True,
        description="End a placement in searches.",
    )  # fmt: skip
    follow = graphene.Field(DatasetPayload, dataset=DATASET, required=True)
    unfollow = graphene.Field(DatasetPayload, dataset=DATASET, required=True)

    @staticmethod
    def resolve_change_dataset(
        root: Any,
        info: GraphQLResolveInfo,
        dataset: str,
        changes: Any,
        reason: str,
        expected_version: str | None = None,
    ) -> Any:
        """See `services.curation.change_dataset`."""
        if not isinstance(changes, dict):
            raise InvalidInput("changes is an object of fact name to value.", field="changes")
        changed = curation.change_dataset(
            acting=principal_of(info),
            dataset_id=number(dataset, "dataset"),
            changes=changes,
            expected_version=expected_version,
            reason=reason,
        )
        return _dataset(info, changed.pk)

    @staticmethod
    def resolve_describe_column(
        root: Any,
        info: GraphQLResolveInfo,
        dataset: str,
        path: str,
        description_text: str,
        reason: str,
    ) -> Any:
        """See `services.curation.change_column`."""
        column = curation.change_column(
            acting=principal_of(info),
            dataset_id=number(dataset, "dataset"),
            path=path,
            description=description_text,
            reason=reason,
        )
        return _dataset(info, column.dataset_id)

    @staticmethod
    def resolve_add_owner(
        root: Any,
        info: GraphQLResolveInfo,
        dataset: str,
        kind: str,
        reason: str,
        person: str = "",
        team: str = "",
    ) -> Any:
        """See `services.curation.add_owner`."""
        ownership = curation.add_owner(
            acting=principal_of(info),
            dataset_id=number(dataset, "dataset"),
            kind=member(OwnershipKind, kind, "kind"),
            person_id=number(person, "person") if person else None,
            team_id=number(team, "team") if team else None,
            reason=reason,
        )
        return _dataset(info, ownership.dataset_id)

    @staticmethod
    def resolve_remove_owner(
        root: Any, info: GraphQLResolveInfo, dataset: str, owner: str, reason: str
    ) -> Any:
        """See `services.curation.remove_owner`."""
        dataset_id = number(dataset, "dataset")
        curation.remove_owner(
            acting=principal_of(info),
            dataset_id=dataset_id,
            ownership_id=number(owner, "owner"),
            reason=reason,
        )
        return _dataset(info, dataset_id)

    @staticmethod
    def resolve_add_label(root: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
        """See `services.curation.add_label`."""
        return _label(curation.add_label, info, **given)

    @staticmethod
    def resolve_remove_label(root: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
        """See `services.curation.remove_label`."""
        return _label(curation.remove_label, info, **given)

    @staticmethod
    def resolve_change_lifecycle(
        root: Any, info: GraphQLResolveInfo, dataset: str, to: str, reason: str
    ) -> Any:
        """See `services.curation.change_lifecycle`."""
        changed = curation.change_lifecycle(
            acting=principal_of(info),
            dataset_id=number(dataset, "dataset"),
            to=member(Lifecycle, to, "to"),
            reason=reason,
        )
        return _dataset(info, changed.pk)

    @staticmethod
    def resolve_revert_dataset(
        root: Any,
        info: GraphQLResolveInfo,
        dataset: str,
        history_id: int,
        expected_version: str | None = None,
    ) -> Any:
        """See `services.curation.revert_dataset`."""
        changed = curation.revert_dataset(
            acting=principal_of(info),
            dataset_id=number(dataset, "dataset"),
            history_id=history_id,
            expected_version=expected_version,
        )
        return _dataset(info, changed.pk)

    @staticmethod
    def resolve_describe_media(
        root: Any, info: GraphQLResolveInfo, dataset: str, changes: Any, reason: str
    ) -> Any:
        """By fact name."""
        if not isinstance(changes, dict):
            raise InvalidInput("changes is an object of names and values.", field="changes")
        dataset_id = number(dataset, "dataset")
        describe_media(
            acting=principal_of(info), dataset_id=dataset_id, changes=changes, reason=reason
        )
        return _dataset(info, dataset_id)

    @staticmethod
    def resolve_make_remark(
        root: Any,
        info: GraphQLResolveInfo,
        subject_type: str,
        subject_id: str,
        text: str,
        kind: str,
    ) -> Any:
        """A new one."""
        made = remark(
            acting=principal_of(info),
            subject_type=subject_type,
            subject_id=number(subject_id, "subjectId"),
            kind=member(RemarkKind, kind, "kind"),
            text=text,
        )
        return _remark(info, made)

    @staticmethod
    def resolve_reply_to_remark(root: Any, info: GraphQLResolveInfo, remark: str, text: str) -> Any:
        """The remark with the reply."""
        made = reply(acting=principal_of(info), remark_id=number(remark, "remark"), text=text)
        return _remark(info, made.parent or made)

    @staticmethod
    def resolve_solve_remark(root: Any, info: GraphQLResolveInfo, remark: str) -> Any:
        """The problem."""
        remark_id = number(remark, "remark")
        return _remark(info, solve_remark(acting=principal_of(info), remark_id=remark_id))

    @staticmethod
    def resolve_ask_question(root: Any, info: GraphQLResolveInfo, dataset: str, text: str) -> Any:
        """See `services.conversation.ask`."""
        asked = conversation.ask(
            acting=principal_of(info), dataset_id=number(dataset, "dataset"), text=text
        )
        return _dataset(info, asked.dataset_id)

    @staticmethod
    def resolve_answer_question(
        root: Any, info: GraphQLResolveInfo, question: str, text: str
    ) -> Any:
        """See `services.conversation.answer`."""
        given = conversation.answer(
            acting=principal_of(info), question_id=number(question, "question"), text=text
        )
        return _dataset(info, given.question.dataset_id)

    @staticmethod
    def resolve_report_problem(root: Any, info: GraphQLResolveInfo, dataset: str, text: str) -> Any:
        """See `services.conversation.report_problem`."""
        problem = conversation.report_problem(
            acting=principal_of(info), dataset_id=number(dataset, "dataset"), text=text
        )
        return _dataset(info, problem.dataset_id)

    @staticmethod
    def resolve_solve_problem(root: Any, info: GraphQLResolveInfo, problem: str) -> Any:
        """See `services.conversation.solve_problem`."""
        solved = conversation.solve_problem(
            acting=principal_of(info), problem_id=number(problem, "problem")
        )
        return _dataset(info, solved.dataset_id)

    @staticmethod
    def resolve_add_example_query(
        root: Any, info: GraphQLResolveInfo, dataset: str, question: str, sql: str
    ) -> Any:
        """See `services.conversation.add_example_query`."""
        example = conversation.add_example_query(
            acting=principal_of(info),
            dataset_id=number(dataset, "dataset"),
            question=question,
            sql=sql,
        )
        return _dataset(info, example.dataset_id)

    @staticmethod
    def resolve_place_first_in_search(
        root: Any, info: GraphQLResolveInfo, dataset: str, query: str, ends_on: Any, reason: str
    ) -> Any:
        """See `services.placements.place_first`."""
        placement = placements.place_first(
            acting=principal_of(info),
            dataset_id=number(dataset, "dataset"),
            query=query,
            reason=reason,
            ends_on=ends_on,
        )
        return _dataset(info, placement.dataset_id)

    @staticmethod
    def resolve_take_back_placement(
        root: Any, info: GraphQLResolveInfo, placement: str, reason: str
    ) -> Any:
        """See `services.placements.take_back`."""
        dataset_id = placements.take_back(
            acting=principal_of(info), placement_id=number(placement, "placement"), reason=reason
        )
        return _dataset(info, dataset_id)

    @staticmethod
    def resolve_follow(root: Any, info: GraphQLResolveInfo, dataset: str) -> Any:
        """See `services.personal.follow`."""
        dataset_id = number(dataset, "dataset")
        personal.follow(acting=principal_of(info), dataset_id=dataset_id)
        return _dataset(info, dataset_id)

    @staticmethod
    def resolve_unfollow(root: Any, info: GraphQLResolveInfo, dataset: str) -> Any:
        """See `services.personal.unfollow`."""
        dataset_id = number(dataset, "dataset")
        personal.unfollow(acting=principal_of(info), dataset_id=dataset_id)
        return _dataset(info, dataset_id)


def _label(
    change: Any,
    info: GraphQLResolveInfo,
    *,
    dataset: str,
    kind: str,
    path: str,
    column: str,
    reason: str,
) -> Any:
    dataset_id = number(dataset, "dataset")
    change(
        acting=principal_of(info),
        dataset_id=dataset_id,
        kind=member(LabelKind, kind, "kind"),
        path=path,
        column_path=column,
        reason=reason,
    )
    return _dataset(info, dataset_id)
