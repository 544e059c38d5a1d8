"""How people come in: addresses, passwords, codes by mail, second factors; settings of Django and allauth under their own names."""

from __future__ import annotations

from superapp.env import number

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "chat:rooms"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("Argon2", "PBKDF2")]
AUTHENTICATION_BACKENDS = ["accounts.backends.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 2 * 3600
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}  # the pseudonym is public, so it opens nothing
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_FORMS = {
    "login": "accounts.forms.auth.LoginForm",
    "reset_password": "accounts.forms.auth.ResetPasswordForm",
    "reauthenticate": "accounts.forms.auth.ReauthenticateForm",
    "confirm_email_verification_code": "accounts.forms.auth.ConfirmEmailVerificationCodeForm",
}
ACCOUNT_PREVENT_ENUMERATION = ACCOUNT_UNIQUE_EMAIL = ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 900
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_FORMAT = {"length": 6, "dashed": True}
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = False  # changing it there would tell whether an account exists
ACCOUNT_MAX_EMAIL_ADDRESSES = 3
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_PRESERVE_USERNAME_CASING = ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
# Many people share one address of a mobile network: watch this one.
ACCOUNT_RATE_LIMITS = {
    "signup": f"{number('RESAKA_SIGNUPS_PER_HOUR', default=30, low=1, high=100_000)}/h/ip",
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "confirm_email": "1/10s/key",
}
# The second factor: an application's codes, passkeys, and codes on paper for the day both are lost.
MFA_ADAPTER = "accounts.mfa.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = MFA_PASSKEY_SIGNUP_ENABLED = MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # clocks of cheap phones are off
HEADLESS_ADAPTER = "accounts.views.headless.answers.HeadlessAdapter"  # the same for applications: docs/headless.md
HEADLESS_TOKEN_STRATEGY = "accounts.views.headless.answers.TokenStrategy"  # noqa: S105  (a class)
HEADLESS_CLIENTS = ("browser", "app")
HEADLESS_ONLY = HEADLESS_SERVE_SPECIFICATION = False  # that page would load scripts from elsewhere
