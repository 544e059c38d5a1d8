"""What everybody has for ever, and what Premium adds: one table, the whole of the freemium.

The values are part of what people were promised, so they change with a release and its notes, not with a click. Whoever paid keeps
until the end of what they paid the values that they bought (`Entitlement.value`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.enums import EntitlementCode, PlanCode

MEGABYTE = 1000 * 1000
# A technical ceiling that the page tells: lists of groups are not paged beyond it.
GROUPS_CEILING = 200


@dataclass(frozen=True, slots=True)
class Grant:
    """One code: what FREE and PREMIUM give, and which of two values is the better one for a person."""

    free: int
    premium: int
    better: Callable[[Iterable[int]], int]

    def best(self, values: Iterable[int]) -> int:
        """The best of what somebody has; never worse than what everybody has."""
        return self.better([self.free, *values])


# Bytes, bytes, groups, 1: every colour and an own accent, hours until an answer, 1: contextual advertising on public pages.
GRANTS: dict[EntitlementCode, Grant] = {
    EntitlementCode.STORAGE_BYTES: Grant(250 * MEGABYTE, 10_000 * MEGABYTE, max),
    EntitlementCode.ATTACHMENT_BYTES: Grant(10 * MEGABYTE, 50 * MEGABYTE, max),
    EntitlementCode.GROUPS_OWNED: Grant(3, GROUPS_CEILING, max),
    EntitlementCode.THEMES: Grant(0, 1, max),
    EntitlementCode.SUPPORT_PRIORITY: Grant(72, 24, min),
    EntitlementCode.ADS: Grant(1, 0, min),
}


def grants_of(plan: str) -> dict[EntitlementCode, int]:
    """What a plan gives, by code."""
    return {code: grant.premium if plan == PlanCode.PREMIUM else grant.free for code, grant in GRANTS.items()}


@dataclass(frozen=True, slots=True)
class Free:
    """Something that is never sold: what it is called, and a page of it that opens to a member who pays nothing (empty: a deed inside of
    a room). `built` is False while its floor of the house is yet to come; it is promised all the same."""

    name: Promise
    page: str = ""
    built: bool = True


# A test walks this list: every page opens without paying, and no module behind it asks for an entitlement.
FREE_FOR_EVER: dict[str, Free] = {
    "REGISTER": Free(_("s’inscrire"), "/signup/"),
    "AGE_CHECK": Free(_("montrer son âge"), "/age/"),
    "ROOMS": Free(_("lire et écrire dans tous les salons publics"), "/rooms/"),
    "PRIVATE": Free(_("les conversations privées chiffrées"), built=False),
    "CALLS": Free(_("les appels"), built=False),
    "FILES": Free(_("les fichiers, dans la place de chacun")),
    "NOTIFICATIONS": Free(_("les notifications"), "/account/notifications/"),
    "SEARCH": Free(_("la recherche")),
    "FAVOURITES": Free(_("les favoris"), built=False),
    "LOW_DATA": Free(_("le mode économe en données"), "/account/preferences/"),
    "ACCESSIBILITY": Free(_("tout ce qui rend les pages accessibles"), "/account/preferences/"),
    "LANGUAGES": Free(_("français, malagasy, anglais"), "/account/preferences/"),
    "FACTORS": Free(_("clés d’accès et second facteur"), "/2fa/"),
    "EXPORT": Free(_("la copie de vos données"), built=False),
    "ERASURE": Free(_("l’effacement de votre compte"), "/account/leaving/"),
    "REPORT": Free(_("signaler"), "/notice/"),
    "BLOCK": Free(_("bloquer"), "/account/blocks/"),
    "MUTE": Free(_("masquer quelqu’un"), "/account/blocks/"),
    "APPEAL": Free(_("contester une décision"), "/decisions/"),
    "SAFETY_NUMBERS": Free(_("vérifier avec qui l’on parle"), built=False),
    "ROOM_TOOLS": Free(_("les outils de modération d’un salon")),
    "LEGAL_HELP": Free(_("les numéros d’urgence et l’aide aux victimes"), "/help/victims/"),
}

# What no plan will ever buy, said on the page.
NEVER_SOLD: tuple[Promise, ...] = (
    _("être mieux placé, ou plus visible, quand on rencontre des gens"),
    _("savoir qui a regardé votre profil"),
    _("atteindre quelqu’un qui vous a bloqué"),
    _("une modération plus rapide"),
    _("échapper au mode lent, aux limites ou à la preuve d’âge"),
)
