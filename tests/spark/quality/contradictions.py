"""For every rule that a source's suite states itself, a row that breaks it and the nearest one that does not.

Fields are texts as departments deliver them, an empty one says nothing; what a case leaves out is as in `SOUND`.
"""

from typing import NamedTuple

from stdnum.cn import ric, uscc

Fields = dict[str, str]

DELIVERED, TOMORROW = "2026-03-02", "2026-03-03"
BORN, BEFORE_BIRTH = "1860-01-01", "1859-12-31"


class Case(NamedTuple):
    """What a row says that breaks the rule, and what one says that does not.

    also: other rules that the first one cannot help breaking.
    """

    rule: str
    bad: Fields
    near: Fields
    also: tuple[str, ...] = ()


def number(born: str, serial: int) -> str:
    """A man's ID number where the serial is odd, else a woman's."""
    # Numbers were first given in 1984: nobody born by 1870 lived to be given one, so that these are no real person's.
    body = f"440106{born}{serial:03d}"
    return body + ric.calc_check_digit(body + "0")


def credit_code(kind: str, region: str = "440106") -> str:
    """A code of that registration department and kind of body."""
    body = f"{kind}{region}000000000"
    return body + uscc.calc_check_digit(body)


MAN, WOMAN, OTHER_MAN, OTHER_WOMAN = (number("18600101", serial) for serial in (1, 2, 3, 4))
YOUNG_MAN, YOUNG_WOMAN = (number("18700101", serial) for serial in (1, 2))
COMPANY, PUBLIC_BODY, SOCIAL_ORGANISATION = (credit_code(kind) for kind in ("91", "12", "51"))
PENALTIES = [
    "警告;通报批评,罚款、没收违法所得；没收非法财物",
    "暂扣许可证;降低资质等级;吊销许可证;吊销营业执照",
    "限制开展生产经营活动;责令停产停业;责令关闭;限制从业",
]
SQUARE = "POLYGON ((113 23, 114 23, 114 24, 113 24, 113 23))"
ADDRESS = "广东省广州市天河区某路1号"
UPDATED = "2026-03-01 08:00:00"
PERSON = {"id_number": MAN, "name": "张甲", "sex": "1", "birth_date": BORN}
POINT = {"longitude": "113.32", "latitude": "23.13", "crs": "CGCS2000"}

SOUND: dict[str, Fields] = {
    "civil_marriage": {
        "certificate_no": "J1",
        "kind": "结婚",
        "male_name": "张甲",
        "male_id": MAN,
        "female_name": "李乙",
        "female_id": WOMAN,
        "registered_on": "1885-05-01",
    },
    "civil_relief": {
        "relief_no": "R1",
        "id_number": MAN,
        "name": "张甲",
        "relief_kind": "低保",
        "monthly_amount": "800",
        "approved_on": "1950-01-01",
    },
    "company_register": {
        "name": "甲有限公司",
        "uscc": COMPANY,
        "established_on": "2000-01-01",
        "capital": "50万元人民币",
        "province": "广东",
    },
    "disabled_person": {
        "card_no": f"{MAN}12",
        "name": "张甲",
        "sex": "1",
        "birth_date": BORN,
        "kind": "1",
        "grade": "2",
        "issued_on": "1950-01-01",
    },
    "education_student": {**PERSON, "student_no": f"G{MAN}", "enrolled_on": "1867-09-01"},
    "floating_population": {
        **PERSON,
        "permit_no": "F1",
        "address": ADDRESS,
        "registered_on": "1950-01-01",
        "expires_on": "1951-01-01",
    },
    "grid_boundary": {"grid_code": "G1", "grid_name": "一", "community_code": "440106001001", "boundary": SQUARE},
    "health_death": {"certificate_no": "S1", "id_number": MAN, "name": "张甲", "died_on": "1950-01-01"},
    "health_resident": {**PERSON, "archive_no": "D1", "blood_type": "A", "updated_at": UPDATED},
    "hr_social_insurance": {
        "account_no": "A1",
        "id_number": MAN,
        "name": "张甲",
        "kinds": "养老;医疗",
        "contribution_base": "5000",
        "status": "正常",
        "paid_through": "202602",
        "updated_at": UPDATED,
    },
    "market_penalty": {
        "decision_no": "处罚1号",
        "name": "甲有限公司",
        "penalty_kind": "警告",
        "amount_wan": "1.5",
        "decided_on": "2026-03-01",
    },
    "market_register": {
        "uscc": COMPANY,
        "name": "甲有限公司",
        "legal_rep": "张甲",
        "legal_rep_id": MAN,
        "capital_wan": "50",
        "established_on": "2000-01-01",
        "status": "存续",
        "updated_at": UPDATED,
    },
    "organisation_register": {
        "uscc": PUBLIC_BODY,
        "name": "甲中学",
        "kind": "事业单位",
        "established_on": "2000-01-01",
    },
    "planning_address": {**POINT, "address_code": "A1", "address": ADDRESS, "community_code": "440106001001"},
    "police_household": {
        **PERSON,
        "person_no": "P1",
        "household_no": "H1",
        "household_kind": "城镇",
        "status": "正常",
        "updated_at": UPDATED,
    },
    "tax_payer": {
        "taxpayer_no": COMPANY,
        "name": "甲有限公司",
        "tax_credit_grade": "A",
        "arrears_yuan": "10",
        "updated_at": UPDATED,
    },
    "urban_component": {
        **POINT,
        "component_code": "4401060101000001",
        "kind": "井盖",
        "state": "完好",
        "updated_at": UPDATED,
    },
}

