-- name: relief
-- title: 救助核查
-- abstract: 对救助对象的核查：已死亡、名下有在营企业或重复领取。
-- key: person_id
-- reads: master_person, master_legal_entity, master_person_legal_entity, record_civil_relief
-- item: person_id | 自然人标识 | 有条件共享 | 不予开放
-- item: relief_kind | 救助类别 | 有条件共享 | 不予开放
-- item: monthly_amount | 月救助金额 | 有条件共享 | 不予开放
-- item: approved_on | 批准日期 | 有条件共享 | 不予开放
-- item: alive | 是否在世 | 有条件共享 | 不予开放
-- item: died_on | 死亡日期 | 有条件共享 | 不予开放
-- item: owned_entities | 名下企业数 | 有条件共享 | 不予开放
-- item: draws | 重复领取数 | 有条件共享 | 不予开放
WITH helped AS (
  SELECT person_id, ARRAY_JOIN(ARRAY_SORT(COLLECT_SET(relief_kind)), '、') AS relief_kind,
    SUM(monthly_amount) AS monthly_amount, MIN(approved_on) AS approved_on, COUNT(*) AS draws
  FROM record_civil_relief
  WHERE person_id IS NOT NULL
  GROUP BY person_id
), owners AS (
  SELECT r.person_id, COUNT(DISTINCT r.entity_id) AS owned_entities
  FROM master_person_legal_entity AS r
  JOIN master_legal_entity AS e ON e.entity_id = r.entity_id
  WHERE (r.kind = '经营者' OR r.kind = '法定代表人' AND r.source = 'market_register')
    AND COALESCE(e.status, '存续') = '存续'
  GROUP BY r.person_id
)
SELECT h.person_id, h.relief_kind, h.monthly_amount, h.approved_on, p.alive, p.died_on,
  COALESCE(o.owned_entities, 0) AS owned_entities, h.draws
FROM helped AS h
JOIN master_person AS p ON p.person_id = h.person_id
LEFT JOIN owners AS o ON o.person_id = h.person_id
WHERE NOT p.alive OR o.owned_entities > 0 OR h.draws > 1
