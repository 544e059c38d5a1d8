from django.apps import AppConfig


class SuperappConfig(AppConfig):
    name = "superapp"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from superapp import wiring

        wiring.compose()
