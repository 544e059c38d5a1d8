from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    label = "billing"
    verbose_name = _("Argent")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing.checks import check_seller

        register(check_seller)
