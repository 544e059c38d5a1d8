"""Images: what comes in is data, what is stored was drawn anew."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from chat.enums import AttachmentState
from chat.models import Attachment, Room
from chat.services import attachments, messages
from chat.services.attachments import ImageTooLarge, NotAnImage, TooManyImages
from chat.services.messages import BadAttachment
from chat.tests.factories import NOON, give_standing, say
from chat.tests.purging import purge_expired
from core import outbox
from core.relay import pump

pytestmark = pytest.mark.django_db

ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def photo(width: int = 60, height: int = 40, kind: str = "JPEG", *, exif: bool = False, after: bytes = b"") -> bytes:
    picture = Image.new("RGB", (width, height), "white")
    picture.paste("red", (0, 0, width // 2, height))
    data = Image.Exif()
    if exif:
        data[ORIENTATION], data[MAKER] = 6, "Appareil de Voahangy"
        data.get_ifd(GPS)[1] = "S"
    out = io.BytesIO()
    picture.save(out, kind, exif=data)
    return out.getvalue() + after


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def store(user: User, room: Room, data: bytes) -> Attachment:
    return attachments.store_image(user=user, room_public_id=room.public_id, file=io.BytesIO(data), size=len(data), now=NOON)


def stored(image: Attachment) -> bytes:
    with default_storage.open(image.file_name) as file:
        return bytes(file.read())


def test_nothing_of_the_file_survives_but_its_pixels(room: Room, amina: User) -> None:
    image = store(amina, room, photo(exif=True, after=b"<script>alert(1)</script>"))
    data = stored(image)
    drawn = Image.open(io.BytesIO(data))
    assert (drawn.format, dict(drawn.getexif()), drawn.info.get("exif"), drawn.info.get("xmp")) == ("WEBP", {}, None, None)
    assert b"Voahangy" not in data
    assert b"script" not in data


def test_a_turned_photo_is_stored_upright(room: Room, amina: User) -> None:
    image = store(amina, room, photo(60, 40, exif=True))
    assert (image.width, image.height) == (40, 60)


def test_large_photos_are_shrunk_with_a_thumbnail(room: Room, amina: User) -> None:
    image = store(amina, room, photo(3200, 1200))
    assert (image.width, image.height) == (1600, 600)
    with default_storage.open(image.thumb_name) as file:
        assert Image.open(file).size == (320, 120)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "JPEG"])
def test_four_kinds_are_read(room: Room, amina: User, kind: str) -> None:
    assert store(amina, room, photo(kind=kind)).size > 0


@pytest.mark.parametrize("data", [b"", b"texte", SVG, HTML, photo()[:200], photo(kind="BMP"), photo(kind="TIFF"), b"GIF89a" + SVG])
def test_what_is_not_one_of_them_is_refused(room: Room, amina: User, data: bytes) -> None:
    with pytest.raises(NotAnImage):
        store(amina, room, data)
    assert Attachment.objects.count() == 0


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (2_000_000, 450), (100_000, 401)])
def test_a_picture_of_too_many_pixels_is_refused_by_its_header(room: Room, amina: User, width: int, height: int) -> None:
    with pytest.raises(ImageTooLarge):
        store(amina, room, png_header(width, height))


def test_too_many_bytes_are_refused_before_reading(room: Room, amina: User) -> None:
    most = 10_000_000
    with pytest.raises(ImageTooLarge):
        attachments.store_image(user=amina, room_public_id=room.public_id, file=io.BytesIO(), size=most + 1, now=NOON)
    with pytest.raises(ImageTooLarge):  # a size that lies
        attachments.store_image(user=amina, room_public_id=room.public_id, file=io.BytesIO(bytes(most + 1)), size=1, now=NOON)


def test_thirty_images_in_five_minutes(room: Room, amina: User) -> None:
    for _turn in range(30):
        store(amina, room, photo(2, 2))
    with pytest.raises(TooManyImages):
        store(amina, room, photo(2, 2))


def test_an_image_is_sent_once_by_its_owner_in_its_room(room: Room, group: Room, amina: User, ben: User) -> None:
    image = store(amina, room, photo())
    for who, where in ((ben, room), (amina, group)):
        with pytest.raises(BadAttachment):
            say(who, where, attachment_ids=[image.public_id])
    say(amina, room, "", attachment_ids=[image.public_id])
    with pytest.raises(BadAttachment):
        say(amina, room, attachment_ids=[image.public_id])


def test_four_images_a_message(room: Room, amina: User) -> None:
    images = [store(amina, room, photo(2, 2)).public_id for _turn in range(5)]
    with pytest.raises(BadAttachment):
        say(amina, room, attachment_ids=images)
    assert say(amina, room, attachment_ids=images[:4]).seq == 1


def test_a_removed_message_takes_its_images_along(room: Room, amina: User, ben: User, as_: Callable[[User], Client]) -> None:
    now = timezone.now()
    give_standing(amina)
    image = attachments.store_image(user=amina, room_public_id=room.public_id, file=io.BytesIO(photo()), size=1, now=now)
    seq = say(amina, room, "", now=now, attachment_ids=[image.public_id]).seq
    shown = as_(ben).get(f"/media/{image.public_id}/full/")
    assert shown.status_code == 200
    assert (shown["X-Content-Type-Options"], shown["Content-Security-Policy"]) == ("nosniff", "default-src 'none'; sandbox")
    messages.delete_message(user=amina, room_public_id=room.public_id, seq=seq, now=now)
    for who in (amina, ben):
        assert as_(who).get(f"/media/{image.public_id}/full/").status_code == 404
    purge_expired(now=now + timedelta(hours=23))
    assert default_storage.exists(image.file_name)
    purge_expired(now=now + timedelta(hours=25))
    assert default_storage.exists(image.file_name), "the file goes once the row's going is committed"
    pump(outbox.deliver)
    assert not default_storage.exists(image.file_name)
    assert not default_storage.exists(image.thumb_name)


def test_what_is_never_sent_is_forgotten_after_a_day(room: Room, amina: User) -> None:
    image = store(amina, room, photo())
    assert image.state == AttachmentState.READY
    purge_expired(now=NOON + timedelta(hours=25))
    pump(outbox.deliver)
    assert Attachment.objects.count() == 0
    assert not default_storage.exists(image.file_name)


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [("chat.jpg", SVG, "not_an_image"), ("grand.png", png_header(30_000, 30_000), "image_too_large")],
    ids=["svg", "bomb"],
)
def test_uploads_are_refused_with_a_word_that_the_page_understands(
    room: Room, amina: User, as_: Callable[[User], Client], name: str, data: bytes, word: str
) -> None:
    file = SimpleUploadedFile(name, data, content_type="image/jpeg")
    answer = as_(amina).post(f"/rooms/{room.slug}/attachments/", {"attachment": file})
    assert (answer.status_code, answer.json()["code"]) == (400, word)


KEPT = re.compile(r'<input type="checkbox" name="attachments" value="([^"]+)" checked>')


@pytest.mark.parametrize("wrong", [{"body": "x" * 4001}, {"body": "long " * 4000}, {"cid": "rien"}, {"reply": "x"}])
def test_a_refused_message_keeps_its_photos_for_the_next_try(
    room: Room, amina: User, as_: Callable[[User], Client], wrong: dict[str, str]
) -> None:
    """The form of the page sends ids of what was uploaded before, and a file that comes with it."""
    browser, before = as_(amina), store(amina, room, photo())
    Attachment.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    file = SimpleUploadedFile("photo.jpg", photo(), content_type="image/jpeg")
    cid = "0b6f5c9e-9a0e-4d53-8f0f-7a9f3b0f2f11"
    fields = {"body": "Regardez", "cid": cid, "attachments": before.public_id, "attachment": file} | wrong
    answer = browser.post(f"/rooms/{room.slug}/messages/", fields)
    assert answer.status_code == 400
    text = answer.content.decode()
    kept = KEPT.findall(text)
    assert kept == [image.public_id for image in Attachment.objects.order_by("pk")]
    assert len(kept) == 2
    assert all(f"/media/{public_id}/thumb/" in text for public_id in kept)
    again = browser.post(f"/rooms/{room.slug}/messages/", {"body": "Regardez", "cid": cid, "attachments": kept})
    assert again.status_code == 302
    assert {image.state for image in Attachment.objects.all()} == {AttachmentState.SENT}


def test_a_photo_that_is_gone_or_anothers_is_not_offered_again(room: Room, amina: User, ben: User, as_: Callable[[User], Client]) -> None:
    """Else the message could never be sent."""
    foreign = store(ben, room, photo())
    Attachment.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    fields = {"body": "Regardez", "cid": "0b6f5c9e-9a0e-4d53-8f0f-7a9f3b0f2f11", "attachments": f"{foreign.public_id},nichts"}
    answer = as_(amina).post(f"/rooms/{room.slug}/messages/", fields)
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "Cette image n’est plus disponible." in text
    assert KEPT.findall(text) == []
    assert 'id="my-rooms"' in text


def test_a_photo_by_the_plain_form(room: Room, amina: User, ben: User, as_: Callable[[User], Client]) -> None:
    file = SimpleUploadedFile("photo.jpg", photo(exif=True), content_type="image/jpeg")
    fields = {"body": "Regardez", "cid": "0b6f5c9e-9a0e-4d53-8f0f-7a9f3b0f2f11", "attachment": file}
    give_standing(amina)
    assert as_(amina).post(f"/rooms/{room.slug}/messages/", fields).status_code == 302
    image = Attachment.objects.get()
    assert f"/media/{image.public_id}/thumb/" in as_(ben).get(f"/rooms/{room.slug}/").content.decode()
