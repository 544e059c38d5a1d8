"""The addresses of privacy."""

from __future__ import annotations

from django.urls import path

from privacy.views import breaches, certificates, data, erasures, export, registers, rights, schemas

app_name = "privacy"
urlpatterns = [
    path("account/data/", data.data, name="data"),
    path("account/data/rectify/", rights.rectify, name="rectify"),
    path("account/data/erase/", rights.erase, name="erase"),
    path("account/data/restrict/", rights.restrict, name="restrict"),
    path("account/data/restrict/lift/", data.lift, name="lift"),
    path("account/data/object/", rights.object_to, name="object"),
    path("account/data/export/", export.export, name="export"),
    path("account/data/export/ask/", export.ask, name="export_ask"),
    path("account/data/export/<str:public_id>/status/", export.status, name="export_status"),
    path("account/data/export/<str:public_id>/<int:number>/", export.begin, name="export_begin"),
    path("account/data/export/<str:public_id>/<int:number>/<str:key>/", export.fetch, name="export_file"),
    path("account/data/requests/<str:public_id>/", data.show_request, name="request"),
    path("account/data/requests/<str:public_id>/withdraw/", data.withdraw, name="withdraw"),
    path("legal/data/", registers.data_use, name="data_use"),
    path("legal/retention/", registers.retention, name="retention"),
    path("account/data/breaches/<str:public_id>/", breaches.breach, name="breach"),
    path("privacy/schemas/", schemas.schemas, name="export_schemas"),
    path("privacy/schemas/<slug:name>.json", schemas.schema, name="export_schema"),
    path("privacy/certificate/", certificates.check, name="certificate"),
    path("privacy/certificate/key.pem", certificates.key, name="certificate_key"),
    path("privacy/erasure/<str:token>/", erasures.erasure, name="erasure"),
    path("privacy/erasure/<str:token>/certificate.json", erasures.download, name="erasure_file"),
    path("privacy/farewell/<str:token>/", erasures.farewell, name="farewell"),
]
