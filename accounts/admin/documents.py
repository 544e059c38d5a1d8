"""Documents of age, for the part of the team that looks at them: the queue, and one page each with a cover, a button and a vote."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import DocumentNotFound, may_review_documents
from accounts.enums import DocumentVerdict, ReviewState
from accounts.forms.documents import VerdictForm
from accounts.models import DocumentReview, User
from accounts.queries.documents import has_looked, list_documents_to_review, may_see_image
from accounts.services.documents import NotOpen
from accounts.services.reviewing import AlreadyVoted, NotSeen, open_image, reveal_document, vote_on_document
from core.readonly import ReadOnlyAdmin

_QUEUE = "admin:accounts_documentreview_changelist"
_PAGE = "admin:accounts_documentreview_change"


@admin.register(DocumentReview)
class DocumentReviewAdmin(ReadOnlyAdmin):
    """Whose document it is stands nowhere here: the team judges an age, not a person."""

    list_display = ("public_id", "created_at", "expires_at", "votes_given")
    fields = ("public_id", "created_at", "expires_at")
    show_full_result_count = False
    change_form_template = "admin/accounts/document.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_review_documents(cast(User, request.user))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DocumentReview]:
        return list_documents_to_review(user=cast(User, request.user), now=timezone.now())

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("created_at", "pk")

    @admin.display(description=gettext_lazy("Avis donnés"))
    def votes_given(self, review: Any) -> int:
        return int(review.given)

    def get_urls(self) -> list[URLPattern]:
        opened = self.admin_site.admin_view
        return [
            path("<str:public_id>/reveal/", opened(self.reveal), name="accounts_documentreview_reveal"),
            path("<str:public_id>/image/", opened(self.image), name="accounts_documentreview_image"),
            path("<str:public_id>/vote/", opened(self.vote), name="accounts_documentreview_vote"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        review, user, now = kwargs["obj"], cast(User, request.user), timezone.now()
        context["verdicts"] = VerdictForm()
        context["shown"] = may_see_image(user=user, review=review, now=now)
        context["looked"] = has_looked(user=user, review=review)
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_POST)
    def reveal(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Note the look, and show the image on the page that follows."""
        try:
            reveal_document(by=cast(User, request.user), public_id=public_id, now=timezone.now())
        except DocumentNotFound as error:
            raise Http404 from error
        except AlreadyVoted:
            return _to_queue(request, _("Vous avez déjà donné votre avis sur ce document."))
        return redirect(_PAGE, self._key_of(request, public_id))

    @method_decorator(require_GET)
    def image(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """The image, for whoever pressed the button within ten minutes; kept by nobody, never run as anything but an image."""
        try:
            data = open_image(by=cast(User, request.user), public_id=public_id, now=timezone.now())
        except (DocumentNotFound, NotSeen) as error:
            raise Http404 from error
        answer = HttpResponse(data, content_type="image/webp")
        answer["Cache-Control"] = "no-store"
        answer["Content-Disposition"] = "inline"
        answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    @method_decorator(require_POST)
    def vote(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Take one vote, and say what came of it."""
        form, user = VerdictForm(request.POST), cast(User, request.user)
        if not form.is_valid():
            messages.error(request, _("Choisissez un avis."))
            return redirect(_PAGE, self._key_of(request, public_id))
        verdict = DocumentVerdict(form.cleaned_data["verdict"])
        try:
            state = vote_on_document(by=user, public_id=public_id, verdict=verdict, now=timezone.now())
        except (AlreadyVoted, NotOpen, NotSeen) as error:
            return _to_queue(request, _refusal_of(error))
        except DocumentNotFound as error:
            raise Http404 from error
        messages.success(request, _outcome_of(state))
        return redirect(_QUEUE)

    def _key_of(self, request: HttpRequest, public_id: str) -> int:
        found = self.get_queryset(request).filter(public_id=public_id).values_list("pk", flat=True).first()
        if found is None:
            raise Http404
        return int(found)


def _to_queue(request: HttpRequest, words: str) -> HttpResponse:
    messages.warning(request, words)
    return redirect(_QUEUE)


def _refusal_of(error: Exception) -> str:
    if isinstance(error, AlreadyVoted):
        return _("Vous avez déjà donné votre avis sur ce document.")
    if isinstance(error, NotSeen):
        return _("Regardez d’abord le document.")
    return _("Ce document n’est plus en cours d’examen. Son image est déjà détruite.")


def _outcome_of(state: ReviewState) -> str:
    if state == ReviewState.OPEN:
        return _("Avis noté. Une seconde personne doit encore regarder.")
    return _("Avis noté. La décision est prise et l’image est détruite.")
