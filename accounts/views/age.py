"""Showing one's age: why, how, the wallet's answer, and the outcome in words."""

from __future__ import annotations

from typing import Any

import segno
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts.access import CheckNotFound, get_check_for_member
from accounts.age.refusals import RefusalCode, Refused
from accounts.decorators import AuthenticatedRequest, member_required, wants_json
from accounts.enums import AgeCheckState, AgeFlow, AgeMethod, AgePurpose
from accounts.models import AgeCheck
from accounts.providers import THIRD_PARTIES
from accounts.providers.base import ChallengeKind, Pending
from accounts.providers.demo import Holder, present
from accounts.queries import list_open_methods, list_proofs, pause_until
from accounts.queries.documents import find_open_document
from accounts.queries.helplines import list_help_for_minors
from accounts.services.age import (
    QR_LIFETIME,
    Paused,
    Started,
    answer_check,
    answer_in_browser,
    answer_third_party,
    complete_check,
    is_judged,
    start_check,
)
from accounts.views.back import back_url
from core.ratelimit import RateLimited

# Where the session keeps the attempt at hand: its id, the wallet's link, and where the person wanted to go.
AT_HAND = "age_check"
_MAX_BODY = 96 * 1024
_WALLET_FIELDS = ("client_id", "nonce", "response_uri", "state")


@require_safe
@member_required
def home(request: AuthenticatedRequest) -> HttpResponse:
    """Why, and the choice of a method."""
    return _page(request)


