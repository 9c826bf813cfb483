import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0010_glass_reviews'),
    ]

    operations = [
        migrations.AddField(
            model_name='decisionbatch',
            name='claimed_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
    ]
