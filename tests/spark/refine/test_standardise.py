"""What is read out of delivered fields."""

from pyspark.sql import SparkSession

from pipelines.refine.standardise import standardise
from schemas import contract

OWNER = "11010119900307002X"
SHOP, COMPANY = "92110101MA00000015", "91110101MA00000018"


def test_a_sole_trader_has_its_owners_number_in_both_registers(spark: SparkSession) -> None:
    def numbers(source: str, column: str, rows: list[dict[str, str]]) -> list[str | None]:
        of = contract.load(source)
        names = [f.name for f in of.fields]
        told = [(number, *(row.get(name) for name in names)) for number, row in enumerate(rows)]
        ddl = ", ".join(["_no int", *(f"`{name}` string" for name in names)])
        found = standardise(spark.createDataFrame(told, ddl), of)
        return [row[column] for row in found.select("_no", column).orderBy("_no").collect()]

    registered = [
        {"uscc": SHOP, "legal_rep_id": OWNER},
        {"uscc": COMPANY, "legal_rep_id": OWNER, "entity_type": "个体工商户"},
        {"registration_no": "110101600000001", "legal_rep_id": OWNER, "entity_type": "个体户"},
        {"registration_no": "110101000000001", "legal_rep_id": OWNER, "entity_type": "有限责任公司"},
        {"registration_no": "110101000000001", "legal_rep_id": OWNER},
    ]
    assert numbers("market_register", "trader_id_number", registered) == [OWNER, None, OWNER, None, None]
    assert numbers("tax_payer", "trader_id_number", [{"taxpayer_no": OWNER + "01"}]) == [OWNER]
