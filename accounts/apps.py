from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"
    verbose_name = _("Personnes")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.checks import check_demo_wallet, check_helplines, check_trusted_list

        register(check_demo_wallet)
        register(check_trusted_list)
        register(check_helplines, deploy=True)
