"""What providers wrote of payments, and the telephones of payers: thirteen months, as far as disputes of banks reach back."""

from datetime import timedelta

from django.db import migrations

ROWS = (
    ("PROVIDER_EVENT", "disputes of banks reach back thirteen months"),
    ("PAYMENT_NUMBER", "refunds by hand; disputes reach back thirteen months"),
)


def seed(apps, schema_editor):
    for code, basis in ROWS:
        values = {"clock": "WRITTEN", "keep": timedelta(days=395), "erasable": False, "basis": basis}
        apps.get_model("privacy", "RetentionRule").objects.get_or_create(code=code, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0007_invoices")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
