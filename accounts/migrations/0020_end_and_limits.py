"""When an account closed, since when its data are restricted, and a law of its own for the rest of the world.

Accounts that have closed before know it by the name that they gave back then; who lives outside of the Union was counted in it.
"""

from django.db import migrations, models
from django.db.models import Max

UNION = ("BE", "DE", "ES", "IT", "LU")


def fill(apps, schema_editor):
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    users.filter(jurisdiction="EU", profile__isnull=False).exclude(profile__country__in=UNION).update(jurisdiction="OTHER")
    closed = users.filter(status="CLOSED", closed_at=None).annotate(left=Max("pseudonyms__to_at"))
    for pk, left, made in closed.values_list("pk", "left", "created_at").iterator():
        users.filter(pk=pk).update(closed_at=left or made)


def back(apps, schema_editor):
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    users.filter(jurisdiction="OTHER").update(jurisdiction="EU")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0019_kept_account'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='closed_at',
            field=models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='fermé le'),
        ),
        migrations.AddField(
            model_name='user',
            name='restricted_at',
            field=models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='traitement limité depuis le'),
        ),
        migrations.AlterField(
            model_name='user',
            name='jurisdiction',
            field=models.CharField(choices=[('FR', 'France'), ('EU', 'Union européenne'), ('OTHER', 'Autre pays'), ('MG', 'Madagascar')], default='FR', max_length=5, verbose_name='droit applicable'),
        ),
        migrations.RunPython(fill, back),
    ]
