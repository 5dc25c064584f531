"""Holds an answer against the server's own table of refusals.

A test that is marked `@refuses(50126)` returns the answer it met. The mark checks the code, `error`, `suberror`,
status, sentence and ids against the table, in the form of the place where the answer came from; the completeness
test compares the marks with the table.
"""

from __future__ import annotations

import functools
import json
import os
import pathlib
import re
from collections.abc import Callable

import requests

from .browser import Landing, Page
from .reply import Reply, reply
from .tenant import Tenant

TABLES = json.loads(pathlib.Path(os.environ["KEYWAY_TABLES"]).read_text())
AADSTS = {entry["code"]: entry for entry in TABLES["aadsts"]}
DATAVERSE = {entry["code"]: entry for entry in TABLES["dataverse"]}

MARKED: dict[str, set] = {"aadsts": set(), "dataverse": set()}
"""The codes that some test of the loaded modules reaches."""

GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
IDS = rf" Trace ID: {GUID} Correlation ID: {GUID} Timestamp: \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\dZ"
BLANK = r"(?!\{[a-z_]+\}).+?"
"""What fills a blank: anything but the blank itself. (`{EmailHidden}` is what the service writes.)"""
AT_REDIRECT = {65001: "consent_required", 53003: "access_denied"}
"""`invalid_grant` is a word of the token endpoint; the authorize endpoint says which interaction is needed."""


def refuses(code: int, *, error: str | None = None, place: str | None = None) -> Callable:
    """The test's answer is the refusal `code`. `error` is given where an endpoint differs from the table."""
    MARKED["aadsts"].add(code)

    def mark(test: Callable) -> Callable:
        @functools.wraps(test)
        def checked(*args, **kwargs):
            got = met(test(*args, **kwargs), code, error=error, place=place)
            in_the_journal(kwargs["tenant"], got, AADSTS[code])

        return checked

    return mark


def met(answer: requests.Response | Landing | Page | Reply, code: int, *, error: str | None = None, place: str | None = None) -> Reply:
    """Asserts that the answer is the refusal `code`, whole."""
    entry = AADSTS[code]
    got = answer if isinstance(answer, Reply) else reply(answer)
    assert f"AADSTS{code}:" in got.description, f"expected {code}, got {got.status} {got.body}"
    assert place in (None, got.place)
    if got.place == "json":
        _json(got, entry, error or entry["error"])
    elif got.place == "redirect":
        _redirect(got, entry, error)
    else:
        _page(got, entry)
    return got


def in_the_journal(tenant: Tenant, got: Reply, entry: dict) -> None:
    """Every refusal has a line that says why, with the sentence's grade and the cause, where there is one."""
    code, request = f"AADSTS{entry['code']}", got.headers["x-ms-request-id"]
    lines = tenant.control.call("GET", f"/journal?code={code}")["lines"]
    line = next((line for line in lines if line["request"] == request), None)
    assert line, f"no line in the journal says why {request} was refused"
    assert line["outcome"] == "refused" and line["why"]
    assert line["grade"] == entry["grade"] and line.get("cause", "") == entry["cause"]
    assert told_correlation(got) == line["correlation"]


def told_correlation(got: Reply) -> str:
    """The correlation id as a person or a program is told it."""
    told = got.body.get("Correlation Id") if got.place == "page" else re.findall(rf"Correlation ID: ({GUID})", got.description)[0]
    assert told, f"no correlation id in {got.text}"
    return told


def _json(got: Reply, entry: dict, error: str) -> None:
    assert got.status == entry["status"]
    assert got.body["error"] == error
    assert got.body.get("suberror", "") == entry["suberror"]
    assert got.body["error_codes"] == [entry["code"]]
    assert re.fullmatch(sentence(entry) + IDS, got.description), got.description
    assert re.fullmatch(GUID, got.body["trace_id"]) and got.body["trace_id"] in got.description
    assert re.fullmatch(GUID, got.body["correlation_id"]) and got.body["correlation_id"] in got.description
    assert got.description.endswith(f"Timestamp: {got.body['timestamp']}")
    assert got.body["error_uri"] == f"https://login.microsoftonline.com/error?code={entry['code']}"
    assert "no-store" in got.headers["cache-control"]
    assert got.headers["x-ms-request-id"] == got.body["trace_id"]


def _redirect(got: Reply, entry: dict, error: str | None) -> None:
    assert entry["place"] == "redirect", "the table keeps this refusal on a page"
    expected = entry["error"]
    if expected == "invalid_grant":
        expected = AT_REDIRECT.get(entry["code"], "interaction_required")
    assert got.body["error"] == (error or expected)
    assert re.fullmatch(sentence(entry) + IDS, got.description), got.description
    assert f"Trace ID: {got.headers['x-ms-request-id']} " in got.description
    assert got.body["state"] == "the-state"


def _page(got: Reply, entry: dict) -> None:
    assert re.fullmatch(sentence(entry), got.description), got.description
    assert got.body["Request Id"] == got.headers["x-ms-request-id"]
    assert re.fullmatch(GUID, got.body["Correlation Id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", got.body["Timestamp"])
    assert "access_token" not in got.text


def sentence(entry: dict) -> str:
    """The sentence as a pattern: every blank must have been filled."""
    pieces = re.split(r"\{[a-z_]+\}", entry["sentence"])
    return rf"AADSTS{entry['code']}: " + BLANK.join(re.escape(piece) for piece in pieces)


def refuses_record(code: str) -> Callable:
    """The same for an organization's refusals: the test's answer carries the Dataverse code."""
    MARKED["dataverse"].add(code)

    def mark(test: Callable) -> Callable:
        @functools.wraps(test)
        def checked(*args, **kwargs):
            answer = test(*args, **kwargs)
            met_record(answer, code)
            tenant, request = kwargs["tenant"], answer.headers["x-ms-service-request-id"]
            lines = [line for line in tenant.journal() if line["request"] == request]
            assert len(lines) == 1 and lines[0]["code"] == code and lines[0]["why"], lines

        return checked

    return mark


def met_record(answer: requests.Response, code: str) -> dict:
    """Asserts that the answer is the organization's refusal `code`, whole."""
    fault = DATAVERSE[code]
    got = answer.json()["error"]
    assert got["code"] == code, f"expected {code} {fault['name']}, got {answer.status_code} {got}"
    assert answer.status_code == fault["status"], got
    pieces = re.split(r"\{\d\}", fault["sentence"])
    assert re.fullmatch(".+?".join(re.escape(piece) for piece in pieces), got["message"], re.DOTALL), got["message"]
    assert answer.headers["odata-version"] == "4.0"
    assert answer.headers["x-ms-service-request-id"]
    return got
