"""The catalogue as a whole: title, publisher, licence, place and the addresses that it is published under."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog import codelists
from schemas.errors import RendiError, nearest, text_of

FILE = Path(__file__).parent / "catalogue.yaml"


class Catalogue(BaseModel):
    """What holds for all open datasets. `spatial` is an address (URI) of the area that the data is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    title_en: str
    abstract: str
    abstract_en: str
    base: str = Field(pattern=r"^https?://.+/$")
    publisher: str
    license: str
    license_name: str
    spatial: str


def load(base: str | None = None, path: Path = FILE) -> Catalogue:
    """The catalogue's own facts; `base` (an address that ends in a slash) takes the place of the file's."""
    try:
        node = yaml.load(text_of(path), Loader=yaml.CSafeLoader)
        catalogue = Catalogue.model_validate({**node, **({"base": base} if base else {})})
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else "catalogue"
        hint = nearest(key, Catalogue.model_fields) if first["type"] == "extra_forbidden" else ""
        raise RendiError(f"{path.name}: {key}: {first['msg']}{hint}") from None
    codelists.entry("providers", catalogue.publisher, f"{path.name}: publisher")
    return catalogue
