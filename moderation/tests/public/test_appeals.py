"""Appeals as people make them: by account, from a barred account, and by a link alone; once, within six months, never for others."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.suspension import suspend
from chat.tests.factories import say
from core import outbox
from core.relay import pump
from moderation.enums import Action, AppealState, AppellantKind
from moderation.models import Appeal, Decision, Report, StaffProfile
from moderation.queries.outcomes import APPEAL_SPAN
from moderation.services.appeals import decide_appeal
from moderation.services.receipts import token_of
from moderation.tests.public.deciding import decide
from moderation.tests.reporting import report as file

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
TEXT = "C’était une plaisanterie entre amis, relisez la suite."


@pytest.fixture
def made(room: Room, amina: User, ben: User) -> Report:
    now = timezone.now()
    return file(amina, f"{room.public_id}:{say(ben, room, 'voleur', now=now).seq}", now=now).report


@pytest.fixture
def taken(made: Report, mod: StaffProfile) -> Decision:
    return decide(made, Action.REMOVE, mod, now=timezone.now())


@pytest.fixture
def nothing(made: Report, mod: StaffProfile) -> Decision:
    return decide(made, Action.NO_ACTION, mod, now=timezone.now())


def test_the_restricted_person_appeals_once_and_reads_the_answer(taken: Decision, ben: User, sena: StaffProfile, as_: LogIn) -> None:
    browser, path = as_(ben), f"/decisions/{taken.public_id}/"
    assert browser.post(f"{path}appeal/", {"text": TEXT})["Location"] == path
    appeal = Appeal.objects.get()
    assert (appeal.side, appeal.appellant, appeal.text, appeal.state) == (AppellantKind.RESTRICTED, ben, TEXT, AppealState.PENDING)
    page = browser.get(path).content.decode()
    assert "au plus tard le" in page
    assert 'name="text"' not in page
    again = browser.post(f"{path}appeal/", {"text": TEXT})
    assert again.status_code == 422
    assert "déjà fait un recours" in again.content.decode()
    decide_appeal(appeal=appeal, by=sena, overturn=False, answer="La suite ne change rien.", now=timezone.now())
    page = browser.get(path).content.decode()
    assert "La décision est maintenue." in page
    assert "La suite ne change rien." in page
    assert sena.handle not in page


def test_a_barred_account_can_appeal(taken: Decision, ben: User, as_: LogIn) -> None:
    suspend(user=ben, kind=SuspensionKind.TERMINATED, decision_ref=taken.public_id, reason="x", now=timezone.now())
    browser = as_(User.objects.get(pk=ben.pk))
    assert 'name="text"' in browser.get(f"/decisions/{taken.public_id}/").content.decode()
    assert browser.post(f"/decisions/{taken.public_id}/appeal/", {"text": TEXT}).status_code == 302
    assert Appeal.objects.get().appellant == ben


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Dites pourquoi"), ("non", "vingt caractères"), ("\u200b" * 50, "vingt caractères"), ("x" * 4001, "4 000 caractères au plus.")],
)
def test_bad_input_is_told_and_kept(taken: Decision, ben: User, as_: LogIn, text: str, words: str) -> None:
    answer = as_(ben).post(f"/decisions/{taken.public_id}/appeal/", {"text": text})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert text in answer.content.decode()
    assert not Appeal.objects.exists()


def test_after_six_months_it_is_too_late(taken: Decision, ben: User, as_: LogIn) -> None:
    Decision.objects.update(starts_at=timezone.now() - APPEAL_SPAN - timedelta(seconds=1))
    browser = as_(ben)
    assert "délai de six mois" in browser.get(f"/decisions/{taken.public_id}/").content.decode()
    answer = browser.post(f"/decisions/{taken.public_id}/appeal/", {"text": TEXT})
    assert (answer.status_code, Appeal.objects.count()) == (422, 0)


def test_nobody_appeals_for_another(taken: Decision, made: Report, amina: User, carol: User, ben: User, as_: LogIn) -> None:
    for who in (amina, carol):
        assert as_(who).post(f"/decisions/{taken.public_id}/appeal/", {"text": TEXT}).status_code == 404
    for who in (ben, carol):
        assert as_(who).post(f"/reports/{made.public_id}/appeal/", {"text": TEXT}).status_code == 404
    assert as_(None).post(f"/decisions/{taken.public_id}/appeal/", {"text": TEXT}).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ben)
    assert strict.post(f"/decisions/{taken.public_id}/appeal/", {"text": TEXT}).status_code == 403
    assert not Appeal.objects.exists()


def test_a_reporter_whose_report_led_to_nothing_appeals_and_the_case_is_open_again(
    nothing: Decision, made: Report, amina: User, sena: StaffProfile, as_: LogIn
) -> None:
    browser, path = as_(amina), f"/reports/{made.public_id}/"
    assert 'name="text"' in browser.get(path).content.decode()
    assert browser.post(f"{path}appeal/", {"text": TEXT})["Location"] == path
    decide_appeal(appeal=Appeal.objects.get(), by=sena, overturn=True, answer="Vous avez raison.", now=timezone.now())
    page = browser.get(path).content.decode()
    assert "le dossier est rouvert" in page
    assert "Vous avez raison." in page
    assert "En attente d’une personne" in page


def test_a_second_refusal_may_be_appealed_again(nothing: Decision, made: Report, amina: User, sena: StaffProfile, as_: LogIn) -> None:
    browser, path = as_(amina), f"/reports/{made.public_id}/"
    browser.post(f"{path}appeal/", {"text": TEXT})
    decide_appeal(appeal=Appeal.objects.get(), by=sena, overturn=True, answer="Relu.", now=timezone.now())
    made.refresh_from_db()
    decide(made, Action.NO_ACTION, sena, now=timezone.now())
    assert 'name="text"' in browser.get(path).content.decode()
    assert browser.post(f"{path}appeal/", {"text": TEXT}).status_code == 302
    assert Appeal.objects.count() == 2


def test_what_was_acted_on_is_nothing_to_appeal_against(taken: Decision, made: Report, amina: User, as_: LogIn) -> None:
    answer = as_(amina).post(f"/reports/{made.public_id}/appeal/", {"text": TEXT})
    assert answer.status_code == 422
    assert "rien ici contre quoi" in answer.content.decode()


def test_what_is_not_decided_is_nothing_to_appeal_against(made: Report, amina: User, as_: LogIn) -> None:
    assert as_(amina).post(f"/reports/{made.public_id}/appeal/", {"text": TEXT}).status_code == 422


@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_somebody_without_account_gets_receipt_outcome_and_appeals_by_link_alone(
    language: str, room: Room, ben: User, mod: StaffProfile, sena: StaffProfile
) -> None:
    """Goal 7 of the design: a browser without cookies but those of the page, without script, in three languages."""
    seq = say(ben, room, "faux papiers", now=timezone.now()).seq
    typed = {
        "reason": "SCAM",
        "addresses": f"http://127.0.0.1:8000/rooms/{room.slug}/#m{seq}",
        "explanation": "Vend de faux papiers d’identité.",
    }
    typed |= {"email": "rabe@example.org", "language": language, "bona_fide": "on"}
    assert Client(headers={"accept-language": language}).post("/notice/", typed).status_code == 302
    pump(outbox.deliver)
    made = Report.objects.get()
    decide(made, Action.NO_ACTION, mod, now=timezone.now())
    from moderation.events import NoticeAnswered

    outbox_publish(NoticeAnswered(report_id=made.pk))
    pump(outbox.deliver)
    letters = [str(letter.body) for letter in mail.outbox]
    ways = [re.search(r"/notice/status/\S+", body) for body in letters]
    assert len(letters) == 2
    assert [way[0] if way else "" for way in ways] == [f"/notice/status/?key={token_of(made.public_id)}&lang={language}"] * 2
    browser = Client()
    page = browser.get(f"/notice/status/?key={token_of(made.public_id)}&lang={language}").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    answer = browser.post("/notice/appeal/", {"key": key[1], "text": TEXT})
    assert answer["Location"] == f"/notice/status/?key={key[1]}"
    appeal = Appeal.objects.get()
    assert (appeal.side, appeal.appellant, appeal.report, appeal.language) == (AppellantKind.REPORTER, None, made, language)
    assert browser.post("/notice/appeal/", {"key": key[1], "text": TEXT}).status_code == 422
    decide_appeal(appeal=appeal, by=sena, overturn=False, answer="Relu : rien à redire.", now=timezone.now())
    pump(outbox.deliver)
    assert len(mail.outbox) == 3
    assert "Relu : rien à redire." in Client().get(answer["Location"]).content.decode()


def outbox_publish(event: object) -> None:
    """As `telling` does, in a transaction."""
    from django.db import transaction

    with transaction.atomic():
        outbox.publish(event)
