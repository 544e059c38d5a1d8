"""One confirmed owner per address and one principal address per person, on MariaDB too.

allauth says both with conditional unique constraints, which MariaDB and MySQL do not create. A generated column that is NULL where the
condition does not hold, with a plain unique key, is the same there. SQLite has the constraints themselves.
"""

from django.db import migrations

TABLE = "account_emailaddress"
KEYS = {
    "verified_key": ("varchar(320)", "IF(verified, LOWER(email), NULL)"),
    "primary_key": ("bigint", "IF(`primary`, user_id, NULL)"),
}


def add_keys(apps, schema_editor):
    if schema_editor.connection.vendor != "mysql":
        return
    for name, (kind, value) in KEYS.items():
        schema_editor.execute(f"ALTER TABLE {TABLE} ADD COLUMN {name} {kind} GENERATED ALWAYS AS ({value}) VIRTUAL UNIQUE")


def drop_keys(apps, schema_editor):
    if schema_editor.connection.vendor != "mysql":
        return
    for name in KEYS:
        schema_editor.execute(f"ALTER TABLE {TABLE} DROP COLUMN {name}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_age"), ("account", "0009_emailaddress_unique_primary_email")]
    operations = [migrations.RunPython(add_keys, drop_keys, atomic=False)]
