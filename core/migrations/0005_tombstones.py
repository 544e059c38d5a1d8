"""Tombstones and the KEK of each key in the key store; restorations in the main database."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_set_aside_number'),
    ]

    operations = [
        migrations.CreateModel(
            name='Restoration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('backup', models.CharField(max_length=64, verbose_name='sauvegarde')),
                ('made_at', models.DateTimeField(verbose_name='faite le')),
                ('begun_at', models.DateTimeField(verbose_name='remise en place le')),
                ('replayed_at', models.DateTimeField(null=True, verbose_name='effacements refaits le')),
                ('verified_at', models.DateTimeField(null=True, verbose_name='vérifiée le')),
                ('report', models.JSONField(default=dict, verbose_name='compte rendu')),
            ],
            options={
                'verbose_name': 'restauration',
                'verbose_name_plural': 'restaurations',
                'default_permissions': ('view',),
            },
        ),
        migrations.AddField(
            model_name='datakey',
            name='kek_id',
            field=models.CharField(db_default='', db_index=True, default='', max_length=8),
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('journal', models.CharField(max_length=12)),
                ('ref', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('body', models.TextField()),
                ('mac', models.CharField(max_length=64)),
                ('filed', models.BooleanField(db_index=True, default=False)),
            ],
            options={
                'verbose_name': 'trace d’une destruction ou d’un gel',
                'verbose_name_plural': 'traces de destructions et de gels',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('journal', 'ref'), name='tombstone_once')],
            },
        ),
    ]
