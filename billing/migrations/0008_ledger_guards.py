"""Proofs are numbered, lines and holds say something, and the database itself refuses to change what was posted."""

from django.db import migrations, models

from billing.ledger import guards


def lay_out(apps, schema_editor):
    if not guards.is_throwaway(schema_editor.connection):
        guards.lay_out(schema_editor.connection)


def take_away(apps, schema_editor):
    guards.take_away(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_wallet_spends")]

    operations = [
        migrations.AddField(
            model_name="ledgerproof",
            name="number",
            field=models.PositiveIntegerField(default=1, unique=True, verbose_name="numéro"),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="ledgerproof",
            name="date",
            field=models.DateField(db_index=True, verbose_name="jour"),
        ),
        migrations.AlterField(
            model_name="ledgerproof",
            name="results",
            field=models.JSONField(verbose_name="fautes, par règle"),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resolved_by__isnull", False), ("state", "POSTED")),
                    models.Q(models.Q(("state", "POSTED"), _negated=True), ("resolved_by__isnull", True)),
                    _connector="OR",
                ),
                name="hold_posted_by_its_posting",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(condition=models.Q(("amount", 0), _negated=True), name="ledger_entry_of_something"),
        ),
        migrations.RunPython(lay_out, take_away, atomic=False),
    ]
