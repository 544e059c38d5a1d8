"""Archives that people ask for, and the seven days for which they are kept."""

from datetime import timedelta

import core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def seed(apps, schema_editor):
    values = {"clock": "EXPIRY", "keep": timedelta(0), "erasable": True, "basis": "sécurité : sept jours pour la télécharger"}
    apps.get_model("privacy", "RetentionRule").objects.get_or_create(code="EXPORT_ARCHIVE", jurisdiction="", defaults=values)


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0014_erasure'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ExportArchive',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=core.ids.new_public_id, editable=False, max_length=20, unique=True, verbose_name='identifiant')),
                ('open_key', models.CharField(editable=False, max_length=20, null=True, unique=True)),
                ('state', models.CharField(choices=[('ASKED', 'Demandée'), ('BUILDING', 'En préparation'), ('READY', 'Prête'), ('CANCELLED', 'Annulée'), ('FAILED', 'Échouée')], default='ASKED', max_length=9, verbose_name='état')),
                ('language', models.CharField(max_length=2, verbose_name='langue')),
                ('done_rows', models.PositiveBigIntegerField(default=0, verbose_name='lignes faites')),
                ('all_rows', models.PositiveBigIntegerField(null=True, verbose_name='lignes en tout')),
                ('parts', models.PositiveSmallIntegerField(default=0, verbose_name='parties')),
                ('bytes', models.PositiveBigIntegerField(default=0, verbose_name='octets')),
                ('sha256', models.CharField(blank=True, max_length=64, verbose_name='empreinte du manifeste')),
                ('downloads', models.PositiveSmallIntegerField(default=0, verbose_name='téléchargements')),
                ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                ('built_at', models.DateTimeField(null=True, verbose_name='faite le')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='jusqu’au')),
                ('place', models.JSONField(default=dict, editable=False)),
                ('lease', models.CharField(blank=True, editable=False, max_length=32)),
                ('lease_until', models.DateTimeField(editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='essais')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='archives', to='privacy.datarequest', verbose_name='demande')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='personne')),
            ],
            options={
                'verbose_name': 'archive de données',
                'verbose_name_plural': 'archives de données',
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='ExportEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='rang')),
                ('kind', models.CharField(choices=[('DATA', 'Données'), ('MEDIA', 'Fichier joint'), ('SCHEMA', 'Schéma'), ('PAGE', 'Page')], max_length=6, verbose_name='sorte')),
                ('source', models.CharField(max_length=40, verbose_name='source')),
                ('path', models.CharField(max_length=200, verbose_name='chemin')),
                ('part', models.PositiveSmallIntegerField(default=0, verbose_name='partie')),
                ('rows', models.PositiveBigIntegerField(default=0, verbose_name='lignes')),
                ('size', models.PositiveBigIntegerField(default=0, verbose_name='octets')),
                ('crc', models.PositiveBigIntegerField(default=0, editable=False)),
                ('sha256', models.CharField(blank=True, max_length=64, verbose_name='empreinte')),
                ('deflated', models.BooleanField(default=True, verbose_name='compressé')),
                ('truncated', models.BooleanField(default=False, verbose_name='coupé')),
                ('lengths', models.JSONField(default=list, editable=False)),
                ('after', models.JSONField(editable=False, null=True)),
                ('done', models.BooleanField(default=False, verbose_name='fini')),
                ('archive', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='privacy.exportarchive', verbose_name='archive')),
            ],
            options={
                'verbose_name': 'fichier d’une archive',
                'verbose_name_plural': 'fichiers d’une archive',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ExportPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='partie')),
                ('bytes', models.PositiveBigIntegerField(verbose_name='octets')),
                ('downloads', models.PositiveSmallIntegerField(default=0, verbose_name='téléchargements')),
                ('key_sha256', models.CharField(blank=True, editable=False, max_length=64)),
                ('key_until', models.DateTimeField(editable=False, null=True)),
                ('archive', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='zips', to='privacy.exportarchive', verbose_name='archive')),
            ],
            options={
                'verbose_name': 'partie d’une archive',
                'verbose_name_plural': 'parties d’une archive',
                'default_permissions': (),
            },
        ),
        migrations.AddIndex(
            model_name='exportarchive',
            index=models.Index(fields=['user', 'asked_at'], name='export_of_person'),
        ),
        migrations.AddIndex(
            model_name='exportarchive',
            index=models.Index(fields=['state', 'lease_until'], name='export_due'),
        ),
        migrations.AddIndex(
            model_name='exportarchive',
            index=models.Index(fields=['expires_at'], name='export_end'),
        ),
        migrations.AddConstraint(
            model_name='exportentry',
            constraint=models.UniqueConstraint(fields=('archive', 'number'), name='export_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='exportentry',
            constraint=models.UniqueConstraint(fields=('archive', 'path'), name='export_entry_path_once'),
        ),
        migrations.AddConstraint(
            model_name='exportpart',
            constraint=models.UniqueConstraint(fields=('archive', 'number'), name='export_part_once'),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
