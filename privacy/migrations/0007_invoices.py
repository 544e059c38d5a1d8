"""Invoices are kept for ten years, whoever asks for their erasure; the person in them goes with the account."""

from datetime import timedelta

from django.db import migrations


def seed(apps, schema_editor):
    values = {"clock": "WRITTEN", "keep": timedelta(days=3653), "erasable": False, "basis": "Code de commerce, L123-22"}
    apps.get_model("privacy", "RetentionRule").objects.get_or_create(code="INVOICE", defaults=values)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0006_contract_paper")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
