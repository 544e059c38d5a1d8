"""The admin speaks French and wears our colours."""

from __future__ import annotations

import re
from typing import Any

import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.test import Client
from django.utils import timezone, translation
from django.utils.text import camel_case_to_spaces, capfirst

from accounts.tests.factories import log_in_staff, make_user
from billing.queries.staff import GROUP
from chat.tests.factories import make_room
from moderation.enums import StaffRole
from superapp.staff import make_staff

pytestmark = pytest.mark.django_db
OURS = ("core", "accounts", "notifications", "billing", "chat", "moderation", "privacy")
MODELS = [model for label in OURS for model in apps.get_app_config(label).get_models()]
OWN_PAGES = {"StatementOfReasons", "LegalRequest", "DataRequest", "DeletionRecord", "RetentionRule"}  # in the place of Django's list
TABLES = [model for model in MODELS if model in admin.site._registry and model.__name__ not in OWN_PAGES]

SAME_IN_BOTH = {"version", "description", "mac", "code", "mentions", "source", "transmission"}  # words that French and the code share


def staff(client: Client) -> None:
    mod = make_user("Modo1", reserved_name=True)
    mod.language = "fr"
    mod.save()
    make_staff(user=mod, roles=[role for role in StaffRole if role != StaffRole.AUDITOR], now=timezone.now())
    mod.groups.add(Group.objects.get_or_create(name=GROUP)[0])
    mod.is_superuser = True  # sees every table; the rights of the team are tested beside the headers
    mod.save()
    log_in_staff(client, mod)


def shown(model: type[Model]) -> list[Field[Any, Any]]:
    """The fields that the pages of a table show."""
    table = admin.site._registry[model]
    names = [*table.list_display, *(table.fields or [])]
    found = []
    for name in names:
        try:
            field = model._meta.get_field(str(name))
        except FieldDoesNotExist:
            continue
        if isinstance(field, Field):
            found.append(field)
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_table_has_a_name_in_every_language(model: type[Model]) -> None:
    said = polib.pofile(str(settings.BASE_DIR / "locale" / "fr" / "LC_MESSAGES" / "django.po"))
    listed = {entry.msgid for entry in said}
    for name in (model._meta.verbose_name, model._meta.verbose_name_plural):
        with translation.override("fr"):
            assert str(name) in listed
    with translation.override(None):
        bare = camel_case_to_spaces(model.__name__)
        assert str(model._meta.verbose_name) != bare or bare in SAME_IN_BOTH


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_every_table_opens_under_its_french_name(client: Client, model: type[Model]) -> None:
    staff(client)
    page = client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/")
    assert page.status_code == 200
    with translation.override("fr"):
        assert f"<h1>{capfirst(str(model._meta.verbose_name_plural))}</h1>" in page.content.decode()
    for field in shown(model):
        assert str(field.verbose_name) != field.name.replace("_", " ") or field.name in SAME_IN_BOTH, field.name


def test_the_heads_of_lists_are_french(client: Client) -> None:
    staff(client)
    make_room()
    heads = {
        path: re.findall(r'scope="col" class="(?:sortable )?column-\w+[^>]*>.*?<a [^>]*>([^<]+)</a>', page, re.DOTALL)
        for path in ("accounts/user", "chat/room")
        for page in [client.get(f"/admin/{path}/").content.decode()]
    }
    assert heads == {
        "accounts/user": ["Nom plié", "État du compte", "Droit applicable", "Langue des pages", "Dernière visite", "Membre de l’équipe"],
        "chat/room": ["Titre", "Sorte", "Thème", "Langues", "État", "Âge demandé", "Membres", "Dernier message"],
    }


def test_the_first_page_names_our_apps_and_links_our_style(client: Client) -> None:
    staff(client)
    text = client.get("/admin/").content.decode()
    for words in ("Resaka · Équipe", "Le travail du jour", "Mécanique", "Salons", "Propositions de salons", "État du service"):
        assert words in text, words
    assert text.index("admin/css/base.css") < text.index("dist/admin.css")


def test_the_log_in_of_the_team_is_the_one_of_everybody(client: Client) -> None:
    answer = client.get("/admin/login/")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login/")
