-- name: health
-- title: 健康与残疾
-- abstract: 居民的慢性病、血型、残疾和医疗保险情况，用于健康服务和助残；不含已死亡的人。
-- key: person_id
-- reads: master_person, record_health_resident, record_disabled_person, record_hr_social_insurance
-- item: person_id | 自然人标识 | 有条件共享 | 不予开放
-- item: sex | 性别 | 有条件共享 | 不予开放
-- item: birth_month | 出生年月 | 有条件共享 | 不予开放
-- item: community_code | 社区代码 | 有条件共享 | 不予开放
-- item: blood_type | 血型 | 有条件共享 | 不予开放
-- item: chronic_disease | 慢性病 | 有条件共享 | 不予开放
-- item: disability_kind | 残疾类别 | 有条件共享 | 不予开放
-- item: disability_grade | 残疾等级 | 有条件共享 | 不予开放
-- item: medically_insured | 参加医疗保险 | 有条件共享 | 不予开放
WITH archives AS (
  SELECT person_id, MAX_BY(STRUCT(blood_type, chronic_disease), STRUCT(updated_at, record_id)) AS latest
  FROM record_health_resident
  GROUP BY person_id
), cards AS (
  SELECT person_id, MAX_BY(STRUCT(kind, grade), STRUCT(issued_on, record_id)) AS latest
  FROM record_disabled_person
  GROUP BY person_id
), insured AS (
  SELECT DISTINCT person_id
  FROM record_hr_social_insurance
  WHERE status IN ('正常', '退休') AND kinds LIKE '%医疗%'
)
SELECT p.person_id, p.sex, p.birth_month, p.community_code,
  a.latest.blood_type AS blood_type, a.latest.chronic_disease AS chronic_disease,
  c.latest.kind AS disability_kind, c.latest.grade AS disability_grade,
  i.person_id IS NOT NULL AS medically_insured
FROM master_person AS p
LEFT JOIN archives AS a ON a.person_id = p.person_id
LEFT JOIN cards AS c ON c.person_id = p.person_id
LEFT JOIN insured AS i ON i.person_id = p.person_id
WHERE (a.person_id IS NOT NULL OR c.person_id IS NOT NULL) AND COALESCE(p.alive, TRUE)
