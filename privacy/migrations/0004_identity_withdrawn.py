"""What its owner took back of their civil identity: gone within minutes, kept by a legal hold alone."""

from datetime import timedelta

from django.db import migrations


def seed(apps, schema_editor):
    values = {"clock": "EXPIRY", "keep": timedelta(0), "erasable": True, "basis": "its owner took it back; a legal hold alone keeps it"}
    apps.get_model("privacy", "RetentionRule").objects.get_or_create(code="IDENTITY_WITHDRAWN", defaults=values)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0003_child_abuse_evidence")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
