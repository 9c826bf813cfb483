import datetime as dt

from django.db import migrations, models
from django.utils import timezone


def settle_old(apps, schema_editor):
    """Mail nothing that was written more than a day ago: it asks for what is decided by now."""
    notifications = apps.get_model("governance", "Notification").objects
    notifications.filter(mailed_at__isnull=False).update(settled_at=models.F("mailed_at"))
    before = timezone.now() - dt.timedelta(days=1)
    notifications.filter(settled_at__isnull=True, created_at__lt=before).update(
        settled_at=timezone.now()
    )


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0011_batch_claims'),
    ]

    operations = [
        migrations.AddField(
            model_name='notification',
            name='next_attempt_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='notification',
            name='settled_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RemoveIndex(
            model_name='notification',
            name='notification_unsent',
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['is_immediate', 'next_attempt_at'], name='notification_waiting'),
        ),
        migrations.RunPython(settle_old, migrations.RunPython.noop),
    ]
