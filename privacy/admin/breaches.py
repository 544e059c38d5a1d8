"""The log of breaches in the admin: what runs against a clock, one page a breach, and its deeds. Auditors look."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from moderation.admin.tables import RoleAdmin, staff_of
from moderation.enums import StaffRole
from privacy.admin.breachdeeds import DEEDS, REFUSED, add_refusal, form_of, id_of, words_of
from privacy.forms.breaches import FactsForm
from privacy.models import Breach
from privacy.queries.breaches import clock_of, count_people, find_breach, list_breaches, list_close_approvals
from privacy.services.breaches import BreachInvalid, agree_close, log_breach
from privacy.services.breachletters import Named
from privacy.services.breachtexts import Audience, draft_letters, render_text

if TYPE_CHECKING:
    from django import forms

    from moderation.models import StaffProfile

LIST, PAGE = "admin:privacy_breach_changelist", "admin:privacy_breach_page"


@admin.register(Breach)
class BreachAdmin(RoleAdmin):
    """Own pages in the place of Django's."""

    roles = (StaffRole.DATA_PROTECTION, StaffRole.AUDITOR)

    def get_urls(self) -> list[URLPattern]:
        opened = self.admin_site.admin_view
        return [
            path("", opened(self.log), name="privacy_breach_changelist"),
            path("new/", opened(self.register), name="privacy_breach_register"),
            path("<str:public_id>/", opened(self.page), name="privacy_breach_page"),
            path("<str:public_id>/agree/<str:approval>/", opened(self.agree), name="privacy_breach_agree"),
            path("<str:public_id>/<str:deed>/", opened(self.act), name="privacy_breach_act"),
        ]

    def log(self, request: HttpRequest) -> HttpResponse:
        """The open ones with their clocks, the soonest at the top, and those that are closed."""
        staff, now = self._staff(request), timezone.now()
        running = [(one, clock_of(one, now=now)) for one in list_breaches(closed=False)]
        shown: dict[str, Any] = {"running": running, "closed": list_breaches(closed=True), "works": _works(staff)}
        return self._render(request, "breaches", title=_("Violations de données"), now=now, **shown)

    def register(self, request: HttpRequest) -> HttpResponse:
        """The form of a new breach; harmless ones are written in too."""
        staff, now = self._desk(request), timezone.now()
        form = FactsForm(request.POST or None, initial={"found_at": now, "persons": 0, "records": 0})
        if form.is_valid():
            try:
                made = log_breach(facts=form.facts(), by=staff, now=now)
            except BreachInvalid as error:
                add_refusal(form, error)
            else:
                messages.success(request, _("Inscrite sous la référence %(ref)s. L’horloge court.") % {"ref": made.public_id})
                return redirect(PAGE, made.public_id)
        title = _("Inscrire une violation")
        return self._render(request, "breach_form", title=title, form=form, status=422 if form.errors else 200)

    @method_decorator(never_cache)
    def page(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """One breach: its facts and clock, what was done, and to whom it belongs the deeds that are open."""
        staff = self._staff(request)
        return self._show(request, staff, _get(public_id))

    @method_decorator(require_POST)
    def act(self, request: HttpRequest, public_id: str, deed: str) -> HttpResponse:
        """Do one deed; what was typed wrongly comes back with the page."""
        staff, found = self._desk(request), _get(public_id)
        if deed not in DEEDS:
            raise Http404
        form = DEEDS[deed].form(request.POST, auto_id=id_of(deed))
        if not DEEDS[deed].is_open(found):  # its form is on no page any more, so the refusal stands above
            return _do(request, public_id, lambda: DEEDS[deed].run(found, staff, _whole(form), timezone.now()))
        if form.is_valid():
            try:
                done = DEEDS[deed].run(found, staff, form, timezone.now())
            except REFUSED as error:
                add_refusal(form, error)
            else:
                return _say_done(request, public_id, done)
        return self._show(request, staff, found, {deed: form}, status=422)

    @method_decorator(require_POST)
    def agree(self, request: HttpRequest, public_id: str, approval: str) -> HttpResponse:
        """Agree that it is closed, which closes it."""
        staff, found, now = self._desk(request), _get(public_id), timezone.now()
        asked = next((one for one in list_close_approvals(breach=found, now=now) if one.public_id == approval), None)
        if asked is None:
            raise Http404
        why = request.POST.get("reason", "")
        return _do(request, public_id, lambda: agree_close(breach=found, approval=asked, reason=why, by=staff, now=now))

    def _show(
        self,
        request: HttpRequest,
        staff: StaffProfile,
        found: Breach,
        typed: dict[str, forms.Form] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        now, works = timezone.now(), _works(staff)
        named, told = count_people(breach=found)
        drafts = draft_letters(breach=found) if works else {}
        shown = {
            "breach": found,
            "clock": clock_of(found, now=now),
            "people": {"named": named, "told": told},
            "approvals": list_close_approvals(breach=found, now=now) if works else [],
            "deeds": [
                (name, deed, (typed or {}).get(name) or form_of(name, found, drafts))
                for name, deed in DEEDS.items()
                if works and deed.is_open(found)
            ],
            "notices": [(name, render_text(breach=found, audience=Audience.AUTHORITY, language=code)) for code, name in settings.LANGUAGES],
            "staff": staff,
            "works": works,
        }
        return self._render(request, "breach", title=_("Violation %(ref)s") % {"ref": found.public_id}, status=status, now=now, **shown)

    def _staff(self, request: HttpRequest) -> StaffProfile:
        staff = staff_of(request)
        if staff is None or not staff.has_role(*self.roles):
            raise PermissionDenied
        return staff

    def _desk(self, request: HttpRequest) -> StaffProfile:
        staff = self._staff(request)
        if not _works(staff):
            raise PermissionDenied
        return staff

    def _render(self, request: HttpRequest, page: str, *, status: int = 200, **context: Any) -> HttpResponse:
        shown = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return render(request, f"admin/privacy/{page}.html", shown, status=status)


def _works(staff: StaffProfile) -> bool:
    return staff.has_role(StaffRole.DATA_PROTECTION)


def _get(public_id: str) -> Breach:
    found = find_breach(public_id=public_id)
    if found is None:
        raise Http404
    return found


def _do(request: HttpRequest, public_id: str, deed: Callable[[], object]) -> HttpResponse:
    try:
        return _say_done(request, public_id, deed())
    except REFUSED as error:
        messages.error(request, words_of(error))
        return redirect(PAGE, public_id)


def _whole(form: forms.Form) -> forms.Form:
    """A form of which nothing is missing.

    Raises:
        BreachInvalid.
    """
    if not form.is_valid():
        raise BreachInvalid(next(iter(form.errors)))
    return form


def _say_done(request: HttpRequest, public_id: str, done: object) -> HttpResponse:
    messages.success(request, _("C’est fait, et noté dans le registre."))
    if isinstance(done, Named):
        _say_named(request, done)
    return redirect(PAGE, public_id)


def _say_named(request: HttpRequest, done: Named) -> None:
    text = ngettext("%(count)d compte ajouté.", "%(count)d comptes ajoutés.", done.added)
    messages.info(request, text % {"count": done.added})
    if done.unknown:
        messages.warning(request, _("Ne désignent personne : %(words)s") % {"words": ", ".join(done.unknown[:20])})
