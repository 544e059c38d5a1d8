from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "privacy"
    label = "privacy"
    verbose_name = _("Vie privée")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from privacy import checks  # noqa: F401  (registers the checks)
