"""Headers of every answer, and the small pages that belong to nobody else."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMessage, get_connection
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import log_in_staff, make_user
from superapp.staff import make_staff

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob:",
    "media-src": "'self' blob:",
    "font-src": "'none'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "frame-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "resaka",
    "report-uri": "/csp-report/",
}


@pytest.mark.parametrize("path", ["/", "/rooms/", "/login/", "/nowhere/", "/rules/"])
def test_the_policy_is_whole_on_every_page(client: Client, path: str) -> None:
    header = client.get(path)["Content-Security-Policy"]
    parts = {part.split(" ", 1)[0]: part.split(" ", 1)[1] for part in header.split("; ")}
    assert parts.pop("connect-src").startswith("'self' ws")
    assert parts == POLICY


def test_other_headers(client: Client) -> None:
    answer = client.get("/")
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Permissions-Policy"] == "camera=(self), microphone=(self), geolocation=(), browsing-topics=()"


def test_a_policy_report_is_taken_and_cut(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.post("/csp-report/", data=b"x" * 10_000, content_type="application/csp-report").status_code == 204
    assert client.get("/csp-report/").status_code == 405


def test_the_mailbox_shows_letters_to_this_machine_alone(client: Client, settings: LazySettings) -> None:
    Path(settings.MAIL_DIR).mkdir(parents=True, exist_ok=True)
    connection = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(settings.MAIL_DIR))
    EmailMessage("Sujet é", "Code : ABC123 <script>", "r@resaka.example", ["amina@example.org"], connection=connection).send()
    text = client.get("/mailbox/").content.decode()
    assert "amina@example.org" in text
    assert "ABC123 &lt;script&gt;" in text
    assert client.get("/mailbox/", REMOTE_ADDR="192.0.2.7").status_code == 404
    settings.EMBEDDED = False
    assert client.get("/mailbox/").status_code == 404


def test_the_worker_script_names_its_release(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer["Service-Worker-Allowed"] == "/"
    assert answer["Cache-Control"] == "no-cache"
    assert answer.content.decode().startswith('self.__RESAKA__={"version": "')


def test_the_admin_is_for_staff(client: Client) -> None:
    user: User = make_user("Amina")
    client.force_login(user)
    assert client.get("/admin/").status_code == 302


def test_the_admin_keeps_the_policy_less_trusted_types(client: Client) -> None:
    mod = make_user("Modo1", reserved_name=True)
    make_staff(user=mod, now=timezone.now())
    log_in_staff(client, mod)
    answer = client.get("/admin/chat/roomproposal/")
    header = answer["Content-Security-Policy"]
    assert answer.status_code == 200
    assert "script-src 'self'" in header
    assert "trusted-types" not in header
    assert "unsafe" not in header


def test_the_admin_is_for_staff_and_make_staff_makes_them(client: Client) -> None:
    amina = make_user("Amina")
    client.force_login(amina)
    assert client.get("/admin/chat/room/").status_code in (302, 403)
    call_command("make_staff", "amina@example.org", stdout=StringIO())
    assert client.get("/admin/chat/room/").status_code == 403  # no second factor yet
    log_in_staff(client, User.objects.get(pk=amina.pk))
    assert client.get("/admin/chat/room/").status_code == 200
    assert client.get("/admin/chat/room/add/").status_code == 403
    with pytest.raises(CommandError):
        call_command("make_staff", "personne@example.org")


def test_make_staff_makes_people_who_look_at_documents_and_at_nothing_else(client: Client) -> None:
    amina = make_user("Amina")
    for _turn in range(2):
        call_command("make_staff", "amina@example.org", "--reviewer", stdout=StringIO())
    log_in_staff(client, User.objects.get(pk=amina.pk))
    opened = [
        path for path in ("accounts/documentreview", "accounts/user", "chat/room") if client.get(f"/admin/{path}/").status_code == 200
    ]
    assert opened == ["accounts/documentreview"]
    mod = make_user("Modo1", reserved_name=True)
    make_staff(user=mod, now=timezone.now())
    other = Client()
    log_in_staff(other, User.objects.get(pk=mod.pk))
    assert other.get("/admin/accounts/documentreview/").status_code == 403  # moderators do not look at documents by the way
