"""Three questions after the lessons. Nobody's answers are kept, and nothing stays shut for a wrong one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its answers by letter, which of them is right, and why. `lesson` is where it is explained."""

    name: str
    text: Words
    answers: tuple[tuple[str, Words], ...]
    right: str
    why: Words
    lesson: str


QUESTIONS = (
    Question(
        "code",
        _("Quelqu’un qui dit être de l’équipe vous demande le code reçu par SMS. Que faites-vous ?"),
        (
            ("a", _("Je le donne, c’est l’équipe.")),
            ("b", _("Je ne le donne pas, et je signale.")),
            ("c", _("J’en donne la moitié, pour voir.")),
        ),
        "b",
        _("L’équipe ne demande jamais un code ni un mot de passe. Qui le demande veut votre compte."),
        "scams",
    ),
    Question(
        "blackmail",
        _("On menace d’envoyer vos images intimes si vous ne payez pas. Que faites-vous d’abord ?"),
        (
            ("a", _("Je garde les preuves, je ne paie pas, je signale.")),
            ("b", _("Je paie une fois, pour que cela cesse.")),
            ("c", _("J’efface tout et j’attends.")),
        ),
        "a",
        _("Payer appelle une autre demande, et effacer détruit la preuve. Le signalement est traité dans l’heure."),
        "sextortion",
    ),
    Question(
        "meeting",
        _("Pour un premier rendez-vous, on vous propose ce soir, dans un parking, seul. Que répondez-vous ?"),
        (
            ("a", _("J’y vais, mais je reste dans la voiture.")),
            ("b", _("J’y vais avec de l’argent, au cas où.")),
            ("c", _("Un appel vidéo d’abord, puis un lieu public, de jour.")),
        ),
        "c",
        _("Le lieu isolé, l’urgence et « seul » sont les trois signes d’un guet-apens."),
        "ambush",
    ),
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A question with the answer that was given."""

    question: Question
    correct: bool


class QuizForm(forms.Form):
    """One choice a question."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in QUESTIONS:
            self.fields[question.name] = forms.ChoiceField(
                label=cast(str, question.text),  # lazy, as forms take it
                choices=question.answers,
                widget=forms.RadioSelect,
                error_messages={"required": _("Choisissez une réponse, ou passez le questionnaire.")},
            )

    def marked(self) -> list[Marked]:
        """How each question was answered, once the form is valid."""
        return [Marked(question, self.cleaned_data[question.name] == question.right) for question in QUESTIONS]
