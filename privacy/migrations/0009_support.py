"""Answers to people are kept for a year; who asked may have theirs erased before."""

from datetime import timedelta

from django.db import migrations


def seed(apps, schema_editor):
    values = {"clock": "CLOSED", "keep": timedelta(days=365), "erasable": True, "basis": "contract: the person finds the answer again"}
    apps.get_model("privacy", "RetentionRule").objects.get_or_create(code="SUPPORT_REQUEST", defaults=values)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0008_payments")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
