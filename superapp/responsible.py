"""Who answers for the personal data: the controller, the person who represents it, the data protection officer; and where the data lies.

A house that serves people does not start without them (GDPR, articles 13(1) and 37(7)): nobody could say to whom to turn.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from superapp import env


@dataclass(frozen=True, slots=True)
class Responsible:
    """Names and addresses as the pages show them; empty where the operator of an embedded house has said nothing."""

    controller: str
    address: str
    representative: str  # of a controller outside of the Union: its representative there too (GDPR 27, DSA 13)
    dpo_name: str
    dpo_email: str
    established_in: str  # FR, EU or MG: whose law comes first
    supervisor: str  # the authority to which one may complain
    data_region: str  # in which country the data lies


_ESTABLISHED_IN = env.choice("RESAKA_ESTABLISHED_IN", default="FR", among=("FR", "EU", "MG"))
RESPONSIBLE = Responsible(
    controller=env.text("RESAKA_CONTROLLER", env.text("RESAKA_PUBLISHER")),
    address=env.text("RESAKA_CONTROLLER_ADDRESS"),
    representative=env.text("RESAKA_LEGAL_REPRESENTATIVE"),
    dpo_name=env.text("RESAKA_DPO_NAME"),
    dpo_email=env.text("RESAKA_DPO_EMAIL"),
    established_in=_ESTABLISHED_IN,
    supervisor=env.text("RESAKA_SUPERVISOR", {"FR": "CNIL", "EU": "", "MG": "CMIL"}[_ESTABLISHED_IN]),
    data_region=env.text("RESAKA_DATA_REGION"),
)


def demand_all() -> None:
    """Let nobody start a house that serves people while it is not said who answers.

    Raises:
        ImproperlyConfigured: it names every variable that is empty.
    """
    named = {
        "RESAKA_CONTROLLER": RESPONSIBLE.controller,
        "RESAKA_CONTROLLER_ADDRESS": RESPONSIBLE.address,
        "RESAKA_LEGAL_REPRESENTATIVE": RESPONSIBLE.representative,
        "RESAKA_DPO_EMAIL": RESPONSIBLE.dpo_email,
        "RESAKA_SUPERVISOR": RESPONSIBLE.supervisor,
        "RESAKA_DATA_REGION": RESPONSIBLE.data_region,
    }
    if missing := [name for name, value in named.items() if not value.strip()]:
        raise ImproperlyConfigured(f"{', '.join(missing)}: the server shape needs to say who answers for the data, and where it lies")
