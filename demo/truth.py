"""Write down what is true: who is who, which row means whom, what was spoiled."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from demo.deliver import csv_lines
from demo.households import OUTSIDE
from demo.mistakes import Sheet
from demo.places import LEVELS
from demo.sources import SOURCES
from demo.text import Ints, Text, choose, decimals, digits, iso_dates, join, take, where
from demo.world import World

RECORD = ["source", "date", "file", "row", "role", "person_uid", "entity_uid", "place_uid"]
SPOILED = ["source", "date", "file", "row", "field", "kind", "original"]


def uid(letter: str, rows: Ints | None, count: int) -> Text:
    """Names of things in the truth: p12 is person 12, e entity, a address."""
    if rows is None:
        return pa.nulls(count, pa.string())
    return where(rows >= 0, join(letter, digits(rows)), None)


class Truth:
    """The files record.csv and spoiled.csv, which grow with each delivery."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.rows_before: dict[str, int] = {}
        self.record = (folder / "record.csv").open("w", encoding="utf-8", newline="")
        self.spoiled = (folder / "spoiled.csv").open("w", encoding="utf-8", newline="")
        self.record.write(",".join(RECORD) + "\n")
        self.spoiled.write(",".join(SPOILED) + "\n")

    def note(self, world: World, source: str, date: str, file: str, sheet: Sheet) -> None:
        """Add one delivered file: what each of its rows (1-based) means and what was spoiled in it."""
        count = len(sheet)
        # A database is one file of all dates; its rows go on counting.
        before = self.rows_before.get(file, 0)
        self.rows_before[file] = before + count
        place = digits(before + np.arange(1, count + 1))
        for role, person, entity, address in SOURCES[source].mentions(world, sheet.subject):
            uids = [uid("p", person, count), uid("e", entity, count), uid("a", address, count)]
            named = np.zeros(count, dtype=bool)
            for column in uids:
                named |= column.is_valid().to_numpy(zero_copy_only=False)
            if role != "self":
                uids, numbers = [column.filter(pa.array(named)) for column in uids], place.filter(pa.array(named))
            else:
                numbers = place
            _append(self.record, _columns([source, date, file], [numbers], [role], uids))
        entries = sheet.spoiled
        if len(entries.row):
            rest = [pa.array(entries.field), pa.array(entries.kind), pa.array(entries.original, pa.string())]
            _append(self.spoiled, _columns([source, date, file], [digits(before + entries.row + 1)], [], rest))

    def close(self, world: World) -> None:
        """Write the masters as they are on the last date."""
        self.record.close()
        self.spoiled.close()
        people, firms, places = world.people, world.entities, world.places
        persons = np.arange(len(people))
        group = choose(["registered", "floating", "elsewhere"], people.group)
        shared = np.isin(persons, world.shared).astype(int)
        gone = people.died_on >= world.date(world.days - 1)
        died = np.where(gone, np.datetime64("NaT"), people.died_on)
        self._write(
            "person",
            {
                "person_uid": uid("p", persons, 0),
                "id_number": people.id_number,
                "former_number": world.former_number,
                "number_of_another": choose(["", "1"], shared),
                "name": people.name,
                "former_name": people.former_name,
                "birth_date": iso_dates(people.birth),
                "sex": digits(people.sex),
                "alive": choose(["0", "1"], np.isnat(died).astype(int)),
                "died_on": iso_dates(died),
                "group": group,
                "household": where(people.group == OUTSIDE, None, join("h", digits(people.household))),
                "place_uid": uid("a", people.home, 0),
            },
        )
        entities = np.arange(len(firms))
        self._write(
            "legal_entity",
            {
                "entity_uid": uid("e", entities, 0),
                "uscc": firms.uscc,
                "registration_no": firms.registration_no,
                "name": firms.name,
                "kind": choose(["company", "sole_trader", "organisation"], firms.kind),
                "status": pa.array(firms.status),
                "established_on": iso_dates(firms.established),
                "legal_rep_uid": uid("p", firms.person, 0),
                "place_uid": uid("a", firms.place, 0),
            },
        )
        rows = np.arange(len(places))
        self._write(
            "place",
            {
                "place_uid": uid("a", rows, 0),
                "address_code": places.code,
                "level": choose(LEVELS, places.level),
                "address": places.address,
                "community_code": take(places.community_codes, places.community),
                "grid_code": take(places.grid_codes, places.quad_grid[places.quad]),
                "longitude": decimals(places.longitude, 7),
                "latitude": decimals(places.latitude, 7),
            },
        )
        self._relations(world)

    def _relations(self, world: World) -> None:
        """Marriages, jobs, representatives and homes on the last date."""
        people, firms = world.people, world.entities
        persons = np.arange(len(people))
        wed = np.flatnonzero((people.sex == 1) & (people.spouse >= 0) & np.isnat(people.parted_on))
        works = np.flatnonzero(world.lives.employer >= 0)
        home = np.flatnonzero((people.home >= 0) & (people.since < world.days))
        kinds = [
            ("marriage", uid("p", wed, 0), uid("p", people.spouse[wed], 0)),
            ("employer", uid("p", works, 0), uid("e", world.lives.employer[works], 0)),
            ("legal_rep", uid("p", firms.person, 0), uid("e", np.arange(len(firms)), 0)),
            ("home", uid("p", persons[home], 0), uid("a", people.home[home], 0)),
        ]
        with (self.folder / "relation.csv").open("w", encoding="utf-8", newline="") as file:
            file.write("kind,from_uid,to_uid\n")
            for kind, left, right in kinds:
                _append(file, _columns([kind], [left], [], [right]))

    def _write(self, name: str, columns: dict[str, Text]) -> None:
        with (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(",".join(columns) + "\n")
            _append(file, columns)


def _columns(constants: list[str], first: list[Text], more: list[str], rest: list[Text]) -> dict[str, Text]:
    """Columns in order, constants repeated to the length of the others."""
    count = len(first[0])
    made = [_repeat(word, count) for word in constants] + first + [_repeat(word, count) for word in more] + rest
    return {str(position): column for position, column in enumerate(made)}


def _repeat(word: str, count: int) -> Text:
    return choose([word], np.zeros(count, dtype=np.int64))


def _append(file: Any, columns: dict[str, Text]) -> None:
    lines = csv_lines(columns)
    for start in range(0, len(lines), 200_000):
        file.write("\n".join(lines.slice(start, 200_000).to_pylist()) + "\n")
