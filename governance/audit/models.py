"""The log of access decisions, how far its chains are, what left the database, and holds."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from catalog.models import Dataset, Person
from catalog.models.choices import choices
from catalog.models.history import tracked
from governance.audit.types import AccessOutcome, Keeping


class AuditBlock(models.Model):
    """Consecutive records of one chain, from `first` to `last`, as they came together.

    `body` has their canonical rows, a line for each, `digests` their hashes, of 32 bytes each one
    after the other. The other columns say what searches find a block by, and `verify` compares: the
    times of its records, at most `MOST_SECONDS` apart, whom and what they are about (datasets of
    long lists by `blocks.stretch`), and `words` (`blocks.word`). The table is made by SQL: it is
    partitioned by the way of keeping and then by month, so that old records are dropped and not
    deleted.
    """

    pk = models.CompositePrimaryKey("chain", "first", "keeping", "until")
    keeping = models.CharField(max_length=12, choices=choices(Keeping))
    since = models.DateTimeField()
    until = models.DateTimeField()
    chain = models.BigIntegerField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    people = ArrayField(models.BigIntegerField(), default=list)
    datasets = ArrayField(models.BigIntegerField(), default=list)
    words = ArrayField(models.TextField(), default=list)
    body = models.BinaryField()
    digests = models.BinaryField()

    class Meta:
        ordering = ["-until", "-chain", "-first"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.first} to {self.last} of {self.chain}"


class AuditRow(models.Model):
    """One answer to one call, as it was given: a line of a block.

    `body` is the canonical row that was hashed, `digest` SHA-256 over its predecessor's digest and
    it; the other columns repeat it. Its table is a view that takes all blocks apart, for queries of
    one's own: `selectors/blocks.py` reads only those blocks in which something can be found. People
    and datasets are ids without a constraint: records outlive both.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    keeping = models.CharField(max_length=12, choices=choices(Keeping))
    at = models.DateTimeField()
    chain = models.BigIntegerField()
    sequence = models.BigIntegerField()
    gateway = models.CharField(max_length=200)
    outcome = models.CharField(max_length=12, choices=choices(AccessOutcome))
    action = models.CharField(max_length=200)
    purpose = models.CharField(max_length=200, blank=True)
    person = models.ForeignKey(
        Person, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    datasets = ArrayField(models.BigIntegerField(), default=list)
    rules = ArrayField(models.TextField(), default=list)
    body = models.TextField()
    digest = models.BinaryField()

    class Meta:
        managed = False
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return str(self.pk)


class AuditChain(models.Model):
    """One chain: whose it is, how far it is written, and when it grew last.

    `begins_at` is the first sequence that is still kept and `begins_with` the digest before it;
    pruning moves both.
    """

    id = models.BigIntegerField(primary_key=True)
    keeping = models.CharField(max_length=12, choices=choices(Keeping))
    host = models.CharField(max_length=100)
    process = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    sequence = models.BigIntegerField()
    digest = models.BinaryField()
    at = models.DateTimeField()
    begins_at = models.BigIntegerField(db_default=1)
    begins_with = models.BinaryField(null=True)

    class Meta:
        ordering = ["-at", "id"]
        indexes = [models.Index(fields=["-at"], name="audit_chain_latest")]

    def __str__(self) -> str:
        return f"{self.keeping} of {self.host}-{self.process}"


class AuditHead(models.Model):
    """What was signed and left the database: the ends of all chains that had grown."""

    number = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    statement = models.TextField()
    signature = models.CharField(max_length=200)
    delivered = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-number"]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="signed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.statement IS DISTINCT FROM NEW.statement"
                    " OR OLD.signature IS DISTINCT FROM NEW.signature"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"head {self.number}"


@tracked()
class AuditHold(models.Model):
    """A legal hold: months with a row of this person or dataset are not pruned until it is lifted.

    Without both, every row of the time is held.
    """

    reason = models.TextField()
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="audit_holds"
    )
    dataset = models.ForeignKey(
        Dataset, null=True, blank=True, on_delete=models.SET_NULL, related_name="audit_holds"
    )
    dataset_name = models.CharField(max_length=500, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    placed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-placed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gt=F("since")),
                name="audit_hold_has_length",
            )
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.reason[:80]
