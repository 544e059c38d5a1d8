"""The page of the copy: for everybody with an account, proved anew, of one's own alone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.closure import begin_closing
from accounts.services.suspension import suspend
from accounts.tests.conftest import PASSWORD
from accounts.tests.doors import confirm, enter
from accounts.tests.factories import make_user
from core import outbox
from core.relay import pump
from privacy.enums import ArchiveState, RequestKind
from privacy.export.reading import open_archive
from privacy.models import ExportArchive
from privacy.services.archives import DOWNLOADS, ask_export, begin_download, cancel_exports
from privacy.services.requests import ask
from privacy.tests.export.factories import build, make_archive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
PAGE = "/account/data/export/"


@pytest.fixture
def dina() -> User:
    return make_user("Dina", password=PASSWORD)


@pytest.fixture
def browser(dina: User) -> Client:
    return enter(dina)


@pytest.fixture
def ready(dina: User) -> ExportArchive:
    return make_archive(dina, now=timezone.now())


def page(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")  # the blanks of French typography


def body(answer: Any) -> bytes:
    stream: Iterator[bytes] = answer.streaming_content
    return b"".join(stream)


def standing(client: Client, address: str) -> tuple[str, int, str]:
    found = client.get(address).json()
    return found["state"], found["percent"], found["words"].replace("\u00a0", " ")


def begin(client: Client, archive: ExportArchive, number: int = 1) -> Any:
    return client.post(f"{PAGE}{archive.public_id}/{number}/")


# ---- Asking ----------------------------------------------------------------------------------------------------------------------
def test_from_the_first_visit_to_the_file(dina: User, browser: Client) -> None:
    assert "Préparer ma copie" in page(browser)
    assert confirm(browser).post(f"{PAGE}ask/")["Location"] == PAGE
    waiting = page(browser)
    assert "Votre copie se prépare" in waiting
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in waiting
    assert "dist/datapages.js" in waiting
    pump(outbox.deliver)
    archive = ExportArchive.objects.get()
    shown = page(browser)
    assert "Votre copie est prête" in shown
    assert archive.sha256 in shown
    answer = browser.get(begin(browser, archive)["Location"])
    name = f"resaka-export-{archive.public_id}-{archive.built_at:%Y-%m-%d}.zip"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    kept = (answer["Content-Type"], answer["Cache-Control"], answer["X-Content-Type-Options"])
    assert kept == ("application/zip", "private, no-store", "nosniff")
    data = body(answer)
    assert int(answer["Content-Length"]) == len(data) == archive.bytes
    assert open_archive([io.BytesIO(data)]).manifest["person"] == dina.public_id


def test_a_stranger_at_an_open_screen_asks_for_nothing(browser: Client) -> None:
    answer = browser.post(f"{PAGE}ask/")
    assert (answer.status_code, unquote(answer["Location"])) == (302, f"/reauthenticate/?next={PAGE}ask/")
    assert ExportArchive.objects.count() == 0


def test_whoever_is_not_logged_in_is_asked_who_they_are() -> None:
    guest = Client()
    assert guest.get(PAGE)["Location"].startswith("/login/")
    assert guest.post(f"{PAGE}ask/")["Location"].startswith("/login/")


@pytest.mark.parametrize("path", [f"{PAGE}ask/", f"{PAGE}x/1/"])
def test_a_link_alone_does_nothing(browser: Client, path: str) -> None:
    assert confirm(browser).get(path).status_code == 405
    assert Client(enforce_csrf_checks=True).post(path).status_code in (302, 403)
    assert ExportArchive.objects.count() == 0


def test_one_a_day_is_said_with_the_hour(browser: Client, ready: ExportArchive) -> None:
    assert "Une copie par jour" in page(browser)
    assert "Préparer ma copie" not in page(browser)
    answer = confirm(browser).post(f"{PAGE}ask/", follow=True)
    assert "Une copie par jour. Vous pourrez en demander une autre le" in answer.content.decode()
    assert ExportArchive.objects.count() == 1


def test_who_asked_to_be_erased_is_told_why_not(dina: User, browser: Client) -> None:
    ask(user=dina, kind=RequestKind.ERASURE, now=timezone.now())
    assert "aucune copie n’en est plus faite" in page(browser)
    answer = confirm(browser).post(f"{PAGE}ask/", follow=True)
    assert "aucune copie n’en est plus faite" in answer.content.decode()
    assert ExportArchive.objects.count() == 0


@pytest.mark.parametrize("state", ["barred", "closing"])
def test_it_is_open_to_whoever_the_house_turned_out_and_to_whoever_leaves(dina: User, browser: Client, state: str) -> None:
    now = timezone.now()
    if state == "barred":
        suspend(user=dina, kind=SuspensionKind.SUSPENDED, decision_ref="d", reason="règles", now=now)
    else:
        begin_closing(user=dina, now=now)
    browser = confirm(enter(dina))
    assert "Préparer ma copie" in page(browser)
    assert browser.post(f"{PAGE}ask/")["Location"] == PAGE
    archive = build(ExportArchive.objects.get(), now=timezone.now())
    assert browser.get(begin(browser, archive)["Location"]).status_code == 200


# ---- Waiting ---------------------------------------------------------------------------------------------------------------------
def test_how_far_it_is(dina: User, browser: Client) -> None:
    archive = ask_export(user=dina, now=timezone.now())
    status = f"{PAGE}{archive.public_id}/status/"
    assert standing(browser, status) == ("ASKED", 0, "Nous comptons ce qu’il y a.")
    ExportArchive.objects.update(state=ArchiveState.BUILDING, all_rows=200, done_rows=90)
    assert standing(browser, status) == ("BUILDING", 45, "45 % : 90 éléments sur 200")
    assert '<progress class="wide" max="100" value="45"' in page(browser)
    ExportArchive.objects.update(done_rows=260)
    assert standing(browser, status) == ("BUILDING", 99, "99 % : 200 éléments sur 200")


def test_it_can_be_stopped(dina: User, browser: Client) -> None:
    archive = ask_export(user=dina, now=timezone.now())
    assert f'action="/account/data/requests/{archive.request.public_id}/withdraw/"' in page(browser)
    browser.post(f"/account/data/requests/{archive.request.public_id}/withdraw/")
    pump(outbox.deliver)
    assert "rien n’en est resté" in page(browser)


def test_what_failed_is_said_and_may_be_tried_again(dina: User, browser: Client) -> None:
    ask_export(user=dina, now=timezone.now())
    ExportArchive.objects.update(state=ArchiveState.FAILED, open_key=None)
    shown = page(browser)
    assert "Nous n’avons pas réussi à préparer votre copie" in shown
    assert "Préparer ma copie" in shown


def test_after_its_days_it_is_gone_and_said(browser: Client, ready: ExportArchive) -> None:
    ExportArchive.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    shown = page(browser)
    assert "sept jours sont passés" in shown
    assert "Télécharger</button>" not in shown


def test_the_request_leads_to_its_copy_while_it_is_there(browser: Client, ready: ExportArchive) -> None:
    request_page = f"/account/data/requests/{ready.request.public_id}/"
    shown = browser.get(request_page).content.decode()
    assert f'<a class="button" href="{PAGE}">' in shown
    assert "Aller à ma copie" in shown
    ExportArchive.objects.update(expires_at=timezone.now())
    late = browser.get(request_page).content.decode()
    assert "Aller à ma copie" not in late
    assert "Cette copie n’est plus là." in late


@pytest.mark.parametrize("parts", [1, 3])
def test_the_page_costs_the_same_for_one_part_and_for_three(
    dina: User, browser: Client, parts: int, settings: Any, django_assert_max_num_queries: Any
) -> None:
    if parts > 1:
        settings.EXPORT_PART_BYTES = 1500
    make_archive(dina, now=timezone.now())
    page(browser)
    with django_assert_max_num_queries(10):
        page(browser)


# ---- Fetching --------------------------------------------------------------------------------------------------------------------
def test_a_stolen_session_fetches_nothing(browser: Client, ready: ExportArchive) -> None:
    """It has the cookie, and neither the password nor the address of a download."""
    answer = begin(browser, ready)
    assert unquote(answer["Location"]) == f"/reauthenticate/?next={PAGE}{ready.public_id}/1/"
    assert ready.zips.get().downloads == 0
    for key in ("x", "", ready.sha256, ready.public_id):
        assert browser.get(f"{PAGE}{ready.public_id}/1/{key}/").status_code == 404


def test_three_downloads_and_then_words(browser: Client, ready: ExportArchive) -> None:
    confirm(browser)
    for _turn in range(DOWNLOADS):
        assert len(body(browser.get(begin(browser, ready)["Location"]))) == ready.bytes
    answer = browser.post(f"{PAGE}{ready.public_id}/1/", follow=True)
    assert "autant de fois que possible" in answer.content.decode()
    assert "téléchargée 3 fois sur 3" in page(browser)


def test_a_download_that_broke_off_goes_on_uncounted(browser: Client, ready: ExportArchive) -> None:
    address = begin(confirm(browser), ready)["Location"]
    whole = browser.get(address)
    tag, data = whole["ETag"], body(whole)
    half = len(data) // 2
    rest = browser.get(address, headers={"Range": f"bytes={half}-", "If-Range": tag})
    assert (rest.status_code, rest["Content-Range"]) == (206, f"bytes {half}-{len(data) - 1}/{len(data)}")
    assert data[:half] + body(rest) == data
    one = browser.get(address, headers={"Range": "bytes=0-0"})
    assert (one.status_code, body(one), one["Content-Length"]) == (206, data[:1], "1")
    assert ready.zips.get().downloads == 1


def test_of_another_file_one_gets_the_whole(browser: Client, ready: ExportArchive) -> None:
    address = begin(confirm(browser), ready)["Location"]
    answer = browser.get(address, headers={"Range": "bytes=10-", "If-Range": '"another"'})
    assert (answer.status_code, len(body(answer))) == (200, ready.bytes)


def test_what_it_does_not_have(browser: Client, ready: ExportArchive) -> None:
    address = begin(confirm(browser), ready)["Location"]
    answer = browser.get(address, headers={"Range": f"bytes={ready.bytes}-"})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{ready.bytes}")


def test_a_look_at_its_head_sends_nothing(browser: Client, ready: ExportArchive) -> None:
    answer = browser.head(begin(confirm(browser), ready)["Location"])
    assert (answer.status_code, answer["Content-Length"], answer["Accept-Ranges"]) == (200, str(ready.bytes), "bytes")
    assert body(answer) == b""


def test_an_address_is_good_for_a_day_and_for_the_last_download_alone(dina: User, browser: Client, ready: ExportArchive) -> None:
    now = timezone.now()
    first, second = (begin_download(archive=ready, number=1, now=now) for _turn in range(2))
    assert browser.get(f"{PAGE}{ready.public_id}/1/{first}/").status_code == 404
    assert browser.get(f"{PAGE}{ready.public_id}/1/{second}/").status_code == 200
    ready.zips.update(key_until=now)
    assert browser.get(f"{PAGE}{ready.public_id}/1/{second}/").status_code == 404


def test_a_download_under_way_ends_with_the_archive(dina: User, browser: Client, ready: ExportArchive) -> None:
    address = begin(confirm(browser), ready)["Location"]
    cancel_exports(user_id=dina.pk, now=timezone.now())
    assert browser.get(address).status_code == 404


def test_carol_sees_nothing_of_it(dina: User, ready: ExportArchive) -> None:
    make_user("Carol", password=PASSWORD)
    carol = confirm(enter(User.objects.get(email="carol@example.org")))
    key = begin_download(archive=ready, number=1, now=timezone.now())
    assert "Télécharger" not in page(carol)
    for answer in (
        carol.get(f"{PAGE}{ready.public_id}/status/"),
        carol.post(f"{PAGE}{ready.public_id}/1/"),
        carol.get(f"{PAGE}{ready.public_id}/1/{key}/"),
        carol.post(f"/account/data/requests/{ready.request.public_id}/withdraw/"),
    ):
        assert answer.status_code == 404
    assert ready.zips.get().downloads == 1


@pytest.mark.parametrize("forged", ["x", "a" * 20, "../../etc", "%00", "1/1/1"])
def test_forged_ids_are_nobodys(browser: Client, forged: str) -> None:
    client = confirm(browser)
    assert client.get(f"{PAGE}{forged}/status/").status_code == 404
    assert client.post(f"{PAGE}{forged}/1/").status_code == 404
    assert client.get(f"{PAGE}{forged}/1/{forged}/").status_code == 404


def test_the_key_of_a_download_is_kept_as_a_digest_alone(ready: ExportArchive) -> None:
    key = begin_download(archive=ready, number=1, now=timezone.now())
    assert ready.zips.get().key_sha256 == hashlib.sha256(key.encode()).hexdigest()
    assert len(key) >= 43
