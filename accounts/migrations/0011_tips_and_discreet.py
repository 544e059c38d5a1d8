from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_age_check_held'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='discreet',
            field=models.BooleanField(default=False, verbose_name='mode discret'),
        ),
        migrations.AddField(
            model_name='user',
            name='tips_hidden',
            field=models.CharField(blank=True, default='', max_length=120, verbose_name='conseils rangés'),
        ),
    ]
