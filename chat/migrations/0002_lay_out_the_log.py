"""How the log is kept on each engine: partitions by day of expiry on MariaDB, an index of expiry where rows go in batches."""

from django.db import migrations

TABLE = "chat_roomevent"
INDEX = "chat_roomevent_expires_at"


def lay_out(apps, schema_editor):
    if schema_editor.connection.vendor == "mysql":
        schema_editor.execute(
            f"ALTER TABLE {TABLE} PARTITION BY RANGE COLUMNS (expires_at) (PARTITION pmax VALUES LESS THAN (MAXVALUE))"
        )
    else:
        schema_editor.execute(f"CREATE INDEX {INDEX} ON {TABLE} (expires_at)")


def put_back(apps, schema_editor):
    if schema_editor.connection.vendor == "mysql":
        schema_editor.execute(f"ALTER TABLE {TABLE} REMOVE PARTITIONING")
    else:
        schema_editor.execute(f"DROP INDEX {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_initial")]
    operations = [migrations.RunPython(lay_out, put_back, atomic=False)]
