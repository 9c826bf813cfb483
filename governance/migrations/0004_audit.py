"""The log of access decisions: a table of partitions, which Django does not make, its chains and heads."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


_MAKE = [
    """
    CREATE TABLE governance_auditrow (
        id uuid NOT NULL,
        keeping varchar(12) NOT NULL,
        at timestamptz NOT NULL,
        chain bigint NOT NULL,
        sequence bigint NOT NULL,
        gateway varchar NOT NULL,
        outcome varchar(12) NOT NULL,
        action varchar NOT NULL,
        purpose varchar NOT NULL,
        person_id bigint,
        datasets bigint[] NOT NULL,
        rules text[] NOT NULL,
        body text NOT NULL,
        digest bytea NOT NULL,
        PRIMARY KEY (id, keeping, at),
        CONSTRAINT audit_row_once UNIQUE (chain, sequence, keeping, at)
    ) PARTITION BY LIST (keeping)
    """,
    *(
        f"""
        CREATE TABLE governance_auditrow_{keeping} PARTITION OF governance_auditrow
        FOR VALUES IN ('{keeping}') PARTITION BY RANGE (at)
        """
        for keeping in ("restricted", "open", "listing")
    ),
    # Rows come in the order of time, so that a summary of each few pages finds an hour.
    "CREATE INDEX audit_row_at ON governance_auditrow USING brin (at)",
    "CREATE INDEX audit_row_person ON governance_auditrow (person_id, at)",
    "CREATE INDEX audit_row_datasets ON governance_auditrow USING gin (datasets)",
    "CREATE INDEX audit_row_rules ON governance_auditrow USING gin (rules) WHERE rules <> '{}'",
]


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_search_storage'),
        ('governance', '0003_opt_out_exceptions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField(unique=True)),
                ('at', models.DateTimeField()),
                ('statement', models.TextField()),
                ('signature', models.CharField(max_length=200)),
                ('delivered', models.JSONField(blank=True, default=dict)),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='AuditHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField()),
                ('dataset_name', models.CharField(blank=True, max_length=500)),
                ('since', models.DateTimeField(blank=True, null=True)),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('placed_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-placed_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='AuditHoldHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('reason', models.TextField()),
                ('dataset_name', models.CharField(blank=True, max_length=500)),
                ('since', models.DateTimeField(blank=True, null=True)),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('placed_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(_MAKE, 'DROP TABLE governance_auditrow'),
            ],
            state_operations=[
                migrations.CreateModel(
                    name='AuditRow',
                    fields=[
                        ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                        ('keeping', models.CharField(choices=[('restricted', 'Restricted'), ('open', 'Open'), ('listing', 'Listing')], max_length=12)),
                        ('at', models.DateTimeField()),
                        ('chain', models.BigIntegerField()),
                        ('sequence', models.BigIntegerField()),
                        ('gateway', models.CharField(max_length=200)),
                        ('outcome', models.CharField(choices=[('allowed', 'Allowed'), ('partial', 'Partial'), ('refused', 'Refused'), ('lost', 'Lost')], max_length=12)),
                        ('action', models.CharField(max_length=200)),
                        ('purpose', models.CharField(blank=True, max_length=200)),
                        ('datasets', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                        ('rules', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                        ('body', models.TextField()),
                        ('digest', models.BinaryField()),
                        ('person', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['-at', '-id'],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name='AuditChain',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('keeping', models.CharField(choices=[('restricted', 'Restricted'), ('open', 'Open'), ('listing', 'Listing')], max_length=12)),
                ('host', models.CharField(max_length=100)),
                ('process', models.CharField(max_length=100)),
                ('started_at', models.DateTimeField()),
                ('sequence', models.BigIntegerField()),
                ('digest', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('begins_at', models.BigIntegerField(db_default=1)),
                ('begins_with', models.BinaryField(null=True)),
            ],
            options={
                'ordering': ['-at', 'id'],
                'indexes': [models.Index(fields=['-at'], name='audit_chain_latest')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='audithead',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='cf5a7e7acce3699ba1e6f9879871b11e71bc36e0', operation='DELETE', pgid='pgtrigger_kept_71dd8', table='governance_audithead', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='audithead',
            trigger=pgtrigger.compiler.Trigger(name='signed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.statement IS DISTINCT FROM NEW.statement OR OLD.signature IS DISTINCT FROM NEW.signature)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='cec6514a73dd33aedf365440d9dde81b722dbe7a', operation='UPDATE', pgid='pgtrigger_signed_cbe79', table='governance_audithead', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='audithold',
            name='dataset',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='audit_holds', to='catalog.dataset'),
        ),
        migrations.AddField(
            model_name='audithold',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='audithold',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='audit_holds', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='audithold',
            name='placed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='auditholdhistory',
            name='dataset',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='catalog.dataset'),
        ),
        migrations.AddField(
            model_name='auditholdhistory',
            name='lifted_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='auditholdhistory',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='auditholdhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', related_query_name='history', to='governance.audithold'),
        ),
        migrations.AddField(
            model_name='auditholdhistory',
            name='placed_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='audithold',
            constraint=models.CheckConstraint(condition=models.Q(('since__isnull', True), ('until__isnull', True), ('until__gt', models.F('since')), _connector='OR'), name='audit_hold_has_length'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='audithold',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c6d7b17875e3c4a7fc6570ac1361110ba0a6d929', operation='DELETE', pgid='pgtrigger_kept_a7b6b', table='governance_audithold', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='audithold',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "governance_auditholdhistory" ("dataset_id", "dataset_name", "id", "lifted_at", "lifted_by_id", "person_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed_at", "placed_by_id", "reason", "since", "until") SELECT new_values."dataset_id", new_values."dataset_name", new_values."id", new_values."lifted_at", new_values."lifted_by_id", new_values."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', new_values."id", new_values."placed_at", new_values."placed_by_id", new_values."reason", new_values."since", new_values."until" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='ec20fd61e9ba08c057f4259c4bfffb01991e425e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_03cc1', referencing='REFERENCING NEW TABLE AS new_values ', table='governance_audithold', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='audithold',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "governance_auditholdhistory" ("dataset_id", "dataset_name", "id", "lifted_at", "lifted_by_id", "person_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed_at", "placed_by_id", "reason", "since", "until") SELECT new_values."dataset_id", new_values."dataset_name", new_values."id", new_values."lifted_at", new_values."lifted_by_id", new_values."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', new_values."id", new_values."placed_at", new_values."placed_by_id", new_values."reason", new_values."since", new_values."until" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='1fa32b955190df3e98ac2309df19f85cc9a498e2', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_8b33c', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='governance_audithold', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='audithold',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "governance_auditholdhistory" ("dataset_id", "dataset_name", "id", "lifted_at", "lifted_by_id", "person_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "placed_at", "placed_by_id", "reason", "since", "until") SELECT old_values."dataset_id", old_values."dataset_name", old_values."id", old_values."lifted_at", old_values."lifted_by_id", old_values."person_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', old_values."id", old_values."placed_at", old_values."placed_by_id", old_values."reason", old_values."since", old_values."until" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='88934079974b32733c76adbfcf82dbbd2d3e4a3f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_9463b', referencing='REFERENCING OLD TABLE AS old_values ', table='governance_audithold', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditholdhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d1c71e1adad8002844cddd7844f6dab18aaf3cf9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ffbd7', table='governance_auditholdhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditrow',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a63de2cde925afa4a0f0bb01b6a804b42464d6c3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a706d', table='governance_auditrow', when='BEFORE')),
        ),
    ]
