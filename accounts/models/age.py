"""What is kept of a proof of age: that there was one. And for a day at most, the attempts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgeCheckState, AgeFlow, AgeMethod, AgePurpose, Assurance
from core.ids import new_public_id


class AgeAssertion(models.Model):
    """That somebody was old enough on a day. Nothing of document, device or hour may become a column; a test lists them."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="age_assertions", verbose_name=_("personne"))
    over = models.PositiveSmallIntegerField(_("âge atteint"), default=18)
    method = models.CharField(_("méthode"), max_length=21, choices=AgeMethod.choices)
    assurance = models.PositiveSmallIntegerField(_("niveau"), choices=Assurance.choices)
    issuer_country = models.CharField(_("pays de l’émetteur"), max_length=2, blank=True)
    issuer_anchor = models.CharField(_("ancre de l’émetteur"), max_length=64, blank=True, db_index=True)
    checked_on = models.DateField(_("vérifiée le"))
    expires_on = models.DateField(_("valable jusqu’au"), db_index=True)
    policy_version = models.PositiveSmallIntegerField(_("version de la règle"))
    # "<user>:<method>" while current, null after: one current proof for each method, on every engine.
    open_key = models.CharField(max_length=60, unique=True, null=True, editable=False)  # noqa: DJ001  (null is what makes it unique)

    class Meta:
        verbose_name = _("preuve d’âge")
        verbose_name_plural = _("preuves d’âge")

    def __str__(self) -> str:
        return f"{self.user_id} {self.method}"


class AgeCheck(models.Model):
    """One attempt. It lives 300 s and is deleted a day after its end."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="age_checks")
    session_hash = models.CharField(max_length=64)
    method = models.CharField(max_length=21, choices=AgeMethod.choices)
    purpose = models.CharField(max_length=7, choices=AgePurpose.choices)
    threshold = models.PositiveSmallIntegerField(default=18)
    flow = models.CharField(max_length=12, choices=AgeFlow.choices)
    state_hash = models.CharField(max_length=64, unique=True)
    nonce = models.CharField(max_length=64)
    response_code_hash = models.CharField(max_length=64, blank=True)
    hpke_private_key = models.BinaryField(null=True)
    # Sealed: the id of a third party's session, or the secret of a code. Gone with the verdict.
    held = models.BinaryField(null=True)
    state = models.CharField(max_length=8, choices=AgeCheckState.choices, default=AgeCheckState.STARTED)
    refusal = models.CharField(max_length=24, blank=True)
    # Of the verdict, from the wallet's answer until the person comes back for it; they go on into the assertion.
    issuer_country = models.CharField(max_length=2, blank=True)
    issuer_anchor = models.CharField(max_length=64, blank=True)
    proof_ends_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("vérification d’âge")
        verbose_name_plural = _("vérifications d’âge")
        indexes = [models.Index(fields=["user", "state"])]

    def __str__(self) -> str:
        return self.public_id

    @property
    def sealing_ad(self) -> str:
        """What the sealed key of this attempt is bound to."""
        return f"accounts.AgeCheck.hpke_private_key:{self.public_id}"

    @property
    def held_ad(self) -> str:
        """What `held` is bound to."""
        return f"accounts.AgeCheck.held:{self.public_id}"


class TrustedIssuer(models.Model):
    """One certificate of the trusted list. Those no longer granted stay, so that a refusal can say so."""

    country = models.CharField(_("pays"), max_length=2)
    organisation = models.CharField(_("organisme"), max_length=200, blank=True)
    certificate = models.BinaryField(_("certificat"))
    fingerprint = models.CharField(_("empreinte"), max_length=64, unique=True)
    granted = models.BooleanField(_("reconnu"))
    list_sequence = models.PositiveIntegerField(_("numéro de la liste"))
    next_update = models.DateTimeField(_("prochaine liste attendue"))
    loaded_at = models.DateTimeField(_("lu le"))

    class Meta:
        verbose_name = _("émetteur reconnu")
        verbose_name_plural = _("émetteurs reconnus")

    def __str__(self) -> str:
        return f"{self.country} {self.fingerprint[:16]}"
