"""What becomes of a delivery as a whole, wherever it came from: known, refused, skipped, or taken into bronze."""

from functools import reduce

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from pipelines.deliveries import IN_FORCE, Entry, Journal
from pipelines.lake import Lake
from pipelines.land import rows
from pipelines.scratch import SENT
from schemas.contract import Contract
from schemas.errors import RendiError
from schemas.record_key import with_key

# Growth of a delivery that is worth a word, and rows below which none is.
MANY_TIMES = 10
_WORTH_A_WORD = 1000
# Characters from which on a value is hardly what the field is for.
_LONG = 100_000
# What a spreadsheet takes for a formula; a sign before a figure is none.
_FORMULA = r"^\s*(?:[=@]|[+-][A-Za-z(])"


def settled(journal: Journal, name: str, overrides: dict[str, str]) -> bool:
    """Whether a delivery of that name was dealt with: one that was refused or replaced is looked at again."""
    entries = journal.entries()
    known = {e.delivery: e for e in entries}.get(name)
    if known is None:
        return False
    if known.state == "skipped":
        # It was skipped for the content that was in force. Where a delivery came in between since, that is not so now.
        before = [e for e in entries if e.state in IN_FORCE and e.date <= known.date]
        return not before or before[-1].content == known.content
    # A replaced delivery that is there again replaces in its turn; a refused one may have been mended or overridden.
    again = known.state == "replaced" or (known.state == "refused" and overrides.get(name) != "refuse")
    return not again


def written(journal: Journal, entry: Entry) -> Entry:
    """Write what became of a delivery; one that is refused again for the same reason was refused in that first night.

    Another one of its date that landed and was never judged is replaced by it: the order of their names says nothing.
    """
    for other in journal.entries():
        if other.delivery == entry.delivery:
            if other.state == entry.state == "refused" and other.reason == entry.reason:
                return other
            entry = entry.model_copy(update={"begun": other.begun})
        elif entry.state == other.state == "landed" and other.date == entry.date:
            journal.write(other.model_copy(update={"state": "replaced", "reason": f"replaced by {entry.delivery}"}))
    journal.write(entry)
    return entry


def judge_whole(lake: Lake, contract: Contract, entry: Entry, forced: str | None, reason: str) -> Entry | None:
    """The entry of a delivery that is refused or skipped whole; None for one to take."""
    last = last_in_force(lake, contract)
    if not reason and last is not None and forced != "accept":
        if last.date <= entry.date and last.content == entry.content:
            return entry.model_copy(
                update={"state": "skipped", "reason": f"same content as {last.delivery}, which is in force"}
            )
        if _too_few(contract, last, entry.delivered):
            reason = (
                f"{entry.delivered} rows, the last full delivery had {last.delivered}: below the set share of "
                f"{contract.minimum_share:.0%}; if it is right, run: rendi delivery accept {entry.delivery} --reason …"
            )
    return entry.model_copy(update={"state": "refused", "reason": reason}) if reason else None


def last_in_force(lake: Lake, contract: Contract) -> Entry | None:
    """The delivery by which the size of the next one is judged."""
    in_force = Journal(lake, contract.source).in_force()
    return in_force[-1] if in_force else None


def _too_few(contract: Contract, last: Entry, found: int) -> bool:
    share = found / last.delivered if last.delivered else 1.0
    return contract.mode == "full" and share < contract.minimum_share


def grown(lake: Lake, contract: Contract, entry: Entry) -> str:
    """What to say of a delivery that is many times the last one; it is taken all the same."""
    before = Journal(lake, contract.source).in_force()
    last = [e for e in before if e.date < entry.date][-1:]
    if not last or entry.delivered < MANY_TIMES * max(last[0].delivered, 1) or entry.delivered < _WORTH_A_WORD:
        return ""
    times = entry.delivered // max(last[0].delivered, 1)
    return f"{entry.delivered} rows are {times} times the {last[0].delivered} of {last[0].delivery}: is that right?"


def write_bronze(lake: Lake, contract: Contract, delivered: DataFrame, entry: Entry, last: Entry | None = None) -> str:
    """Commit the rows with content hash, record key and night; takes them back where they are not as many as were
    counted, or where so many lines of a full delivery cannot be read that the rest is below the set share of `last`.

    last: the delivery by which the size is judged, None where it was judged before or an engineer took it as it is.
    Gives what to say of values that are odd whatever their field is; they are taken as they are.
    """
    counted = Observation()
    values = [F.col(field.name) for field in contract.fields]
    long, formula = (
        reduce(Column.__or__, (F.coalesce(odd, F.lit(False)) for odd in found))
        for found in ((F.length(v) > _LONG for v in values), (v.rlike(_FORMULA) for v in values))
    )
    watched = {
        "rows": F.count("*"),
        "malformed": F.count("_malformed"),
        "long": F.count_if(long),
        "formula": F.count_if(formula),
    }
    bronze = (
        with_key(delivered, contract)
        .withColumns(
            {"_hash": content_hash(contract), "_delivery": F.lit(entry.delivery), "_night": F.lit(entry.night)}
        )
        .observe(counted, *(count.alias(name) for name, count in watched.items()))
    )
    table = f"bronze/{contract.source}"
    try:
        lake.put(table, bronze, "_delivery", entry.delivery, few=entry.delivered <= SENT)
    except PySparkException as error:
        refused = rows.refusal(error)
        if refused is None:
            raise
        raise refused from None
    # A plan that is known to be empty has nothing that could be observed.
    told = counted.get
    found = int(told.get("rows", 0))
    if found != entry.delivered:
        lake.put(table, bronze.where("false"), "_delivery", entry.delivery)
        raise RendiError(
            f"the parser found {found} rows, an independent count {entry.delivered}: nothing of it is used; "
            "keep the file and report this"
        )
    malformed = int(told.get("malformed", 0))
    if last is not None and malformed and _too_few(contract, last, found - malformed):
        lake.put(table, bronze.where("false"), "_delivery", entry.delivery)
        raise RendiError(
            f"{malformed} of {found} lines cannot be read, the last full delivery had {last.delivered} rows: what is "
            f"left is below the set share of {contract.minimum_share:.0%}; do they all have as many fields as the "
            "header, in the contract's encoding? Ask the department for the file again; if it is right, run: rendi "
            f"delivery accept {entry.delivery} --reason …"
        )
    said = {"long": f"hold a value of more than {_LONG:,} characters", "formula": "hold text that reads as a formula"}
    return "; ".join(f"{told[name]} rows {what}" for name, what in said.items() if told.get(name))


def content_hash(contract: Contract) -> Column:
    """Hash of a row's delivered text: equal for equal rows, with nulls marked and lengths given."""
    framed = [F.coalesce(F.concat(F.length(f.name), F.lit(":"), F.col(f.name)), F.lit("-")) for f in contract.fields]
    return F.md5(F.concat(*framed, F.coalesce(F.concat(F.lit("!"), F.col("_malformed")), F.lit(""))))
