"""One application and one set of recovery codes per person, on MariaDB too: the third of allauth's conditional constraints (see 0003)."""

from django.db import migrations

TABLE = "mfa_authenticator"
KEY = "one_key"
VALUE = "IF(type IN ('totp', 'recovery_codes'), CONCAT(user_id, ':', type), NULL)"


def add_key(apps, schema_editor):
    if schema_editor.connection.vendor == "mysql":
        schema_editor.execute(f"ALTER TABLE {TABLE} ADD COLUMN {KEY} varchar(40) GENERATED ALWAYS AS ({VALUE}) VIRTUAL UNIQUE")


def drop_key(apps, schema_editor):
    if schema_editor.connection.vendor == "mysql":
        schema_editor.execute(f"ALTER TABLE {TABLE} DROP COLUMN {KEY}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_age_epoch"), ("mfa", "0003_authenticator_type_uniq")]
    operations = [migrations.RunPython(add_key, drop_key, atomic=False)]
