"""Pieces of an archive have names of their own, and are known by them. Archives from before are made again: nobody could read them."""

from django.db import migrations, models


def forget(apps, schema_editor):
    for name in ("ExportPart", "ExportEntry", "ExportArchive"):
        apps.get_model("privacy", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("privacy", "0017_deletion_log")]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
        migrations.RemoveField(model_name="exportentry", name="lengths"),
        migrations.AddField(model_name="exportentry", name="pieces", field=models.JSONField(default=list, editable=False)),
    ]
