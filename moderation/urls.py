"""Addresses of what people see of moderation. Mounted at the root."""

from __future__ import annotations

from django.urls import path

from moderation.views import appealing, decisions, notices, pages, receipts, reports, roomwords, transparency

app_name = "moderation"

urlpatterns = [
    path("report/message/<slug:slug>/<seq:seq>/", reports.message, name="report_message"),
    path("report/image/<str:public_id>/", reports.image, name="report_image"),
    path("report/profile/<str:public_id>/", reports.profile, name="report_profile"),
    path("report/room/<slug:slug>/", reports.room, name="report_room"),
    path("rooms/<slug:slug>/words/", roomwords.words, name="room_words"),
    path("rooms/<slug:slug>/words/drop/", roomwords.drop, name="room_words_drop"),
    path("reports/", receipts.reports, name="reports"),
    path("reports/<str:public_id>/", receipts.reported, name="reported"),
    path("reports/<str:public_id>/appeal/", appealing.of_report, name="appeal_report"),
    path("reports/<str:public_id>/copy/", receipts.evidence, name="evidence"),
    path("notice/", notices.notice, name="notice"),
    path("notice/status/", receipts.status, name="status"),
    path("notice/appeal/", appealing.of_notice, name="appeal_status"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/<str:public_id>/", decisions.decision, name="decision"),
    path("decisions/<str:public_id>/appeal/", appealing.of_decision, name="appeal_decision"),
    path("moderation/", pages.how, name="how"),
    path("trusted-flaggers/", pages.flaggers, name="flaggers"),
    path("transparency/", transparency.transparency, name="transparency"),
    path("transparency/<int:year>/", transparency.transparency, name="transparency_year"),
    path("transparency/<int:year>.csv", transparency.download, {"form": "csv"}, name="transparency_csv"),
    path("transparency/<int:year>.json", transparency.download, {"form": "json"}, name="transparency_json"),
    path("learn/", pages.learn, name="learn"),
    path("learn/quiz/", pages.quiz, name="quiz"),
    path("learn/<slug:slug>/", pages.lesson, name="lesson"),
]
