"""The log of what was destroyed is kept for six years, as long as anybody may ask for its proof (privacy.matrix)."""

from datetime import timedelta

from django.db import migrations

BASIS = "RGPD, art. 5(2) : prouver ce qui a été détruit, le temps de la prescription"


def seed(apps, schema_editor):
    rules = apps.get_model("privacy", "RetentionRule")
    values = {"clock": "WRITTEN", "keep": timedelta(days=2192), "erasable": False, "basis": BASIS}
    rules.objects.get_or_create(code="DELETION_LOG", jurisdiction="", defaults=values)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0016_email_suppression")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