BIRTH_AS_IN_ID = Case("birth_date_as_in_id", {"birth_date": "1860-01-02"}, {"birth_date": "1860年1月1日"})
SEX_AS_IN_ID = [
    Case("sex_as_in_id", {"sex": "2"}, {"sex": "9"}),
    Case("sex_as_in_id", {"sex": "1", "id_number": WOMAN}, {"sex": "2", "id_number": WOMAN}),
]
BIRTH_BY_DELIVERY = Case(
    "birth_date_by_delivery", {"id_number": "", "birth_date": TOMORROW}, {"id_number": "", "birth_date": DELIVERED}
)
ESTABLISHED_PLAUSIBLE = Case(
    "established_on_plausible", {"established_on": "1899-12-31"}, {"established_on": "1900-01-01"}
)
# What lies outside China has no point at all, so that nobody knows which axis is which.
SWAPPED = [
    Case("axes_as_named", {"longitude": "23.13", "latitude": "113.32"}, {"longitude": "136", "latitude": "54"}),
    Case(
        "axes_as_named", {"longitude": "23.13", "latitude": "E73°0'36\""}, {"longitude": "73", "latitude": "23.13999"}
    ),
]
COMMUNITY_FULL = Case("community_code_full", {"community_code": "440106001"}, {"community_code": "440106001002"})


# What changed while the night ran may be in it.
UPDATED_BY_DELIVERY = Case(
    "updated_at_by_delivery", {"updated_at": "2026-03-04 00:00:00"}, {"updated_at": "2026-03-03 23:59:59"}
)


def by_delivery(field: str) -> Case:
    return Case(f"{field}_by_delivery", {field: TOMORROW}, {field: DELIVERED})


def after_birth(field: str) -> Case:
    return Case(f"{field}_after_birth", {field: BEFORE_BIRTH}, {field: BORN})


def known(field: str, bad: str, *near: str) -> list[Case]:
    return [Case(f"{field}_known", {field: bad}, {field: word}) for word in near]


def bound(rule: str, field: str, bad: str, near: str) -> Case:
    return Case(rule, {field: bad}, {field: near})


