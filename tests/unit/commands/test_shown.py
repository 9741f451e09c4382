"""What is shown on a terminal: a department's words stay words."""

import pytest

from pipelines.commands.shared import show


def test_brackets_and_what_cannot_be_printed_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    show([{"reason": "[/red] a\x1b[31mb\udc80"}], {"reason": "reason"}, "Deliveries", as_json=False)
    assert "[/red] a\\x1b[31mb\\udc80" in capsys.readouterr().out
