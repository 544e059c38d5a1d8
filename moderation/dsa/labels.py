"""The database's categories in the reader's language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CATEGORIES: dict[str, str | Promise] = {
    "STATEMENT_CATEGORY_ANIMAL_WELFARE": _("Bien-être animal"),
    "STATEMENT_CATEGORY_CONSUMER_INFORMATION": _("Information des consommateurs"),
    "STATEMENT_CATEGORY_CYBER_VIOLENCE": _("Cyberviolence"),
    "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN": _("Cyberviolence contre les femmes"),
    "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS": _("Données personnelles et vie privée"),
    "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH": _("Propos illégaux ou nuisibles"),
    "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS": _("Propriété intellectuelle"),
    "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS": _("Débat public et élections"),
    "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE": _("Non précisé par la notification"),
    "STATEMENT_CATEGORY_OTHER_VIOLATION_TC": _("Autre manquement à nos règles"),
    "STATEMENT_CATEGORY_PROTECTION_OF_MINORS": _("Protection des mineurs"),
    "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY": _("Sécurité publique"),
    "STATEMENT_CATEGORY_SCAMS_AND_FRAUD": _("Arnaques et fraudes"),
    "STATEMENT_CATEGORY_SELF_HARM": _("Automutilation et suicide"),
    "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS": _("Produits dangereux ou interdits"),
    "STATEMENT_CATEGORY_VIOLENCE": _("Violence"),
}
