"""Settings: flags over RENDI_* over rendi.toml over these defaults."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from pipelines.files import local_root
from schemas.errors import RendiError


class Settings(BaseSettings):
    """What an installation may set."""

    model_config = SettingsConfigDict(env_prefix="RENDI_", toml_file="rendi.toml", extra="forbid")

    landing: str = "city/landing"
    """Where departments put their files: a path or any fsspec URL."""
    lake: str = "lake"
    """The lake's root."""
    key_ring: Path | None = None
    """The key ring's file; by default `<lake>.keys.json` beside the lake, never in it."""
    master: str = "local[*]"
    """The Spark master."""
    driver_memory: str = "4g"
    """Heap of Spark's driver, which on local[*] is all there is."""
    portal: str | None = None
    """Where open datasets are pushed to: a folder or any fsspec URL."""
    threads: int = Field(default=2, ge=1)
    """How many sources are worked on at once."""
    openlineage_url: HttpUrl | None = None
    """A lineage server that gets OpenLineage events, such as http://marquez:5000; a file of the lake holds them too."""

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
    """The settings in force; flags that are None were not given. RendiError names the setting that is wrong."""
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        raise RendiError(f"setting {'.'.join(str(p) for p in first['loc'])}: {first['msg']}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RendiError(f"rendi.toml in {Path.cwd()} is no TOML: {error}; mend it there, or remove it") from None
