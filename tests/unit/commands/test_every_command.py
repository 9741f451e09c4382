"""What holds for every command: it says what it does, prints JSON where it prints a table, and answers a slip in one
sentence."""

import datetime as dt
import dis
import errno
import inspect
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from pipelines import about, cli, decisions, nightly
from pipelines.commands import night, quarantine, shared, status
from schemas.errors import RendiError

Words = tuple[str, ...]


def commands(group: Any, words: Words = ()) -> Iterator[tuple[Words, Any]]:
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, (*words, name))
        else:
            yield (*words, name), one


COMMANDS = dict(commands(get_command(cli.app)))
each_command = pytest.mark.parametrize("words", COMMANDS, ids=" ".join)


def options(words: Words) -> set[str]:
    return {option for parameter in COMMANDS[words].params for option in parameter.opts}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder in which nothing is set."""
    monkeypatch.chdir(tmp_path)
    for setting in ("LAKE", "LANDING", "PORTAL"):
        monkeypatch.delenv(f"RENDI_{setting}", raising=False)
    return tmp_path


@pytest.fixture
def refused(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """refused(word, …) gives the one sentence with which a command ends that a person calls."""

    def call(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["rendi", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, said = capfd.readouterr()
        assert ended.value.code not in (0, None), said
        assert out == "" and said.strip().startswith("rendi: ") and "\n" not in said.strip(), out + said
        return said.strip().removeprefix("rendi: ")

    return call


def test_all_commands_are_found() -> None:
    assert {("run",), ("status",), ("quarantine", "list"), ("source", "try"), ("portal", "push")} < COMMANDS.keys()


@each_command
def test_help_says_what_a_command_does(words: Words) -> None:
    told = CliRunner().invoke(cli.app, [*words, "--help"])
    first = inspect.getdoc(inspect.unwrap(COMMANDS[words].callback)).split("\n\n")[0]
    assert told.exit_code == 0
    assert " ".join(first.split()) in " ".join(told.output.split())


def names(code: CodeType) -> set[str]:
    """The names of the module that a function uses, and those within it."""
    own = {one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"}
    return own.union(*(names(part) for part in code.co_consts if isinstance(part, CodeType)))


def shows(function: Any) -> bool:
    """Whether a function of the commands prints a table, itself or by another one."""
    called = [function.__globals__.get(name) for name in names(function.__code__)]
    ours = [one for one in called if inspect.isfunction(one) and one.__module__.startswith("pipelines.commands.")]
    return shared.show in ours or any(shows(one) for one in ours if one is not function)


@each_command
def test_a_command_that_prints_a_table_prints_json_too(words: Words) -> None:
    assert shows(inspect.unwrap(COMMANDS[words].callback)) <= ("--json" in options(words))


def test_tables_are_found_where_another_function_prints_them() -> None:
    found = {words for words, one in COMMANDS.items() if shows(inspect.unwrap(one.callback))}
    assert {("run",), ("status",), ("lineage",), ("source", "try"), ("doctor",)} <= found
    assert ("unit",) not in found


@each_command
def test_an_unknown_option_is_one_sentence(refused: Callable[..., str], words: Words) -> None:
    assert "No such option: --no-such" in refused(*words, "--no-such")


@each_command
def test_too_many_words_are_one_sentence(refused: Callable[..., str], words: Words) -> None:
    assert refused(*words, *["nonsense"] * 9)


WRONG = [
    (("stauts",), "No such command 'stauts'"),
    (("delivery", "lst"), "No such command 'lst'"),
    (("demo", "--out", "city", "--people", "5"), "greater than or equal to 100"),
    (("demo", "--out", "."), ". is not empty"),
    (("run", "--landing", ".", "--from", "lnik"), "did you mean 'link'?"),
    (("run", "--landing", ".", "--source", "tax_payr"), "did you mean 'tax_payer'?"),
    (("run", "--landing", ".", "--date", "2026-3-2"), "'2026-3-2' is no date"),
    (("run", "--landing", "typo"), "there is no landing folder"),
    (("run", "--landing", "file:///no/such/typo"), "there is no landing folder file:///no/such/typo"),
    (("run", "--landing", "git://city"), "install it into .venv"),
    (("run", "--landing", ".", "--date", "2926-03-02"), "2926-03-02 is more than a year ahead"),
    (("unit", "refin"), "did you mean 'refine'?"),
    (("unit", "land", "--landing", ".", "--date", "2926-03-02"), "2926-03-02 is more than a year ahead"),
    (("unit", "land", "refin"), "did you mean 'refine'?"),
    (("status", "--date", "2026-02-30"), "'2026-02-30' is no date"),
    (("status", "--date", "2026-03-02", "--days", "3"), "give one of them"),
    (("status", "--date", "2026-03-02"), "no night has run in this lake yet"),
    (("status", "--lake", "s3a://city/lake"), "mount it as a path"),
    (("sql", "SELECT 1", "--lake", "s3a://city/lake"), "mount it as a path"),
    (("status", "--days", "0"), "greater than or equal to 1"),
    (("source", "new", "typo.csv", "--source", "a", "--department", "b", "--subject", "person"), "does not exist"),
    (("source", "try", "rendi.csv", "--source", "tax_payr"), "did you mean 'tax_payer'?"),
    (("delivery", "accept", "20260302-a", "--reason", "x"), "no delivery '20260302-a'"),
    (("delivery", "refuse", "20260302-a"), "Missing option '--reason'"),
    (("quarantine", "list", "tax_payr"), "did you mean 'tax_payer'?"),
    (("quarantine", "show", "tax_payer", "row"), "'row' is no row"),
    (("quarantine", "correct", "tax_payer", "row", "name", "x", "--reason", "x"), "'row' is no row"),
    (("quarantine", "dismiss", "tax_payr", "d/a.csv:1", "--reason", "x"), "did you mean 'tax_payer'?"),
    (("quarantine", "replay", "tax_payr"), "did you mean 'tax_payer'?"),
    (("pin", "persn", "P1", "name", "", "--reason", "x"), "did you mean 'person'?"),
    (("pin", "person", "P1", "nme", "", "--reason", "x"), "did you mean 'name'?"),
    (("pin", "person", "P1", "name", "tax_payr", "--reason", "x"), "did you mean 'tax_payer'?"),
    (("pin", "person", "P1", "name", "tax_payer", "--reason", "x"), "no closed night holds master/person"),
    (("sql", "SELECT 1"), "no night has closed yet"),
    (("explain", "persn", "P1"), "did you mean 'person'?"),
    (("lineage", "master_persn.sex"), "run the night first"),
    (("keys", "backup", "lake/ring.json"), "lies in the lake"),
    (("keys", "backup", "disk/ring.json"), "there is no folder disk"),
    (("portal", "push", "--to", "."), "has nothing open yet"),
    (("maintain", "--keep-days", "-1"), "greater than or equal to 0"),
    (("doctor", "--lake", "s3a://city/lake"), "mount it as a path"),
]


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_a_wrong_word_is_one_sentence(refused: Callable[..., str], folder: Path, words: Words, said: str) -> None:
    (folder / "lake").mkdir()
    (folder / "lake" / "format.json").write_text(json.dumps({"format": about.FORMAT}))
    (folder / "rendi.csv").write_text("a\n")
    assert said in refused(*words)


def test_a_command_that_is_interrupted_says_that_it_can_be_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "settings", interrupted)
    monkeypatch.setattr(sys, "argv", ["rendi", "status"])
    with pytest.raises(SystemExit, match=r"^rendi: stopped; what was committed stays"):
        cli.main()


def test_flags_stand_over_the_environment_and_that_over_the_file(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    Path("rendi.toml").write_text('lake = "of_the_file"\n')
    assert f"no lake at {folder}/of_the_file:" in refused("status")
    monkeypatch.setenv("RENDI_LAKE", "of_the_environment")
    assert f"no lake at {folder}/of_the_environment:" in refused("status")
    assert f"no lake at {folder}/of_the_flag:" in refused("status", "--lake", "of_the_flag")


class Late(dt.datetime):
    """Half past midnight in Shanghai, where it is the day before in London."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
        return dt.datetime(2026, 3, 1, 16, 30, tzinfo=dt.UTC).astimezone(tz)


