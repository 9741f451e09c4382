"""The extracts about people, as clean text: what each department would deliver if it made no mistake."""

import numpy as np
import pyarrow as pa

from demo.people import region_text
from demo.registers import RELIEF
from demo.text import Ints, Text, choose, decimals, digits, generator, iso_dates, iso_moments, join, take, where
from demo.world import World

DISEASES = ["高血压", "糖尿病", "冠心病", "慢性阻塞性肺病", "脑卒中"]
DISABILITIES = ["视力", "听力", "言语", "肢体", "智力", "精神", "多重"]
GRADES = [
    "一年级",
    "二年级",
    "三年级",
    "四年级",
    "五年级",
    "六年级",
    "七年级",
    "八年级",
    "九年级",
    "高一",
    "高二",
    "高三",
]
UNNUMBERED = 20
"""Days after birth until a child is registered with a name and a number."""
Columns = dict[str, Text]


def _name(world: World, rows: Ints, newborn: np.ndarray) -> Text:
    """Names; half of the new-born are still called after their mother."""
    mother = take(world.people.name, world.people.mother[rows])
    child = join(mother, choose(["之子", "之女"], world.people.sex[rows] - 1))
    unnamed = newborn & (rows % 2 == 0) & mother.is_valid().to_numpy(zero_copy_only=False)
    return where(unnamed, child, take(world.people.name, rows))


def police_household(world: World, rows: Ints, day: int) -> Columns:
    """Registered residents, the dead and those who moved away included; the new-born have no number yet."""
    people, places = world.people, world.places
    rng = generator(world.seed, "police_household", day)
    home, born = people.home[rows], people.birth[rows]
    dead = ~np.isnat(people.died_on[rows]) & (people.died_on[rows] <= world.police_knows(day))
    unnumbered = (world.date(day) - born).astype(np.int64) < UNNUMBERED
    uncorrected = (world.corrected[rows] > day) & world.former_number.is_valid().to_numpy(zero_copy_only=False)[rows]
    number = where(uncorrected, take(world.former_number, rows), take(people.id_number, rows))
    return {
        "person_no": join("P", digits(rows, 9)),
        "id_number": where(unnumbered, None, number),
        "name": _name(world, rows, unnumbered),
        "former_name": take(people.former_name, rows),
        "sex": digits(people.sex[rows]),
        "ethnic": digits(people.ethnic[rows], 2),
        "birth_date": iso_dates(born),
        "native_region": region_text(people.county[rows]),
        "household_no": join("H", digits(people.household[rows], 8)),
        "relation_to_head": pa.array(people.relation[rows]),
        "household_kind": choose(["城镇", "非农业", "农业"], people.household[rows] % 5 % 3),
        "marital_status": pa.array(people.marital[rows]),
        "education": pa.array(people.education[rows]),
        "address": take(places.address, home),
        "region_code": places.region(home),
        "status": pa.array(np.where(dead, "死亡注销", np.where(people.left[rows], "迁出", "正常"))),
        "updated_at": iso_moments(world.changed_on(rows, day, rng), rng),
    }


def floating_population(world: World, rows: Ints, day: int) -> Columns:
    """People without local registration who hold a residence permit."""
    people = world.people
    lot = generator(world.seed, "permits").integers(20, 700, len(people))[rows]
    registered = np.where(np.isnat(people.moved_on[rows]), world.first - lot, people.moved_on[rows])
    registered = np.maximum(registered, people.birth[rows])
    return {
        "permit_no": join("3401", digits(np.full(len(rows), 26), 2), digits(rows, 9)),
        "id_number": world.number(rows, "floating_population"),
        "name": take(people.name, rows),
        "sex": digits(people.sex[rows]),
        "birth_date": iso_dates(people.birth[rows]),
        "phone": take(people.phone, rows),
        "origin_region": region_text(people.county[rows]),
        "address": take(world.places.address, people.home[rows]),
        "registered_on": iso_dates(registered),
        "expires_on": iso_dates(registered + 365 * 2),
    }


def civil_marriage(world: World, rows: Ints, day: int) -> Columns:
    """Wedding and divorce certificates."""
    people, certificates = world.people, world.certificates
    wedding = certificates.wedding[rows]
    year = certificates.on[rows].astype("datetime64[Y]").astype(np.int64) + 1970
    man, woman = certificates.man[rows], certificates.woman[rows]
    return {
        "certificate_no": join(choose(["L", "J"], wedding.astype(int)), "340100-", digits(year), "-", digits(rows, 6)),
        "kind": choose(["离婚", "结婚"], wedding.astype(int)),
        "male_name": take(people.name, man),
        "male_id": world.number(man, "civil_marriage"),
        "female_name": take(people.name, woman),
        "female_id": world.number(woman, "civil_marriage"),
        "registered_on": iso_dates(certificates.on[rows]),
    }


