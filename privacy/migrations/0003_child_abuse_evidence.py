"""How long evidence of the abuse of children is kept (privacy.matrix)."""

from datetime import timedelta

from django.db import migrations

BASIS = "DSA 18: until the authority confirms, a year at most"


def seed(apps, schema_editor):
    values = {"clock": "EXPIRY", "keep": timedelta(0), "erasable": False, "basis": BASIS}
    apps.get_model("privacy", "RetentionRule").objects.get_or_create(code="CHILD_ABUSE_EVIDENCE", defaults=values)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0002_matrix")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
