"""A browser that runs no script: it opens pages, fills in forms and stops where an application takes over."""

from __future__ import annotations

import dataclasses
import html.parser
import urllib.parse

import requests


@dataclasses.dataclass
class Page:
    """A page of the sign-in service."""

    status: int
    url: str
    text: str
    action: str | None
    fields: dict[str, str]
    buttons: list[dict[str, str]]
    error: str | None
    details: dict[str, str]
    headers: dict[str, str]

    def has_button(self, name: str) -> bool:
        return any(button.get("name") == name for button in self.buttons)


@dataclasses.dataclass
class Landing:
    """Where the browser is sent back to the application, and with what."""

    url: str
    params: dict[str, str]
    mode: str
    headers: dict[str, str]


class Browser:
    """One browser with its cookies."""

    def __init__(self, **headers: str) -> None:
        self.http = requests.Session()
        self.http.headers.update(headers)

    def open(self, url: str, params: dict[str, str] | None = None) -> Page | Landing:
        return read(self.http.get(url, params=params, allow_redirects=False, timeout=30))

    def submit(self, page: Page, **fields: str) -> Page | Landing:
        """Posts the page's form with these fields filled in."""
        assert page.action, f"there is no form on the page: {page.text}"
        data = {**page.fields, **fields}
        target = urllib.parse.urljoin(page.url, page.action)
        return read(self.http.post(target, data=data, allow_redirects=False, timeout=30))

    def sign_in(self, url: str, login: str, password: str, *, consent: str = "accept", code: str | None = None) -> Page | Landing:
        """Goes through every page there is, and ends where none of these answers fits."""
        at = self.open(url)
        if isinstance(at, Page) and "passwd" in at.fields:
            at = self.submit(at, login=login, passwd=password)
        if isinstance(at, Page) and "otc" in at.fields and code is not None:
            at = self.submit(at, otc=code)
        if isinstance(at, Page) and at.has_button("consent"):
            at = self.submit(at, consent=consent)
        return at


def read(response: requests.Response) -> Page | Landing:
    """Tells pages from answers to the application."""
    headers = dict(response.headers)
    if response.is_redirect:
        location = urllib.parse.urlsplit(response.headers["location"])
        mode, text = ("fragment", location.fragment) if location.fragment else ("query", location.query)
        params = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
        return Landing(location._replace(query="", fragment="").geturl(), params, mode, headers)
    reader = _Reader()
    reader.feed(response.text)
    if reader.form_name == "hiddenform":
        return Landing(reader.action or "", reader.fields, "form_post", headers)
    return Page(
        response.status_code, response.url, response.text, reader.action, reader.fields, reader.buttons,
        reader.error, dict(zip(reader.terms, reader.definitions, strict=True)), headers,
    )


class _Reader(html.parser.HTMLParser):
    """Finds the form, the error and the details of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.form_name: str | None = None
        self.fields: dict[str, str] = {}
        self.buttons: list[dict[str, str]] = []
        self.error: str | None = None
        self.terms: list[str] = []
        self.definitions: list[str] = []
        self._into: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action, self.form_name = known.get("action"), known.get("name")
        elif tag == "input" and "name" in known:
            self.fields[known["name"]] = known.get("value", "")
        elif tag == "button":
            self.buttons.append(known)
        elif known.get("class") == "error":
            self._into = []
        elif tag in ("dt", "dd"):
            self._into = []

    def handle_endtag(self, tag: str) -> None:
        if self._into is None:
            return
        text = "".join(self._into)
        if tag == "p":
            self.error, self._into = text, None
        elif tag == "dt":
            self.terms.append(text)
            self._into = None
        elif tag == "dd":
            self.definitions.append(text)
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into.append(data)
