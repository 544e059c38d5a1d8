"""A house with something to hide in every corner, and somebody who audits it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse
from django.utils import timezone

from accounts.models import User
from accounts.services.identity import Identity, give_identity
from accounts.services.limits import restrict_processing
from accounts.tests.factories import log_in_staff, make_user
from chat.tests.factories import join, make_room, say
from moderation.courts.terms import IdentifierKind
from moderation.tests.courts import desk, named, register
from moderation.tests.reporting import insult, report
from privacy.services.breachletters import name_people
from privacy.tests.asking import asked
from privacy.tests.breaches.facts import make_breach, with_letters
from superapp.staff import make_auditor

# What people wrote and who they are: none of it may ever be read by an auditor.
NAME, STREET, PHONE = "Rasoanirina Voahangy", "12 rue des Secrets", "+261 34 00 111 22"
MESSAGE, ASKED, COMPLAINT, INSULTED = "le-mot-du-salon", "mon-annee-est-fausse", "il-me-suit-partout", "zanahary-mena-du-test"
GIVEN = "pseudonyme-vise-par-le-juge"
# Names that are part of no word of a page.
AMINA, BEN = "Zafimaniry", "Rakotobe"


@dataclass
class House:
    """The people in it, and what must not be read."""

    amina: User
    ben: User

    @property
    def secrets(self) -> tuple[str, ...]:
        """Words, names, addresses and outward ids of members."""
        words = (NAME, STREET, PHONE, "34 00 111 22", MESSAGE, ASKED, COMPLAINT, INSULTED, GIVEN)
        people = (AMINA, BEN, AMINA.lower(), BEN.lower(), self.amina.public_id, self.ben.public_id)
        return (*words, *people)


def furnish(dora: Any) -> House:
    """Messages, an identity, a report with its evidence, a request, a requisition, a restriction and a breach about Amina and Ben."""
    now = timezone.now()
    amina, ben, room = make_user(AMINA, now=now), make_user(BEN, now=now), make_room(now=now)
    for person in (amina, ben):
        join(person, room, now=now)
    say(amina, room, MESSAGE, now=now)
    give_identity(user=amina, identity=Identity(name=NAME, birth_date="1990-02-03", postal_address=STREET, phone=PHONE), now=now)
    asked(amina, words=ASKED, now=now)
    report(amina, insult(ben, room, INSULTED, now=now), now=now, explanation=COMPLAINT)
    register(desk("Modo1"), ben, now=now, received_at=now, subjects=[named(ben, kind=IdentifierKind.PSEUDONYM, given=GIVEN)])
    breach = with_letters(make_breach(dora, now=now, found_at=now - timedelta(hours=1), started_at=None), dora, now=now)
    name_people(breach=breach, words=[AMINA], everybody=False, by=dora, now=now)
    restrict_processing(user=ben, now=now)  # a deed on an account, which the chain notes under its outward id
    return House(amina, ben)


def auditor(pseudonym: str = "Auditrice", *, days: int = 30) -> User:
    """Somebody from outside, taken in for some days."""
    user = make_user(pseudonym, now=timezone.now())
    make_auditor(user=user, days=days, now=timezone.now())
    return User.objects.get(pk=user.pk)


def browser(user: User) -> Client:
    """Theirs, with a second factor."""
    client = Client(headers={"Accept-Language": "fr"})
    log_in_staff(client, user)
    return client


def admin_addresses() -> Iterator[tuple[str, str]]:
    """Name and address of every page of the admin, filled with ids that could be."""
    for name, converters in _named(admin.site.get_urls()):
        try:
            yield f"admin:{name}", reverse(f"admin:{name}", kwargs={key: _sample(key) for key in converters})
        except NoReverseMatch:
            yield f"admin:{name}", reverse(f"admin:{name}", args=["core"])  # the list of an app: its pattern is a choice of names


def _named(patterns: list[Any]) -> Iterator[tuple[str, list[str]]]:
    for item in patterns:
        if isinstance(item, URLResolver):
            yield from _named(item.url_patterns)
        elif isinstance(item, URLPattern) and item.name:
            yield item.name, list(item.pattern.converters)


def _sample(key: str) -> str:
    known = {"name": "processing", "key": "anssi-hygiene", "code": "MESSAGE_META", "ref": "MESSAGE_META", "object_id": "1"}
    return known.get(key, "1")
