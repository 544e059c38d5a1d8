from django.db import migrations

import core.fields
import core.ids


def name_spends(apps, schema_editor):
    """A name for each spend that has none; done again it finds nothing more."""
    spends = apps.get_model("billing", "WalletSpend").objects.filter(public_id=None)
    while rows := list(spends.only("pk")[:500]):
        for row in rows:
            spends.filter(pk=row.pk).update(public_id=core.ids.new_public_id())


class Migration(migrations.Migration):
    dependencies = [("billing", "0012_changes_of_renewals")]

    operations = [
        migrations.AddField(
            model_name="walletspend",
            name="public_id",
            field=core.fields.KeyField(editable=False, max_length=20, null=True, unique=True, verbose_name="identifiant"),
        ),
        migrations.RunPython(name_spends, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="walletspend",
            name="public_id",
            field=core.fields.KeyField(
                default=core.ids.new_public_id, editable=False, max_length=20, null=True, unique=True, verbose_name="identifiant"
            ),
        ),
    ]
