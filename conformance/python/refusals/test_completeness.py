"""Every code of the server's tables is reached by some test; one that nothing reaches is named."""

import importlib

from support import refusals

MODULES = [
    "refusals.test_account", "refusals.test_application", "refusals.test_consent", "refusals.test_grant",
    "refusals.test_policy", "refusals.test_request", "refusals.test_tenant", "refusals.test_organization",
]

UNPLAYED = {
    "0x80040216": "it needs a store that fails; crates/organization proves it",
    "0x8004a112": "a browser's session meets it and no program; crates/portal proves it",
}
"""Codes of an organization that no call from outside meets. One that a test reaches must leave this list."""


def unreached(table: str, codes: set) -> list:
    for module in MODULES:
        importlib.import_module(module)
    return sorted(codes - refusals.MARKED[table])


def test_every_code_of_the_sign_in_service_is_reached():
    missing = unreached("aadsts", set(refusals.AADSTS))
    names = [f"AADSTS{code}" for code in missing]
    assert not names, f"no test reaches {', '.join(names)}"


def test_every_code_of_an_organization_is_reached():
    missing = unreached("dataverse", set(refusals.DATAVERSE) - set(UNPLAYED))
    names = [f"{code} {refusals.DATAVERSE[code]['name']}" for code in missing]
    assert not names, f"no test reaches {', '.join(names)}"


def test_no_exemption_is_stale():
    unreached("dataverse", set())
    assert not set(UNPLAYED) & refusals.MARKED["dataverse"]
    assert set(UNPLAYED) <= set(refusals.DATAVERSE)


def test_there_are_eighty_and_more():
    assert len(refusals.AADSTS) >= 80
