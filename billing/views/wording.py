"""What plans give, in words and round figures."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.enums import EntitlementCode
from billing.freemium import GROUPS_CEILING, MEGABYTE
from billing.queries.plans import compare_plans


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table of plans."""

    name: str
    free: str
    premium: str


def compare_lines() -> list[Line]:
    """The table of plans, in the reader's language."""
    return [Line(str(row.code.label), say(row.code, row.free), say(row.code, row.premium)) for row in compare_plans()]


def say(code: EntitlementCode, value: int) -> str:
    """One entitlement in words."""
    match code:
        case EntitlementCode.STORAGE_BYTES | EntitlementCode.ATTACHMENT_BYTES:
            return size(value)
        case EntitlementCode.GROUPS_OWNED if value >= GROUPS_CEILING:
            return _("sans limite (plafond technique : %(n)d)") % {"n": value}
        case EntitlementCode.GROUPS_OWNED:
            return ngettext("%(n)d groupe", "%(n)d groupes", value) % {"n": value}
        case EntitlementCode.THEMES:
            return _("toutes les couleurs, votre accent") if value else _("clair, sombre, contraste élevé")
        case EntitlementCode.SUPPORT_PRIORITY:
            return _("en %(n)d h au plus") % {"n": value}
        case EntitlementCode.ADS:
            return _("selon le salon, sur les pages publiques") if value else _("aucune")


def size(count: int) -> str:
    """A number of bytes, in the round units in which it was promised."""
    if count >= 1000 * MEGABYTE:
        return _("%(n)d Go") % {"n": count // (1000 * MEGABYTE)}
    return _("%(n)d Mo") % {"n": count // MEGABYTE}