def _page(request: AuthenticatedRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    now, purpose = timezone.now(), _purpose(request)
    methods = list_open_methods(now=now, purpose=purpose)
    context = {
        "methods": methods,
        "purpose": purpose,
        "in_browser": AgeMethod.EU_AV_MDOC,
        "third_parties": THIRD_PARTIES,
        "proofs": list_proofs(user=request.user, now=now) if purpose == AgePurpose.ACCOUNT else [],
        "by_document": AgeMethod.STAFF_DOCUMENT_REVIEW,
        "document": find_open_document(user=request.user) if AgeMethod.STAFF_DOCUMENT_REVIEW in methods else None,
        "paused": pause_until(user=request.user, now=now),
        "refusal": refusal,
        "next": back_url(request, "chat:rooms"),
    }
    return render(request, "accounts/age/home.html", context, status=status)


def _purpose(request: AuthenticatedRequest) -> AgePurpose:
    """What the proof is for: this visit alone when the address or the form says so."""
    asked = request.GET.get("visit") == "1" or request.POST.get("purpose") == AgePurpose.SESSION
    return AgePurpose.SESSION if asked else AgePurpose.ACCOUNT


@require_POST
@member_required
def start(request: AuthenticatedRequest) -> HttpResponse:
    """Begin an attempt; the page that follows opens the wallet. A script gets the options for the browser's own wallets as JSON."""
    try:
        started = _start(request)
    except Refused as refused:
        return _refuse(request, str(refused.message), status=422)
    except Paused:
        return _refuse(request, str(_("Trop d’essais. Réessayez demain.")), status=429)
    except RateLimited:
        return _refuse(request, str(_("Trop d’essais. Réessayez dans une heure.")), status=429)
    request.session[AT_HAND] = {
        "id": started.check.public_id,
        "link": started.challenge.link,
        "next": back_url(request, "chat:rooms"),
    }
    page = reverse("accounts:age_check", args=[started.check.public_id])
    if not wants_json(request):  # a wallet or a form that is a page of this site needs no page of ours to open it
        to_wallet = started.challenge.link if started.challenge.kind in (ChallengeKind.REDIRECT, ChallengeKind.FORM) else ""
        return redirect(to_wallet if to_wallet.startswith("/") else page)
    answer = reverse("accounts:age_browser_response", args=[started.check.public_id])
    return _answer({"options": started.challenge.options, "answer": answer, "page": page})


def _refuse(request: AuthenticatedRequest, words: str, *, status: int) -> HttpResponse:
    if wants_json(request):
        return _answer({"message": words}, status=status)
    return _page(request, refusal=words, status=status)


def _start(request: AuthenticatedRequest) -> Started:
    return start_check(
        user=request.user,
        session_key=request.session.session_key or "",
        method=request.POST.get("method", ""),
        flow=request.POST.get("flow", AgeFlow.SAME_DEVICE),
        purpose=_purpose(request),
        address=str(get_adapter(request).get_client_ip(request)),
        origin=settings.ORIGIN,
        now=timezone.now(),
    )


@require_safe
@member_required
def check(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Waiting for the wallet, and the outcome."""
    found = _get_check(request, public_id)
    if found.flow == AgeFlow.FORM:
        return redirect("accounts:age_document", public_id)
    kept = at_hand(request, found)
    standing = standing_of(found)
    context: dict[str, Any] = {
        "check": found,
        "standing": standing,
        "link": kept.get("link", ""),
        "next": kept.get("next") or "/rooms/",
        "again": _again(found, kept.get("next") or "/rooms/"),
        "elsewhere": found.method in THIRD_PARTIES,
        "opens": found.method != AgeMethod.OIDC_THIRD_PARTY,
    }
    if standing == "waiting" and found.flow == AgeFlow.CROSS_DEVICE and context["link"]:
        link = context["link"] if "://" in context["link"].split("?")[0] else settings.ORIGIN + context["link"]
        context["qr"] = segno.make(link, error="l", micro=False).svg_inline(scale=3, border=4, light="#fff", omitsize=True)
    if standing == "refused":
        context |= refusal_of(request, found)
    return render(request, "accounts/age/check.html", context)


def refusal_of(request: AuthenticatedRequest, found: AgeCheck) -> dict[str, Any]:
    """Why, in words; and for somebody who may be a minor the numbers of those who listen to the young."""
    code = RefusalCode(found.refusal)
    if code != RefusalCode.UNDER_AGE:
        return {"refusal": code.message}
    country = request.user.profile.country
    return {"refusal": code.message, "helplines": list_help_for_minors(country=country, language=get_language() or "")}


def _again(found: AgeCheck, back: str) -> str:
    """The query with which the page of the methods goes on as this attempt began."""
    return "?" + urlencode({"next": back} | ({"visit": "1"} if found.purpose == AgePurpose.SESSION else {}))


@require_safe
@member_required
def status(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Where an attempt stands, for the page that waits."""
    return JsonResponse({"state": standing_of(_get_check(request, public_id))}, headers={"Cache-Control": "no-store"})


def standing_of(found: AgeCheck) -> str:
    """One word for the page: waiting, answered, passed, refused, expired."""
    if found.state == AgeCheckState.STARTED:
        ends = found.created_at + QR_LIFETIME if found.flow == AgeFlow.CROSS_DEVICE else found.expires_at
        return "waiting" if timezone.now() < ends else "expired"
    if found.state == AgeCheckState.ANSWERED:
        return "answered" if is_judged(found) else "waiting"
    return found.state.lower()


@require_safe
@member_required
def came_back(request: AuthenticatedRequest) -> HttpResponse:
    """Where a wallet sends the person; the code stands in the fragment, which a script or the person brings to the form."""
    return render(request, "accounts/age/return.html", {"code": ""})


@require_GET
@member_required
def third_party_return(request: AuthenticatedRequest) -> HttpResponse:
    """A third party sends the person back; what came of it is asked of the third party itself."""
    now = timezone.now()
    try:
        done = answer_third_party(user=request.user, session=request.session, fields=request.GET.dict(), origin=settings.ORIGIN, now=now)
    except Refused as refused:
        return _page(request, refusal=str(refused.message), status=422)
    except Pending:
        kept = request.session.get(AT_HAND) or {}
        request.session[AT_HAND] = {**kept, "link": request.get_full_path()}
        return redirect("accounts:age_check", kept["id"]) if kept else redirect("accounts:age")
    return redirect("accounts:age_check", done.public_id)


@require_POST
@member_required
def complete(request: AuthenticatedRequest) -> HttpResponse:
    """The person is back with the code of their wallet, or from the other device without one."""
    public_id = request.POST.get("check") or (request.session.get(AT_HAND) or {}).get("id", "")
    try:
        done = complete_check(
            check=_get_check(request, public_id),
            session=request.session,
            code=_code_of(request.POST.get("response_code")),
            now=timezone.now(),
        )
    except Refused as refused:
        if refused.code == RefusalCode.TECHNICAL:
            return redirect("accounts:age_check", public_id)
        return _page(request, refusal=str(refused.message), status=422)
    return redirect(_go_on(request, done))


def _go_on(request: AuthenticatedRequest, done: AgeCheck) -> str:
    """Where the person was going, with a word that their age is confirmed: no page of its own stands in between."""
    if done.purpose == AgePurpose.SESSION:
        messages.success(request, _("Votre âge est confirmé pour cette visite. Rien n’en est gardé dans votre compte."))
    else:
        messages.success(request, _("Votre âge est confirmé. Nous avons gardé que vous avez plus de 18 ans, et rien d’autre."))
    return at_hand(request, done).get("next") or reverse("chat:rooms")


@require_POST
@member_required
def browser_response(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """What the browser's wallet gave to our own page; where to go on: to where the person was going, or to why it was refused."""
    mine, page = _get_check(request, public_id), reverse("accounts:age_check", args=[public_id])
    try:
        answer_in_browser(
            user=request.user,
            public_id=mine.public_id,
            data=request.POST.get("data", ""),
            session=request.session,
            origin=settings.ORIGIN,
            now=timezone.now(),
        )
    except Refused as refused:
        return _answer({"page": page, "message": str(refused.message)}, status=422)
    return _answer({"page": _go_on(request, mine)})


def _get_check(request: AuthenticatedRequest, public_id: str) -> AgeCheck:
    try:
        return get_check_for_member(user=request.user, public_id=public_id)
    except CheckNotFound as error:
        raise Http404 from error


def _code_of(typed: str | None) -> str | None:
    """The response code out of what came back: the code alone, or the whole address that somebody copied by hand."""
    return typed.strip().rpartition("response_code=")[2] if typed else None


def at_hand(request: AuthenticatedRequest, found: AgeCheck) -> dict[str, str]:
    """What this session keeps of the attempt, if it is the one it began last."""
    kept = request.session.get(AT_HAND) or {}
    return dict(kept) if kept.get("id") == found.public_id else {}


@csrf_exempt
@require_POST
def wallet_response(request: HttpRequest) -> HttpResponse:
    """The answer of a wallet (direct_post): no cookie, no redirect; where to send the person stands in the body."""
    if len(request.body) > _MAX_BODY:
        return _answer({"error": "invalid_request"}, status=413)
    try:
        code = answer_check(fields=request.POST.dict(), origin=settings.ORIGIN, now=timezone.now())
    except Refused:
        return _answer({"error": "invalid_request"}, status=400)
    fragment = f"#response_code={code}" if code else ""
    return _answer({"redirect_uri": settings.ORIGIN + reverse("accounts:age_return") + fragment} if code else {})


def _answer(data: dict[str, Any], *, status: int = 200) -> JsonResponse:
    return JsonResponse(data, status=status, headers={"Cache-Control": "no-store"})


@require_http_methods(["GET", "HEAD", "POST"])
def demo_wallet(request: HttpRequest) -> HttpResponse:
    """A wallet for trying out: whose it is today is chosen, then it answers as a real one would. Not in the server shape."""
    if not settings.DEMO_WALLET:
        raise Http404
    asked = {name: request.GET.get(name, "") for name in _WALLET_FIELDS}
    holder = request.POST.get("holder", "")
    if request.method != "POST" or holder not in list(Holder):
        return render(request, "accounts/age/wallet.html", {"asked": asked})
    now = timezone.now()
    try:
        code = answer_check(fields=present(request=asked, holder=Holder(holder), now=now), origin=settings.ORIGIN, now=now)
    except Refused as refused:
        return render(request, "accounts/age/wallet.html", {"asked": asked, "error": refused.message}, status=422)
    return render(request, "accounts/age/return.html", {"code": code, "from_wallet": True})
