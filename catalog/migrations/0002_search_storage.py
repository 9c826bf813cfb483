"""Search documents lie in their table as a rebuild lays them: ranking reads short rows."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                "ALTER TABLE catalog_searchdocument SET (toast_tuple_target = 256)",
                "ALTER TABLE catalog_searchdocument ALTER name_tokens SET STORAGE MAIN",
            ],
            [
                "ALTER TABLE catalog_searchdocument RESET (toast_tuple_target)",
                "ALTER TABLE catalog_searchdocument ALTER name_tokens SET STORAGE EXTENDED",
            ],
        )
    ]
