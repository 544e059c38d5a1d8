"""Pages that belong to no domain: the front door, rules and legal texts, help, offline, errors, the look."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.forms import BooleanField, CharField, ChoiceField, Form, Textarea
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import LegalDocument, User
from accounts.queries import find_document, find_profile, find_version
from accounts.queries.helplines import CountryHelp, Help, list_help
from accounts.services.legal_files import list_reservations
from chat.queries.rooms import list_directory, list_themes
from chat.queries.veils import Reader
from chat.views.cards import build_card
from core.prose import render_prose
from superapp import look

_LANDING_ROOMS = 6


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What this is, for whom, and who answers for it. Members go straight to their rooms."""
    if request.user.is_authenticated:
        return redirect("chat:rooms")
    lines = list_directory(reader=Reader(None, None, timezone.now())).lines[:_LANDING_ROOMS]
    return render(request, "public/home.html", {"cards": [build_card(line) for line in lines], "themes": list_themes()})


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The charter: the rules of the house."""
    return _document(request, "CHARTER")


@require_GET
def legal(request: HttpRequest, doc: str) -> HttpResponse:
    """A legal text that holds now."""
    return _document(request, doc.upper())


@require_GET
def legal_version(request: HttpRequest, doc: str, version: str) -> HttpResponse:
    """A legal text as it read under a version that somebody may have accepted."""
    return _show(request, find_version(doc_type=doc.upper(), version=version, language=_language()))


def _document(request: HttpRequest, doc_type: str) -> HttpResponse:
    return _show(request, find_document(doc_type=doc_type, language=_language(), now=timezone.now()))


def _language() -> str:
    return (get_language() or settings.LANGUAGE_CODE)[:2]


def _show(request: HttpRequest, document: LegalDocument | None) -> HttpResponse:
    if document is None:
        raise Http404
    unread = list_reservations().get((document.doc_type, document.version, document.language))
    return render(request, "public/document.html", {"document": document, "html": render_prose(document.body), "unread": unread})


@require_GET
def safety(request: HttpRequest) -> HttpResponse:
    """Get help now: numbers, blocked people, advice."""
    urgent = [(group.name, line) for group in _help_for(request)[:2] for line in group.lines if line.kind == Help.URGENT]
    return render(request, "public/safety.html", {"urgent": urgent})


@require_GET
def victims(request: HttpRequest) -> HttpResponse:
    """Help for victims, without account and without script."""
    return render(request, "public/victims.html", {"groups": _help_for(request)[:2]})


@require_GET
def helplines(request: HttpRequest) -> HttpResponse:
    """All numbers that help, those of the person's own country first; with what is known of each."""
    groups = _help_for(request)
    lines = [(group.name, line) for group in groups for line in group.lines]
    return render(request, "public/help.html", {"groups": groups, "lines": lines})


def _help_for(request: HttpRequest) -> list[CountryHelp]:
    profile = find_profile(user=request.user) if isinstance(request.user, User) else None
    return list_help(country=profile.country if profile else "", language=get_language() or "")


@require_GET
def contact(request: HttpRequest) -> HttpResponse:
    """Who publishes the site and how to reach them."""
    return render(request, "public/contact.html", {"authorities_email": settings.AUTHORITIES_EMAIL})


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows when the network is gone and nothing better is kept."""
    return render(request, "public/offline.html")


@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    """What makes the site installable; colours come from the tokens."""
    light = look.colours("light")
    icons = [
        {"src": static(f"icons/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any"} for size in (192, 512)
    ]
    icons += [
        {"src": static(f"icons/{purpose}-512.png"), "sizes": "512x512", "type": "image/png", "purpose": purpose}
        for purpose in ("maskable", "monochrome")
    ]
    data = {
        "id": "/",
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "description": _("Des salons pour se parler, tenus et modérés, entre adultes."),
        "lang": get_language(),
        "dir": "ltr",
        "start_url": reverse("chat:rooms") + "?src=pwa",
        "scope": "/",
        "display": "standalone",
        "background_color": light["bg"],
        "theme_color": light["surface"],
        "icons": icons,
        "shortcuts": [{"name": _("Salons"), "url": reverse("chat:rooms")}, {"name": _("Moi"), "url": reverse("accounts:home")}],
    }
    response = JsonResponse(data, content_type="application/manifest+json")
    response["Cache-Control"] = "public, max-age=3600"
    response["Vary"] = "Accept-Language, Cookie"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return render(request, "403.html", status=403)


@dataclass(frozen=True, slots=True)
class Typed:
    """A field of a form as it was sent."""

    name: str
    value: str

    @property
    def is_words(self) -> bool:
        """Whether a person wrote it, who will want to see it again."""
        return self.name == "body" or len(self.value.split()) > 1


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was too old or came from elsewhere. What was typed on a page of ours is kept, with a button that sends it again.

    Two first pages asked for at once get two cookies, of which the browser keeps one; a log-in elsewhere changes it too.
    """
    typed = [Typed(name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values]
    context: dict[str, object] = {}
    if _is_from_here(request):
        context["page"] = request.get_full_path()
        if not any("password" in field.name for field in typed):  # which is never written into a page
            context["typed"] = typed
    response = render(request, "403_csrf.html", context, status=403)
    response["Cache-Control"] = "no-store"
    return response


def _is_from_here(request: HttpRequest) -> bool:
    """Whether the browser itself says that a page of ours sent this: a foreign page must not put words here for a member to send."""
    said = request.headers.get("Sec-Fetch-Site", "same-origin"), request.headers.get("Origin", "")
    return said == ("same-origin", f"{request.scheme}://{request.get_host()}")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return render(request, "404.html", status=404)


def render_bare(template: str, *, status: int) -> HttpResponse:
    """A page that needs nothing but its template, for when everything else may be broken."""
    return HttpResponse(get_template(template).render({"site_name": settings.SITE_NAME}), status=status)


class _Sample(Form):
    """Every kind of field, for the page of the look."""

    name = CharField(label="Pseudonyme", help_text="3 à 24 caractères", max_length=24)
    about = CharField(label="Présentation", required=False, widget=Textarea(attrs={"rows": 3}))
    where = ChoiceField(label="Pays", choices=[("FR", "France"), ("MG", "Madagascar")])
    saver = BooleanField(label="Économie de données", required=False)


@require_GET
def ui(request: HttpRequest) -> HttpResponse:
    """All components in all their states; exists in DEBUG alone."""
    context = {"form": _Sample(), "wrong": _Sample({"where": "XX"}), "icons": list(look.icons())}
    return render(request, "public/ui.html", context | {"colours": list(look.colours("light")), "avatars": range(1, 9)})


def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look without being told, as on the admin's pages."""
    return redirect(static("icons/icon-192.png"))


urlpatterns = [
    path("rules/", rules, name="rules"),
    path("legal/<slug:doc>/", legal, name="legal"),
    path("legal/<slug:doc>/<str:version>/", legal_version, name="legal_version"),
    path("safety/", safety, name="safety"),
    path("help/", helplines, name="help"),
    path("help/victims/", victims, name="victims"),
    path("contact/", contact, name="contact"),
    path("offline/", offline, name="offline"),
    path("manifest.webmanifest", manifest, name="manifest"),
]
