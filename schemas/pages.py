"""How a department's HTTP interface pages its records: where the next page is, and where rows and total stand."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Pages(BaseModel):
    """The customProperty `pages` of an http contract. A place in a document is its keys, joined by dots.

    total: where the number of all records stands, on every page. rows: where the list of records stands. One of three
    says how the next page is asked for: number (the query's parameter for a page number, from `first` on), next (where
    the next page's address stands), or cursor (the query's parameter) with cursor_at (where its next value stands).
    size_parameter and size: how many records a page is asked to hold. per_second: how many pages may be asked for in a
    second.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    total: str = Field(min_length=1)
    rows: str = Field(min_length=1)
    number: str | None = None
    first: int = Field(default=1, ge=0)
    next: str | None = None
    cursor: str | None = None
    cursor_at: str | None = None
    size_parameter: str | None = None
    size: int = Field(default=500, ge=1)
    per_second: float = Field(default=5.0, gt=0)

    @model_validator(mode="after")
    def _one_way(self) -> "Pages":
        ways = [way for way in ("number", "next", "cursor") if getattr(self, way)]
        if len(ways) != 1:
            raise ValueError("say how the next page is asked for, by one of 'number', 'next' and 'cursor'")
        if bool(self.cursor) != bool(self.cursor_at):
            raise ValueError("'cursor' and 'cursor_at' go together")
        return self


def at(document: Any, place: str) -> Any:
    """What stands at a place of a document; None where the place is not there."""
    for key in place.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document
