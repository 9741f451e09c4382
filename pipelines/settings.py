"""Settings: flags over RENDI_* over rendi.toml over these defaults."""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from pipelines.files import local_root
from schemas.contract import sources
from schemas.errors import RendiError, nearest

PREFIX = "RENDI_"
# What the house reads from the environment beside the settings: keys and accounts, which belong into no file, and what
# the DAGs and the tests are told.
BESIDE = (
    *("KEYS", "KEY_COMMAND", "SFTP_USER", "SFTP_PASSWORD", "SFTP_KEY", "SFTP_KNOWN_HOSTS"),
    *("WEBHOOK", "DEADLINE_HOURS"),
    *("FAULTS", "FAULTS_SENT", "FAULTS_RESULTS", "TEST_MASTER", "TEST_MEMORY"),
)
# How alike a name must be to one of these to be taken for a slip: a letter in seven.
NEAR = 0.85
# Of each source.
ASKED = ("JDBC_{}", "JDBC_{}_USER", "JDBC_{}_PASSWORD", "HTTP_{}", "HTTP_{}_TOKEN")


class Settings(BaseSettings):
    """What an installation may set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, toml_file="rendi.toml", extra="forbid")

    landing: str = "city/landing"
    """Where departments put their files: a path or any fsspec URL."""
    lake: str = "lake"
    """The lake's root."""
    key_ring: Path | None = Field(default=None, examples=["/safe/lake.keys.json"])
    """The key ring's file; by default `<lake>.keys.json` beside the lake, never in it."""
    master: str = "local[*]"
    """The Spark master."""
    driver_memory: str = "4g"
    """Heap of Spark's driver, which on local[*] is all there is."""
    portal: str | None = Field(default=None, examples=["/srv/portal"])
    """Where open datasets are pushed to: a folder or any fsspec URL."""
    threads: int = Field(default=2, ge=1)
    """How many sources are worked on at once."""
    openlineage_url: HttpUrl | None = Field(default=None, examples=["http://marquez:5000"])
    """A lineage server that gets OpenLineage events; a file of the lake holds them too."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags first, then the environment, then rendi.toml in the working folder."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def root(self) -> str:
        """The lake's root in its one form."""
        return local_root(self.lake)

    @property
    def lineage_url(self) -> str | None:
        """The lineage server's address, if there is one."""
        return str(self.openlineage_url) if self.openlineage_url else None

    @property
    def keys(self) -> Path:
        """Where the key ring lies."""
        return self.key_ring or Path(f"{self.root}.keys.json")


def settings(**flags: Any) -> Settings:
    """The settings in force; flags that are None were not given.

    RendiError names the setting that is wrong and where it was set, and a RENDI_* name that nobody reads.
    """
    _require_known()
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise RendiError(_wrong(error)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RendiError(f"rendi.toml in {Path.cwd()} is no TOML: {error}; mend it there, or remove it") from None


def _require_known() -> None:
    """A slip in a name of the environment would leave the setting at its default without a word.

    A name that is not near any of ours is somebody else's: Kubernetes makes some of the names of its services.
    """
    of_sources = (name.format(source.upper()) for name in ASKED for source in sources())
    known = (*map(str.upper, Settings.model_fields), *BESIDE, *of_sources)
    for variable in sorted(name for name in os.environ if name.startswith(PREFIX)):
        # Compared without the prefix, with which any two names are near.
        name = variable.removeprefix(PREFIX)
        near = difflib.get_close_matches(name, known, n=1, cutoff=NEAR)
        if near and name not in known:
            meant = f"'{PREFIX}{near[0]}'"
            raise RendiError(f"the environment: no setting {variable}; did you mean {meant}? Correct it, or unset it")


def _wrong(error: ValidationError) -> str:
    """The first setting that is wrong: where it was set, what is the matter, and what would do. Never its value.

    A flag is a text wherever it is one of these, and so never wrong here.
    """
    first = error.errors(include_input=False)[0]
    name, known = str(first["loc"][0]), list(Settings.model_fields)
    file = f"rendi.toml in {Path.cwd()}"
    if name not in known:
        return f"{file}: no setting '{name}'{nearest(name, known)}; the settings are {', '.join(known)}"
    place = next((v for v in os.environ if v.upper() == f"{PREFIX}{name.upper()}"), file)
    field = Settings.model_fields[name]
    such_as = (field.examples or [field.default])[0]
    return f"{place}: setting {name}: {first['msg']}; write it such as {such_as}"
