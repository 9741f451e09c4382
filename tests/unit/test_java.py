"""Java that is missing or too old is one sentence that says what to install, wherever it is met."""

import json
import sys
from pathlib import Path

import pytest
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from pipelines import cli, java
from pipelines.session import start
from schemas.errors import RendiError

INSTALL = ": install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless)"
SAMPLE = "证明编号,身份证号,姓名,死亡日期\nA1,,甲某,2026-01-01\n"
WRONG = [
    (None, "not found"),
    ('openjdk version "11.0.22" 2024-01-16', "11.0.22 is too old"),
    ('java version "1.8.0_292"', "1.8.0_292 is too old"),
    ("Unable to locate a Java Runtime.", "({java}) does not tell its version"),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a `java` may be put: no other is found."""
    for variable in ("JAVA_HOME", "PYSPARK_GATEWAY_PORT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "jdk" / "bin"))
    (tmp_path / "jdk" / "bin").mkdir(parents=True)
    return tmp_path / "jdk" / "bin" / "java"


def put(java: Path, told: str | None) -> None:
    """A Java that tells its version and can do nothing else."""
    if told is not None:
        java.write_text(f"#!/bin/sh\necho 'Picked up JAVA_TOOL_OPTIONS: -Xss4m' >&2\necho '{told}' >&2\nexit 1\n")
        java.chmod(0o755)


@pytest.mark.parametrize(("told", "said"), WRONG)
@pytest.mark.parametrize("words", [("run", "--landing", ".", "--lake", "lake"), ("source", "try", "sample.csv")])
def test_a_command_that_needs_spark_says_what_to_install(
    place: Path, words: tuple[str, ...], told: str | None, said: str, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    put(place, told)
    Path("sample.csv").write_text(SAMPLE, encoding="gb18030")
    monkeypatch.setattr(sys, "argv", ["rendi", *words, "--source", "health_death"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capfd.readouterr() == ("", f"rendi: Java {said.format(java=place)}{INSTALL}\n")


@pytest.mark.parametrize(("told", "said"), [*WRONG, ('openjdk version "21" 2023-09-19', "")])
def test_doctor_takes_only_a_java_that_spark_runs_on_for_fine(place: Path, told: str | None, said: str) -> None:
    put(place, told)
    shown = CliRunner().invoke(cli.app, ["doctor", "--json", "--lake", "lake"])
    (found,) = [row for row in json.loads(shown.stdout) if row["what"] == "Java"]
    wanted = ("NO", said.format(java=place) + INSTALL) if said else ("yes", f"21 ({place})")
    assert (found["fine"], found["say"]) == wanted


def test_a_java_that_wrote_its_version_down_is_not_asked(place: Path) -> None:
    put(place, "an answer that nobody reads")
    release = place.parents[1] / "release"
    release.write_text('GRAALVM_VERSION="11.3"\nJAVA_RUNTIME_VERSION="17.0.9+9"\nJAVA_VERSION="17.0.9"\n')
    assert java.look() == (True, f"17.0.9 ({place})")
    release.write_text('JAVA_VERSION="9.0.4"\n')
    assert java.look() == (False, f"9.0.4 is too old{INSTALL}")


def test_java_home_is_what_spark_takes_and_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(place, 'openjdk version "17.0.9"')
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(RendiError, match=r"^Java not found in JAVA_HOME \(/nowhere\): install Java 17"):
        java.require()


def test_what_spark_submit_started_asks_for_no_java(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_GATEWAY_PORT", "1")
    java.require()


def test_a_java_that_does_not_take_the_settings_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(_: object) -> None:
        raise PySparkRuntimeError(errorClass="JAVA_GATEWAY_EXITED", messageParameters={})

    monkeypatch.setattr(SparkSession.Builder, "getOrCreate", ended)
    with pytest.raises(RendiError, match=r"^Spark did not start on local\[2\] with 900t of memory"):
        start("local[2]", "900t")
