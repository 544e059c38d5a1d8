from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Mécanique")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core.checks import check_backups, check_standins

        register(check_standins)
        register(check_backups)
