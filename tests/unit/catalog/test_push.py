"""What is open, copied to where a portal serves it from."""

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from catalog.exports import checksums
from catalog.push import push
from schemas.errors import RendiError

PLACE = "memory://portal/open"


@pytest.fixture
def portal() -> Iterator[MemoryFileSystem]:
    files = fsspec.filesystem("memory")
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def version(folder: Path, name: str, text: str) -> Path:
    made = folder / "307" / name
    made.mkdir(parents=True, exist_ok=True)
    for suffix in ("csv", "json"):
        (made / f"companies.{suffix}").write_text(text, encoding="utf-8")
    checksums.write(made, ["companies.csv", "companies.json"])
    (folder / "catalog.ttl").write_text(f"names {name}: {text}", encoding="utf-8")
    return made


def there(portal: MemoryFileSystem) -> list[str]:
    return sorted(p.removeprefix("/portal/open/") for p in portal.find("/portal/open"))


def test_a_push_copies_every_version_and_the_catalogue(tmp_path: Path, portal: MemoryFileSystem) -> None:
    version(tmp_path, "2026-03-02", "one")
    version(tmp_path, "2026-03-03", "two")
    assert push(tmp_path, PLACE) == ["307/2026-03-02", "307/2026-03-03", "catalog.ttl"]
    ours = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    assert there(portal) == ours
    assert portal.cat("/portal/open/307/2026-03-03/companies.csv") == b"two"


def test_a_second_push_copies_only_what_differs(tmp_path: Path, portal: MemoryFileSystem) -> None:
    version(tmp_path, "2026-03-02", "one")
    push(tmp_path, PLACE)
    assert push(tmp_path, PLACE) == []
    version(tmp_path, "2026-03-02", "mended")
    assert push(tmp_path, PLACE) == ["307/2026-03-02", "catalog.ttl"]
    assert portal.cat("/portal/open/307/2026-03-02/companies.json") == b"mended"


def test_a_push_that_was_cut_leaves_no_version_that_looks_whole(
    tmp_path: Path, portal: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    version(tmp_path, "2026-03-02", "one")
    push(tmp_path, PLACE)
    version(tmp_path, "2026-03-02", "mended")
    put = MemoryFileSystem.put_file

    def cut(self: MemoryFileSystem, local: str, remote: str, **more: object) -> None:
        if local.endswith(".json"):
            raise ConnectionResetError
        put(self, local, remote, **more)

    with monkeypatch.context() as patched:
        patched.setattr(MemoryFileSystem, "put_file", cut)
        with pytest.raises(ConnectionResetError):
            push(tmp_path, PLACE)
    assert f"307/2026-03-02/{checksums.NAME}" not in there(portal)
    assert portal.cat("/portal/open/catalog.ttl") == b"names 2026-03-02: one"
    assert push(tmp_path, PLACE) == ["307/2026-03-02", "catalog.ttl"]
    assert portal.cat("/portal/open/307/2026-03-02/companies.json") == b"mended"


def test_what_is_no_longer_published_is_told_and_left_to_who_serves_it(
    tmp_path: Path, portal: MemoryFileSystem, caplog: pytest.LogCaptureFixture
) -> None:
    home = version(tmp_path, "2026-03-02", "one").parent
    portal.pipe_file("/portal/open/pictures/1.png", b"not ours")
    push(tmp_path, PLACE)
    assert caplog.messages == []
    home.rename(tmp_path / "308")
    assert push(tmp_path, PLACE) == ["308/2026-03-02"]
    assert caplog.messages == ["307 stands at the portal's place and is no longer published: remove it there"]
    assert portal.exists("/portal/open/307/2026-03-02/companies.csv")


def test_bytes_that_changed_on_the_way_are_noticed(
    tmp_path: Path, portal: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    version(tmp_path, "2026-03-02", "one")
    put = MemoryFileSystem.pipe_file
    monkeypatch.setattr(MemoryFileSystem, "put_file", lambda self, local, remote: put(self, remote, b"other"))
    with pytest.raises(RendiError, match="came to the portal's place with other bytes"):
        push(tmp_path, PLACE)
    assert f"307/2026-03-02/{checksums.NAME}" not in there(portal)


def test_a_version_that_was_changed_here_is_not_pushed(tmp_path: Path, portal: MemoryFileSystem) -> None:
    (version(tmp_path, "2026-03-02", "one") / "companies.csv").write_text("by hand", encoding="utf-8")
    with pytest.raises(RendiError, match="open/307/2026-03-02 does not hold its SHA256SUMS"):
        push(tmp_path, PLACE)
    assert there(portal) == []
