from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_mfa_unique'),
    ]

    operations = [
        migrations.AddField(
            model_name='agecheck',
            name='held',
            field=models.BinaryField(null=True),
        ),
    ]
