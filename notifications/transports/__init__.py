"""The roads to a person, one file each. A new one: a value of `enums.Transport`, a file with a Carrier, a line here."""

from __future__ import annotations

from notifications.enums import Transport
from notifications.transports.base import Carrier
from notifications.transports.email import Email, FormerEmail
from notifications.transports.in_app import InApp

CARRIERS: dict[str, Carrier] = {
    Transport.IN_APP: InApp(),
    Transport.EMAIL: Email(),
    Transport.EMAIL_FORMER: FormerEmail(),
}
