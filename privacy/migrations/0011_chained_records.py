"""Records of destruction become a chain; those that are there stay outside of it, without a number."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0010_breach'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeletionHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.BigIntegerField()),
                ('mac', models.CharField(max_length=64)),
            ],
            options={
                'verbose_name': 'fin du journal des destructions',
                'verbose_name_plural': 'fins du journal des destructions',
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='deletionrecord',
            name='job',
            field=models.CharField(blank=True, db_default='', max_length=32, verbose_name='tâche'),
        ),
        migrations.AddField(
            model_name='deletionrecord',
            name='kid',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='deletionrecord',
            name='mac',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
        migrations.AddField(
            model_name='deletionrecord',
            name='prev_mac',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
        migrations.AddField(
            model_name='deletionrecord',
            name='result',
            field=models.CharField(blank=True, db_default='', max_length=120, verbose_name='résultat'),
        ),
        migrations.AddField(
            model_name='deletionrecord',
            name='seq',
            field=models.BigIntegerField(null=True, unique=True, verbose_name='numéro'),
        ),
        migrations.AddField(
            model_name='deletionrecord',
            name='step',
            field=models.CharField(blank=True, db_default='', max_length=24, verbose_name='étape'),
        ),
        migrations.AddField(
            model_name='deletionrecord',
            name='subject_mac',
            field=models.CharField(blank=True, db_default='', db_index=True, max_length=64, verbose_name='empreinte de la personne'),
        ),
        migrations.AlterField(
            model_name='deletionrecord',
            name='reason',
            field=models.CharField(choices=[('DUE', 'Durée écoulée'), ('HOLD_OVER', 'Fin du gel'), ('REQUEST', 'Demande de la personne'), ('WITHDRAWAL', 'Consentement retiré')], max_length=10, verbose_name='raison'),
        ),
    ]
