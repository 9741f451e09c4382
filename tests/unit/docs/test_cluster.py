"""What docs/cluster.md says of settings and of the file for spark-submit."""

import re
import subprocess
import sys
from pathlib import Path

from pipelines.settings import Settings

HOUSE = Path(__file__).parents[3]


def test_the_page_names_every_setting_with_its_default() -> None:
    page = (HOUSE / "docs" / "cluster.md").read_text(encoding="utf-8")
    told = {
        name: (variable, default)
        for variable, name, default in re.findall(r"\| `(RENDI_\w+)` \| `(\w+)` \| `(.*?)` \|", page)
    }
    fields = {n: (f"RENDI_{n.upper()}", str(f.default)) for n, f in Settings.model_fields.items()}
    fields["key_ring"] = ("RENDI_KEY_RING", "<lake>.keys.json")
    fields["portal"] = ("RENDI_PORTAL", "none")
    assert told == fields


def test_the_command_is_a_file_too_as_spark_submit_wants_it(tmp_path: Path) -> None:
    command = [sys.executable, str(HOUSE / "pipelines" / "cli.py"), "status", "--lake", str(tmp_path / "nowhere")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no lake" in done.stderr and done.stderr.count("\n") == 1
