"""Addresses of the account pages. Mounted at the root, before allauth's own, some of which are replaced here."""

from __future__ import annotations

from django.urls import include, path, re_path

from accounts.views import account, age, auth, factors, headless, identity, leaving, legal, locks, passkeys, people, standing, tips

_PAGES = [
    path("account/", account.home, name="home"),
    path("account/profile/", account.profile, name="profile"),
    path("account/preferences/", account.preferences, name="preferences"),
    path("account/sessions/", account.sessions, name="sessions"),
    path("account/sessions/end/", account.end_sessions, name="end_sessions"),
    path("account/sessions/<str:public_id>/end/", account.end_one_session, name="end_session"),
    path("account/blocks/", people.blocks, name="blocks"),
    path("account/standing/", standing.standing, name="standing"),
    path("account/leaving/", leaving.ways_out, name="ways_out"),
    path("account/pause/", leaving.pause, name="pause"),
    path("account/close/", leaving.close, name="close"),
    path("account/closing/", leaving.closing, name="closing"),
    path("account/identity/", identity.identity, name="identity"),
    path("account/identity/delete/", identity.delete, name="identity_delete"),
    path("account/consents/", legal.consents, name="consents"),
    path("account/consents/<slug:purpose>/give/", legal.give, name="give_consent"),
    path("account/consents/<slug:purpose>/withdraw/", legal.withdraw, name="withdraw_consent"),
    path("account/agree/", legal.agree, name="agree"),
    path("account/agree/later/", legal.agree_later, name="agree_later"),
    path("account/tips/show/", tips.show, name="show_tips"),
    path("account/tips/<slug:tip>/hide/", tips.hide, name="hide_tip"),
    path("exit/", locks.leave, name="leave"),
    path("unlock/", locks.unlock, name="unlock"),
    path("age/", age.home, name="age"),
    path("age/start", age.start, name="age_start"),
    path("age/check/<str:public_id>/", age.check, name="age_check"),
    path("age/browser/<str:public_id>/", age.browser_response, name="age_browser_response"),
    path("age/status/<str:public_id>", age.status, name="age_status"),
    path("age/return", age.came_back, name="age_return"),
    path("age/third-party/return", age.third_party_return, name="age_third_party_return"),
    path("age/complete", age.complete, name="age_complete"),
    path("age/oid4vp/response", age.wallet_response, name="age_wallet_response"),
    path("age/demo-wallet/", age.demo_wallet, name="age_demo_wallet"),
    path("people/<str:public_id>/", people.person, name="person"),
    path("people/<str:public_id>/block/", people.block, name="block"),
    path("people/<str:public_id>/unblock/", people.unblock, name="unblock"),
    path("people/<str:public_id>/mute/", people.mute, name="mute"),
    path("people/<str:public_id>/unmute/", people.unmute, name="unmute"),
]

_FACTORS = [
    path("", factors.index, name="mfa_index"),
    path("authenticate/", factors.authenticate, name="mfa_authenticate"),
    path("reauthenticate/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("totp/activate/", factors.activate_totp, name="mfa_activate_totp"),
    path("totp/deactivate/", factors.deactivate_totp, name="mfa_deactivate_totp"),
    path("recovery-codes/", factors.view_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/generate/", factors.generate_codes, name="mfa_generate_recovery_codes"),
    path("recovery-codes/download/", factors.download_codes, name="mfa_download_recovery_codes"),
    path("webauthn/", passkeys.show_list, name="mfa_list_webauthn"),
    path("webauthn/add/", passkeys.add, name="mfa_add_webauthn"),
    path("webauthn/keys/<int:pk>/remove/", passkeys.remove, name="mfa_remove_webauthn"),
    path("webauthn/keys/<int:pk>/edit/", passkeys.rename, name="mfa_edit_webauthn"),
    path("webauthn/reauthenticate/", passkeys.reauthenticate, name="mfa_reauthenticate_webauthn"),
    path("webauthn/signup/", passkeys.sign_up, name="mfa_signup_webauthn"),
    path("webauthn/login/", passkeys.log_in, name="mfa_login_webauthn"),
]

urlpatterns = [
    path("", include((_PAGES, "accounts"))),
    path("_allauth/", include(headless)),
    path("signup/", auth.signup, name="account_signup"),
    path("signup/passkey/", auth.signup_by_passkey, name="account_signup_by_passkey"),
    path("email/", auth.email, name="account_email"),
    path("password/set/", auth.password_set, name="account_set_password"),
    path("2fa/", include(_FACTORS)),
    path("password/change/", auth.password_change, name="account_change_password"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        auth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
