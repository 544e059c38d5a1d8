from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_kind_of_exchange")]

    operations = [
        migrations.AddField(
            model_name="planorder",
            name="prorated_at",
            field=models.DateTimeField(null=True, verbose_name="crédit compté au"),
        ),
    ]
