"""Staff read the log of destructions from its end, and count what went lately: by time, whatever the kind."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0019_audit")]
    operations = [migrations.AddIndex(model_name="deletionrecord", index=models.Index(fields=["at"], name="deletion_at"))]
