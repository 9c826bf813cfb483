"""Who had to sign stays on record when a domain is deleted: nothing of the tables changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_remarks"),
        ("governance", "0012_messages_apart"),
    ]

    operations = [
        migrations.AlterField(
            model_name=name,
            name="domain",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.SET_NULL,
                related_name="+",
                to="catalog.domain",
            ),
        )
        for name in ("signer", "signrequest")
    ]
