-- name: household
-- title: 家庭
-- abstract: 以户为单位的人口构成；人口数不含已死亡的成员。
-- key: household_id
-- reads: master_person, master_person_person
-- item: household_id | 家庭标识 | 有条件共享 | 不予开放
-- item: community_code | 社区代码 | 有条件共享 | 不予开放
-- item: grid_code | 网格编码 | 有条件共享 | 不予开放
-- item: members | 人口数 | 有条件共享 | 不予开放
-- item: adults | 成年人数 | 有条件共享 | 不予开放
-- item: minors | 未成年人数 | 有条件共享 | 不予开放
-- item: elderly | 六十岁以上人数 | 有条件共享 | 不予开放
-- item: couples | 夫妻对数 | 有条件共享 | 不予开放
-- item: widowed | 丧偶人数 | 有条件共享 | 不予开放
-- item: dead_listed | 已死亡仍在户人数 | 有条件共享 | 不予开放
WITH people AS (
  SELECT person_id, household_id, community_code, grid_code, marital_status, alive,
    FLOOR(MONTHS_BETWEEN(:month, TRY_TO_DATE(birth_month, 'yyyy-MM')) / 12) AS age
  FROM master_person
  WHERE household_id IS NOT NULL
), heads AS (
  SELECT DISTINCT other_person_id AS person_id
  FROM master_person_person
  WHERE kind = '户主'
), together AS (
  SELECT a.household_id, COUNT(DISTINCT r.person_id, r.other_person_id) AS couples
  FROM master_person_person AS r
  JOIN people AS a ON a.person_id = r.person_id
  JOIN people AS b ON b.person_id = r.other_person_id AND b.household_id = a.household_id
  WHERE r.kind = '夫妻' AND r.valid_to IS NULL
  GROUP BY a.household_id
), counted AS (
  SELECT p.household_id,
    -- A household lives where its head does.
    MAX_BY(p.community_code, STRUCT(h.person_id IS NOT NULL, p.person_id)) AS community_code,
    MAX_BY(p.grid_code, STRUCT(h.person_id IS NOT NULL, p.person_id)) AS grid_code,
    COUNT_IF(p.alive) AS members,
    COUNT_IF(p.alive AND p.age >= 18) AS adults,
    COUNT_IF(p.alive AND p.age < 18) AS minors,
    COUNT_IF(p.alive AND p.age >= 60) AS elderly,
    COUNT_IF(p.alive AND p.marital_status = '30') AS widowed,
    COUNT_IF(NOT p.alive) AS dead_listed
  FROM people AS p
  LEFT JOIN heads AS h ON h.person_id = p.person_id
  GROUP BY p.household_id
)
SELECT c.household_id, c.community_code, c.grid_code, c.members, c.adults, c.minors, c.elderly,
  COALESCE(t.couples, 0) AS couples, c.widowed, c.dead_listed
FROM counted AS c
LEFT JOIN together AS t ON t.household_id = c.household_id
