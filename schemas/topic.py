"""Topics: one SQL file each, whose header of comments says what it gives."""

import re
from pathlib import Path
from typing import cast, get_args

from pydantic import BaseModel, ConfigDict

from schemas.contract import Openness, Sharing
from schemas.errors import RendiError, nearest, text_of

_LINE = re.compile(r"--\s*([a-z]+):\s*(.*?)\s*\Z")
_VIEW = re.compile(r"\b(?:FROM|JOIN)\s+((?:master|record)_[a-z0-9_]+)", re.IGNORECASE)
KEYS = ("name", "title", "abstract", "key", "reads", "item")


class TopicItem(BaseModel):
    """One column of a topic (信息项)."""

    model_config = ConfigDict(frozen=True)

    name: str
    label: str
    sharing: Sharing
    openness: Openness


class Topic(BaseModel):
    """A topic: its metadata and its query. key: columns that name a row. reads: views, as `master_person`."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    abstract: str
    key: list[str]
    reads: list[str]
    items: list[TopicItem]
    sql: str


def load(folder: Path) -> list[Topic]:
    """All topics of a folder, by name: one a `.sql` file."""
    return [parse(text_of(path), path.stem) for path in sorted(folder.glob("*.sql"))]


def parse(text: str, name: str) -> Topic:
    """Read one topic: header lines `-- key: value`, and for each column `-- item: column | label | sharing | openness`.

    name: the file's stem. RendiError says file, line and the nearest right word.
    """
    where = f"{name}.sql"
    head: dict[str, str] = {}
    items: list[TopicItem] = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        match = _LINE.match(line)
        if match is None:
            raise RendiError(f"{where}: header line '{line}' is not of the form '-- key: value'")
        key, value = match.groups()
        if key not in KEYS:
            raise RendiError(f"{where}: unknown key '{key}'{nearest(key, KEYS)}")
        if key == "item":
            items.append(_item(value, where))
        elif key in head:
            raise RendiError(f"{where}: '{key}' stands twice")
        else:
            head[key] = value
    missing = [key for key in KEYS if not head.get(key) and key != "item"] or ([] if items else ["item"])
    if missing:
        raise RendiError(f"{where}: the header has no '-- {missing[0]}: …'")
    if head["name"] != name:
        raise RendiError(f"{where}: name is '{head['name']}', the file's name says '{name}'")
    lists = {key: [part.strip() for part in head[key].split(",")] for key in ("key", "reads")}
    names = [item.name for item in items]
    for column in lists["key"]:
        if column not in names:
            raise RendiError(f"{where}: key: no item '{column}'{nearest(column, names)}")
    _check_reads(text, lists["reads"], where)
    return Topic(name=name, title=head["title"], abstract=head["abstract"], items=items, sql=text, **lists)


def _check_reads(text: str, reads: list[str], where: str) -> None:
    sql = re.sub(r"--[^\n]*", "", text)
    used = {view.lower() for view in _VIEW.findall(sql)}
    for view in sorted(used - set(reads)):
        raise RendiError(f"{where}: reads {view}, which the header's 'reads' does not name{nearest(view, reads)}")
    for view in sorted(set(reads) - used):
        raise RendiError(f"{where}: 'reads' names {view}, which the query does not read{nearest(view, used)}")


def _item(text: str, where: str) -> TopicItem:
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != 4:
        raise RendiError(f"{where}: item '{text}': write column | label | sharing | openness")
    name, label, sharing, openness = parts
    for word, known in ((sharing, get_args(Sharing)), (openness, get_args(Openness))):
        if word not in known:
            raise RendiError(f"{where}: item {name}: unknown word '{word}'{nearest(word, known)}")
    return TopicItem(name=name, label=label, sharing=cast(Sharing, sharing), openness=cast(Openness, openness))
