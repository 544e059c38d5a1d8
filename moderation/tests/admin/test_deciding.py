"""The form of the decision: what it proposes, what it refuses and where it says so, and what is done when it is right."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from core import audit
from core.models import AuditEntry
from moderation.admin.canned import list_texts, ready_texts, rule_name
from moderation.dsa.scanning import scan
from moderation.enums import Action, AppellantKind, ApprovalKind, CaseState, Ground, Reason, StaffRole, TargetKind
from moderation.models import Appeal, Case, Decision, SecondApproval, StaffProfile, StatementOfReasons
from moderation.services.appeals import file_appeal
from moderation.services.approvals import approve
from moderation.services.claims import CLAIM, claim_case
from moderation.tests.factories import log_in, make_staff_member
from moderation.tests.reporting import INSULT, case_of, insult, report

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
RIGHT = {
    "action": "REMOVE",
    "reason": "HARASSMENT",
    "ground": "TERMS",
    "ground_ref": "Règles de Resaka",
    "text_language": "fr",
    "explanation": "Ce contenu insulte une personne.",
    "facts": "Un message écrit dans un salon a été lu.",
    "days": "",
}


@pytest.fixture
def desk(mod: StaffProfile, client: Client) -> Client:
    log_in(client, mod)
    return client


@pytest.fixture
def case(amina: User, ben: User, room: Room, mod: StaffProfile) -> Case:
    """An insult that Amina reported and Mod has in hand."""
    now = timezone.now()
    filed = report(amina, insult(ben, room, now=now), now=now)
    return claim_case(case_id=case_of(filed).pk, version=case_of(filed).version, by=mod, now=now)


def address(case: Case, deed: str = "decide") -> str:
    return f"/admin/moderation/cases/{case.public_id}/{deed}/"


def send(browser: Client, case: Case, **more: str) -> Any:
    return browser.post(address(case), {"version": Case.objects.get(pk=case.pk).version, **RIGHT, **more}, follow=True)


def fault(page: str, field: str) -> str:
    found = re.search(rf'data-fault="{field}">([^<]*)<', page)
    assert found, field
    return found[1]


# ---- What stands in it at first ------------------------------------------------------------------------------------------------------
def test_the_measures_stand_in_the_order_of_their_keys_and_none_is_chosen(desk: Client, case: Case) -> None:
    page = desk.get(f"/admin/moderation/cases/{case.public_id}/").content.decode()
    assert re.findall(r'name="action" value="(\w+)"', page) == [
        "NO_ACTION",
        "WARN",
        "REMOVE",
        "DISABLE",
        "MUTE_IN_ROOM",
        "BAN_FROM_ROOM",
        "RESTRICT_POSTING",
        "SUSPEND_ACCOUNT",
        "TERMINATE_ACCOUNT",
    ]
    assert not re.search(r'name="action" value="\w+"[^>]*checked', page)
    assert re.search(r'class="box proposed"><input type="radio" name="action" value="WARN"', page), (
        "the ladder proposes, nobody obeys by accident"
    )
    assert 'id="desk-texts" type="application/json"' in page


@pytest.mark.parametrize("kind", list(TargetKind))
def test_ready_made_texts_are_fit_to_be_published_in_every_language(kind: TargetKind) -> None:
    texts = list_texts(kind)
    assert set(texts) == {code for code, _name in settings.LANGUAGES}
    for by_reason in texts.values():
        assert set(by_reason) == set(Reason.values)
        for text in by_reason.values():
            assert scan(" ".join(text.values()), pseudonyms=("Amina", "Ben")) == []
            assert 20 < len(text["explanation"]) <= 2000
            assert "%" not in text["facts"]
    with translation.override("en"):
        assert ready_texts(kind, Reason.SCAM, "fr") == texts["fr"]["SCAM"], "the language of the text, not of who reads the page"
    assert len(rule_name("mg")) > 3


# ---- What is decided -----------------------------------------------------------------------------------------------------------------
def test_a_right_form_decides_and_goes_on(desk: Client, case: Case, mod: StaffProfile, ben: User, amina: User, room: Room) -> None:
    now = timezone.now()
    other = case_of(report(amina, insult(ben, room, "Encore toi", now=now), now=now))
    answer = send(desk, case)
    assert answer.redirect_chain == [(f"/admin/moderation/cases/{other.public_id}/", 302)]
    assert "Décision prise." in answer.content.decode()
    decision = Decision.objects.get()
    assert (decision.action, decision.reason, decision.ground, decision.moderator, decision.ends_at) == (
        Action.REMOVE,
        Reason.HARASSMENT,
        Ground.TERMS,
        mod,
        None,
    )
    assert StatementOfReasons.objects.get().payload["decision_facts"] == RIGHT["facts"]
    assert Case.objects.get(pk=case.pk).state == CaseState.DECIDED
    assert audit.verify().holds


def test_a_duration_becomes_an_end(desk: Client, case: Case) -> None:
    page = send(desk, case, action="SUSPEND_ACCOUNT").content.decode()
    assert fault(page, "days") == "Cette mesure a une fin\u00a0: choisissez une durée."
    send(desk, case, action="SUSPEND_ACCOUNT", days="7")
    decision = Decision.objects.get()
    assert decision.ends_at is not None
    assert abs(decision.ends_at - decision.starts_at - timedelta(days=7)) < timedelta(seconds=1)


def test_what_has_no_end_forgets_the_duration_that_was_left_in_the_form(desk: Client, case: Case) -> None:
    send(desk, case, days="7")
    assert Decision.objects.get().ends_at is None


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("action", "", "action"),
        ("action", "CLOSE_ROOM", "action"),
        ("action", "X", "action"),
        ("reason", "NONE", "reason"),
        ("ground", "MOOD", "ground"),
        ("ground_ref", " ", "ground_ref"),
        ("explanation", "", "explanation"),
        ("facts", "x" * 5001, "facts"),
        ("facts", "Il habite chez ben@example.org", "facts"),
        ("facts", "Ben a insulté quelqu’un.", "facts"),
        ("explanation", "Appelez le 034 12 345 67.", "explanation"),
        ("text_language", "xx", "text_language"),
        ("days", "9999", "days"),
    ],
)
def test_each_fault_is_said_beside_its_field_and_nothing_happens(desk: Client, case: Case, field: str, value: str, place: str) -> None:
    answer = send(desk, case, **{field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert fault(page, place)
    kept = "Ce contenu insulte une personne." if field != "explanation" else RIGHT["facts"]
    assert kept in page, "what was written stays in the form"
    assert Decision.objects.count() == 0
    assert Case.objects.get(pk=case.pk).state == CaseState.CLAIMED


def test_closing_an_old_account_takes_a_second_yes_and_a_second_person(desk: Client, case: Case, ben: User, abel: StaffProfile) -> None:
    User.objects.filter(pk=ben.pk).update(created_at=timezone.now() - timedelta(days=31))
    grave = {"action": "TERMINATE_ACCOUNT"}
    assert fault(send(desk, case, **grave).content.decode(), "sure") == "Confirmez cette mesure grave."
    answer = send(desk, case, **grave, sure="on")
    assert (answer.status_code, "Demander un second accord" in answer.content.decode()) == (409, True)
    desk.post(address(case, "ask"), {"reason": "troisième récidive"})
    asked = SecondApproval.objects.get()
    assert (asked.kind, asked.object_ref) == (ApprovalKind.TERMINATE_OLD_ACCOUNT, case.public_id)
    assert send(desk, case, **grave, sure="on").status_code == 409
    approve(approval=asked, by=abel, reason="relu", now=timezone.now())
    send(desk, case, **grave, sure="on")
    assert Decision.objects.get().action == Action.TERMINATE_ACCOUNT


def test_who_may_not_ask_is_told(case: Case) -> None:
    warden, browser = make_staff_member("Gara", StaffRole.CHILD_SAFETY), Client()
    Case.objects.filter(pk=case.pk).update(child_safety=True)
    log_in(browser, warden)
    page = browser.post(address(case, "ask"), {"reason": "x"}, follow=True).content.decode()
    assert "Votre rôle ne permet pas" in page
    assert SecondApproval.objects.count() == 0


@pytest.mark.parametrize("loss", ["expired", "older", "another", "over"])
def test_without_the_case_in_hand_nothing_is_decided(desk: Client, case: Case, abel: StaffProfile, loss: str) -> None:
    rows, version = Case.objects.filter(pk=case.pk), case.version
    if loss in ("expired", "another"):
        rows.update(claim_expires_at=timezone.now() - CLAIM)
    if loss == "another":
        claim_case(case_id=case.pk, version=version, by=abel, now=timezone.now())
    if loss == "older":
        rows.update(version=version + 1)
    if loss == "over":
        rows.update(state=CaseState.DECIDED, open_key=None)
    answer = desk.post(address(case), {"version": version, **RIGHT}, follow=True)
    words = "Ce dossier est déjà décidé." if loss == "over" else "Vous n’avez plus ce dossier en main"
    assert words in answer.content.decode()
    assert Decision.objects.count() == 0


def test_with_no_other_case_the_queue_says_so(desk: Client, case: Case) -> None:
    assert "Rien n’attend ici" in send(desk, case).content.decode()


# ---- The preview ---------------------------------------------------------------------------------------------------------------------
def preview(browser: Client, case: Case, **more: str) -> dict[str, Any]:
    answer = browser.post(address(case, "statement"), {**RIGHT, **more})
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_the_preview_is_what_the_person_will_read_and_writes_nothing(desk: Client, case: Case) -> None:
    told = preview(desk, case)
    assert told["errors"] == {}
    assert [title for title, _words in told["lines"]] == [
        "Ce que nous avons décidé",
        "Les faits",
        "La part des machines",
        "La règle de la maison",
        "Si vous n’êtes pas d’accord",
    ]
    assert RIGHT["facts"] in dict(told["lines"])["Les faits"]
    assert (Decision.objects.count(), StatementOfReasons.objects.count()) == (0, 0)
    assert Case.objects.get(pk=case.pk).version == case.version


def test_the_preview_says_each_fault_by_its_field(desk: Client, case: Case) -> None:
    told = preview(desk, case, facts="Écrire à ben@example.org")
    assert set(told["errors"]) == {"facts"}
    assert set(preview(desk, case, action="SUSPEND_ACCOUNT")["errors"]) == {"days"}
    assert preview(desk, case, action="WARN")["lines"] == [["Exposé", "Cette mesure ne restreint personne."]]
    assert preview(desk, case, action="")["lines"] == []


# ---- Appeals -------------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def appeal(desk: Client, case: Case, ben: User) -> Appeal:
    """Ben does not agree with the removal of his message."""
    send(desk, case)
    decision = Decision.objects.get()
    return file_appeal(
        decision=decision, side=AppellantKind.RESTRICTED, appellant=ben, text="C’était une blague entre amis.", now=timezone.now()
    )


def review_of(appeal: Appeal, deed: str = "") -> str:
    return f"/admin/moderation/appeals/{appeal.public_id}/" + (f"{deed}/" if deed else "")


@pytest.fixture
def second(sena: StaffProfile) -> Client:
    browser = Client()
    log_in(browser, sena)
    return browser


def test_another_person_reads_all_of_it_and_overturns(second: Client, appeal: Appeal, sena: StaffProfile, mod: StaffProfile) -> None:
    queue = second.get("/admin/moderation/appeals/").content.decode()
    assert review_of(appeal) in queue
    assert "Ben" not in queue
    page = second.get(review_of(appeal)).content.decode()
    for words in (INSULT, "C’était une blague entre amis.", RIGHT["explanation"], mod.handle, "Retirer"):
        assert words in page, words
    answer = second.post(review_of(appeal, "decide"), {"overturn": "yes", "answer": "Vous avez raison."}, follow=True)
    assert "La décision est annulée et tout est rétabli." in answer.content.decode()
    fresh = Appeal.objects.select_related("decision").get()
    assert (fresh.state, fresh.reviewer, fresh.decision.reversed_at is None) == ("OVERTURNED", sena, False)
    assert "Vous avez raison." in second.get(review_of(appeal)).content.decode()
    actions = set(AuditEntry.objects.filter(handle=sena.handle).values_list("action", flat=True))
    assert {"appeal.read", "appeal.decide"} <= actions
    assert audit.verify().holds


def test_an_answer_is_needed_and_one_of_the_two(second: Client, appeal: Appeal) -> None:
    for wrong in (
        {"answer": "x"},
        {"overturn": "maybe", "answer": "x"},
        {"overturn": "no", "answer": " "},
        {"overturn": "no", "answer": "\u200b"},
    ):
        answer = second.post(review_of(appeal, "decide"), wrong)
        assert answer.status_code == 422
        place = "answer" if "overturn" in wrong and wrong["overturn"] == "no" else "overturn"
        assert fault(answer.content.decode(), place)
    assert Appeal.objects.get().state == "PENDING"
    second.post(review_of(appeal, "decide"), {"overturn": "no", "answer": "La règle est claire."})
    assert Appeal.objects.get().state == "UPHELD"
    again = second.post(review_of(appeal, "decide"), {"overturn": "yes", "answer": "Non."}, follow=True)
    assert "Quelqu’un d’autre vient de répondre" in again.content.decode()
    assert Appeal.objects.get().state == "UPHELD"


def test_who_decided_before_and_who_it_is_about_do_not_review(appeal: Appeal, mod: StaffProfile, ben: User) -> None:
    from moderation.services.staff import enlist

    enlist(user=mod.user, roles=[StaffRole.MODERATOR, StaffRole.APPEALS], now=timezone.now())
    ben.is_staff = True
    ben.save(update_fields=["is_staff"])
    appellant = enlist(user=ben, roles=[StaffRole.APPEALS], now=timezone.now())
    for person in (mod, appellant):
        browser = Client()
        log_in(browser, person)
        assert review_of(appeal) not in browser.get("/admin/moderation/appeals/").content.decode()
        assert browser.get(review_of(appeal)).status_code == 404
        assert browser.post(review_of(appeal, "decide"), {"overturn": "yes", "answer": "x"}).status_code == 404
    assert Appeal.objects.get().state == "PENDING"
    browser = Client()
    log_in(browser, mod)
    assert "1 recours vise une de vos décisions" in browser.get("/admin/moderation/appeals/").content.decode()


def test_a_moderator_without_the_role_opens_no_appeal(appeal: Appeal, abel: StaffProfile) -> None:
    browser = Client()
    log_in(browser, abel)
    for path in ("/admin/moderation/appeals/", review_of(appeal)):
        assert browser.get(path).status_code == 403
    assert browser.post(review_of(appeal, "decide"), {"overturn": "yes", "answer": "x"}).status_code == 403


def test_an_empty_list_of_appeals_says_so(second: Client) -> None:
    assert "Aucun recours n’attend" in second.get("/admin/moderation/appeals/").content.decode()
