"""Records of access as blocks: a row for many records of one chain instead of a row for each.

What the log holds is put together month by month, in the order of its chains, which takes no more
memory than one block; the canonical rows and their hashes stay as they are. On one core it takes
about five minutes for ten million records. `governance_auditrow` is a view from then on.
"""

import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

_MAKE = [
    """
    CREATE TABLE governance_auditblock (
        keeping varchar(12) NOT NULL,
        since timestamptz NOT NULL,
        until timestamptz NOT NULL,
        chain bigint NOT NULL,
        first bigint NOT NULL,
        last bigint NOT NULL,
        people bigint[] NOT NULL,
        datasets bigint[] NOT NULL,
        words text[] NOT NULL,
        body bytea NOT NULL,
        digests bytea NOT NULL,
        PRIMARY KEY (chain, first, keeping, until),
        CONSTRAINT audit_block_is_short CHECK (
            since <= until AND until - since <= interval '1 minute' AND first <= last
            AND last - first < 1000
        )
    ) PARTITION BY LIST (keeping)
    """,
    # Hashes cannot be compressed. LZ4 costs next to nothing; where a server was built without it,
    # its own method would take longer than writing what it saves.
    """
    DO $$ BEGIN
        ALTER TABLE governance_auditblock ALTER digests SET STORAGE EXTERNAL;
        BEGIN
            ALTER TABLE governance_auditblock
                ALTER body SET COMPRESSION lz4, ALTER words SET COMPRESSION lz4,
                ALTER people SET COMPRESSION lz4, ALTER datasets SET COMPRESSION lz4;
        EXCEPTION WHEN feature_not_supported THEN
            ALTER TABLE governance_auditblock
                ALTER body SET STORAGE EXTERNAL, ALTER people SET STORAGE EXTERNAL,
                ALTER datasets SET STORAGE EXTERNAL;
        END;
    END $$
    """,
    *(
        f"""
        CREATE TABLE governance_auditblock_{keeping} PARTITION OF governance_auditblock
        FOR VALUES IN ('{keeping}') PARTITION BY RANGE (until)
        """
        for keeping in ("restricted", "open", "listing")
    ),
    "CREATE INDEX audit_block_until ON governance_auditblock (until)",
    "CREATE INDEX audit_block_people ON governance_auditblock USING gin (people)",
    "CREATE INDEX audit_block_datasets ON governance_auditblock USING gin (datasets)",
    "CREATE INDEX audit_block_words ON governance_auditblock USING gin (words)",
]
# Who writes meanwhile waits, and keeps records on the disk when it has waited for five seconds.
_LOCK = "LOCK TABLE governance_auditrow IN ACCESS EXCLUSIVE MODE"
# A block ends where the next record is not the next of its chain, is of another minute, or where
# 1,000 records or a quarter of a megabyte are together.
_CONVERT = r"""
DO $$
DECLARE month record; target text;
BEGIN
    FOR month IN
        SELECT leaf.relid::text AS name, substring(leaf.relid::text FROM '_([a-z]+)_\d+$') AS keeping,
               to_date(substring(leaf.relid::text FROM '\d+$'), 'YYYYMM') AS begins
        FROM pg_partition_tree('governance_auditrow') leaf WHERE leaf.isleaf
          AND leaf.relid::text ~ '_\d{6}$'
        ORDER BY 1
    LOOP
        target := format('governance_auditblock_%s_%s', month.keeping,
                         to_char(month.begins, 'YYYYMM'));
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
            target, 'governance_auditblock_' || month.keeping,
            to_char(month.begins, 'YYYY-MM-DD') || ' 00:00:00+00',
            to_char(month.begins + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00'
        );
        EXECUTE format($convert$
            INSERT INTO %I (keeping, since, until, chain, first, last, people, datasets, words,
                            body, digests)
            SELECT keeping, min(at), max(at), chain, min(sequence), max(sequence),
                   coalesce(array_agg(DISTINCT person_id) FILTER (WHERE person_id IS NOT NULL),
                            '{}'),
                   ARRAY(SELECT DISTINCT one::bigint
                         FROM unnest(string_to_array(
                             string_agg(nullif(array_to_string(datasets, ','), ''), ','), ','
                         )) one),
                   ARRAY(SELECT DISTINCT one FROM jsonb_array_elements(jsonb_agg(to_jsonb(words))) row,
                         jsonb_array_elements_text(row) one),
                   convert_to(string_agg(body, E'\n' ORDER BY sequence, at), 'UTF8'),
                   string_agg(digest, ''::bytea ORDER BY sequence, at)
            FROM (
                SELECT *, sum(begins) OVER (PARTITION BY chain ORDER BY sequence, at) AS block,
                       ARRAY['gateway:' || left(gateway, 200), 'outcome:' || outcome,
                             'action:' || left(action, 200)]
                       || CASE WHEN purpose = '' THEN '{}'
                               ELSE ARRAY['purpose:' || left(purpose, 200)] END
                       || ARRAY(SELECT 'rule:' || left(rule, 200) FROM unnest(rules) rule)
                       || CASE WHEN query IS NULL THEN '{}'
                               WHEN strpos(query, '\') = 0 THEN ARRAY['query:' || left(query, 200)]
                               ELSE ARRAY['query:' || left(('"' || query || '"')::json #>> '{}', 200)]
                          END AS words
                FROM (
                    SELECT *, replace(substring(body FROM '"query_id":"((?:[^"\\]|\\.)*)"'),
                                      '\u0000', '') AS query,
                           CASE WHEN sequence = lag(sequence) OVER places + 1
                                 AND minute = lag(minute) OVER places
                                 AND thousand = lag(thousand) OVER places
                                 AND quarter = lag(quarter) OVER places
                                THEN 0 ELSE 1 END AS begins
                    FROM (
                        SELECT *, floor(extract(epoch FROM at) / 60) AS minute,
                               row_number() OVER inside / 1000 AS thousand,
                               sum(length(body)) OVER inside / 262144 AS quarter
                        FROM %I
                        WINDOW inside AS (PARTITION BY chain ORDER BY sequence, at)
                    ) measured
                    WINDOW places AS (PARTITION BY chain ORDER BY sequence, at)
                ) marked
            ) numbered
            GROUP BY keeping, chain, block
        $convert$, target, month.name);
    END LOOP;
END $$
"""
# Rows of former versions may hold NUL, which PostgreSQL does not take for text.
_VIEW = """
CREATE VIEW governance_auditrow AS
SELECT (said.told ->> 'id')::uuid AS id, block.keeping,
       timestamptz 'epoch' + (said.told ->> 'at')::bigint * interval '1 microsecond' AS at,
       block.chain, block.first + line.place - 1 AS sequence,
       said.told ->> 'gateway' AS gateway, said.told ->> 'outcome' AS outcome,
       said.told ->> 'action' AS action, coalesce(said.told ->> 'purpose', '') AS purpose,
       (said.told ->> 'person')::bigint AS person_id,
       ARRAY(SELECT jsonb_array_elements_text(said.told -> 'datasets')::bigint) AS datasets,
       ARRAY(SELECT jsonb_array_elements_text(said.told -> 'rules')) AS rules,
       line.body,
       substring(block.digests FROM (32 * line.place - 31)::int FOR 32) AS digest
FROM governance_auditblock block
CROSS JOIN LATERAL string_to_table(convert_from(block.body, 'UTF8'), E'\\n')
     WITH ORDINALITY AS line (body, place)
CROSS JOIN LATERAL (
    SELECT replace(line.body, '\\u0000', '\\u2400')::jsonb AS told OFFSET 0
) said
"""


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0008_decision_tallies'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='auditrow',
            name='append_only',
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(sql=[_LOCK, *_MAKE, _CONVERT, 'DROP TABLE governance_auditrow', _VIEW]),
            ],
            state_operations=[
                migrations.CreateModel(
                    name='AuditBlock',
                    fields=[
                        ('pk', models.CompositePrimaryKey('chain', 'first', 'keeping', 'until', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('keeping', models.CharField(choices=[('restricted', 'Restricted'), ('open', 'Open'), ('listing', 'Listing')], max_length=12)),
                        ('since', models.DateTimeField()),
                        ('until', models.DateTimeField()),
                        ('chain', models.BigIntegerField()),
                        ('first', models.BigIntegerField()),
                        ('last', models.BigIntegerField()),
                        ('people', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                        ('datasets', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                        ('words', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                        ('body', models.BinaryField()),
                        ('digests', models.BinaryField()),
                    ],
                    options={
                        'ordering': ['-until', '-chain', '-first'],
                    },
                ),
                migrations.AlterModelOptions(
                    name='auditrow',
                    options={'managed': False, 'ordering': ['-at', '-id']},
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditblock',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='fdf0fefa1ee928c6764b3f3904d3ab9d82f6d0f4', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_058e2', table='governance_auditblock', when='BEFORE')),
        ),
    ]
