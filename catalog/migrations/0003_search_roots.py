"""Search ranks text by the roots of its words; the documents of before are made anew by a rebuild."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_search_storage")]

    operations = [
        migrations.AddField("searchdocument", "roots", models.JSONField(default=dict)),
        migrations.AddField("searchdocument", "length", models.FloatField(default=0)),
    ]
