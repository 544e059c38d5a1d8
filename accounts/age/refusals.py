"""Why a proof of age is refused: a stable code for the log and the counters, a kind sentence for the person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise


class RefusalCode(StrEnum):
    """One code for each check. The mdoc codes stand in the order in which the checks are made."""

    # mdoc
    TOO_LARGE = "TOO_LARGE"
    ENCODING = "ENCODING"
    CBOR = "CBOR"
    STATUS = "STATUS"
    DOCUMENTS = "DOCUMENTS"
    DOCTYPE = "DOCTYPE"
    CHAIN = "CHAIN"
    CERT_VALIDITY = "CERT_VALIDITY"
    UNTRUSTED_ISSUER = "UNTRUSTED_ISSUER"
    ISSUER_WITHDRAWN = "ISSUER_WITHDRAWN"
    ANCHOR_VALIDITY = "ANCHOR_VALIDITY"
    KEY_USAGE = "KEY_USAGE"
    EKU = "EKU"
    CURVE = "CURVE"
    ALG = "ALG"
    SIG_LENGTH = "SIG_LENGTH"
    ISSUER_SIGNATURE = "ISSUER_SIGNATURE"
    DIGEST_ALG = "DIGEST_ALG"
    EXPIRED = "EXPIRED"
    VALIDITY_TOO_LONG = "VALIDITY_TOO_LONG"
    SIGNED_OUTSIDE_CERT = "SIGNED_OUTSIDE_CERT"
    REVOKED = "REVOKED"
    NAMESPACE = "NAMESPACE"
    DIGEST = "DIGEST"
    SALT = "SALT"
    DUPLICATE = "DUPLICATE"
    OVER_DISCLOSURE = "OVER_DISCLOSURE"
    DEVICE_KEY = "DEVICE_KEY"
    HOLDER_BINDING = "HOLDER_BINDING"
    UNDER_AGE = "UNDER_AGE"
    STRUCTURE = "STRUCTURE"

    # how it was carried
    VP_TOKEN = "VP_TOKEN"  # noqa: S105  (a name of OpenID4VP)
    DECRYPTION = "DECRYPTION"
    WALLET_DECLINED = "WALLET_DECLINED"

    # SD-JWT beside those above
    JWT = "JWT"
    JWT_TYPE = "JWT_TYPE"
    CRIT = "CRIT"
    VCT = "VCT"
    DISCLOSURE = "DISCLOSURE"
    KEY_BINDING_MISSING = "KEY_BINDING_MISSING"
    KEY_BINDING_STALE = "KEY_BINDING_STALE"
    NONCE = "NONCE"
    AUDIENCE = "AUDIENCE"
    SD_HASH = "SD_HASH"

    # the attempt itself
    REPLAYED = "REPLAYED"
    EXPIRED_CHALLENGE = "EXPIRED_CHALLENGE"
    WRONG_SESSION = "WRONG_SESSION"
    WRONG_RESPONSE_CODE = "WRONG_RESPONSE_CODE"

    # other providers
    OIDC_TOKEN = "OIDC_TOKEN"  # noqa: S105  (a name of OpenID Connect)
    OIDC_CLAIM = "OIDC_CLAIM"
    NOT_CONFIRMED = "NOT_CONFIRMED"
    NOT_FINISHED = "NOT_FINISHED"
    PAPER_UNREADABLE = "PAPER_UNREADABLE"
    PAPER_DOUBTFUL = "PAPER_DOUBTFUL"
    PAPER_UNCOVERED = "PAPER_UNCOVERED"
    METHOD_CLOSED = "METHOD_CLOSED"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    TECHNICAL = "TECHNICAL"

    @property
    def technical(self) -> bool:
        """Whether nobody is to blame: such a refusal does not count toward the five after which there is a pause."""
        return self in _TECHNICAL

    @property
    def message(self) -> StrPromise:
        """What the person is told, in the language of the page; never the detail that would help a forger."""
        return _MESSAGES.get(self, _NOT_VALID)


class Refused(Exception):
    """A proof that is not accepted, and the first check that it failed."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(code.value)
        self.code = code

    @property
    def technical(self) -> bool:
        """See `RefusalCode.technical`."""
        return self.code.technical

    @property
    def message(self) -> StrPromise:
        """See `RefusalCode.message`."""
        return self.code.message


