"""The link at the foot of a mail by which its reader ends such mails: it works without logging in, asks nothing, and names nobody.

It holds the keyed hash of the address and a category, signed. Whoever is forwarded the mail can stop these mails for that address, and
nothing else; the page that answers offers to take it back.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from notifications.enums import Category

# The separator must be none of the signature's own signs, nor one that an address of the web gives a meaning to.
_signer = Signer(salt="notifications.unsubscribe", sep=".")


class BadLink(Exception):
    """Not a link that this house has made."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which mails an address no longer wants."""

    address_mac: str
    category: str


def make_token(*, address_mac: str, category: str) -> str:
    """What names a wish in a link; it does not expire, since old mails must let themselves be ended too."""
    return _signer.sign(f"{category}-{address_mac}")


def read_token(token: str) -> Wish:
    """The wish behind a token.

    Raises:
        BadLink.
    """
    try:
        category, _dash, address_mac = _signer.unsign(token).partition("-")
    except BadSignature as error:
        raise BadLink from error
    if category not in Category.values:
        raise BadLink(category)
    return Wish(address_mac, category)


def headers_of(token: str) -> dict[str, str]:
    """The lines of a mail that let its program show a button for it (RFC 2369, RFC 8058)."""
    return {"List-Unsubscribe": f"<{link_of(token)}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def link_of(token: str) -> str:
    """The whole address of the page."""
    return settings.ORIGIN + reverse("notifications:unsubscribe", args=[token])
