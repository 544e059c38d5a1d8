"""Entries of the audit chain are kept for five years (privacy.matrix)."""

from datetime import timedelta

from django.db import migrations

BASIS = "RGPD, art. 5(2) : rendre compte de ce qui a été fait"


def seed(apps, schema_editor):
    rules = apps.get_model("privacy", "RetentionRule")
    values = {"clock": "WRITTEN", "keep": timedelta(days=1826), "erasable": False, "basis": BASIS}
    rules.objects.get_or_create(code="AUDIT", jurisdiction="", defaults=values)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0018_export_pieces")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
