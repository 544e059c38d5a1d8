"""Who ended our mails by the link in one is not written to again for three years."""

from datetime import timedelta

from django.db import migrations

BASIS = "respecter une désinscription ; trois ans, comme le demande la CNIL"


def seed(apps, schema_editor):
    values = {"clock": "WRITTEN", "keep": timedelta(days=1096), "erasable": True, "basis": BASIS}
    apps.get_model("privacy", "RetentionRule").objects.get_or_create(code="EMAIL_SUPPRESSION", jurisdiction="", defaults=values)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0015_export_archive")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
