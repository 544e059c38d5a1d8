from django.apps import AppConfig


class SuperappConfig(AppConfig):
    name = "superapp"
    default_auto_field = "django.db.models.BigAutoField"
