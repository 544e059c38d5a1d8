"""The retention matrix as it ships (privacy.matrix)."""

from datetime import timedelta

from django.db import migrations

ROWS = (
    ("MESSAGE_BODY", "EXPIRY", 0, True, "contract, minimisation"),
    ("MESSAGE_DELETED", "EXPIRY", 0, True, "safety: a report can open it for 24 hours"),
    ("MESSAGE_META", "WRITTEN", 365, False, "décret 2021-1362, art. 5"),
    ("HELD_MESSAGE", "EXPIRY", 0, True, "contract: its author reads for a week what became of it"),
    ("MEDIA", "EXPIRY", 0, True, "minimisation"),
    ("CONNECTION", "EXPIRY", 0, False, "décret 2021-1362, art. 5"),
    ("DEVICE_MARK", "EXPIRY", 0, True, "security"),
    ("BAN_KEY", "EXPIRY", 0, False, "security"),
    ("AGE_CHECK", "EXPIRY", 1, True, "security"),
    ("ID_DOCUMENT", "EXPIRY", 0, True, "minimisation"),
    ("UNCONFIRMED", "WRITTEN", 7, True, "minimisation"),
    ("DELIVERY", "WRITTEN", 7, True, "contract"),
    ("NOTIFICATION", "WRITTEN", 30, True, "contract"),
    ("REPORT", "CLOSED", 214, False, "DSA 16, 20"),
    ("EVIDENCE", "CLOSED", 214, False, "DSA 17, 20; GDPR 17(3)(b), (e)"),
    ("DECISION", "CLOSED", 730, False, "DSA 15, 24"),
    ("RULE_HIT", "WRITTEN", 90, True, "quality"),
    ("LEGAL_REQUEST", "CLOSED", 1826, False, "proof of cooperation"),
)


def seed(apps, schema_editor):
    rules = apps.get_model("privacy", "RetentionRule")
    for code, clock, days, erasable, basis in ROWS:
        values = {"clock": clock, "keep": timedelta(days=days), "erasable": erasable, "basis": basis}
        rules.objects.get_or_create(code=code, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
