from django.urls import path

from chat import converters  # noqa: F401  (registers `seq`)
from chat.views import hearing, media, members, messages, paid, rooms, tools

app_name = "chat"

urlpatterns = [
    path("rooms/", rooms.directory, name="rooms"),
    path("rooms/new/", members.new_group, name="new"),
    path("rooms/propose/", members.propose, name="propose"),
    path("rooms/<slug:slug>/", rooms.room, name="room"),
    path("rooms/<slug:slug>/about/", rooms.about, name="about"),
    path("rooms/<slug:slug>/join/", members.join, name="join"),
    path("rooms/<slug:slug>/leave/", members.leave, name="leave"),
    path("rooms/<slug:slug>/hearing/", hearing.hear, name="hearing"),
    path("rooms/<slug:slug>/hearing/back/", hearing.hear_again, name="hear_again"),
    path("rooms/<slug:slug>/search/", rooms.search_room, name="search"),
    path("rooms/<slug:slug>/settings/", members.settings, name="settings"),
    path("rooms/<slug:slug>/invitation/", members.renew_invitation, name="invitation"),
    path("rooms/<slug:slug>/tools/", tools.tools, name="tools"),
    path("rooms/<slug:slug>/shield/", tools.shield, name="shield"),
    path("rooms/<slug:slug>/held/", tools.held, name="held"),
    path("rooms/<slug:slug>/held/<str:held_id>/release/", tools.release, name="release"),
    path("rooms/<slug:slug>/held/<str:held_id>/refuse/", tools.refuse, name="refuse"),
    path("rooms/<slug:slug>/kept/", tools.own, name="kept"),
    path("rooms/<slug:slug>/kept/<str:held_id>/withdraw/", tools.withdraw, name="withdraw"),
    path("rooms/<slug:slug>/journal/", tools.journal, name="journal"),
    path("rooms/<slug:slug>/journal/<str:deed_id>/undo/", tools.undo, name="undo"),
    path("rooms/<slug:slug>/read/", messages.mark_read, name="read"),
    path("rooms/<slug:slug>/attachments/", media.upload, name="upload"),
    path("rooms/<slug:slug>/messages/", messages.post_message, name="post"),
    path("rooms/<slug:slug>/messages/<seq:seq>/", messages.show_message, name="message"),
    path("rooms/<slug:slug>/messages/<seq:seq>/edit/", messages.edit, name="edit"),
    path("rooms/<slug:slug>/messages/<seq:seq>/delete/", messages.delete, name="delete"),
    path("rooms/<slug:slug>/messages/<seq:seq>/react/", messages.react, name="react"),
    path("rooms/<slug:slug>/messages/<seq:seq>/pin/", messages.pin, name="pin"),
    path("rooms/<slug:slug>/members/<str:person>/kick/", members.kick, name="kick"),
    path("rooms/<slug:slug>/members/<str:person>/ban/", members.ban, name="ban"),
    path("rooms/<slug:slug>/members/<str:person>/unban/", members.unban, name="unban"),
    path("rooms/<slug:slug>/members/<str:person>/role/", members.role, name="role"),
    path("rooms/<slug:slug>/thanks/", paid.tip, name="tip"),
    path("rooms/<slug:slug>/boost/", paid.boost, name="boost"),
    path("thanks/", paid.thanks, name="thanks"),
    path("thanks/<str:public_id>/back/", paid.take_back, name="take_back"),
    path("media/<str:public_id>/<str:variant>/", media.show, name="media"),
]
