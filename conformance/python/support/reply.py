"""What came back, in one shape, whether as JSON, on a page or at the application's redirect URI."""

from __future__ import annotations

import dataclasses

import requests

from .browser import Landing, Page


@dataclasses.dataclass
class Reply:
    """An answer of the sign-in service."""

    place: str
    """`json`, `page` or `redirect`."""
    status: int
    body: dict
    headers: dict[str, str]
    text: str = ""

    @property
    def error(self) -> str | None:
        return self.body.get("error")

    @property
    def description(self) -> str:
        return self.body.get("error_description") or ""

    def tokens(self) -> dict:
        """The tokens, where there must be some."""
        assert self.status == 200 and "access_token" in self.body, self.body
        return self.body


def reply(source: requests.Response | Landing | Page) -> Reply:
    """Brings any answer into one shape."""
    if isinstance(source, Landing):
        return Reply("redirect", 302, source.params, source.headers)
    if isinstance(source, Page):
        error = source.error or ""
        details = {name: value for name, value in source.details.items()}
        return Reply("page", source.status, {"error_description": error, **details}, source.headers, source.text)
    is_json = source.headers.get("content-type", "").startswith("application/json")
    return Reply("json", source.status_code, source.json() if is_json else {}, dict(source.headers), source.text)