DATED = [
    ("run", "--landing", "."),
    ("unit", "land", "--landing", "."),
    ("quarantine", "replay", "tax_payer"),
    ("pin", "person", "P1", "name", "", "--reason", "x"),
]


@pytest.mark.parametrize("words", DATED, ids=[" ".join(words[:2]) for words in DATED])
def test_the_business_date_is_today_in_shanghai(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, folder: Path, words: Words
) -> None:
    def told(date: dt.date) -> None:
        raise RendiError(f"on {date}")

    monkeypatch.setattr(shared, "dt", SimpleNamespace(datetime=Late, date=dt.date, timedelta=dt.timedelta))
    for command in (night, quarantine):
        monkeypatch.setattr(command, "open_lake", lambda chosen: (SimpleNamespace(root=chosen.root), None))
    monkeypatch.setattr(nightly, "run", lambda one, *_: told(one.date))
    monkeypatch.setattr(nightly, "replayed", lambda lake, contract, keys, date: told(date))
    monkeypatch.setattr(quarantine, "_require_entity", lambda root, subject, identifier: None)
    monkeypatch.setattr(decisions, "decide", lambda root, table, since, **_: told(since))
    (folder / "lake").mkdir()
    (folder / "lake" / "format.json").write_text(json.dumps({"format": about.FORMAT}))
    assert refused(*words) == "on 2026-03-02"
    assert refused(*words, "--date", "2026-03-05") == "on 2026-03-05"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--landing", ".", "--lake", "long" * 75), f"{'long' * 75}/locks: file name too long"),
        (("demo", "--people", "100", "--out", "long" * 75), f"{'long' * 75}: file name too long"),
        (("demo", "--people", "100", "--out", "/proc/city"), "/proc/city: no such file or directory"),
    ],
    ids=["run", "demo", "demo in /proc"],
)
def test_a_path_that_cannot_be_written_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: Words, said: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["rendi", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = str(ended.value.code)
    assert told.startswith("rendi: ") and told.endswith(f"{said}; name another path, or ask its owner")


def test_an_error_that_names_no_file_is_not_taken_for_a_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(OSError, match="Input/output error"):
        cli.main()
