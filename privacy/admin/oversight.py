"""What shows how the house keeps the law: registers, controls, the audit chain with its verification, consents as numbers, drills.

Data protection, the legal desk and auditors read it; nothing here can be changed, and nothing says who anybody is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.core.management import get_commands
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.enums import ConsentPurpose
from accounts.queries.consentcounts import count_consents
from core.audit import AnchorError, Verdict, verify
from core.audit.reading import list_entries
from core.tombstones import TombstoneForged
from moderation.admin.desk import desk_view
from privacy.admin.retention import READERS
from privacy.queries.drills import list_drills, list_restorations
from privacy.queries.registers import list_activities, show_transfer
from privacy.registers.controls import STANDARDS, check_controls, find_standard, read_controls
from privacy.registers.reading import read_all_transfers, read_assessment
from privacy.registers.words import ControlState
from privacy.services.recordcheck import verify_records

if TYPE_CHECKING:
    from moderation.models import StaffProfile

_PAGE = 100
# The registers by the name in their address.
_REGISTERS = {
    "processing": gettext_lazy("Registre des traitements (RGPD, article 30)"),
    "transfers": gettext_lazy("Transferts à d’autres entreprises"),
    "dpia": gettext_lazy("Analyse d’impact (RGPD, article 35)"),
}


@require_safe
def overview(request: HttpRequest, staff: StaffProfile) -> HttpResponse:
    """What there is to look at, and the state of each in a line."""
    counts = [(standard, Counter(one.state for one in read_controls(standard.file))) for standard in STANDARDS]
    standards = [(standard, [(state.label, found[state]) for state in ControlState]) for standard, found in counts]
    return _render(request, "oversight", _("Contrôle de la maison"), registers=_REGISTERS, standards=standards)


@require_safe
def register(request: HttpRequest, staff: StaffProfile, name: str) -> HttpResponse:
    """One register, as it stands in its file."""
    language = (get_language() or "")[:2]
    shown: dict[str, Callable[[], Any]] = {
        "processing": lambda: list_activities(language=language),
        "transfers": lambda: [(one, show_transfer(one, language=language)) for one in read_all_transfers()],
        "dpia": read_assessment,
    }
    if name not in shown:
        raise Http404
    return _render(request, f"register_{name}", str(_REGISTERS[name]), found=shown[name]())


@require_safe
def controls(request: HttpRequest, staff: StaffProfile, key: str) -> HttpResponse:
    """The controls of a standard with their evidence, and what of it is missing."""
    standard = find_standard(key=key)
    if standard is None:
        raise Http404
    lines = read_controls(standard.file)
    faults = check_controls(standard, lines, root=Path(settings.BASE_DIR), commands=get_commands())
    return _render(request, "controls", standard.title, lines=lines, faults=faults)


@require_safe
def chain(request: HttpRequest, staff: StaffProfile) -> HttpResponse:
    """The audit chain, a hundred entries a page; asked to, it is read from its beginning and judged."""
    before = request.GET.get("before", "")
    entries = list_entries(before=int(before) if before.isdecimal() and len(before) < 19 else None, limit=_PAGE)
    older = entries[-1].seq if len(entries) == _PAGE else 0
    judged = _judge() if "verify" in request.GET else []
    return _render(request, "chain", _("Journal d’audit"), entries=entries, older=older, judged=judged)


@require_safe
def consents(request: HttpRequest, staff: StaffProfile) -> HttpResponse:
    """How many agreed to which text, and how many took it back."""
    labels = dict(ConsentPurpose.choices)
    return _render(
        request, "consents", _("Accords, en nombres"), counts=[(labels.get(one.purpose, one.purpose), one) for one in count_consents()]
    )


@require_safe
def drills(request: HttpRequest, staff: StaffProfile) -> HttpResponse:
    """What the drills showed."""
    return _render(request, "drills", _("Restaurations et exercices"), restorations=list_restorations(), drills=list_drills())


Page = Callable[..., HttpResponseBase]
PAGES: tuple[tuple[str, Page, str], ...] = (
    ("", overview, "oversight"),
    ("registers/<slug:name>/", register, "register"),
    ("controls/<slug:key>/", controls, "controls"),
    ("chain/", chain, "chain"),
    ("consents/", consents, "consents"),
    ("drills/", drills, "drills"),
)


def oversight_urls(site: AdminSite) -> list[URLPattern]:
    """All pages of oversight, for the admin site to put before its own."""
    return [path(f"oversight/{address}", desk_view(site, page, READERS), name=f"privacy_{name}") for address, page, name in PAGES]


def opens_to(staff: StaffProfile | None) -> bool:
    """Whether the pages of oversight open to somebody."""
    return staff is not None and staff.has_role(*READERS)


def _judge() -> list[tuple[str, Verdict | None]]:
    """Both chains read from their beginning: deeds and destructions. None: what lies outside of the database is not of our hand."""
    return [(_("Actes de l’équipe et du système"), _verdict(_verify_deeds)), (_("Destructions"), _verdict(verify_records))]


def _verify_deeds() -> Verdict:
    return verify(anchor_file=Path(settings.AUDIT_ANCHORS))


def _verdict(read: Callable[[], Verdict]) -> Verdict | None:
    try:
        return read()
    except (AnchorError, TombstoneForged):
        return None


def _render(request: HttpRequest, page: str, title: str, **context: Any) -> HttpResponse:
    return render(request, f"admin/privacy/{page}.html", admin.site.each_context(request) | {"title": title} | context)
