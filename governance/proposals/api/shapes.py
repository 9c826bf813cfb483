"""Shapes of proposals over REST: what goes out, and what comes in."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.models import (
    Appeal,
    Comment,
    Concern,
    Position,
    Proposal,
    Revision,
    Signer,
    Step,
)
from governance.types import AppealChoice, BlockKind, ChangeOp, Outcome, PositionValue


class _ByUserName(serializers.SlugRelatedField[Any]):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="username", read_only=True, **kwargs)


class ProposalSerializer(serializers.ModelSerializer[Proposal]):
    """A proposal in a list; `class` is how it is decided (E, L, S, C, P, X, M)."""

    author = _ByUserName()
    champion = _ByUserName()
    domain = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)

    class Meta:
        model = Proposal
        fields = [
            "key", "kind", "title", "ask", "state", "scope", "is_emergency",
            "is_escalated", "author", "champion", "domain", "created_at", "state_since",
            "discussion_until", "final_call_until", "effective_at", "lapses_at",
        ]  # fmt: skip

    def get_fields(self) -> dict[str, Any]:
        """`class` is a word of Python, so it is added here."""
        klass = serializers.CharField(source="klass", read_only=True)
        return super().get_fields() | {"class": klass}


class ProposalEvidenceSerializer(serializers.Serializer[Any]):
    """What a proposal or a block rests on."""

    title = serializers.CharField(max_length=300)
    url = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)
    query = serializers.CharField(
        max_length=20_000, required=False, default="", allow_blank=True, trim_whitespace=False
    )
    result_digest = serializers.CharField(
        max_length=200, required=False, default="", allow_blank=True
    )
    as_of = serializers.DateField(required=False, default=None, allow_null=True)


class ChangeInSerializer(serializers.Serializer[Any]):
    """One change: `key` is the agreement's, empty to create one; `document` is the whole new
    document, empty to retire."""

    op = serializers.ChoiceField(choices=[op.value for op in ChangeOp])
    kind = serializers.CharField(max_length=30)
    key = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    document = serializers.DictField(required=False, default=dict)


class DraftSerializer(serializers.Serializer[Any]):
    """A proposal as its author writes it; people are user names, the domain its short name."""

    title = serializers.CharField(max_length=300)
    ask = serializers.CharField(max_length=300)
    changes = ChangeInSerializer(many=True)
    rationale = serializers.CharField(required=False, default="", allow_blank=True)
    evidence = ProposalEvidenceSerializer(many=True, required=False, default=list)
    no_evidence_reason = serializers.CharField(required=False, default="", allow_blank=True)
    wanted_effective_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    champion = serializers.CharField(required=False, default="", allow_blank=True)
    co_authors = serializers.ListField(child=serializers.CharField(), required=False, default=list)
    domain = serializers.CharField(required=False, default="", allow_blank=True)


class ProposedChangesSerializer(serializers.Serializer[Any]):
    """Changes to be checked without writing anything."""

    changes = ChangeInSerializer(many=True)


class FindingSerializer(serializers.Serializer[Any]):
    """What a check answered: error, warning, or unchecked where its engine is missing."""

    check = serializers.CharField()
    level = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField()
    fix = serializers.CharField()


class ConflictFoundSerializer(serializers.Serializer[Any]):
    """A conflict that a dry run found."""

    kind = serializers.CharField()
    witness = serializers.CharField()
    parties = serializers.ListField(child=serializers.DictField())


class SignerSerializer(serializers.ModelSerializer[Signer]):
    """Who is asked, why, and by which way they are touched."""

    person = _ByUserName(allow_null=True)

    class Meta:
        model = Signer
        fields = ["label", "role", "reason", "person", "explanation", "path", "objects_count"]


class SignatureSerializer(serializers.Serializer[Any]):
    """One signature that is needed, and how far it is."""

    label = serializers.CharField(source="signer.label")  # type: ignore[assignment]
    person = serializers.CharField(source="signer.person.username", default=None, allow_null=True)
    reason = serializers.CharField(source="signer.reason")
    explanation = serializers.CharField(source="signer.explanation")
    path = serializers.ListField(source="signer.path", child=serializers.CharField())
    state = serializers.CharField(source="signature.state")


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    """One exact text; what is said binds to its digest."""

    author = _ByUserName()

    class Meta:
        model = Revision
        fields = [
            "number", "digest", "rationale", "evidence", "no_evidence_reason",
            "wanted_effective_at", "author", "created_at",
        ]  # fmt: skip


class ProposalDifferenceSerializer(serializers.Serializer[Any]):
    """One difference between two documents, at a path."""

    kind = serializers.CharField()
    path = serializers.CharField()
    title = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class ProposalChangeSerializer(serializers.Serializer[Any]):
    """One change beside what it builds on."""

    op = serializers.CharField(source="change.op")
    kind = serializers.CharField(source="change.kind")
    key = serializers.CharField(source="change.agreement_key")
    title = serializers.CharField(source="change.title")
    base_version = serializers.IntegerField(source="change.base_version")
    before = serializers.JSONField()
    after = serializers.JSONField()
    is_editorial = serializers.BooleanField()
    differences = ProposalDifferenceSerializer(many=True)


class PositionSerializer(serializers.ModelSerializer[Position]):
    """What somebody said of one revision."""

    person = _ByUserName()
    on_behalf_of = _ByUserName(allow_null=True)
    revision = serializers.IntegerField(source="revision.number", read_only=True)

    class Meta:
        model = Position
        fields = [
            "person", "on_behalf_of", "label", "value", "block_kind", "reason", "revision", "at",
        ]  # fmt: skip


class SaidSerializer(serializers.Serializer[Any]):
    """A position, and whether it still counts."""

    position = PositionSerializer()
    is_stale = serializers.BooleanField()
    is_replaced = serializers.BooleanField()


class AppealSerializer(serializers.ModelSerializer[Appeal]):
    """A ruling of the chair before the meeting; the counts are of seats, once it is decided."""

    raiser = _ByUserName()

    class Meta:
        model = Appeal
        fields = [
            "id", "raiser", "reason", "ruling", "was_valid", "state", "sustain", "overturn",
            "abstain", "meeting", "raised_at", "decided_at",
        ]  # fmt: skip


class ConcernSerializer(serializers.ModelSerializer[Concern]):
    """A named doubt with its answer, its ruling and the appeals against that."""

    raiser = _ByUserName()
    answered_by = _ByUserName(allow_null=True)
    ruled_by = _ByUserName(allow_null=True)
    appeals = AppealSerializer(many=True)

    class Meta:
        model = Concern
        fields = [
            "id", "kind", "is_blocking", "title", "text", "evidence", "state", "answer",
            "answered_by", "ruling", "ruled_by", "appeals", "raiser", "raised_at", "settled_at",
        ]  # fmt: skip


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """A remark."""

    author = _ByUserName()

    class Meta:
        model = Comment
        fields = ["author", "text", "at"]


class StepSerializer(serializers.ModelSerializer[Step]):
    """A change of state."""

    actor = _ByUserName(allow_null=True)

    class Meta:
        model = Step
        fields = ["before", "after", "actor", "reason", "at"]


class InterestSerializer(serializers.Serializer[Any]):
    """Somebody who perhaps has a conflict of interest; `is_open` until they stand aside or the
    chair rules."""

    person = serializers.CharField(source="person.username")
    why = serializers.CharField()
    sentence = serializers.CharField()
    is_open = serializers.BooleanField()
    is_recused = serializers.BooleanField()


class AbilitySerializer(serializers.Serializer[Any]):
    """What the reader may do now; `why_not` is empty when they may."""

    act = serializers.CharField()
    is_possible = serializers.BooleanField()
    why_not = serializers.CharField()


class ProposalImpactSerializer(serializers.Serializer[Any]):
    """Whom and what it touches: exact counts, lists of at most 200 rows."""

    scope = serializers.CharField()
    scope_proof = serializers.JSONField()
    counts = serializers.DictField(child=serializers.IntegerField())
    content = serializers.JSONField()
    digest = serializers.CharField()
    taken_at = serializers.DateTimeField()


class ProposalDetailSerializer(serializers.Serializer[Any]):
    """One proposal in full."""

    proposal = ProposalSerializer()
    revision = RevisionSerializer()
    changes = ProposalChangeSerializer(many=True)
    findings = FindingSerializer(many=True)
    impact = ProposalImpactSerializer(source="snapshot", allow_null=True)
    signatures = SignatureSerializer(source="signers", many=True)
    others = SignerSerializer(many=True)
    positions = SaidSerializer(many=True)
    concerns = ConcernSerializer(many=True)
    interests = InterestSerializer(many=True)
    comments = CommentSerializer(many=True)
    steps = StepSerializer(many=True)
    decisions = serializers.SerializerMethodField()
    can = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_decisions(self, detail: Any) -> list[str]:
        """The keys of what was decided on it."""
        return [decision.key for decision in detail.decisions]

    @extend_schema_field(AbilitySerializer(many=True))
    def get_can(self, detail: Any) -> list[dict[str, Any]]:
        """Every act with whether the reader may."""
        return list(AbilitySerializer(list(detail.can.values()), many=True).data)


class StepReasonSerializer(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=5000)


class PositionInSerializer(serializers.Serializer[Any]):
    """A position on the revision whose digest is given; `on_behalf_of` is a user name."""

    revision_digest = serializers.CharField(max_length=64)
    value = serializers.ChoiceField(choices=[value.value for value in PositionValue])
    reason = serializers.CharField(required=False, default="", allow_blank=True)
    block_kind = serializers.ChoiceField(
        choices=[kind.value for kind in BlockKind], required=False, default="", allow_blank=True
    )
    title = serializers.CharField(required=False, default="", allow_blank=True, max_length=300)
    evidence = ProposalEvidenceSerializer(many=True, required=False, default=list)
    on_behalf_of = serializers.CharField(required=False, default="", allow_blank=True)


class ConcernInSerializer(serializers.Serializer[Any]):
    """A doubt to be heard."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in BlockKind])
    title = serializers.CharField(max_length=300)
    text = serializers.CharField()