CASES: dict[str, list[Case]] = {
    "civil_marriage": [
        Case("male_id_is_male", {"male_id": OTHER_WOMAN}, {"male_id": OTHER_MAN}),
        Case("female_id_is_female", {"female_id": OTHER_MAN}, {"female_id": OTHER_WOMAN}),
        Case("two_persons", {"male_id": WOMAN}, {"male_id": "", "female_id": ""}, ("male_id_is_male",)),
        Case(
            "registered_on_after_male_birth",
            {"male_id": YOUNG_MAN, "registered_on": "1869-12-31"},
            {"male_id": YOUNG_MAN, "registered_on": "1870-01-01"},
        ),
        Case(
            "registered_on_after_female_birth",
            {"female_id": YOUNG_WOMAN, "registered_on": "1869-12-31"},
            {"female_id": YOUNG_WOMAN, "registered_on": "1870-01-01"},
        ),
        by_delivery("registered_on"),
    ],
    "civil_relief": [
        *known("relief_kind", "医疗", "特困", "临时救助"),
        bound("monthly_amount_plausible", "monthly_amount", "-0.01", "0"),
        bound("monthly_amount_plausible", "monthly_amount", "100000.01", "100000"),
        after_birth("approved_on"),
        by_delivery("approved_on"),
    ],
    "company_register": [
        Case("columns_in_place", {"province": "五金"}, {"province": " 广东"}),
        Case("uscc_of_province", {"uscc": credit_code("91", "114400")}, {"uscc": credit_code("91", "445102")}),
        bound("capital_positive", "capital", "0万元人民币", "0.0001万元人民币"),
        by_delivery("established_on"),
    ],
    "disabled_person": [
        Case("kind_as_on_card", {"kind": "2"}, {"kind": "视力"}),
        Case("grade_as_on_card", {"grade": "1"}, {"grade": "二级"}),
        BIRTH_AS_IN_ID,
        Case("sex_as_in_id", {"sex": "2"}, {"sex": "9"}),
        Case("sex_as_in_id", {"sex": "1", "card_no": f"{WOMAN}12"}, {"sex": "2", "card_no": f"{WOMAN}12"}),
        after_birth("issued_on"),
        by_delivery("issued_on"),
    ],
    "education_student": [
        Case("id_number_as_in_student_no", {"id_number": OTHER_MAN}, {"id_number": OTHER_MAN, "student_no": "L1"}),
        BIRTH_AS_IN_ID,
        *(Case(c.rule, {"student_no": "L1", **c.bad}, {"student_no": "L1", **c.near}) for c in SEX_AS_IN_ID),
        Case(
            "birth_date_as_in_student_no",
            {"id_number": "", "birth_date": "1860-01-02"},
            {"id_number": "", "student_no": "L1", "birth_date": "1860-01-02"},
        ),
        Case("sex_as_in_student_no", {"id_number": "", "sex": "2"}, {"id_number": "", "sex": "9"}),
        Case("sex_as_in_student_no", {"id_number": "", "student_no": f"G{WOMAN}"}, {"id_number": "", "sex": "1"}),
        after_birth("enrolled_on"),
        by_delivery("enrolled_on"),
    ],
    "floating_population": [
        BIRTH_AS_IN_ID,
        *SEX_AS_IN_ID,
        Case(
            "registered_on_by_delivery",
            {"registered_on": TOMORROW, "expires_on": TOMORROW},
            {"registered_on": DELIVERED, "expires_on": TOMORROW},
        ),
        after_birth("registered_on"),
        Case("expires_after_registration", {"expires_on": "1949-12-31"}, {"expires_on": "1950-01-01"}),
    ],
    "grid_boundary": [COMMUNITY_FULL],
    "health_death": [after_birth("died_on"), by_delivery("died_on")],
    "health_resident": [
        BIRTH_AS_IN_ID,
        *SEX_AS_IN_ID,
        BIRTH_BY_DELIVERY,
        *known("blood_type", "C", "B", "AB", "O", "A型", "B型", "AB型", "O型"),
        UPDATED_BY_DELIVERY,
    ],
    "hr_social_insurance": [
        *known("kinds", "养老;商业", "养老;医疗,工伤、失业；生育"),
        bound("contribution_base_plausible", "contribution_base", "-0.01", "0"),
        bound("contribution_base_plausible", "contribution_base", "1000000.01", "1000000"),
        bound("paid_through_plausible", "paid_through", "194912", "195001"),
        bound("paid_through_plausible", "paid_through", "210001", "209912"),
        UPDATED_BY_DELIVERY,
    ],
    "market_penalty": [
        *known("penalty_kind", "警告;罚金", *PENALTIES),
        bound("amount_wan_not_negative", "amount_wan", "-0.0001", "0"),
        Case("amount_wan_of_fine", {"penalty_kind": "罚款", "amount_wan": ""}, {"amount_wan": ""}),
        by_delivery("decided_on"),
    ],
    "market_register": [
        bound("capital_wan_not_negative", "capital_wan", "-0.0001", "0"),
        ESTABLISHED_PLAUSIBLE,
        by_delivery("established_on"),
        Case("legal_rep_named", {"legal_rep": ""}, {"legal_rep": "", "legal_rep_id": ""}),
        UPDATED_BY_DELIVERY,
    ],
    "organisation_register": [
        *known("kind", "企业", "机关"),
        *(
            Case("uscc_of_public_body", {"kind": kind, "uscc": SOCIAL_ORGANISATION}, {"kind": kind})
            for kind in ("机关", "事业单位")
        ),
        *(
            Case("uscc_of_social_organisation", {"kind": kind}, {"kind": kind, "uscc": SOCIAL_ORGANISATION})
            for kind in ("社会团体", "民办非企业", "基金会")
        ),
        ESTABLISHED_PLAUSIBLE,
        by_delivery("established_on"),
    ],
    "planning_address": [*SWAPPED, COMMUNITY_FULL],
    "police_household": [
        BIRTH_AS_IN_ID,
        *SEX_AS_IN_ID,
        BIRTH_BY_DELIVERY,
        *known("household_kind", "集体", "农业", "非农业"),
        UPDATED_BY_DELIVERY,
    ],
    "tax_payer": [
        *known("tax_credit_grade", "E", "B", "M", "C", "D"),
        bound("arrears_yuan_not_negative", "arrears_yuan", "-0.01", "0"),
        UPDATED_BY_DELIVERY,
    ],
    "urban_component": [*SWAPPED, *known("state", "锈蚀", "破损", "丢失"), UPDATED_BY_DELIVERY],
}
