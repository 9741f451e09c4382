"""A small city whose silver tables a test changes from night to night, and what link makes of them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pyspark.sql import Row

from pipelines.lake import Lake
from pipelines.link import link as unit
from schemas.contract import Contract, load

FIRST = date(2026, 3, 1)
FIELDS = {
    "police_household": ["id_number", "name", "former_name", "address"],
    "education_student": ["id_number", "student_id_number", "name", "guardian_name", "school_uscc", "address"],
    "organisation_register": ["uscc", "organisation_code", "name", "legal_rep", "address"],
    "market_register": [
        *("uscc", "organisation_code", "registration_no", "name", "legal_rep", "legal_rep_id", "trader_id_number"),
        "address",
    ],
    "tax_payer": ["taxpayer_uscc", "organisation_code", "taxpayer_no", "trader_id_number", "name", "address"],
    "hr_social_insurance": ["id_number", "name", "employer_uscc"],
    "planning_address": ["address_code", "address", "community_code"],
    "urban_component": ["component_code", "owner_uscc"],
}
DECISIONS = {
    "decision/alias": "number string, same_as string, decided_at timestamp, night date",
    "decision/judgement": "subject string, record_a string, role_a string, record_b string, role_b string, "
    "verdict string, decided_at timestamp, night date",
}


ID = {"person": "person_id", "legal_entity": "entity_id", "place": "place_id"}


@dataclass(frozen=True)
class Keys:
    identifier: bytes = b"k" * 32


@dataclass
class City:
    """`put`, `move` and `drop` change silver, `night` links; `rows` and `events` are what then stands in the lake."""

    lake: Lake
    subject: str
    sources: tuple[str, ...]
    night_no: int = 0
    silver: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    superseded: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return FIRST + timedelta(days=self.night_no)

    def put(self, source: str, record: str, **values: str | None) -> None:
        row = dict.fromkeys(FIELDS[source]) | values | {"record_id": record, "_date": self.today}
        self.silver.setdefault(source, {})[record] = row

    def move(self, source: str, record: str, **values: str | None) -> None:
        """`put`, which leaves the earlier version in superseded."""
        self.superseded.setdefault(source, []).append(self.silver[source][record])
        self.put(source, record, **values)

    def drop(self, source: str, record: str) -> None:
        del self.silver[source][record]

    def decide(self, table: str, *values: str | None) -> None:
        row = (*values, self.today, self.today)
        self.lake.append(table, self.lake.spark.createDataFrame([row], DECISIONS[table].replace("timestamp", "date")))

    def save(self) -> None:
        for source in self.sources:
            names = ["record_id", "_date", *FIELDS[source]]
            ddl = ", ".join(f"{n} {'date' if n == '_date' else 'string'}" for n in names)
            rows = [tuple(row[n] for n in names) for row in self.silver.get(source, {}).values()]
            frame = self.lake.spark.createDataFrame(rows, ddl)
            self.lake.replace(f"silver/{source}", frame, key=["record_id"])
            if left := self.superseded.get(source):
                rows = [(*(row[n] for n in names), "d", "f", number) for number, row in enumerate(left)]
                frame = self.lake.spark.createDataFrame(rows, f"{ddl}, _delivery string, _file string, _row bigint")
                self.lake.replace(f"superseded/{source}", frame, key=["_row"])

    def night(self) -> None:
        self.save()
        self.link()
        self.night_no += 1

    def link(self) -> None:
        unit.link(self.lake, [self.contract(s) for s in self.sources], Keys(), self.today)

    def contract(self, source: str) -> Contract:
        """The real contract with the mentions of one subject only: what the tests look at, in a third of the time."""
        contract = load(source)
        return contract.model_copy(update={"mentions": [m for m in contract.mentions if m.subject == self.subject]})

    def rows(self) -> dict[str, Row]:
        """The crosswalk by `record.role`: whom records name now."""
        found = self.lake.read(f"link/{self.subject}_record").where("version = ''").collect()
        assert len({(r.record_id, r.role) for r in found}) == len(found)
        return {f"{r.record_id}.{r.role}": r for r in found}

    def former(self) -> dict[str, str | None]:
        """The identifier of each `record.role` of earlier versions that named another, `record.role.row`."""
        found = self.lake.read(f"link/{self.subject}_record").where("version <> ''").collect()
        return {f"{r.record_id}.{r.role}.{r.version.split('/')[-1]}": r[ID[self.subject]] for r in found}

    def ids(self) -> dict[str, str | None]:
        """The identifier of each `record.role`."""
        return {key: row[ID[self.subject]] for key, row in self.rows().items()}

    def events(self) -> list[Row]:
        """The ledger."""
        return self.lake.read(f"link/{self.subject}_event").collect()

    def redirects(self) -> dict[str, str]:
        """Where merged identifiers lead."""
        return {r.old_id: r.id for r in self.lake.read(f"link/{self.subject}_redirect").collect()}
