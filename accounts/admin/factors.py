"""Second factors are changed by their owner alone: allauth's own page of them would take one off without a word to anybody."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib import admin

admin.site.unregister(Authenticator)
