"""Images: taking them in and showing them to those who may see them."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.decorators import AuthenticatedRequest, member_required
from chat.access import AccessRefused, get_seat
from chat.access.images import get_attachment
from chat.queries.attachments import media_url
from chat.services.attachments import store_image
from chat.services.errors import ChatError

_VARIANTS = {"full": "file_name", "thumb": "thumb_name"}


@require_POST
@member_required
def upload(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Take an image for a message that is being written; answers JSON with its id or the reason of refusal."""
    file = request.FILES.get("attachment")
    if file is None:
        return JsonResponse({"code": "not_an_image", "message": ""}, status=400)
    try:
        seat = get_seat(user=request.user, session=request.session, slug=slug, now=timezone.now())
        image = store_image(
            user=request.user,
            session=request.session,
            room_public_id=seat.room.public_id,
            file=file,
            size=file.size or 0,
            now=timezone.now(),
        )
    except (ChatError, AccessRefused) as error:
        return JsonResponse({"code": error.code, "message": str(error.words)}, status=400)
    answer = {"id": image.public_id, "kind": "image", "w": image.width, "h": image.height, "size": image.size}
    answer |= {"url": media_url(image.public_id, "full"), "thumb": media_url(image.public_id, "thumb")}
    return JsonResponse(answer, status=201)


@require_GET
@member_required
def show(request: AuthenticatedRequest, public_id: str, variant: str) -> HttpResponse:
    """An image for those who are in its room; never cached by anyone else, never run as anything but an image."""
    if variant not in _VARIANTS:
        raise Http404
    try:
        shown = get_attachment(user=request.user, session=request.session, public_id=public_id, now=timezone.now())
    except AccessRefused as error:
        raise Http404 from error
    with default_storage.open(getattr(shown.attachment, _VARIANTS[variant])) as file:
        response = HttpResponse(file.read(), content_type="image/webp")  # at most some hundred KB: drawn by us
    response["Cache-Control"] = "private, no-store" if shown.discreet else "private, max-age=86400"
    response["Content-Disposition"] = f'inline; filename="{public_id}.webp"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
