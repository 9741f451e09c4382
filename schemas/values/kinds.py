"""The kinds of value that a contract may name, each with the steps that make a clean value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pyspark.sql import Column

from schemas.errors import RendiError, nearest
from schemas.values import (
    address,
    capital,
    code,
    coordinate,
    enclosed,
    geometry,
    id_number,
    industry,
    moment,
    number,
    org_name,
    person_name,
    phone,
    region,
    uscc,
)

Step = Callable[[Column], Column]


@dataclass(frozen=True)
class Kind:
    """How a kind of value is made clean.

    steps: applied one after another to tidied text, each in a select layer of its own, so that a long expression stands
    in the plan once. parts: values read out of the clean one. type: Spark's DDL for the clean value.
    """

    steps: tuple[Step, ...]
    parts: Mapping[str, Step] = field(default_factory=dict)
    type: str = "string"

    def part(self, name: str) -> Step:
        """The step that reads that part; RendiError names the nearest where there is none."""
        if name not in self.parts:
            raise RendiError(
                f"no part '{name}'{nearest(name, self.parts)}; its parts are {', '.join(self.parts) or '-'}"
            )
        return self.parts[name]


KINDS: dict[str, Kind] = {
    "text": Kind(()),
    "household": Kind(()),
    "id_number": Kind(
        (id_number.form, id_number.with_check, id_number.verified),
        {
            "birth_date": id_number.born,
            "sex": id_number.sex,
            "region": id_number.region,
            "id_number": lambda number: number,
        },
    ),
    "uscc": Kind(
        (uscc.form, uscc.verified),
        {"organisation_code": uscc.organisation_code, "region": uscc.region, "is_trader": uscc.is_trader},
    ),
    "taxpayer_no": Kind(
        (enclosed.taxpayer,),
        {
            "uscc": enclosed.taxpayer_uscc,
            "organisation_code": enclosed.taxpayer_organisation_code,
            "id_number": enclosed.taxpayer_id_number,
            "is_trader": enclosed.taxpayer_is_trader,
        },
    ),
    "registration_no": Kind((number.form("[0-9]{15}"),), {"region": region.of}),
    "disability_card": Kind(
        (number.form(enclosed.CARD),),
        {"id_number": enclosed.card_id_number, "kind": enclosed.card_kind, "grade": enclosed.card_grade},
    ),
    "student_no": Kind((number.form(enclosed.STUDENT),), {"id_number": enclosed.student_id_number}),
    "component_code": Kind((number.form("[0-9]{16}"),), {"region": region.of}),
    "date": Kind((moment.day_text, moment.day), type="date"),
    "datetime": Kind((moment.instant_text, moment.instant), type="timestamp"),
    "year_month": Kind((moment.month, moment.real_month)),
    "phone": Kind((phone.clean,), {"is_mobile": phone.is_mobile}),
    "capital": Kind((capital.form, capital.stated), {"amount": capital.amount, "currency": capital.currency}),
    "integer": Kind((number.plain_text, number.whole), type="bigint"),
    "person_name": Kind(
        (person_name.clean,),
        {
            "is_placeholder": person_name.is_placeholder,
            "folded": person_name.folded,
            "folded_list": person_name.folded_list,
        },
    ),
    "org_name": Kind(
        (org_name.clean,),
        {"core": org_name.core, "is_short": org_name.is_short, "looks_like_person": org_name.looks_like_person},
    ),
    "address": Kind((address.folded, address.clean)),
    "crs": Kind((code.of("crs"),)),
    "longitude": Kind((coordinate.degrees_text, coordinate.degrees), type=coordinate.DEGREES),
    "latitude": Kind((coordinate.degrees_text, coordinate.degrees), type=coordinate.DEGREES),
    "geometry": Kind((geometry.wkt,)),
}
# Kinds that need a parameter, with the parameters that they take.
PARAMETERS = {"code": ("codes",), "decimal": ("type", "unit")}


def kind(name: str, **params: str) -> Kind:
    """The kind of that name: for `code` with its list (codes), for `decimal` with type and, for money, unit.

    RendiError for an unknown kind, code list, unit or parameter, or a missing one.
    """
    known = [*KINDS, *PARAMETERS]
    if name not in known:
        raise RendiError(f"There is no kind of value '{name}'{nearest(name, known)}. Known kinds: {', '.join(known)}.")
    taken = PARAMETERS.get(name, ())
    for param in params:
        if param not in taken:
            takes = f"it takes {', '.join(taken)}" if taken else "it takes none"
            raise RendiError(f"The kind '{name}' has no parameter '{param}'{nearest(param, taken)}: {takes}.")
    if name in KINDS:
        return KINDS[name]
    if taken[0] not in params:
        raise RendiError(f"The kind '{name}' needs the parameter '{taken[0]}'. Write it beside the kind.")
    return _coded(params["codes"]) if name == "code" else _decimal(**params)


def _coded(codes: str) -> Kind:
    if codes == "region":
        return Kind((region.digits, region.known), {"county": region.of})
    if codes == "industry":
        return Kind((industry.lettered, industry.consistent))
    return Kind((code.of(codes),), {"label": code.label(codes)})


def _decimal(type: str, unit: str | None = None) -> Kind:
    if not number.is_decimal(type):
        raise RendiError(f"'{type}' is no decimal type. Write decimal(p,s) with p up to 38 and s up to p.")
    return Kind((number.amount_text(unit or "yuan"), number.typed(type)), type=type)
