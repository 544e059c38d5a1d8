"""The desk in the admin: from the form to the file with a browser, the gate on the page, and doors that stay shut."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.conftest import PASSWORD
from accounts.tests.doors import confirm
from chat.tests.factories import join, make_room, say
from core import audit
from core.models import AuditEntry
from moderation.courts.gate import Facts
from moderation.courts.terms import FormalReason, RequestKind
from moderation.enums import StaffRole
from moderation.models import LegalHold, LegalRequest, SecondApproval, StaffProfile
from moderation.services.requests import agree_release, ask_release, refuse_formal
from moderation.services.staff import enlist
from moderation.tests.courts import GRAVE, call_back, collected, named, register
from moderation.tests.factories import log_in, make_staff_member

pytestmark = pytest.mark.django_db
HOME = "/admin/moderation/legalrequest/"


def browser(staff: StaffProfile) -> Client:
    client = Client(headers={"Accept-Language": "fr"})
    log_in(client, staff)
    return client


def surely(staff: StaffProfile) -> Client:
    """A browser of somebody who has just typed their password once more."""
    staff.user.set_password(PASSWORD)
    staff.user.save(update_fields=["password"])
    return confirm(browser(staff))


def typed(ben: User, **changes: Any) -> dict[str, Any]:
    now = timezone.now()
    return {
        "kind": "CPP_60_1",
        "authority": "Parquet de Lyon",
        "agent": "Capitaine N. Martin",
        "file_numbers": "PV 2026/1234",
        "channel": "PORTAL",
        "received_at": now.strftime("%Y-%m-%dT%H:%M"),
        "legal_basis": "CPP 60-1",
        "offence": "extorsion",
        "offence_class": "DELIT",
        "penalty_months": "84",
        "gate_case": "GRAVE",
        "confidential": "on",
        "categories": ["SUBSCRIBER", "TRAFFIC"],
        "who-TOTAL_FORMS": "1",
        "who-INITIAL_FORMS": "0",
        "who-0-kind": "PSEUDONYM",
        "who-0-given": "Ben",
        "who-0-from_at": "2026-01-01T00:00",
        "who-0-until_at": now.strftime("%Y-%m-%dT%H:%M"),
    } | changes


def page_of(request: LegalRequest) -> str:
    return f"{HOME}{request.public_id}/"


def said(answer: Any) -> str:
    """The last message of the page that follows."""
    return [str(one) for one in answer.context["messages"]][-1]


# ---- The whole way ------------------------------------------------------------------------------------------------------------


def test_from_the_form_to_the_file(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    one, two = surely(lea), browser(sam)
    answer = one.post(f"{HOME}new/", typed(ben))
    request = LegalRequest.objects.get()
    assert answer["Location"] == page_of(request)
    assert request.subjects.get().user_id == ben.pk

    def step(client: Client, name: str, **fields: Any) -> str:
        return said(client.post(f"{page_of(request)}{name}/", fields, follow=True))

    done = "C’est fait, et noté dans le registre."
    assert step(one, "authenticate", directory="annuaire", number="04 72 60 70 12", answered_by="greffe") == done
    assert step(one, "hold") == done
    assert step(one, "scope", categories=["SUBSCRIBER", "TRAFFIC"]) == done
    assert step(one, "collect") == done
    assert step(one, "ask", words="conforme") == done
    approval = SecondApproval.objects.get().public_id
    assert two.post(f"/admin/moderation/approvals/{approval}/agree/", {"reason": "relu"}).status_code == 404  # it has one door
    assert step(one, "agree", approval=approval, words="moi aussi") == "Une autre personne doit donner son accord."
    assert step(two, "agree", approval=approval, words="relu") == done

    made = one.post(f"{page_of(request)}release/", {"certificate": ""})
    assert made["Cache-Control"].count("no-store") == 1
    secret = re.search(r'class="legal-secret">([0-9A-Z-]{39})<', made.content.decode())
    assert secret is not None
    assert secret.group(1) not in one.get(page_of(request)).content.decode()
    package = f"{page_of(request)}package/{request.releases.get().public_id}/"
    assert "Télécharger maintenant" in one.get(package).content.decode()
    file = one.post(package)
    assert file["Content-Type"] == "application/zip"
    assert "no-store" in file["Cache-Control"]
    assert zipfile.ZipFile(io.BytesIO(file.content)).namelist() == ["package.cms", "package.cms.sig", "signature-key.pem", "OPEN.txt"]
    assert said(one.post(package, follow=True)) == "Vous avez déjà téléchargé ce paquet."
    assert step(one, "close", words="AR 2026-77") == done
    request.refresh_from_db()
    assert request.state == "CLOSED"
    assert LegalHold.objects.get().request == request
    assert "fichier détruit à la clôture" in two.get(page_of(request)).content.decode()
    assert audit.verify().holds


def test_nobody_opens_or_downloads_without_their_password_once_more(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    now = timezone.now()
    request = collected(lea, ben, now=now, received_at=now)
    asked = ask_release(request=request, by=lea, reason="conforme", now=now)
    agree_release(request=request, approval=asked, by=sam, reason="relu", now=now)
    answer = browser(lea).post(f"{page_of(request)}release/", {})
    assert "/reauthenticate/" in answer["Location"]
    assert LegalRequest.objects.get().state == "APPROVED"
    assert request.releases.count() == 0
    surely(lea).post(f"{page_of(request)}release/", {})
    package = f"{page_of(request)}package/{request.releases.get().public_id}/"
    for answer in (browser(sam).get(package), browser(sam).post(package)):
        assert "/reauthenticate/" in answer["Location"]
    assert request.releases.get().fetched_by == ""


# ---- The gate on the page -----------------------------------------------------------------------------------------------------


def boxes(page: str) -> dict[str, bool]:
    """Which categories the page lets tick."""
    found = re.findall(r'name="categories" value="(\w+)"([^>]*)>', page)
    return {value: "disabled" not in rest for value, rest in found}


def test_the_page_shuts_what_the_gate_shuts_and_says_why(lea: StaffProfile, ben: User) -> None:
    client = browser(lea)
    empty = client.get(f"{HOME}new/").content.decode()
    assert boxes(empty) == {"SUBSCRIBER": True, "IDENTIFY_ONLY": False, "TRAFFIC": False, "CONTENT": False}
    assert "Aucun des quatre cas de l’article 60-1-2 n’est indiqué." in empty
    looked = client.post(f"{HOME}new/", typed(ben, check="1", judge="on")).content.decode()
    assert boxes(looked) == {"SUBSCRIBER": True, "IDENTIFY_ONLY": True, "TRAFFIC": True, "CONTENT": True}
    assert LegalRequest.objects.count() == 0
    malagasy = client.post(f"{HOME}new/", typed(ben, check="1", kind="MG_JUDICIAL", judge="on")).content.decode()
    assert boxes(malagasy)["CONTENT"] is False
    assert "jamais de contenu" in malagasy


def test_a_box_that_was_forged_is_refused(lea: StaffProfile, ben: User) -> None:
    answer = browser(lea).post(f"{HOME}new/", typed(ben, categories=["SUBSCRIBER", "CONTENT"]))
    assert answer.status_code == 422
    assert "Contenu : Il faut l’ordonnance d’un juge." in answer.content.decode()
    assert LegalRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"authority": ""}, "Ce champ est obligatoire."),
        ({"received_at": "2099-01-01T00:00"}, "Cette heure n’est pas encore venue."),
        ({"who-0-given": ""}, "Désignez au moins une personne."),
        ({"who-0-until_at": "2025-01-01T00:00"}, "La période doit avoir une fin après son début, et cinq ans au plus."),
        ({"who-0-until_at": ""}, "Donnez le début et la fin de la période."),
        ({"kind": "NONSENSE"}, "n’en fait pas partie"),
        ({"penalty_months": "-1"}, "supérieure ou égale à 0"),
        ({"received_at": "garbage"}, "Saisissez une date et une heure valides."),
    ],
)
def test_bad_input_is_named_and_nothing_is_kept(lea: StaffProfile, ben: User, changes: dict[str, str], words: str) -> None:
    answer = browser(lea).post(f"{HOME}new/", typed(ben, **changes))
    assert answer.status_code == 422
    assert words in answer.content.decode().replace("&#x27;", "’").replace("'", "’")
    assert LegalRequest.objects.count() == 0


def test_nobody_registers_what_names_themselves(lea: StaffProfile, ben: User) -> None:
    answer = browser(lea).post(f"{HOME}new/", typed(ben, **{"who-0-given": "Modo1"}))
    assert answer.status_code == 422
    assert "Cette demande vous désigne" in answer.content.decode()


# ---- Doors --------------------------------------------------------------------------------------------------------------------


def paths(request: LegalRequest) -> list[str]:
    own = page_of(request)
    return [HOME, f"{HOME}new/", own, f"{own}collect/", f"{own}release/", f"{own}package/x/", f"{own}annex/", f"{own}hold-messages/"]


def test_only_the_desk_comes_in(lea: StaffProfile, ben: User, carol: User) -> None:
    request = register(lea, ben, now=timezone.now())
    others = [role for role in StaffRole if role not in {StaffRole.LEGAL_DESK, StaffRole.AUDITOR}]  # who audits has no other role
    mod = browser(make_staff_member("Modo9", *others))
    for path in paths(request):
        assert mod.get(path).status_code in {302, 404, 405}, path
        assert "reauthenticate" in mod.post(path).get("Location", "reauthenticate"), path
    auditor = browser(make_staff_member("Audit9", StaffRole.AUDITOR, now=timezone.now()))
    outsider = Client()
    outsider.force_login(carol)
    for client in (auditor, outsider, Client()):
        for path in paths(request):
            assert client.get(path).status_code in {302, 403, 404}, path
    for client in (mod, auditor):
        assert "legalrequest" not in client.get("/admin/").content.decode()
    assert "legalrequest" in browser(lea).get("/admin/").content.decode()


def test_whom_it_names_does_not_even_see_that_it_is_there(lea: StaffProfile, ben: User) -> None:
    request = register(lea, ben, now=timezone.now())
    ben.is_staff = True
    ben.save(update_fields=["is_staff"])
    his = browser(enlist(user=ben, roles=[StaffRole.LEGAL_DESK], now=timezone.now()))
    browser(lea).post(f"{page_of(request)}hold/")
    listed = his.get(HOME).content.decode()
    assert request.public_id not in listed
    assert LegalHold.objects.get().public_id not in listed
    assert his.get(page_of(request)).status_code == 404
    assert his.post(f"{page_of(request)}collect/").status_code == 404
    assert his.post(f"{HOME}hold/{LegalHold.objects.get().public_id}/ask/", {"words": "moi"}).status_code == 404
    assert request.public_id in browser(lea).get(HOME).content.decode()


def test_every_look_at_whom_it_names_is_noted(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = register(lea, subjects=[named(ben)], now=timezone.now())
    for staff in (lea, sam, sam):
        shown = browser(staff).get(page_of(request))
        assert ben.public_id in shown.content.decode()
        assert "no-store" in shown["Cache-Control"]
    noted = AuditEntry.objects.filter(action="legal.read").order_by("seq").values_list("handle", flat=True)
    assert list(noted) == [lea.handle, sam.handle, sam.handle]
    browser(lea).get(HOME)
    assert AuditEntry.objects.filter(action="legal.read").count() == 3  # the list names nobody


def test_staff_stand_under_their_handles_alone(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    now = timezone.now()
    request = call_back(register(lea, ben, emergency=True, now=now, received_at=now), lea, now=now)
    page = browser(sam).get(page_of(request)).content.decode()
    assert lea.handle in page
    assert "modo1" not in page.lower()


# ---- Empty, late, unknown -----------------------------------------------------------------------------------------------------


def test_an_empty_desk_says_so(lea: StaffProfile) -> None:
    page = browser(lea).get(HOME).content.decode()
    for words in ("Rien n’attend.", "Rien n’est gelé.", "Aucune réponse encore."):
        assert words in page


def test_what_is_late_stands_at_the_top_and_is_marked(lea: StaffProfile, ben: User) -> None:
    now = timezone.now()
    soon = register(lea, ben, now=now, received_at=now)
    late = register(lea, ben, now=now, received_at=now - timedelta(days=9))
    answered = register(lea, ben, now=now, received_at=now)
    refuse_formal(request=answered, reason=FormalReason.UNCLEAR, words="flou", by=lea, now=now)
    page = browser(lea).get(HOME).content.decode()
    assert page.index(late.public_id) < page.index(soon.public_id) < page.index(answered.public_id)
    assert page.count('<tr class="legal-late">') == 1


def test_unknown_things_are_not_found(lea: StaffProfile, ben: User) -> None:
    client, request = surely(lea), register(lea, ben, now=timezone.now())
    assert client.get(f"{HOME}{'a' * 20}/").status_code == 404
    assert client.post(f"{page_of(request)}nonsense/").status_code == 404
    assert client.get(f"{page_of(request)}collect/").status_code == 405
    assert client.get(f"{page_of(request)}package/{'a' * 20}/").status_code == 404
    assert client.post(f"{HOME}hold/{'a' * 20}/lift/", {"words": "x"}).status_code == 404


def test_a_hold_is_lifted_by_two_on_the_page(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    now = timezone.now()
    request = register(lea, ben, now=now, received_at=now)
    one, two = browser(lea), browser(sam)
    one.post(f"{page_of(request)}hold/")
    hold = LegalHold.objects.get()

    def do(client: Client, deed: str, **fields: str) -> str:
        return said(client.post(f"{HOME}hold/{hold.public_id}/{deed}/", {"words": "mainlevée"} | fields, follow=True))

    assert do(one, "lift") == "Il manque l’accord valable de deux personnes, dont la vôtre."
    do(one, "ask")
    approval = SecondApproval.objects.get().public_id
    assert do(one, "agree", approval=approval) == "Une autre personne doit donner son accord."
    do(two, "agree", approval=approval)
    assert do(one, "lift", words=" ") == "Écrivez pourquoi."
    assert do(one, "lift") == "C’est fait, et noté dans le registre."
    hold.refresh_from_db()
    assert hold.lifted_by == lea


# ---- Single messages, and the form of Annex III -------------------------------------------------------------------------------


def test_messages_are_frozen_by_their_links_on_the_page(lea: StaffProfile, ben: User, amina: User) -> None:
    now = timezone.now()
    room = make_room("marche")
    join(ben, room)
    link = f"{settings.ORIGIN}/rooms/marche/messages/{say(ben, room, 'Donne.').seq}/"
    request = register(lea, amina, now=now, received_at=now)
    client, step = browser(lea), f"{page_of(request)}hold-messages/"
    assert "Liens des messages, un par ligne" in client.get(page_of(request)).content.decode()
    wrong = "L’un de ces liens ne mène à aucun message de ce site. Rien n’a été gelé."
    assert said(client.post(step, {"links": f"{link}\nhttps://example.org/"}, follow=True)) == wrong
    assert said(client.post(step, {"links": ""}, follow=True)) != "C’est fait, et noté dans le registre."
    assert LegalHold.objects.count() == 0
    assert said(client.post(step, {"links": f"\n {link} \n{link}\n"}, follow=True)) == "C’est fait, et noté dans le registre."
    hold = LegalHold.objects.get()
    assert (hold.scope, hold.subjects.count(), hold.request) == ("ROWS", 1, request)
    for page in (HOME, page_of(request)):
        text = client.get(page).content.decode()
        assert hold.public_id in text
        assert "Messages désignés" in text


def test_whose_words_are_frozen_sees_the_request_and_not_the_hold(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    now = timezone.now()
    room = make_room("equipe")
    join(sam.user, room)
    request = register(lea, ben, now=now, received_at=now)
    link = f"{settings.ORIGIN}/rooms/equipe/messages/{say(sam.user, room, 'moi').seq}/"
    browser(lea).post(f"{page_of(request)}hold-messages/", {"links": link})
    hold, his = LegalHold.objects.get(), browser(sam)
    for page in (HOME, page_of(request)):
        assert hold.public_id not in his.get(page).content.decode()
    assert his.post(f"{HOME}hold/{hold.public_id}/ask/", {"words": "moi"}).status_code == 404


def refused(by: StaffProfile, user: User, kind: RequestKind) -> LegalRequest:
    now = timezone.now()
    facts = Facts(kind, "fraud <b>", penalty_months=36, judge=True) if kind == RequestKind.EPOC else GRAVE
    request = register(by, user, facts=facts, now=now, received_at=now)
    return refuse_formal(request=request, reason=FormalReason.INCOMPLETE, words="la section F <est> vide", by=by, now=now)


def test_a_refused_epoc_has_its_form_to_print(lea: StaffProfile, ben: User, settings: Any) -> None:
    settings.PUBLISHER = "Resaka SAS"
    request, client = refused(lea, ben, RequestKind.EPOC), browser(lea)
    form = f"{page_of(request)}annex/"
    assert f'href="{form}"' in client.get(page_of(request)).content.decode()
    page = client.get(form).content.decode()
    for words in (
        "EPOC, PV 2026/1234",
        "Parquet de Lyon, Capitaine N. Martin",
        "Resaka SAS",
        "La demande est incomplète",
        "(incomplete)",
        "la section F &lt;est&gt; vide",
        "Les données demandées sont conservées.",
        request.public_id,
    ):
        assert words in page, words
    assert ben.public_id not in page  # it names nobody
    LegalHold.objects.update(until_at=timezone.now())
    assert "Les données demandées ne sont pas conservées." in client.get(form).content.decode()


def test_no_other_request_has_that_form(lea: StaffProfile, ben: User) -> None:
    now = timezone.now()
    french = refused(lea, ben, RequestKind.CPP_60_1)
    waiting = register(lea, ben, facts=Facts(RequestKind.EPOC, "fraud", penalty_months=36, judge=True), now=now, received_at=now)
    client = browser(lea)
    for request in (french, waiting):
        assert client.get(f"{page_of(request)}annex/").status_code == 404
        assert "annex/" not in client.get(page_of(request)).content.decode()
