"""Who may have a copy, how often, and what is written down of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.closure import begin_closing
from accounts.services.suspension import suspend
from accounts.tests.factories import NOON
from core.models import AuditEntry
from core.ratelimit import RateLimited
from privacy.enums import ArchiveState, RequestKind, RequestState
from privacy.models import DataRequest, ExportArchive
from privacy.services.archives import DOWNLOADS, ArchiveOver, DownloadsUsed, ErasureAsked, TooSoon, ask_export, begin_download, may_ask_from
from privacy.services.requests import ask, withdraw_request
from privacy.tests.export.factories import build, make_archive, read

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_asked_twice_it_is_one(amina: User) -> None:
    first, second = ask_export(user=amina, now=NOON), ask_export(user=amina, now=NOON + timedelta(minutes=5))
    assert first.pk == second.pk
    assert DataRequest.objects.filter(user=amina, kind=RequestKind.EXPORT).count() == 1


def test_the_database_keeps_it_one(amina: User) -> None:
    archive = ask_export(user=amina, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExportArchive.objects.create(request=archive.request, user=amina, open_key=str(amina.pk), language="fr", asked_at=NOON)


def test_one_a_day(amina: User, ben: User) -> None:
    assert may_ask_from(user=amina) is None
    make_archive(amina)
    with pytest.raises(TooSoon) as refused:
        ask_export(user=amina, now=NOON + DAY - timedelta(seconds=1))
    assert refused.value.next_at == NOON + DAY == may_ask_from(user=amina)
    assert ask_export(user=ben, now=NOON).user == ben
    assert ask_export(user=amina, now=NOON + DAY).state == ArchiveState.ASKED


def test_one_that_came_to_nothing_does_not_count(amina: User) -> None:
    archive = ask_export(user=amina, now=NOON)
    withdraw_request(request=archive.request, now=NOON)
    assert build(archive).state == ArchiveState.CANCELLED
    assert make_archive(amina, now=NOON + timedelta(minutes=1)).state == ArchiveState.READY


def test_who_asked_for_everything_to_be_erased_gets_no_copy(amina: User) -> None:
    ask(user=amina, kind=RequestKind.ERASURE, now=NOON)
    with pytest.raises(ErasureAsked):
        ask_export(user=amina, now=NOON)
    assert ExportArchive.objects.count() == 0


def test_who_took_the_erasure_back_gets_one(amina: User) -> None:
    withdraw_request(request=ask(user=amina, kind=RequestKind.ERASURE, now=NOON), now=NOON)
    assert make_archive(amina).state == ArchiveState.READY


@pytest.mark.parametrize("kind", [SuspensionKind.SUSPENDED, SuspensionKind.TERMINATED])
def test_whoever_the_house_turned_out_has_the_right_all_the_same(amina: User, kind: SuspensionKind) -> None:
    suspend(user=amina, kind=kind, decision_ref="d", reason="règles", now=NOON)
    amina.refresh_from_db()
    archive = make_archive(amina)
    assert [row["kind"] for row in read(archive).rows("measures")] == [kind.value]
    assert archive.request.kind == RequestKind.EXPORT


def test_who_is_about_to_close_has_it_too(amina: User) -> None:
    begin_closing(user=amina, now=NOON)
    amina.refresh_from_db()
    [account] = read(make_archive(amina)).rows("account")
    assert (account["status"], account["closes_at"] is not None) == ("CLOSING", True)


def test_no_more_than_ten_requests_an_hour(amina: User) -> None:
    for _turn in range(10):
        archive = ask_export(user=amina, now=NOON)
        withdraw_request(request=archive.request, now=NOON)
        build(archive)
    with pytest.raises(RateLimited):
        ask_export(user=amina, now=NOON)


def test_asking_and_fetching_stand_in_the_audit_chain(amina: User) -> None:
    archive = make_archive(amina)
    begin_download(archive=archive, number=1, now=NOON)
    found = AuditEntry.objects.filter(object_kind="export").order_by("seq").values_list("action", "object_ref", "role")
    assert list(found) == [("export.ask", archive.public_id, "person"), ("export.download", archive.public_id, "person")]


# ---- Fetching --------------------------------------------------------------------------------------------------------------------
def test_thrice_and_no_more(amina: User) -> None:
    archive = make_archive(amina)
    keys = {begin_download(archive=archive, number=1, now=NOON) for _turn in range(DOWNLOADS)}
    assert len(keys) == 3
    with pytest.raises(DownloadsUsed):
        begin_download(archive=archive, number=1, now=NOON)
    archive.refresh_from_db()
    assert (archive.downloads, archive.zips.get().downloads) == (3, 3)
    assert AuditEntry.objects.filter(action="export.download").count() == 3


def test_each_part_is_counted_by_itself(amina: User, settings: object) -> None:
    settings.EXPORT_PART_BYTES = 1500  # type: ignore[attr-defined]
    archive = make_archive(amina)
    for number in (1, 2):
        for _turn in range(DOWNLOADS):
            begin_download(archive=archive, number=number, now=NOON)
        with pytest.raises(DownloadsUsed):
            begin_download(archive=archive, number=number, now=NOON)
    assert begin_download(archive=archive, number=3, now=NOON)


@pytest.mark.parametrize("number", [0, 2, 99])
def test_a_part_that_is_none(amina: User, number: int) -> None:
    with pytest.raises(ArchiveOver):
        begin_download(archive=make_archive(amina), number=number, now=NOON)


def test_before_it_is_ready_and_after_its_days(amina: User) -> None:
    asked = ask_export(user=amina, now=NOON)
    with pytest.raises(ArchiveOver):
        begin_download(archive=asked, number=1, now=NOON)
    archive = build(asked)
    assert archive.expires_at is not None
    assert begin_download(archive=archive, number=1, now=archive.expires_at - timedelta(seconds=1))
    with pytest.raises(ArchiveOver):
        begin_download(archive=archive, number=1, now=archive.expires_at)
    assert archive.zips.get().downloads == 1


def test_its_request_is_done_when_it_is_ready(amina: User) -> None:
    archive = make_archive(amina)
    request = DataRequest.objects.get(pk=archive.request_id)
    assert (request.state, request.closed_at is not None, request.open_key) == (RequestState.DONE, True, None)