def demand(condition: object, code: RefusalCode) -> None:
    """Refuse unless the condition holds.

    Raises:
        Refused: `code`.
    """
    if not condition:
        raise Refused(code)


@contextmanager
def nothing_else_escapes(code: RefusalCode = RefusalCode.STRUCTURE) -> Iterator[None]:
    """Turn whatever a parser raises on hostile bytes into one refusal; `Refused` passes through.

    Parsers of certificates have exception types of their own for each fault (`InvalidVersion`, `UnsupportedAlgorithm`, …), and a
    list of them would one day miss one.

    Raises:
        Refused.
    """
    try:
        yield
    except Refused:
        raise
    except Exception as error:  # not BaseException: the end of a process is not a refusal
        raise Refused(code) from error


_TECHNICAL = frozenset(
    {
        RefusalCode.WALLET_DECLINED,
        RefusalCode.NOT_FINISHED,
        RefusalCode.EXPIRED_CHALLENGE,
        RefusalCode.METHOD_CLOSED,
        RefusalCode.PROVIDER_UNAVAILABLE,
        RefusalCode.TECHNICAL,
    }
)

_NOT_VALID = _("Nous n’avons pas pu vérifier cette attestation d’âge. Vous pouvez réessayer ou choisir une autre méthode.")
_UNTRUSTED = _("Nous ne reconnaissons pas l’émetteur de cette attestation. Vous pouvez en choisir une autre, ou une autre méthode.")
_BEGIN_AGAIN = _("Cette vérification a déjà servi ou a commencé ailleurs. Recommencez depuis cette page.")
_TOO_MUCH = _("Votre portefeuille a transmis plus que la preuve d’âge. Rien n’a été gardé. Réessayez en ne partageant que votre majorité.")
_LATER = _("La vérification ne répond pas pour le moment. Ce n’est pas de votre fait. Réessayez plus tard ou choisissez une autre méthode.")
_UNSAID = _("Ce service ne nous a pas confirmé votre âge. Vous pouvez choisir une autre méthode.")

_MESSAGES: dict[RefusalCode, StrPromise] = {
    RefusalCode.UNDER_AGE: _("Cette attestation ne confirme pas que vous avez l’âge demandé. Les pages d’aide vous restent ouvertes."),
    RefusalCode.EXPIRED: _("Cette attestation n’est pas valable aujourd’hui. Renouvelez-la dans votre portefeuille, puis réessayez."),
    RefusalCode.REVOKED: _("L’émetteur a annulé cette attestation. Demandez-en une nouvelle dans votre portefeuille, puis réessayez."),
    RefusalCode.UNTRUSTED_ISSUER: _UNTRUSTED,
    RefusalCode.ISSUER_WITHDRAWN: _UNTRUSTED,
    RefusalCode.ANCHOR_VALIDITY: _UNTRUSTED,
    RefusalCode.OVER_DISCLOSURE: _TOO_MUCH,
    RefusalCode.REPLAYED: _BEGIN_AGAIN,
    RefusalCode.WRONG_SESSION: _BEGIN_AGAIN,
    RefusalCode.WRONG_RESPONSE_CODE: _BEGIN_AGAIN,
    RefusalCode.EXPIRED_CHALLENGE: _("Le temps prévu pour cette vérification est passé. Recommencez quand vous voulez."),
    RefusalCode.WALLET_DECLINED: _("Votre portefeuille n’a rien transmis. Vous pouvez réessayer ou choisir une autre méthode."),
    RefusalCode.OIDC_CLAIM: _UNSAID,
    RefusalCode.NOT_CONFIRMED: _UNSAID,
    RefusalCode.NOT_FINISHED: _("La vérification n’a pas été terminée. Vous pouvez la recommencer quand vous voulez."),
    RefusalCode.PAPER_UNREADABLE: _("Nous n’avons pas pu lire la photo et la date de naissance. Envoyez une image plus nette."),
    RefusalCode.PAPER_DOUBTFUL: _("Nous n’avons pas pu confirmer votre âge avec ce document. Vous pouvez choisir une autre méthode."),
    RefusalCode.PAPER_UNCOVERED: _("L’image montrait plus que la photo et la date de naissance. Elle est détruite. Cachez le reste."),
    RefusalCode.METHOD_CLOSED: _("Cette méthode est fermée pour le moment. Choisissez-en une autre."),
    RefusalCode.PROVIDER_UNAVAILABLE: _LATER,
    RefusalCode.TECHNICAL: _LATER,
}
