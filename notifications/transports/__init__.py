"""The roads to a person, one file each. A new one: a value of `enums.Transport`, a file with a Carrier (or, where many go at once, a
Pusher), a line here."""

from __future__ import annotations

from notifications.enums import Transport
from notifications.transports.base import Carrier, Pusher
from notifications.transports.email import Email, FormerEmail
from notifications.transports.fcm import Fcm
from notifications.transports.in_app import InApp
from notifications.transports.web_push import WebPush

CARRIERS: dict[str, Carrier] = {
    Transport.IN_APP: InApp(),
    Transport.EMAIL: Email(),
    Transport.EMAIL_FORMER: FormerEmail(),
}
PUSHERS: dict[str, Pusher] = {
    Transport.WEB_PUSH: WebPush(),
    Transport.FCM: Fcm(),
}
