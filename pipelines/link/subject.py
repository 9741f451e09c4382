"""The three subjects of the masters (两人一地), and which kinds of key name one of them."""

from dataclasses import dataclass

from schemas.contract import Contract, Mention
from schemas.errors import RendiError, nearest


@dataclass(frozen=True)
class Subject:
    """What differs between persons, legal entities and places.

    ladder: kinds of key that make an entity, the spine first. lookup: kinds by which a mention only finds one.
    bridge: kinds that several entities may share, and that join one of the last rung to one above where there is no
    other of either.
    """

    name: str
    id: str
    prefix: str
    ladder: tuple[str, ...]
    lookup: tuple[str, ...] = ()
    bridge: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds of key, in the order in which they are tried."""
        return (*self.ladder, *self.bridge, *self.lookup)

    @property
    def record(self) -> str:
        """The crosswalk's table."""
        return f"link/{self.name}_record"

    @property
    def event(self) -> str:
        """The ledger's table."""
        return f"link/{self.name}_event"

    @property
    def redirect(self) -> str:
        """The table of identifiers that were merged into others."""
        return f"link/{self.name}_redirect"

    def mentions(self, contract: Contract) -> list[Mention]:
        """The mentions of this subject in a contract; RendiError for a kind of key that nothing links by."""
        known = self.kinds
        found = [m for m in contract.mentions if m.subject == self.name]
        for mention in found:
            for kind in mention.keys:
                if kind not in known:
                    raise RendiError(
                        f"{contract.source}: mentions.{mention.role}: no {self.name} is linked by '{kind}'"
                        f"{nearest(kind, known)}"
                    )
        return found


PERSON = Subject("person", "person_id", "P", ("id_number",))
# Positions 9-17 of the credit code (GB 32100) are the organisation code (GB 11714) of before 2015.
# A sole trader's taxpayer number is made of its owner's ID number; the owner of two shops has it in both.
LEGAL_ENTITY = Subject(
    "legal_entity",
    "entity_id",
    "E",
    ("uscc", "organisation_code", "registration_no", "taxpayer_no"),
    bridge=("trader_id_number",),
)
PLACE = Subject("place", "place_id", "L", ("address_code", "component_code"), ("address",))
SUBJECTS = (PERSON, LEGAL_ENTITY, PLACE)
