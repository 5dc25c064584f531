"""Every code of the server's tables is reached by some test; one that nothing reaches is named."""

import importlib

from support import refusals

MODULES = [
    "refusals.test_account", "refusals.test_application", "refusals.test_consent", "refusals.test_grant",
    "refusals.test_policy", "refusals.test_request", "refusals.test_tenant", "refusals.test_organization",
]


def unreached(table: str, codes: set) -> list:
    for module in MODULES:
        importlib.import_module(module)
    return sorted(codes - refusals.MARKED[table])


def test_every_code_of_the_sign_in_service_is_reached():
    missing = unreached("aadsts", set(refusals.AADSTS))
    names = [f"AADSTS{code}" for code in missing]
    assert not names, f"no test reaches {', '.join(names)}"


def test_every_code_of_an_organization_is_reached():
    missing = unreached("dataverse", set(refusals.DATAVERSE))
    names = [f"{code} {refusals.DATAVERSE[code]['name']}" for code in missing]
    assert not names, f"no test reaches {', '.join(names)}"


def test_there_are_eighty_and_more():
    assert len(refusals.AADSTS) >= 80
