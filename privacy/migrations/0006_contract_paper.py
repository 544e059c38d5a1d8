"""Letters and requests about contracts are kept for five years (privacy.matrix)."""

from datetime import timedelta

from django.db import migrations

BASIS = "Code civil, art. 2224: as long as a contract may be argued about"


def seed(apps, schema_editor):
    rules = apps.get_model("privacy", "RetentionRule")
    values = {"clock": "WRITTEN", "keep": timedelta(days=1826), "erasable": False, "basis": BASIS}
    rules.objects.get_or_create(code="CONTRACT_PAPER", defaults=values)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0005_retention_change")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
