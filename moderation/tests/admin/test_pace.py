"""Sixty texts in a row by the keyboard: the requests that its keys make, no more, and at the end everything holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from chat.tests.factories import join
from core import audit
from core.models import AuditEntry
from moderation.enums import Action, CaseState, Reason, Severity
from moderation.models import Case, Decision, StaffProfile, StatementOfReasons
from moderation.tests.factories import log_in
from moderation.tests.reporting import insult, report

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
CASES = 60
# What the moderator presses on each page: C, a number, Enter. The next case opens by itself.
KEYS = ("c", "3", "Enter")


class Keyboard:
    """A browser that only ever does what a key of the page would: a form of the page, with the fields that stand in it."""

    def __init__(self, staff: StaffProfile) -> None:
        self.browser = Client()
        log_in(self.browser, staff)
        self.page, self.address, self.requests = "", "", 0

    def open(self, address: str) -> None:
        answer = self.browser.get(address, follow=True)
        self._arrive(answer, address)

    def press(self, key: str) -> None:
        if key == "c":
            self._send(self._form("data-claim"), {})
        elif key.isdigit():
            self.choice = re.findall(r'name="action" value="(\w+)"', self.page)[int(key) - 1]
        else:
            self._send(self._form("data-decide"), {"action": self.choice})

    def _form(self, mark: str) -> str:
        found = re.search(rf"<form[^>]*{mark}.*?</form>", self.page, re.DOTALL)
        assert found, f"no {mark} on {self.address}"
        return found[0]

    def _send(self, form: str, more: dict[str, str]) -> None:
        target = re.search(r'action="([^"]+)"', form)
        assert target
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        fields |= dict(re.findall(r'<input type="text" name="(\w+)" value="([^"]*)"', form))
        fields |= {name: value.strip() for name, value in re.findall(r'<textarea name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)}
        for name, body in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
            chosen = re.search(r'value="([^"]*)" selected', body)
            fields[name] = chosen[1] if chosen else ""
        answer = self.browser.post(target[1], fields | more, follow=True)
        self._arrive(answer, target[1])

    def _arrive(self, answer: Any, address: str) -> None:
        assert answer.status_code == 200, address
        hops = answer.redirect_chain
        self.page, self.address = answer.content.decode(), hops[-1][0] if hops else address
        self.requests += 1 + len(hops)


def test_sixty_texts_by_three_keys_each(mod: StaffProfile, amina: User, room: Room) -> None:
    now = timezone.now()
    for number in range(CASES):
        author = make_user(f"Auteur{number}")
        join(author, room)
        reporter = make_user(f"Lecteur{number}")
        join(reporter, room)
        report(reporter, insult(author, room, f"Espèce de numéro {number}", now=now), reason=Reason.HARASSMENT, now=now)
    desk = Keyboard(mod)
    desk.open("/admin/moderation/queue/")
    first = re.search(r'<tr data-case="(\w+)"', desk.page)
    assert first
    desk.open(f"/admin/moderation/cases/{first[1]}/")
    for number in range(CASES):
        assert "Espèce de numéro" in desk.page, f"case {number} at {desk.address}"
        for key in KEYS:
            desk.press(key)
    assert desk.address.startswith("/admin/moderation/queue/")
    assert "Rien n’attend ici" in desk.page
    assert set(Case.objects.values_list("state", "severity")) <= {(CaseState.DECIDED.value, Severity.S2.value), (CaseState.CLOSED.value, 2)}
    assert list(Decision.objects.values_list("action", "moderator").distinct()) == [(Action.REMOVE.value, mod.pk)]
    assert (Decision.objects.count(), StatementOfReasons.objects.count()) == (CASES, CASES)
    assert desk.requests == 2 + CASES * 4, "claim and its page, decision and the next page"
    assert AuditEntry.objects.filter(action="case.claim").count() == CASES
    assert audit.verify().holds
