"""How the units of a night went in this process: told while they go as figures, on the terminal and to lineage."""

import datetime as dt
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipelines import disk, figures
from pipelines.lineage.events import new_run
from pipelines.lineage.told import Told
from pipelines.locks import HeldError
from schemas.errors import RendiError

Tell = Callable[[str, str, str], None]


@dataclass
class Report:
    """The units that this process ran, and how each ended.

    told: the night's run, as lineage is told of it. tell: is given unit, source and state of each unit as it goes.
    """

    told: Told
    tell: Tell
    units: list[figures.Figure] = field(default_factory=list)
    closed: bool = False

    @property
    def root(self) -> str:
        """The lake's root."""
        return self.told.lake.root

    @property
    def run(self) -> str:
        """The id of the night's run."""
        return self.told.run

    @property
    def failed(self) -> dict[str, str]:
        """Source -> why it failed."""
        return {u.source: u.reason for u in self.units if u.state == "failed"}

    @contextmanager
    def timed(self, unit: str, source: str) -> Iterator[None]:
        """Tell that a unit starts, and how what stands within ended; one that is interrupted tells nothing more.

        source: empty for a unit of all sources. Of one that was killed whoever runs it next tells.
        """
        started, id = dt.datetime.now(dt.UTC), str(new_run())
        killed = figures.killed(self.root, self.told.date, unit, source)
        if killed is not None:
            self.told.abort(killed)
        figures.write(self.root, self._figure(unit, source, started, figures.STARTED, run=id))
        self.tell(unit, source, "started")
        told = self.told.start(unit, source, id)
        try:
            yield
        except Exception as error:
            told.end(error)
            self._note(self._figure(unit, source, started, "failed", self.reason(source or unit, error), id))
            raise
        told.end(None)
        self._note(self._figure(unit, source, started, "done", run=id))

    def never_began(self, unit: str, source: str, error: BaseException) -> None:
        """Tell of a source that failed before its first unit began, such as by a lock that another holds."""
        reason = self.reason(source, error)
        # Who holds the lock says how the unit goes, and may have said so.
        over = not isinstance(error, HeldError)
        self._note(self._figure(unit, source, dt.datetime.now(dt.UTC), "failed", reason), over)

    def reason(self, what: str, error: BaseException) -> str:
        """What may be said of an error: the text of a foreign one may hold values and stays under restricted/.

        what: the source or unit that the file there is named by. RendiError for a full disk, on which no other source
        and no later unit can write either.
        """
        room = disk.full(error, self.root)
        if room is not None:
            raise room from None
        if isinstance(error, RendiError):
            return str(error)
        kept = Path(self.root) / "restricted" / "log" / f"{self.told.date}-{what}-{new_run().hex}.txt"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        return (
            f"{type(error).__name__}, the details are in restricted/log/{kept.name}; `rendi doctor` looks at the tables"
        )

    def _figure(
        self, unit: str, source: str, started: dt.datetime, state: str, reason: str = "", run: str = ""
    ) -> figures.Figure:
        night, seconds = self.told.date, (dt.datetime.now(dt.UTC) - started).total_seconds()
        return figures.Figure(
            night=night, unit=unit, source=source, started=started, seconds=seconds, state=state, reason=reason, run=run
        )

    def _note(self, figure: figures.Figure, over: bool = True) -> None:
        self.units.append(figure)
        figures.write(self.root, figure, over)
        self.tell(figure.unit, figure.source, figure.state)
