"""The desk of data protection: the queue by its clock, reading that is noted, deeds, and doors that stay shut."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Profile, User
from accounts.tests.factories import NOON
from core.models import AuditEntry
from core.sealing import destroy_key
from moderation.enums import StaffRole
from moderation.tests.factories import log_in, make_staff_member
from privacy.enums import RequestKind, RequestState, RequestTopic
from privacy.models import DataRequest
from privacy.queries.requests import Counts, count_requests, list_queue
from privacy.services.desk import NotYours, YearImpossible, answer_request, open_request, read_request
from privacy.services.refusals import propose_refusal
from privacy.services.requests import MONTH, RequestOver, WordsMissing, ask, close_request
from privacy.tests.asking import WORDS, asked, notices, page_of, said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
QUEUE = "/admin/privacy/datarequest/"
DAY = timedelta(days=1)
ANSWER = {"words": "C’est corrigé, merci.", "birth_year": ""}


def desk(staff: Any) -> Client:
    client = Client(headers={"Accept-Language": "fr"})
    log_in(client, staff)
    return client


def reads(request: DataRequest) -> list[str]:
    """Who read it, in the order of reading."""
    return list(
        AuditEntry.objects.filter(action="request.read", object_ref=request.public_id).order_by("seq").values_list("handle", flat=True)
    )


# ---- The queue ----------------------------------------------------------------------------------------------------------------


def test_the_soonest_due_stands_first_whatever_was_prolonged(amina: User, ben: User, carol: User, dora: Any) -> None:
    first, second, third = asked(amina), asked(ben, now=NOON + DAY), asked(carol, now=NOON + 2 * DAY)
    DataRequest.objects.filter(pk=first.pk).update(extended_until=NOON + 90 * DAY)
    close_request(request=asked(amina, RequestKind.OBJECTION), words="Entendu, arrêté.", by=dora, now=NOON)
    asked(dora.user)  # their own is for others
    now = NOON + MONTH - 5 * DAY
    rows = list_queue(staff=dora, now=now)
    assert [(row.asked.pk, row.late, row.soon) for row in rows] == [
        (second.pk, False, True),
        (third.pk, False, True),
        (first.pk, False, False),
    ]
    late = list_queue(staff=dora, now=NOON + MONTH + DAY)
    assert [(row.asked.pk, row.late) for row in late] == [(second.pk, True), (third.pk, False), (first.pk, False)]


def test_a_proposed_refusal_is_marked(amina: User, ben: User, dora: Any) -> None:
    waiting, other = asked(amina), asked(ben)
    propose_refusal(request=waiting, ground="ACCURATE", words="Nous avons vérifié.", by=dora, reason="x", now=NOON)
    assert {row.asked.pk: row.refusal for row in list_queue(staff=dora, now=NOON)} == {waiting.pk: True, other.pk: False}


def test_the_figures_of_the_year(amina: User, ben: User, dora: Any) -> None:
    asked(amina)
    slow = asked(ben)
    close_request(request=slow, words="Enfin corrigé.", by=dora, now=NOON + MONTH + DAY)
    old = asked(amina, RequestKind.OBJECTION, now=NOON - 400 * DAY)
    refused = asked(ben, RequestKind.OBJECTION)
    DataRequest.objects.filter(pk=refused.pk).update(state=RequestState.REFUSED, closed_at=NOON, open_key=None)
    assert count_requests(now=NOON + DAY) == Counts(received=3, open=1, late=1, refused=1)
    assert count_requests(now=NOON + MONTH + DAY) == Counts(received=3, open=1, late=2, refused=1)
    assert old.is_open


def test_the_queue_costs_the_same_for_one_and_for_many(amina: User, dora: Any, django_assert_num_queries: Any) -> None:
    asked(amina)
    for count in (1, 100):
        with django_assert_num_queries(2):
            assert len(list_queue(staff=dora, now=NOON)) == count
        if count == 1:
            rows = [
                DataRequest(user=amina, kind=RequestKind.OBJECTION, asked_at=NOON, due_at=NOON, open_key=f"k{number}")
                for number in range(99)
            ]
            DataRequest.objects.bulk_create(rows)


def test_the_pages_cost_the_same_too(amina: User, dora: Any, django_assert_max_num_queries: Any) -> None:
    client, made = desk(dora), asked(amina, now=timezone.now())
    client.get(QUEUE)
    with django_assert_max_num_queries(11) as few:
        client.get(QUEUE)
    rows = [DataRequest(user=amina, kind=RequestKind.OBJECTION, asked_at=NOON, due_at=NOON, open_key=f"k{number}") for number in range(50)]
    DataRequest.objects.bulk_create(rows)
    with django_assert_max_num_queries(11) as many:
        client.get(QUEUE)
    assert len(many) == len(few)
    with django_assert_max_num_queries(9):
        client.get(f"{QUEUE}{made.public_id}/")


def test_late_and_soon_are_red_and_empty_says_so(amina: User, dora: Any) -> None:
    client = desk(dora)
    assert "Personne n’attend de réponse." in page_of(client.get(QUEUE))
    made = asked(amina, now=timezone.now() - MONTH)
    page = page_of(client.get(QUEUE))
    assert f'<tr class="legal-late"><td><a href="{QUEUE}{made.public_id}/">' in page
    assert "en retard" in page
    assert "amina" not in page.lower()


# ---- Who opens what -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(StaffRole))
def test_each_role_opens_what_is_its_work(amina: User, role: StaffRole) -> None:
    made, client = asked(amina), desk(make_staff_member("Elsa", role))
    page = f"{QUEUE}{made.public_id}/"
    sees, handles = role in (StaffRole.DATA_PROTECTION, StaffRole.AUDITOR), role == StaffRole.DATA_PROTECTION
    assert {client.get(path).status_code for path in (QUEUE, page)} == {200 if sees else 403}
    assert client.post(f"{page}read/").status_code == (200 if handles else 403)
    for deed in ("answer", "extend", "propose", "refuse"):
        assert client.post(f"{page}{deed}/", {}).status_code == (422 if handles else 403)
    assert len(reads(made)) == handles
    made.refresh_from_db()
    assert made.is_open


def test_an_auditor_reads_the_clock_and_neither_words_nor_names(amina: User) -> None:
    made = asked(amina)
    client = desk(make_staff_member("Elsa", StaffRole.AUDITOR))
    page = page_of(client.get(f"{QUEUE}{made.public_id}/"))
    assert "Rectifier" in page
    for hidden in (WORDS, "amina", "Répondre", "Ce que la personne a écrit", "Proposer un refus"):
        assert hidden not in page


def test_outsiders_find_the_door_shut(amina: User, carol: User) -> None:
    made, client = asked(amina), Client()
    client.force_login(carol)
    for path in (QUEUE, f"{QUEUE}{made.public_id}/"):
        assert client.get(path)["Location"].startswith("/admin/login/")
    assert client.post(f"{QUEUE}{made.public_id}/answer/", ANSWER).status_code == 302
    made.refresh_from_db()
    assert made.is_open


def test_nobody_handles_their_own(dora: Any) -> None:
    made, client = asked(dora.user), desk(dora)
    for answer in (client.get(f"{QUEUE}{made.public_id}/"), client.post(f"{QUEUE}{made.public_id}/answer/", ANSWER)):
        assert answer.status_code == 404
    for deed in (read_request, lambda **given: answer_request(words="C’est fait, merci.", **given)):
        with pytest.raises(NotYours):
            deed(request=made, by=dora, now=NOON)
    assert reads(made) == []


@pytest.mark.parametrize("ref", ["aaaaaaaaaaaaaaaaaaaa", "nothing", "1"])
def test_unknown_requests_and_deeds_are_not_found(amina: User, dora: Any, ref: str) -> None:
    made, client = asked(amina), desk(dora)
    assert client.get(f"{QUEUE}{ref}/").status_code == 404
    assert client.post(f"{QUEUE}{made.public_id}/destroy/", {}).status_code == 404
    for deed in ("read", "answer"):
        assert client.get(f"{QUEUE}{made.public_id}/{deed}/").status_code == 405


# ---- Reading ------------------------------------------------------------------------------------------------------------------


def test_words_are_read_by_a_button_that_leaves_its_entry_first(amina: User, dora: Any, dino: Any) -> None:
    made, client = asked(amina), desk(dora)
    page = f"{QUEUE}{made.public_id}/"
    assert WORDS not in page_of(client.get(page))
    assert reads(made) == []
    assert WORDS in page_of(client.post(f"{page}read/"))
    assert WORDS in page_of(desk(dino).post(f"{page}read/"))
    assert reads(made) == [dora.handle, dino.handle]
    entry = AuditEntry.objects.filter(action="request.read").latest("seq")
    assert (entry.role, entry.object_kind) == ("data_protection", "data_request")


def test_what_was_written_is_text_on_the_page_of_the_team_too(amina: User, dora: Any) -> None:
    made = asked(amina, words="<img src=x onerror=alert(1)> bonjour")
    page = page_of(desk(dora).post(f"{QUEUE}{made.public_id}/read/"))
    assert "&lt;img src=x onerror=alert(1)&gt; bonjour" in page
    assert "<img src=x" not in page


def test_where_the_key_is_gone_the_page_says_so(amina: User, dora: Any) -> None:
    made = asked(amina)
    destroy_key(made.scope)
    assert open_request(made).words == ""
    assert "Rien, ou le texte a été effacé." in page_of(desk(dora).post(f"{QUEUE}{made.public_id}/read/"))


# ---- Deeds --------------------------------------------------------------------------------------------------------------------


def test_an_answer_is_sent_once_and_told(amina: User, dora: Any, dino: Any) -> None:
    made = asked(amina)
    page = f"{QUEUE}{made.public_id}/"
    assert said(desk(dora).post(f"{page}answer/", ANSWER, follow=True)) == ["C’est fait, et noté dans le registre."]
    made.refresh_from_db()
    assert (made.state, made.handled_by, open_request(made).answer) == (RequestState.DONE, dora, ANSWER["words"])
    assert notices(amina)[-1][0] == "DATA_REQUEST_ANSWERED"
    again = desk(dino).post(f"{page}answer/", {"words": "autre réponse, trop tard", "birth_year": ""})
    assert again.status_code == 422
    assert "close, ou trop avancée" in page_of(again)
    assert open_request(made).answer == ANSWER["words"]


def test_what_was_typed_stays_when_it_is_refused(amina: User, dora: Any) -> None:
    made = asked(amina)
    answer = desk(dora).post(f"{QUEUE}{made.public_id}/answer/", {"words": "trop  ", "birth_year": "1991"})
    assert answer.status_code == 422
    page = page_of(answer)
    assert "Écrivez quelques mots de plus" in page
    assert 'value="1991"' in page
    with pytest.raises(WordsMissing):
        answer_request(request=made, words="   ", by=dora, now=NOON)


def test_a_year_of_birth_is_put_right_with_the_answer(amina: User, dora: Any) -> None:
    made = asked(amina)
    desk(dora).post(f"{QUEUE}{made.public_id}/answer/", ANSWER | {"birth_year": "1991"})
    assert Profile.objects.get(user=amina).birth_year == 1991
    made.refresh_from_db()
    assert made.state == RequestState.DONE


@pytest.mark.parametrize("year", [2015, 2030, 1890])
def test_an_impossible_year_changes_nothing_at_all(amina: User, dora: Any, year: int) -> None:
    made, before = asked(amina), Profile.objects.get(user=amina).birth_year
    with pytest.raises(YearImpossible):
        answer_request(request=made, words="C’est corrigé, merci.", birth_year=year, by=dora, now=NOON)
    made.refresh_from_db()
    assert (made.is_open, Profile.objects.get(user=amina).birth_year) == (True, before)
    assert desk(dora).post(f"{QUEUE}{made.public_id}/answer/", ANSWER | {"birth_year": str(year)}).status_code == 422


def test_a_year_belongs_to_a_request_about_the_year(amina: User, dora: Any) -> None:
    other = ask(user=amina, kind=RequestKind.RECTIFICATION, topic=RequestTopic.MESSAGE, words=WORDS, now=NOON)
    with pytest.raises(YearImpossible):
        answer_request(request=other, words="C’est corrigé, merci.", birth_year=1991, by=dora, now=NOON)
    assert "Année de naissance à inscrire" not in page_of(desk(dora).get(f"{QUEUE}{other.public_id}/"))


@pytest.mark.parametrize("kind", [RequestKind.EXPORT, RequestKind.ERASURE])
def test_what_the_house_does_itself_nobody_answers(amina: User, dora: Any, kind: RequestKind) -> None:
    made = asked(amina, kind)
    with pytest.raises(RequestOver):
        answer_request(request=made, words="C’est fait, merci.", by=dora, now=NOON)
    assert "Répondre" not in page_of(desk(dora).get(f"{QUEUE}{made.public_id}/"))


def test_it_is_prolonged_once_with_a_ground_of_the_law(amina: User, dora: Any) -> None:
    made, client = asked(amina, now=timezone.now()), desk(dora)
    page = f"{QUEUE}{made.public_id}/"
    assert client.post(f"{page}extend/", {"ground": "VACATION", "reason": "x"}).status_code == 422
    assert client.post(f"{page}extend/", {"ground": "COMPLEX", "reason": ""}).status_code == 422
    client.post(f"{page}extend/", {"ground": "COMPLEX", "reason": "trois salons"})
    made.refresh_from_db()
    assert made.extended_until == made.due_at + timedelta(days=60)
    assert "Prolonger de deux mois" not in page_of(client.get(page))
    assert "La loi ne le permet qu’une fois." in page_of(client.post(f"{page}extend/", {"ground": "COMPLEX", "reason": "encore"}))


def test_after_the_first_month_there_is_no_button_to_prolong(amina: User, dora: Any) -> None:
    made = asked(amina, now=timezone.now() - MONTH)
    client, page = desk(dora), f"{QUEUE}{made.public_id}/"
    assert "Prolonger de deux mois" not in page_of(client.get(page))
    assert "Le premier mois est passé" in page_of(client.post(f"{page}extend/", {"ground": "COMPLEX", "reason": "x"}))


def test_two_refuse_by_their_pages(amina: User, dora: Any, dino: Any) -> None:
    made = asked(amina, now=timezone.now())
    page, typed = f"{QUEUE}{made.public_id}/", {"ground": "ACCURATE", "words": "Nous avons vérifié : 1990.", "reason": "pièce vue"}
    first, second = desk(dora), desk(dino)
    shown = page_of(first.get(page))
    assert "Les données sont exactes · RGPD 16, 5(1)(d)" in shown
    assert "Motifs légitimes et impérieux" not in shown  # a ground of another right
    first.post(f"{page}propose/", typed)
    assert "Une autre personne de la protection des données doit donner son accord." in page_of(first.get(page))
    assert "Proposer un refus" not in page_of(second.get(page))
    assert "Nous avons vérifié : 1990." in page_of(second.post(f"{page}read/"))
    assert "doit donner son accord" in page_of(first.post(f"{page}refuse/", {"reason": "moi-même"}))
    second.post(f"{page}refuse/", {"reason": "relu"})
    made.refresh_from_db()
    assert (made.state, made.handled_by) == (RequestState.REFUSED, dino)
    assert "Trop tard" in page_of(second.post(f"{page}refuse/", {"reason": "encore"}))


def test_a_refusal_is_agreed_to_on_its_own_page_alone(amina: User, dora: Any, dino: Any) -> None:
    made = asked(amina, now=timezone.now())
    approval = propose_refusal(request=made, ground="ACCURATE", words="Nous avons vérifié.", by=dora, reason="x", now=timezone.now())
    client = desk(dino)
    assert approval.public_id not in page_of(client.get("/admin/moderation/approvals/"))
    assert client.post(f"/admin/moderation/approvals/{approval.public_id}/agree/", {"reason": "x"}).status_code == 404
