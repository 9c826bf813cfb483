"""Query records: the statements that systems ran, one for each shape, and how often they ran.

They are measurements, so no history is kept of them: totals grow, and the series of days is cut
after `DAYS_KEPT` days. The literals of a statement are kept only when its
connection says so, beside the masked text and never instead of it.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from catalog.models import Column, Connection, Dataset, Person, System
from catalog.models.choices import choices
from lineage.types import StatementStatus


class Query(models.Model):
    """All runs of one statement in one system, whatever its literals were.

    `database` and `schema_name` complete the names in it; the same text elsewhere is another
    record. Durations are milliseconds. `first_run_at` and `last_run_at` are None as long as the
    source told no times. `read_at` None means that it waits to be read; then its tables, joins
    and filters are those of the reading before, if any. `missing` is as for `Statement`.
    """

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="queries")
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.SET_NULL, related_name="queries"
    )
    dialect = models.CharField(max_length=50)
    database = models.CharField(max_length=500, blank=True)
    schema_name = models.CharField(max_length=500, blank=True)
    fingerprint = models.CharField(max_length=32)
    text = models.TextField()
    sample = models.TextField(blank=True)
    statement_type = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=20, choices=choices(StatementStatus), blank=True)
    reason = models.TextField(blank=True)
    unresolved = models.JSONField(default=list, blank=True)
    missing = ArrayField(models.CharField(max_length=2000), default=list, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    first_run_at = models.DateTimeField(null=True, blank=True)
    last_run_at = models.DateTimeField(null=True, blank=True)
    runs = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)
    total_ms = models.FloatField(default=0)
    max_ms = models.FloatField(default=0)
    rows = models.BigIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-runs", "id"]
        verbose_name_plural = "queries"
        constraints = [
            models.UniqueConstraint(
                fields=["system", "fingerprint", "database", "schema_name"], name="query_once"
            )
        ]
        indexes = [
            GinIndex(fields=["missing"], name="query_missing"),
            models.Index(fields=["id"], condition=Q(read_at__isnull=True), name="query_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint} in {self.system_id}"


class QueryUser(models.Model):
    """A user name as a system knows it, and the person it was matched to, if any."""

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="query_users")
    name = models.CharField(max_length=200)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="query_users"
    )

    class Meta:
        ordering = ["system", "name"]
        constraints = [models.UniqueConstraint(fields=["system", "name"], name="query_user_once")]

    def __str__(self) -> str:
        return self.name


class QueryRunner(models.Model):
    """How often a user ran a query in all, and when last."""

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="runners")
    user = models.ForeignKey(QueryUser, on_delete=models.CASCADE, related_name="runners")
    runs = models.BigIntegerField(default=0)
    last_run_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["query", "-runs", "id"]
        constraints = [models.UniqueConstraint(fields=["query", "user"], name="query_runner_once")]

    def __str__(self) -> str:
        return f"{self.user_id} ran {self.query_id}"


class QueryDay(models.Model):
    """The runs of a query by a user (None: the log names nobody) on one day (UTC)."""

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="days")
    user = models.ForeignKey(
        QueryUser, null=True, blank=True, on_delete=models.CASCADE, related_name="days"
    )
    day = models.DateField(db_index=True)
    runs = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)
    total_ms = models.FloatField(default=0)

    class Meta:
        ordering = ["query", "day", "user"]
        constraints = [
            models.UniqueConstraint(
                fields=["query", "user", "day"], name="query_day_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.query_id} on {self.day}"


class QueryTable(models.Model):
    """A dataset that a query reads or writes, and the columns of it that it reads.

    `columns` are all of them; `filtered`, `joined` and `grouped` those that decide which rows
    there are, connect tables, or group and sort.
    """

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="tables")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="query_tables")
    is_read = models.BooleanField(default=False)
    is_written = models.BooleanField(default=False)
    columns = ArrayField(models.BigIntegerField(), default=list, blank=True)
    written_columns = ArrayField(models.BigIntegerField(), default=list, blank=True)
    filtered = ArrayField(models.BigIntegerField(), default=list, blank=True)
    joined = ArrayField(models.BigIntegerField(), default=list, blank=True)
    grouped = ArrayField(models.BigIntegerField(), default=list, blank=True)

    class Meta:
        ordering = ["query", "dataset"]
        constraints = [
            models.UniqueConstraint(fields=["query", "dataset"], name="query_table_once")
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} in {self.query_id}"


class QueryJoin(models.Model):
    """Two columns that a query sets equal; the smaller id is on the left."""

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="joins")
    left = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="query_joins_left")
    left_column = models.ForeignKey(
        Column, on_delete=models.CASCADE, related_name="query_joins_left"
    )
    right = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="query_joins_right")
    right_column = models.ForeignKey(
        Column, on_delete=models.CASCADE, related_name="query_joins_right"
    )

    class Meta:
        ordering = ["query", "left_column", "right_column"]
        constraints = [
            models.UniqueConstraint(
                fields=["query", "left_column", "right_column"], name="query_join_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.left_column_id} = {self.right_column_id}"


class QueryFilter(models.Model):
    """A condition that a query puts on one column, its literals masked: `status = ?`."""

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="filters")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="query_filters")
    column = models.ForeignKey(Column, on_delete=models.CASCADE, related_name="query_filters")
    condition = models.CharField(max_length=200)

    class Meta:
        ordering = ["query", "column", "condition"]
        constraints = [
            models.UniqueConstraint(
                fields=["query", "column", "condition"], name="query_filter_once"
            )
        ]

    def __str__(self) -> str:
        return self.condition


class CountedRuns(models.Model):
    """Which runs of a system's day were counted, so that a log read twice counts once.

    `runs` are 63-bit digests of the runs' ids. Rows go with the days they stand for; a log that
    is older than that is refused.
    """

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="counted_runs")
    day = models.DateField()
    runs = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        ordering = ["system", "day"]
        constraints = [models.UniqueConstraint(fields=["system", "day"], name="counted_runs_once")]

    def __str__(self) -> str:
        return f"{self.system_id} on {self.day}"


class QueryCounter(models.Model):
    """What a system's own counter of a statement said when it was last read.

    Systems such as PostgreSQL count runs without telling each; what is new is the difference.
    `key` is the system's own identity of the statement, its user and its database.
    """

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="query_counters")
    key = models.CharField(max_length=200)
    runs = models.BigIntegerField(default=0)
    total_ms = models.FloatField(default=0)
    rows = models.BigIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["system", "key"]
        constraints = [models.UniqueConstraint(fields=["system", "key"], name="query_counter_once")]

    def __str__(self) -> str:
        return self.key
