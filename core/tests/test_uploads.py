"""Uploads in memory: whole while they may be images, and bounded when they may not."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from core.uploads import files_in_memory


@files_in_memory
def take(request: HttpRequest) -> HttpResponse:
    kept = [(file.size, len(file.read()), file.name) for file in request.FILES.getlist("image")]
    return HttpResponse(repr(kept))


def post(**files: Any) -> str:
    request = RequestFactory().post("/", files)
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    return take(request).content.decode()


def test_a_file_comes_whole_even_above_the_size_that_goes_to_disk(settings: Settings) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    assert post(image=SimpleUploadedFile("a.jpg", b"x" * 200_000)) == "[(200000, 200000, 'a.jpg')]"


def test_what_is_too_large_is_kept_as_far_as_it_shows(settings: Settings) -> None:
    settings.IMAGE_BYTES = 1000
    assert post(image=SimpleUploadedFile("a.jpg", b"x" * 200_000)) == "[(200000, 1001, 'a.jpg')]"


def test_many_files_share_the_memory_of_one(settings: Settings) -> None:
    settings.IMAGE_BYTES = 1000
    files = [SimpleUploadedFile(f"{name}.jpg", b"x" * 800) for name in "abc"]
    assert post(image=files) == "[(800, 800, 'a.jpg'), (800, 201, 'b.jpg'), (800, 0, 'c.jpg')]"


def test_the_check_against_forged_requests_stays(settings: Settings) -> None:
    settings.CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"  # ours wants a whole page around it
    assert take(RequestFactory().post("/", {"image": SimpleUploadedFile("a.jpg", b"x")})).status_code == 403
