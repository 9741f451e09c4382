"""How sources that the night asks are reached, said without their secrets."""

from pathlib import Path

import pytest

from pipelines.land.access import access
from schemas import contract as contracts
from schemas.pages import Pages

INSURANCE = contracts.load("hr_social_insurance")
PAGES = Pages(total="total", rows="rows", number="page")
TAX = contracts.load("tax_payer").model_copy(update={"format": "http", "url": "https://tax.city/list", "pages": PAGES})


def test_a_source_of_files_needs_none(tmp_path: Path) -> None:
    assert access(contracts.load("health_death"), str(tmp_path)) is None


def test_an_interface_is_asked_with_a_token_or_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert access(TAX, str(tmp_path)) == (True, "without a token: RENDI_HTTP_TAX_PAYER_TOKEN is not set")
    monkeypatch.setenv("RENDI_HTTP_TAX_PAYER_TOKEN", "another-secret")
    assert access(TAX, str(tmp_path)) == (True, "by RENDI_HTTP_TAX_PAYER_TOKEN")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("RENDI_HTTP_TAX_PAYER_TOKEN", "another secret", "characters that no header can carry"),
        ("RENDI_HTTP_TAX_PAYER", "ftp://tax.city/secret", "is no http or https address"),
        ("RENDI_HTTP_TAX_PAYER", "http://[secret/", "is no http or https address"),
        ("RENDI_HTTP_TAX_PAYER", "http://tax.city:99999/secret", "is no http or https address"),
    ],
)
def test_what_cannot_be_asked_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    found = access(TAX, str(tmp_path))
    assert found is not None
    assert not found[0] and said in found[1] and "secret" not in found[1]


def test_a_database_is_a_file_or_a_server_with_an_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert access(INSURANCE, str(tmp_path)) == (
        True,
        f"no database at {tmp_path}/hr.sqlite: nothing is delivered",
    )
    monkeypatch.setenv("RENDI_JDBC_HR_SOCIAL_INSURANCE", "jdbc:postgresql://hr/x?password=another-secret")
    monkeypatch.setenv("RENDI_JDBC_HR_SOCIAL_INSURANCE_PASSWORD", "another-secret")
    assert access(INSURANCE, str(tmp_path)) == (
        True,
        "by RENDI_JDBC_HR_SOCIAL_INSURANCE, RENDI_JDBC_HR_SOCIAL_INSURANCE_PASSWORD",
    )
