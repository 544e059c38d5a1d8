"""The page of a case: what it shows to whom, what it keeps back until somebody asks, and what each button does."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from core.images import encode
from core.models import AuditEntry
from core.screening import Hit
from moderation.enums import CaseState, Reason, RuleKind, RuleOutcome, RuleTopic, StaffRole
from moderation.models import Case, Evidence, Reveal, Rule, RuleVersion, StaffProfile
from moderation.services.claims import CLAIM, claim_case, escalate_case
from moderation.services.hits import record_hits
from moderation.tests.desk import make_case, make_media, noise
from moderation.tests.factories import log_in, make_staff_member
from moderation.tests.reporting import INSULT, case_of, insult, report

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(mod: StaffProfile, client: Client) -> Client:
    log_in(client, mod)
    return client


@pytest.fixture
def case(amina: User, ben: User, room: Room) -> Case:
    now = timezone.now()
    ref = insult(ben, room, now=now)
    return case_of(report(amina, ref, now=now, explanation="Il m’insulte depuis hier."))


def address(case: Case, deed: str = "") -> str:
    return f"/admin/moderation/cases/{case.public_id}/" + (f"{deed}/" if deed else "")


def text_of(browser: Client, case: Case) -> str:
    return browser.get(address(case)).content.decode()


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def held(case: Case, by: StaffProfile) -> Case:
    return claim_case(case_id=case.pk, version=fresh(case).version, by=by, now=timezone.now())


def post(browser: Client, case: Case, deed: str, **fields: object) -> str:
    return browser.post(address(case, deed), {"version": fresh(case).version, **fields}, follow=True).content.decode()


# ---- What it shows -------------------------------------------------------------------------------------------------------------------
def test_the_words_stand_there_at_once_with_report_and_history(desk: Client, case: Case) -> None:
    page = text_of(desk, case)
    picked = re.search(r'<li class="target">.*?</li>', page, re.DOTALL)
    assert picked
    assert INSULT in picked[0]
    assert "Ben" in picked[0]
    assert "Il m’insulte depuis hier." in page
    assert "Insultes ou harcèlement" in page
    assert "Prendre ce dossier" in page
    assert "data-decide" not in page


def test_who_reported_is_not_named(desk: Client, case: Case) -> None:
    """The moderator judges words; who was hurt by them is named only where they spoke themselves."""
    assert "Amina" not in text_of(desk, case)


def test_each_opening_is_noted_and_shown_to_who_comes_after(desk: Client, case: Case, mod: StaffProfile, abel: StaffProfile) -> None:
    for _ in range(2):
        text_of(desk, case)
    read = AuditEntry.objects.filter(action="case.read", object_ref=case.public_id)
    assert list(read.values_list("handle", "object_kind")) == [(mod.handle, "case")] * 2
    other = Client()
    log_in(other, abel)
    page = text_of(other, case)
    assert f"{mod.handle} (2)" in page
    assert f"{abel.handle} (1)" in page


def test_a_changed_message_shows_what_it_said_before(desk: Client, amina: User, ben: User, room: Room) -> None:
    from chat.services import messages

    now = timezone.now()
    ref = insult(ben, room, now=now)
    messages.edit_message(user=ben, room_public_id=room.public_id, seq=int(ref.partition(":")[2]), body="Bonjour !", now=now)
    page = text_of(desk, case_of(report(amina, ref, now=now)))
    assert INSULT in page
    assert "Bonjour !" in page


def test_markup_in_reported_words_is_text(desk: Client, amina: User, ben: User, room: Room) -> None:
    now = timezone.now()
    ref = insult(ben, room, "<script src=//x></script><img src=x onerror=alert(1)>", now=now)
    filed = report(amina, ref, now=now, explanation="</script><script>alert(2)</script>")
    page = text_of(desk, case_of(filed))
    assert "<script src=//x>" not in page
    assert "<img src=x" not in page
    assert "alert(2)</script>" not in page


def test_two_reports_of_the_same_words_show_them_once(desk: Client, amina: User, ben: User, room: Room) -> None:
    from accounts.tests.factories import make_user
    from chat.tests.factories import join

    now, dina = timezone.now(), make_user("Dina")
    join(dina, room)
    ref = insult(ben, room, now=now)
    for person in (amina, dina):
        filed = report(person, ref, now=now, explanation=f"Moi, {person.pk}")
    page = text_of(desk, case_of(filed))
    assert page.count('<li class="target">') == 1
    assert f"Moi, {amina.pk}" in page
    assert f"Moi, {dina.pk}" in page
    assert "2 signalements" in page


def test_the_page_costs_the_same_with_one_report_and_with_ten(desk: Client, ben: User, room: Room) -> None:
    from accounts.tests.factories import make_user
    from chat.tests.factories import join

    now = timezone.now()
    ref = insult(ben, room, now=now)
    people = [make_user(f"Dina{number}") for number in range(10)]
    for person in people:
        join(person, room)
    one = case_of(report(people[0], ref, now=now))
    text_of(desk, one)
    asked = []
    for more in ([], people[1:]):
        for person in more:
            report(person, ref, now=now)
        with CaptureQueriesContext(connection) as queries:
            text_of(desk, one)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert asked[0] <= 36, "\n".join(query["sql"][:120] for query in queries)


def test_damaged_evidence_is_said_and_never_guessed(desk: Client, case: Case, mod: StaffProfile, pictured: Evidence) -> None:
    Evidence.objects.filter(kind="SNAPSHOT").update(blob=b"\x01gone")
    page = text_of(desk, case)
    assert "La preuve ne s’ouvre pas" in page
    assert INSULT not in page
    held(case, mod)
    page = post(desk, case, f"media/{pictured.public_id}/reveal")
    Evidence.objects.filter(kind="MEDIA").update(sha256="0" * 64)
    assert desk.get(address(case, f"media/{pictured.public_id}")).status_code == 404
    link = re.search(r'src="(/admin/moderation/pictures/[^"]+)"', page)
    assert link
    assert desk.get(link[1]).status_code == 404


# ---- Who opens it --------------------------------------------------------------------------------------------------------------------
DEEDS = ("claim", "renew", "release", "escalate", "decide", "statement", "ask")


def test_ones_own_case_is_not_there(desk: Client, mod: StaffProfile) -> None:
    about = make_case(subject=mod.user, now=timezone.now())
    assert desk.get(address(about)).status_code == 404
    assert {desk.post(address(about, deed), {"version": 1}).status_code for deed in DEEDS} == {404}
    assert AuditEntry.objects.filter(object_ref=about.public_id).count() == 0


def test_what_a_moderator_reported_they_do_not_judge(desk: Client, mod: StaffProfile, ben: User, room: Room) -> None:
    from chat.tests.factories import join

    join(mod.user, room)
    now = timezone.now()
    mine = case_of(report(mod.user, insult(ben, room, now=now), now=now))
    assert desk.get(address(mine)).status_code == 404


def test_children_are_for_their_role(desk: Client) -> None:
    child = make_case(child_safety=True, now=timezone.now())
    assert desk.get(address(child)).status_code == 404
    warden = Client()
    log_in(warden, make_staff_member("Gara", StaffRole.CHILD_SAFETY))
    assert warden.get(address(child)).status_code == 200
    assert warden.get(address(make_case(now=timezone.now()))).status_code == 404


@pytest.mark.parametrize("ref", ["x", "0" * 20, "%00", "..", "é"])
def test_an_address_of_nothing_is_nothing(desk: Client, ref: str) -> None:
    assert desk.get(f"/admin/moderation/cases/{ref}/").status_code in (301, 404)


# ---- Whose it is ---------------------------------------------------------------------------------------------------------------------
def test_claimed_it_has_the_form_and_others_see_whose_it_is(desk: Client, case: Case, mod: StaffProfile, abel: StaffProfile) -> None:
    page = post(desk, case, "claim")
    assert "data-decide" in page
    assert f'data-renew="{address(case, "renew")}"' in page
    other = Client()
    log_in(other, abel)
    assert f"{mod.handle} a ce dossier en main" in text_of(other, case)
    assert f"Pris par {mod.handle}." in post(other, case, "claim")
    assert "data-decide" not in text_of(other, case)


def test_the_open_page_renews_by_script_and_learns_when_it_lost(desk: Client, case: Case, mod: StaffProfile, abel: StaffProfile) -> None:
    version = held(case, mod).version
    answer = desk.post(address(case, "renew"), {"version": version}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()) == (200, {"version": version + 1})
    Case.objects.filter(pk=case.pk).update(claim_expires_at=timezone.now() - CLAIM)
    held(case, abel)
    answer = desk.post(address(case, "renew"), {"version": version + 1}, headers={"accept": "application/json"})
    assert (answer.status_code, list(answer.json())) == (409, ["error"])


@pytest.mark.parametrize("version", ["", "-1", "1.5", "x", "٣", "9" * 30])
def test_a_version_that_is_none_claims_nothing(desk: Client, case: Case, version: str) -> None:
    desk.post(address(case, "claim"), {"version": version})
    assert fresh(case).state == CaseState.OPEN


def test_put_back_and_handed_on(desk: Client, case: Case, mod: StaffProfile) -> None:
    held(case, mod)
    post(desk, case, "release")
    assert fresh(case).state == CaseState.OPEN
    held(case, mod)
    assert "Dites pourquoi vous le transmettez." in post(desk, case, "escalate", reason=" ")
    assert "Dossier transmis." in post(desk, case, "escalate", reason="menace précise")
    assert fresh(case).state == CaseState.ESCALATED
    page = text_of(desk, case)
    assert "Réservé aux référents." in page
    assert f"Transmis par {mod.handle} : menace précise" in page.replace("\xa0", " ")
    assert "data-claim" not in page


def test_deeds_are_posts_and_carry_the_filters_along(desk: Client, case: Case) -> None:
    for deed in DEEDS:
        assert desk.get(address(case, deed)).status_code == 405
    answer = desk.post(address(case, "claim") + "?lane=free", {"version": case.version})
    assert answer["Location"].endswith(f"{case.public_id}/?lane=free")


def test_without_a_token_no_deed_is_done(mod: StaffProfile, case: Case) -> None:
    strict = Client(enforce_csrf_checks=True)
    log_in(strict, mod)
    assert {strict.post(address(case, deed), {"version": 1}).status_code for deed in DEEDS} == {403}
    assert fresh(case).state == CaseState.OPEN


# ---- Pictures ------------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def pictured(case: Case) -> Evidence:
    return make_media(case, encode(noise(400), 90), now=timezone.now())


def bytes_shown(browser: Client, page: str) -> list[bytes]:
    """The bytes behind every address that the page loads or links, media included."""
    found = sorted(set(re.findall(r'(?:src|href)="(/admin/moderation/[^"]+)"', page)))
    return [browser.get(link.replace("&amp;", "&")).content for link in found]


def test_before_the_click_no_byte_of_the_picture_is_anywhere(desk: Client, case: Case, mod: StaffProfile, pictured: Evidence) -> None:
    held(case, mod)
    answer = desk.get(address(case))
    page, whole = answer.content.decode(), encode(noise(400), 90)
    assert "/admin/moderation/pictures/" not in page
    assert "/media/" not in page.replace(f"/cases/{case.public_id}/media/{pictured.public_id}/", "")
    small = desk.get(address(case, f"media/{pictured.public_id}"))
    assert len(small.content) <= 4096
    assert small.content[:4] == b"RIFF"
    assert "no-store" in small["Cache-Control"]
    for shown in [answer.content, *bytes_shown(desk, page)]:
        assert whole[100:400] not in shown
        assert len(shown) < len(whole) or b"<html" in shown


def test_after_the_click_it_is_there_for_a_minute(desk: Client, case: Case, mod: StaffProfile, pictured: Evidence) -> None:
    held(case, mod)
    page = post(desk, case, f"media/{pictured.public_id}/reveal")
    link = re.search(r'src="(/admin/moderation/pictures/[^"]+)" data-until="(\d+)"', page)
    assert link
    answer = desk.get(link[1])
    assert (answer.content, answer["Content-Type"]) == (encode(noise(400), 90), "image/webp")
    assert ("no-store" in answer["Cache-Control"], answer["Content-Security-Policy"]) == (True, "default-src 'none'; sandbox")
    Reveal.objects.update(at=timezone.now() - timedelta(seconds=61))
    assert desk.get(link[1]).status_code == 404
    other = Client()
    log_in(other, make_staff_member("Modo8"))
    Reveal.objects.update(at=timezone.now())
    assert other.get(link[1]).status_code == 404, "the address is worth nothing to somebody else"
    assert AuditEntry.objects.filter(action="media.reveal", handle=mod.handle).count() == 1


def test_who_does_not_hold_the_case_sees_the_small_one_and_no_button(desk: Client, case: Case, pictured: Evidence) -> None:
    page = text_of(desk, case)
    assert "data-reveal" not in page
    assert f"/media/{pictured.public_id}/" in page
    assert "Prenez d’abord le dossier" in post(desk, case, f"media/{pictured.public_id}/reveal")
    assert Reveal.objects.count() == 0


def test_a_picture_is_reached_through_its_own_case_alone(desk: Client, case: Case, mod: StaffProfile) -> None:
    elsewhere = make_media(make_case(child_safety=True, now=timezone.now()))
    held(case, mod)
    assert desk.get(address(case, f"media/{elsewhere.public_id}")).status_code == 404
    assert desk.post(address(case, f"media/{elsewhere.public_id}/reveal")).status_code == 404


def test_a_file_that_is_no_picture_has_no_small_one(desk: Client, case: Case) -> None:
    assert desk.get(address(case, f"media/{make_media(case, b'not a picture').public_id}")).status_code == 404


def test_presumed_abuse_asks_for_a_second_person_on_the_page(ben: User) -> None:
    now = timezone.now()
    warden, browser = make_staff_member("Gara", StaffRole.CHILD_SAFETY), Client()
    log_in(browser, warden)
    child = make_case(child_safety=True, reason=Reason.CHILD_ABUSE_MATERIAL, subject=ben, now=now)
    evidence = make_media(child, now=now)
    held(child, warden)
    assert "Demander un second accord" in text_of(browser, child)
    assert "Il faut d’abord l’accord" in post(browser, child, f"media/{evidence.public_id}/reveal")
    assert "Dites pourquoi vous demandez cet accord." in post(browser, child, "ask", evidence=evidence.public_id, reason="")
    assert "Accord demandé." in post(browser, child, "ask", evidence=evidence.public_id, reason="identifier la victime")
    assert list(AuditEntry.objects.filter(action="approval.ask").values_list("object_kind", "object_ref")) == [
        ("VIEW_CHILD_ABUSE", evidence.public_id)
    ]


# ---- Grey, keys, languages -----------------------------------------------------------------------------------------------------------
def test_grey_is_the_rule_and_keys_may_be_off(desk: Client, case: Case, mod: StaffProfile) -> None:
    assert 'data-desk data-keys class="grey"' in text_of(desk, case)
    StaffProfile.objects.filter(pk=mod.pk).update(greyscale=False, shortcuts=False)
    assert re.search(r"data-desk>", text_of(desk, case))


def test_handed_on_cases_wait_for_a_senior(sena: StaffProfile, case: Case, mod: StaffProfile) -> None:
    taken = held(case, mod)
    escalate_case(case_id=case.pk, version=taken.version, by=mod, reason="menace", now=timezone.now())
    senior = Client()
    log_in(senior, sena)
    assert "data-decide" in post(senior, case, "claim")


# ---- What rules found in it ------------------------------------------------------------------------------------------------------------
def test_what_a_rule_found_stands_out_with_its_name_also_where_colours_are_not_seen(
    desk: Client, amina: User, ben: User, room: Room
) -> None:
    now = timezone.now()
    ref = insult(ben, room, "Un <b>mot</b> de trop", now=now)
    rule = Rule.objects.create(key="mots", title="Mots & <i>", kind=RuleKind.TERMS, topic=RuleTopic.INSULT, created_at=now)
    RuleVersion.objects.create(rule=rule, number=4, outcome=RuleOutcome.HOLD, text="mot", made_at=now)
    record_hits(room_id=room.pk, ref=ref.partition(":")[2], held=False, hits=[Hit(rule.pk, 4, 3, 13)], now=now)
    page = text_of(desk, case_of(report(amina, ref, now=now)))
    marked = (
        '<p>Un <mark><span class="visually-hidden">Trouvé par une règle : </span>&lt;b&gt;mot&lt;/b&gt;</mark>'
        ' <small class="desk-rule">(Mots &amp; &lt;i&gt;, version 4)</small> de trop</p>'
    )
    assert page.replace("\u00a0:", " :").count(marked) == 1
    assert page.count("<mark>") == 1
