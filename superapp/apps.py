import gc

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class ResakaAdminConfig(admin.AdminConfig):
    """Apps use plain `admin.register`; what they register stands behind our door."""

    default = False
    default_site = "superapp.admin.ResakaAdminSite"


class SuperappConfig(AppConfig):
    name = "superapp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from superapp import wiring

        wiring.compose()
        gc.freeze()  # what was loaded stays for the life of the process: the collector need not walk it
        gc.enable()
