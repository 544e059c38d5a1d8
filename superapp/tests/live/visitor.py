"""A person without a browser: cookies, forms, REST; in front of the server shape also the proxy that ends https."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from superapp.tests.live.server import forwarded


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    url: str
    text: str
    headers: dict[str, str]

    @property
    def data(self) -> Any:
        return json.loads(self.text)


class Visitor:
    """Keeps cookies and follows redirects, like a browser with scripts off.

    `public` is the https address that it believes to speak to; `origin`, where the web process listens, may change meanwhile.
    """

    def __init__(self, origin: str, public: str = "") -> None:
        self.origin = origin
        self.public = public
        secure = ("https", "http") if public else ("https",)
        self.jar = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(secure_protocols=secure))
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def at(self, origin: str) -> Visitor:
        """The same person, with the same cookies, before another process."""
        other = Visitor(origin, self.public)
        for cookie in self.jar:
            other.jar.set_cookie(cookie)
        return other

    def get(self, path: str) -> Answer:
        return self._open(urllib.request.Request(self.origin + path))  # noqa: S310  (our own address)

    def post(self, path: str, page: str = "", **fields: str) -> Answer:
        """Post a form as the page `page` (default: the same path) would, with its CSRF token."""
        fields["csrfmiddlewaretoken"] = self._token(page or path)
        body = urllib.parse.urlencode(fields).encode()
        return self._open(urllib.request.Request(self.origin + path, data=body, headers={"Referer": (self.public or self.origin) + path}))  # noqa: S310

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> Answer:
        """A REST call with the CSRF header."""
        body = json.dumps(data).encode() if data is not None else None
        names = {"Content-Type": "application/json", "X-CSRFToken": self.csrf, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self._open(urllib.request.Request(self.origin + path, data=body, headers=names, method=method))  # noqa: S310

    def log_in(self, email: str, password: str) -> None:
        answer = self.post("/login/", login=email, password=password)
        assert "sessionid" in {cookie.name for cookie in self.jar}, answer.text[:500]

    @property
    def csrf(self) -> str:
        return next((cookie.value or "" for cookie in self.jar if cookie.name == "csrftoken"), "")

    @property
    def cookies(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)

    def _token(self, page: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def _open(self, request: urllib.request.Request) -> Answer:
        for name, value in forwarded(self.public).items():
            request.add_header(name, value)
        if self.public and request.get_method() != "GET" and not request.has_header("Referer"):
            request.add_header("Referer", self.public + "/")  # over https Django asks where a change comes from
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Answer(answer.status, answer.url, answer.read().decode("utf-8", "replace"), dict(answer.headers))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.url, error.read().decode("utf-8", "replace"), dict(error.headers))
