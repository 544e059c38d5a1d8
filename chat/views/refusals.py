"""What a refusal looks like on a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from chat.access import AccessRefused, AgeNotProven, Banned, NotConsented, NotMember, RoomGone, RoomNotFound
from chat.services.errors import ChatError

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)


def answers_refusals(view: Callable[Concatenate[R, P], HttpResponse]) -> Callable[Concatenate[R, P], HttpResponse]:
    """Turn the door's refusals into pages: 404, 410, the room's description, or 403 with the reason; rules into a notice."""

    @wraps(view)
    def wrapper(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except RoomNotFound as error:
            raise Http404 from error
        except RoomGone:
            return render(request, "410.html", status=410)
        except NotMember:
            return redirect("chat:about", str(kwargs["slug"]))
        except Banned as error:
            context = {"reason": error.words, "said": error.membership.ban_reason, "until": error.membership.ban_until}
            return render(request, "403.html", context, status=403)
        except NotConsented as error:
            messages.warning(request, str(error.words))
            return redirect("chat:about", str(kwargs["slug"]))
        except AccessRefused as error:
            context = {"reason": error.words, "age_page": age_page_of(error, _way_back(request, str(kwargs.get("slug", ""))))}
            return render(request, "403.html", context, status=403)
        except ChatError as error:
            messages.error(request, str(error.words))
            return redirect("chat:room", str(kwargs["slug"])) if "slug" in kwargs else redirect("chat:rooms")

    return wrapper


def _way_back(request: HttpRequest, slug: str) -> str:
    """Where to go on after a proof: the page that was asked for, or for a form the page of its room."""
    if request.method == "GET":
        return request.get_full_path()
    return reverse("chat:about", args=[slug]) if slug else reverse("chat:rooms")


def age_page_of(refusal: AccessRefused, back: str) -> str:
    """Where to show one's age after a refusal, for this visit if that is what the room asks, with the way back; empty where no proof
    would help."""
    if not isinstance(refusal, AgeNotProven):
        return ""
    query = {"next": back} | ({"visit": "1"} if refusal.of_visit else {})
    return f"{reverse('accounts:age')}?{urlencode(query)}"
