"""Pages for everybody: lessons, how we moderate, whose notices come first."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from core.prose import render_prose
from moderation.forms.quiz import QuizForm
from moderation.queries.clocks import ROLES, list_clocks, list_ladder
from moderation.queries.flaggers import list_flaggers
from moderation.queries.lessons import GUIDES, find_lesson, find_next, list_guides, list_lessons


@require_safe
def learn(request: HttpRequest) -> HttpResponse:
    """The lessons."""
    language = _language()
    return render(request, "moderation/learn.html", {"lessons": list_lessons(language=language), "guides": list_guides(language=language)})


@require_safe
def lesson(request: HttpRequest, slug: str) -> HttpResponse:
    """One lesson and the one after it, or one guide."""
    found = find_lesson(slug=slug, language=_language())
    if found is None:
        raise Http404
    after = find_next(slug=slug, language=_language())
    context = {"lesson": found, "guide": slug in GUIDES, "html": render_prose(found.body), "after": after}
    return render(request, "moderation/lesson.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def quiz(request: HttpRequest) -> HttpResponse:
    """Three questions; who skips them loses nothing."""
    form = QuizForm(request.POST) if request.method == "POST" else QuizForm()
    marked = form.marked() if form.is_valid() else []
    context = {"form": form, "marked": marked, "right": sum(one.correct for one in marked)}
    return render(request, "moderation/quiz.html", context, status=422 if form.errors else 200)


@require_safe
def how(request: HttpRequest) -> HttpResponse:
    """Who decides, in what time, and what can be done."""
    return render(request, "moderation/how.html", {"clocks": list_clocks(), "roles": ROLES, "ladder": list_ladder()})


@require_safe
def flaggers(request: HttpRequest) -> HttpResponse:
    """The organisations whose notices come first."""
    return render(request, "moderation/flaggers.html", {"flaggers": list_flaggers()})


def _language() -> str:
    return (get_language() or "fr")[:2]
