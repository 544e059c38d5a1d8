"""The package of a release: by two and by nobody alone, fetched once each, gone with its request; and who is told of it when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage

from accounts.models import User
from accounts.tests.factories import NOON
from core.envelopes import CertificateUnfit
from core.models import AuditEntry
from moderation.courts.terms import RequestState
from moderation.enums import StaffRole
from moderation.models import LegalRelease, LegalRequest, StaffProfile
from moderation.queries.requests import count_requests, find_request, list_requests
from moderation.services.approvals import NotApproved, approve
from moderation.services.disclosing import tell_named
from moderation.services.holds import NotOnDesk
from moderation.services.registering import ConcernsYou
from moderation.services.releases import AlreadyFetched, PackageGone, Released, fetch_package, release_data
from moderation.services.requests import WrongStep, ask_release, close_request
from moderation.services.staff import discharge, enlist
from moderation.tests.courts import collected, desk, register
from moderation.tests.factories import make_staff_member
from moderation.tests.releasing import HOUR, agreed

pytestmark = pytest.mark.django_db


# ---- Nobody alone -------------------------------------------------------------------------------------------------------------
def test_one_agreement_opens_once(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    release_data(request=request, by=lea, now=NOON)
    with pytest.raises(WrongStep):
        release_data(request=request, by=lea, now=NOON)
    assert LegalRelease.objects.count() == 1


def test_a_third_person_cannot_use_the_agreement_of_two(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    with pytest.raises(NotApproved):
        release_data(request=request, by=desk("Modo3"), now=NOON)


def test_an_agreement_ends_after_a_day_and_with_whoever_leaves(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    with pytest.raises(NotApproved):
        release_data(request=request, by=lea, now=NOON + timedelta(hours=24))
    discharge(profile=sam, reason="parti", now=NOON)
    with pytest.raises(NotApproved):
        release_data(request=request, by=lea, now=NOON)
    assert LegalRelease.objects.count() == 0


def test_outsiders_and_whom_it_names_release_and_fetch_nothing(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    mod = make_staff_member("Modo9")
    with pytest.raises(NotOnDesk):
        release_data(request=request, by=mod, now=NOON)
    made = release_data(request=request, by=lea, now=NOON)
    named_one = enlist(user=ben, roles=[StaffRole.LEGAL_DESK], now=NOON)
    for who, refusal in ((mod, NotOnDesk), (named_one, ConcernsYou)):
        with pytest.raises(refusal):
            fetch_package(release=made.release, by=who, now=NOON)
    assert find_request(staff=named_one, public_id=request.public_id) is None
    assert not list_requests(staff=named_one, done=True).exists()
    assert find_request(staff=lea, public_id=request.public_id) == request


def test_an_agreement_that_passed_by_another_door_is_none_of_whom_it_names(lea: StaffProfile, sam: StaffProfile) -> None:
    request = collected(lea, sam.user)
    asked = ask_release(request=request, by=lea, reason="conforme", now=NOON)
    approve(approval=asked, by=sam, reason="c’est moi", now=NOON)
    LegalRequest.objects.update(state=RequestState.APPROVED)
    request.refresh_from_db()
    with pytest.raises(ConcernsYou):
        release_data(request=request, by=lea, now=NOON)
    assert not AuditEntry.objects.filter(action__endswith=".open").exists()


def test_a_certificate_that_is_none_uses_nothing_up(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    with pytest.raises(CertificateUnfit):
        release_data(request=request, by=lea, certificate="-----BEGIN", now=NOON)
    assert release_data(request=request, by=lea, now=NOON).release.pk


def released(first: StaffProfile, second: StaffProfile, ben: User) -> Released:
    return release_data(request=agreed(first, second, ben), by=first, now=NOON)


# ---- The package --------------------------------------------------------------------------------------------------------------
def test_each_person_downloads_once_and_it_is_noted(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    made = released(lea, sam, ben)
    first = fetch_package(release=made.release, by=lea, now=NOON)
    with pytest.raises(AlreadyFetched):
        fetch_package(release=made.release, by=lea, now=NOON)
    assert fetch_package(release=made.release, by=sam, now=NOON) == first
    noted = AuditEntry.objects.filter(action="legal.fetch").order_by("seq").values_list("handle", "reason")
    assert list(noted) == [(lea.handle, made.release.sha256), (sam.handle, made.release.sha256)]


def test_the_passphrase_stands_nowhere(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    made = released(lea, sam, ben)
    assert len(made.passphrase) == 39
    stored = str(list(LegalRelease.objects.values())) + str(list(AuditEntry.objects.values())) + str(list(LegalRequest.objects.values()))
    assert made.passphrase not in stored
    with default_storage.open(LegalRelease.objects.get().file_name) as file:
        assert made.passphrase.encode() not in file.read()


def test_the_file_goes_when_the_request_is_closed(
    lea: StaffProfile, sam: StaffProfile, ben: User, django_capture_on_commit_callbacks: Any
) -> None:
    made = released(lea, sam, ben)
    name = made.release.file_name
    with django_capture_on_commit_callbacks(execute=True):
        close_request(request=made.release.request, receipt="AR", by=lea, now=NOON)
    assert not default_storage.exists(name)
    with pytest.raises(PackageGone):
        fetch_package(release=made.release, by=lea, now=NOON)
    assert LegalRelease.objects.get().sha256 == made.release.sha256


def test_the_public_counter(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    register(lea, ben)
    release_data(request=request, by=lea, now=NOON + 2 * HOUR)
    counts = count_requests(since=NOON, until=NOON + HOUR, now=NOON + timedelta(days=9))
    assert (counts.received, counts.answered, counts.open, counts.overdue, counts.answered_late, counts.refused) == (2, 1, 1, 1, 0, 0)
    assert (counts.median_delay, counts.by_kind) == (2 * HOUR, {"CPP_60_1": 2})
    nothing = count_requests(since=NOON + HOUR, until=NOON + 2 * HOUR, now=NOON)
    assert (nothing.received, nothing.median_delay) == (0, None)


def told() -> list[int]:
    rows = apps.get_model("notifications", "Notification").objects.filter(kind="DATA_RELEASED")
    return list(rows.order_by("user_id").values_list("user_id", flat=True))


# ---- Told ---------------------------------------------------------------------------------------------------------------------
def test_people_are_told_when_secrecy_ends_once_and_not_a_second_before(
    lea: StaffProfile, sam: StaffProfile, ben: User, amina: User
) -> None:
    end = NOON + timedelta(days=30)
    release_data(request=agreed(lea, sam, ben, confidential_until=end), by=lea, now=NOON)
    assert tell_named(now=end - timedelta(seconds=1)) == 0
    assert tell_named(now=end) == 1
    assert tell_named(now=end) == 0
    assert told() == [ben.pk]
    entry = AuditEntry.objects.get(action="legal.tell")
    assert (entry.handle, entry.role) == ("", "system")
    release_data(request=agreed(lea, sam, amina, confidential=False), by=lea, now=NOON)
    assert tell_named(now=NOON) == 1
    assert told() == sorted([ben.pk, amina.pk])


def test_what_is_secret_without_an_end_or_was_never_handed_over_is_told_to_nobody(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    release_data(request=agreed(lea, sam, ben), by=lea, now=NOON)
    register(lea, ben, confidential=False)
    assert tell_named(now=NOON + timedelta(days=9999)) == 0
    assert told() == []
