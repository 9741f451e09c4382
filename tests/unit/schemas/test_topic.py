"""What the header of a topic must say."""

import pytest

from catalog import entry
from pipelines.topics.topics import FOLDER
from schemas import topic
from schemas.errors import RendiError

SQL = """-- name: helped
-- title: 受助人
-- abstract: 受助的人。
-- key: person_id
-- reads: master_person, record_civil_relief
-- item: person_id | 自然人标识 | 有条件共享 | 不予开放
-- item: cases | 件数 | 有条件共享 | 不予开放
SELECT p.person_id, COUNT(*) AS cases -- FROM master_place
FROM master_person p JOIN record_civil_relief r ON r.person_id = p.person_id GROUP BY p.person_id
"""


def test_a_header_tells_name_key_reads_and_items():
    one = topic.parse(SQL, "helped")
    assert (one.name, one.key, one.reads) == ("helped", ["person_id"], ["master_person", "record_civil_relief"])
    assert [(i.name, i.label, i.openness) for i in one.items][1] == ("cases", "件数", "不予开放")


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("-- title:", "-- titel:", "unknown key 'titel'; did you mean 'title'?"),
        ("-- title: 受助人\n", "", "no '-- title: …'"),
        ("-- key: person_id", "-- key: persn_id", "did you mean 'person_id'?"),
        ("reads: master_person, ", "reads: ", "reads master_person, which the header's 'reads' does not name"),
        ("reads: master_person", "reads: master_place, master_person", "'reads' names master_place"),
        ("有条件共享 | 不予开放\n-- item: cases", "有条件共享 | 不开放\n-- item: cases", "did you mean '不予开放'?"),
        ("-- name: helped", "-- name: helper", "the file's name says 'helped'"),
    ],
)
def test_a_wrong_header_is_told(wrong, right, said):
    with pytest.raises(RendiError) as told:
        topic.parse(SQL.replace(wrong, right, 1), "helped")
    assert "helped.sql" in str(told.value)
    assert said in str(told.value)


def test_every_topic_has_a_catalogue_entry_with_its_items():
    entries = entry.load()
    for one in topic.load(FOLDER):
        classified = {item.name: item for item in entries[one.name].items}
        for item in one.items:
            known = classified.get(item.name)
            assert known is None or (known.sharing, known.openness) == (item.sharing, item.openness), item.name
