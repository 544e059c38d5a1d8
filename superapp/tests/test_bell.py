"""The bell is on every page of a member, and no page pays a query for it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.tests.factories import make_user
from chat.tests.factories import join, make_room

pytestmark = pytest.mark.django_db


def test_no_page_asks_for_the_count_that_is_known(django_assert_max_num_queries: Any) -> None:
    amina, room = make_user("Amina"), make_room()
    join(amina, room)
    browser = Client()
    browser.force_login(amina)
    for path in ("/rooms/", f"/rooms/{room.slug}/", f"/rooms/{room.slug}/about/", "/account/"):
        browser.get(path)
        with django_assert_max_num_queries(12) as spent:
            page = browser.get(path).content.decode()
        assert [query["sql"] for query in spent.captured_queries if "notifications_" in query["sql"]] == []
        assert re.search(r"data-bell hidden>0", page)


def test_the_first_page_of_all_pays_one(django_assert_max_num_queries: Any) -> None:
    browser = Client()
    browser.force_login(make_user("Amina"))
    with django_assert_max_num_queries(12) as spent:
        browser.get("/rooms/")
    assert len([query for query in spent.captured_queries if "notifications_" in query["sql"]]) == 1


def test_a_guest_has_no_bell(client: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12) as spent:
        page = client.get("/rooms/").content.decode()
    assert "data-bell" not in page
    assert [query for query in spent.captured_queries if "notifications_" in query["sql"]] == []