def civil_relief(world: World, rows: Ints, day: int) -> Columns:
    """Open relief cases."""
    relief, people = world.relief, world.people
    person = relief.person[rows]
    return {
        "relief_no": join("JZ3401", digits(rows, 7)),
        "id_number": world.number(person, "civil_relief"),
        "name": take(people.name, person),
        "relief_kind": choose(RELIEF, relief.kind[rows]),
        "monthly_amount": decimals(relief.amount[rows], 2),
        "address": take(world.places.address, people.home[person]),
        "approved_on": iso_dates(relief.approved[rows]),
    }


def disabled_person(world: World, rows: Ints, day: int) -> Columns:
    """Disability cards: the number is the identity number, the kind and the grade (GB/T 26341)."""
    cards, people = world.cards, world.people
    person, kind, grade = cards.person[rows], cards.kind[rows], cards.grade[rows]
    return {
        "card_no": join(take(people.id_number, person), digits(kind), digits(grade)),
        "name": take(people.name, person),
        "sex": digits(people.sex[person]),
        "birth_date": iso_dates(people.birth[person]),
        "kind": choose(DISABILITIES, kind - 1),
        "grade": choose(["一级", "二级", "三级", "四级"], grade - 1),
        "phone": take(people.phone, person),
        "address": take(world.places.address, people.home[person]),
        "issued_on": iso_dates(cards.issued[rows]),
    }


def education_student(world: World, rows: Ints, day: int) -> Columns:
    """Pupils; one in eight has a provisional school number (L) and no identity number."""
    people = world.people
    without = generator(world.seed, "pupils").random(len(people))[rows] < 0.125
    number = world.number(rows, "education_student")
    guardian = people.guardian(rows)
    year = np.clip(people.age(world.first)[rows].astype(int) - 6, 0, 11)
    entry = world.first.astype("datetime64[Y]") - (year % 6 + 1)
    september = (entry.astype("datetime64[M]") + 8).astype("datetime64[D]")
    return {
        "student_no": where(without, join("L3401", digits(rows, 12)), join("G", number)),
        "id_number": where(without, None, number),
        "name": take(people.name, rows),
        "sex": digits(people.sex[rows]),
        "birth_date": iso_dates(people.birth[rows]),
        "school_uscc": take(world.entities.uscc, world.lives.school[rows]),
        "grade": choose(GRADES, year),
        "guardian_name": take(people.name, guardian),
        "guardian_phone": take(people.phone, guardian),
        "address": take(world.places.address, people.home[rows]),
        "enrolled_on": iso_dates(september),
    }


def hr_social_insurance(world: World, rows: Ints, day: int) -> Columns:
    """Accounts of social insurance; the employer is named by its credit code."""
    people, lives = world.people, world.lives
    rng = generator(world.seed, "hr_social_insurance", day)
    employed = lives.employer[rows] >= 0
    retired = lives.retired[rows]
    month = world.date(day).astype("datetime64[M]").astype(np.int64) - 1 - np.where(employed | retired, 0, rows % 30)
    return {
        "account_no": join("3401", digits(rows, 10)),
        "id_number": world.number(rows, "hr_social_insurance"),
        "name": take(people.name, rows),
        "employer_uscc": take(world.entities.uscc, lives.employer[rows]),
        "kinds": choose(["养老;医疗", "养老;医疗;工伤;失业;生育"], employed.astype(int)),
        "contribution_base": decimals(lives.base[rows], 2),
        "status": pa.array(np.where(retired, "退休", np.where(employed, "正常", "中断"))),
        "paid_through": digits((month // 12 + 1970) * 100 + month % 12 + 1),
        "updated_at": iso_moments(world.changed_on(rows, day, rng), rng),
    }


def health_resident(world: World, rows: Ints, day: int) -> Columns:
    """Health archives of all who live here."""
    people, places, lives = world.people, world.places, world.lives
    rng = generator(world.seed, "health_resident", day)
    unnumbered = (world.date(day) - people.birth[rows]).astype(np.int64) < UNNUMBERED
    return {
        "archive_no": join("340100", digits(rows, 11)),
        "id_number": where(unnumbered, None, world.number(rows, "health_resident")),
        "name": _name(world, rows, unnumbered),
        "sex": digits(people.sex[rows]),
        "birth_date": iso_dates(people.birth[rows]),
        "phone": take(people.phone, rows),
        "address": take(places.address, people.home[rows]),
        "blood_type": choose(["A", "B", "O", "AB", "不详"], lives.blood[rows]),
        "chronic_disease": choose(DISEASES, lives.chronic[rows]),
        "updated_at": iso_moments(np.maximum(world.changed_on(rows, day, rng), people.birth[rows]), rng),
    }


def health_death(world: World, rows: Ints, day: int) -> Columns:
    """Medical certificates of death."""
    people = world.people
    return {
        "certificate_no": join("D3401", digits(rows, 9)),
        "id_number": world.number(rows, "health_death"),
        "name": take(people.name, rows),
        "died_on": iso_dates(people.died_on[rows]),
    }
