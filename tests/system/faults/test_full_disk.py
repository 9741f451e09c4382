"""A full disk: the night ends with one sentence, and goes on once there is room.

The lake lies on a tmpfs that is as large as what is there and a seeded rest; to mount one needs root.
"""

import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.system.faults.conftest import Note
from tests.system.faults.lakes import ALL, DATES, WAYS, Clean, contents, differences, log, ran, said, started

pytestmark = pytest.mark.timeout(3000)

POINTS = 12 if ALL else 2
NIGHTS = DATES if ALL else DATES[:1]
SEED = 9
LEAST = 256 << 10


class Disk:
    """A tmpfs at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
        )
        if made.returncode:
            pytest.skip(f"no tmpfs can be mounted here (it needs root): {made.stderr.decode().strip()}")

    def resize(self, size: int) -> None:
        """size: bytes that fit on it in all."""
        subprocess.run(["mount", "-o", f"remount,size={size >> 10}k", str(self.folder)], check=True)

    @property
    def used(self) -> int:
        """Bytes that are taken."""
        told = subprocess.run(["df", "--output=used", "-B1", str(self.folder)], check=True, capture_output=True)
        return int(told.stdout.split()[-1])


@pytest.fixture
def disk(lake: Path) -> Iterator[Disk]:
    made = Disk(lake)
    yield made
    subprocess.run(["umount", "-l", str(lake)], check=True)


def test_a_night_without_room_says_so_and_goes_on_with_room(clean: Clean, lake: Path, disk: Disk, note: Note) -> None:
    draw = random.Random(SEED)
    step = clean.sizes[len(NIGHTS) - 1] // (POINTS + 1)
    full: Counter[str] = Counter()
    for way in islice(cycle(WAYS), POINTS):
        disk.resize(disk.used + max(LEAST, int(step * draw.uniform(0.5, 1.5))))
        code = started(clean.city, lake, *NIGHTS, way=way).wait()
        if code == 0:
            break
        told = log(lake).read_text(encoding="utf-8")
        assert [line for line in told.splitlines() if line.startswith("rendi: the disk is full: ")], said(lake)
        assert "Traceback" not in told and "\tat " not in told, said(lake)
        full[way] += 1
    assert min(full[way] for way in WAYS) >= max(1, POINTS // 3), full
    disk.resize(1 << 30)
    ran(clean.city, lake, *NIGHTS)
    assert differences(contents(lake), clean.contents[len(NIGHTS) - 1]) == []
    ways = ", ".join(f"{way} {n}" for way, n in sorted(full.items()))
    note(
        "full disk",
        f"seed {SEED}; a tmpfs that the night fills: {ways}",
        full.total(),
        "one sentence, then a clean run's rows",
    )
