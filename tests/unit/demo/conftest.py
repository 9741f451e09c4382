"""One small made-up city for all tests of this folder."""

from pathlib import Path

import pytest

import demo


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out: Path = tmp_path_factory.mktemp("city")
    demo.write(out, people=1500, seed=11)
    return out
