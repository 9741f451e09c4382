"""A lake of one source and the landing folder before it, for delivery after delivery."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines import about
from pipelines.deliveries import Entry, Journal
from pipelines.lake import Lake
from pipelines.land.land import land
from pipelines.nightly import refined_by
from pipelines.protect.keyring import Key, KeyRing
from pipelines.refine import refine as refining
from schemas import contract

PENALTY, ADDRESS = contract.load("market_penalty"), contract.load("planning_address")
DELTA = "行政处罚决定书文号,统一社会信用代码,行政相对人名称,处罚类别,罚款金额(万元),处罚决定日期"
FULL = "地址编码,标准地址,社区代码,经度,纬度,坐标系,楼栋编码"
KEYS = KeyRing(b"r" * 32, b"i" * 32, (Key("k1", b"t" * 32),), (Key("c1", b"c" * 16),))
NIGHT = dt.date(2026, 3, 10)


class City:
    """A lake of one source, and the landing folder before it."""

    def __init__(self, spark: SparkSession, folder: Path, of: contract.Contract) -> None:
        self.lake = Lake(spark, str(folder / "lake"))
        about.create(self.lake.root)
        self.landing, self.contract = folder / "landing", of
        self.header = DELTA if of.source == "market_penalty" else FULL
        self.source = refined_by(of, KEYS)

    def deliver(self, day: int, *lines: str, part: str = "") -> None:
        folder = self.landing / self.contract.source
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.contract.source}_202603{day:02d}{part}.csv"
        path.write_text("\n".join([self.header, *lines]) + "\n", encoding="utf-8")

    def land(self, night: dt.date = NIGHT, overrides: dict[str, str] | None = None) -> list[Entry]:
        return land(self.lake, self.contract, str(self.landing), night, overrides or {})

    def night(self, overrides: dict[str, str] | None = None) -> dict[dt.date, Entry]:
        self.land(NIGHT, overrides)
        refining.refine(self.lake, replace(self.source, overrides=overrides or {}), NIGHT)
        return {e.date: e for e in self.entries() if e.state != "replaced"}

    def entries(self) -> list[Entry]:
        return Journal(self.lake, self.contract.source).entries()

    def table(self, zone: str, *columns: str) -> list[tuple[Any, ...]]:
        rows = self.lake.read(f"{zone}/{self.contract.source}").select(*columns).collect()
        return sorted((tuple(r) for r in rows), key=lambda row: [(value is not None, value) for value in row])

    def versions(self) -> list[int]:
        return [
            self.lake.version(f"{z}/{self.contract.source}") for z in ("bronze", "quarantine", "superseded", "silver")
        ]


Make = Callable[[contract.Contract], City]


@pytest.fixture
def city(spark: SparkSession, tmp_path: Path) -> Make:
    return lambda of: City(spark, tmp_path, of)


def penalty(number: int, name: str = "甲公司", day: str = "2026-03-01") -> str:
    return f"处罚〔2026〕{number}号,,{name},罚款,1.5,{day}"


def address(number: int, community: str = "440106001001", longitude: str = "113.32") -> str:
    return f"A{number},广东省广州市天河区某路{number}号,{community},{longitude},23.13,CGCS2000,B{number}"


# A row without a key.
NAMELESS = address(1).replace("A1,", ",", 1)