class WordsSerializer(serializers.Serializer[Any]):
    """A text."""

    text = serializers.CharField()


class AppealVoteSerializer(serializers.Serializer[Any]):
    """What a seat says of an appeal."""

    choice = serializers.ChoiceField(choices=[choice.value for choice in AppealChoice])


class InterestRulingSerializer(serializers.Serializer[Any]):
    """The chair's ruling on a suggested conflict of interest."""

    username = serializers.CharField()
    stands_aside = serializers.BooleanField()
    ruling = serializers.CharField()


class VoteSerializer(serializers.Serializer[Any]):
    """How a vote of the council ended."""

    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in Outcome])
    reason = serializers.CharField()
    meeting = serializers.IntegerField(required=False, default=None, allow_null=True)
    effective_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    deferred_until = serializers.DateTimeField(required=False, default=None, allow_null=True)


class EmergencySerializer(serializers.Serializer[Any]):
    """An opt-out that is in force at once, and lapses unless it is confirmed and ratified."""

    title = serializers.CharField(max_length=300)
    ask = serializers.CharField(max_length=300)
    changes = ChangeInSerializer(many=True)
    reason = serializers.CharField()
    evidence = ProposalEvidenceSerializer(many=True, required=False, default=list)


class WaitingSerializer(serializers.Serializer[Any]):
    """One thing that waits for the reader."""

    proposal = serializers.CharField(source="proposal.key")
    act = serializers.CharField()
    sentence = serializers.CharField()
    due = serializers.DateTimeField(allow_null=True)


class DryRunChangeSerializer(serializers.Serializer[Any]):
    """One change as it was read, beside what is in force; `before` is null where nothing is."""

    op = serializers.CharField()
    kind = serializers.CharField()
    key = serializers.CharField()
    title = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField()
    is_editorial = serializers.BooleanField()


class AskedSerializer(serializers.Serializer[Any]):
    """Who would be asked or told, why, and by which way they are touched."""

    label = serializers.CharField()  # type: ignore[assignment]
    role = serializers.CharField()
    reason = serializers.CharField()
    explanation = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())


class DryRunSerializer(serializers.Serializer[Any]):
    """What checks, conflicts and impact say of changes; nothing was written."""

    changes = DryRunChangeSerializer(many=True)
    findings = FindingSerializer(many=True)
    conflicts = ConflictFoundSerializer(many=True)
    scope = serializers.CharField()
    scope_sentence = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    signers = AskedSerializer(many=True)
