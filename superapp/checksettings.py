"""The settings with a tool of development that is an app: `manage.py gdpr --check --dry-run --settings superapp.checksettings` (bin/test).

It says which fields of the models nobody has called personal or not. Without `--dry-run` it would rewrite docs/registers/gdpr.yml.
"""

from __future__ import annotations

from superapp import settings as house
from superapp.settings import *  # noqa: F403  (the settings are a list of names)

INSTALLED_APPS = [*house.INSTALLED_APPS, "leukeleu_django_gdpr"]
DJANGO_GDPR_YML_DIR = house.BASE_DIR / "docs" / "registers"
