"""The shapes of the REST answers about people."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import ConfigDict, Field


class PersonOut(Schema):
    id: str
    name: str
    av: int


class HiddenPersonOut(Schema):
    id: str
    name: str
    blocked: bool
    muted: bool


class MeOut(Schema):
    """One's own account. The birth year is one's own to read; the postal code is on the profile page only."""

    id: str
    name: str
    av: int
    email: str
    bio: str
    gender: str
    gender_text: str
    age_band: str | None
    languages: list[str]
    region: str
    language: str
    theme: str
    data_saver: bool
    hide_presence: bool
    enter_sends: bool
    discreet: bool


class ProfileIn(Schema):
    """What may be changed of a profile; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, max_length=60)
    bio: str | None = Field(None, max_length=500)
    languages: list[Literal["fr", "mg", "en"]] | None = Field(None, min_length=1, max_length=3)


class PreferencesIn(Schema):
    """What may be changed of the preferences; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    language: Literal["fr", "mg", "en"] | None = None
    theme: Literal["", "light", "dark", "high"] | None = None
    data_saver: bool | None = None
    hide_presence: bool | None = None
    enter_sends: bool | None = None
    discreet: bool | None = None


class Problem(Schema):
    """A refusal: `code` for programs, `message` for people."""

    code: str
    message: str
    retry: float | None = None
