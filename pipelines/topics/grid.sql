-- name: grid
-- title: 网格概况
-- abstract: 各网格的人口、法人单位和城市部件数。
-- key: grid_code
-- reads: master_person, master_legal_entity, master_place, record_grid_boundary, record_urban_component
-- item: grid_code | 网格编码 | 无条件共享 | 无条件开放
-- item: grid_name | 网格名称 | 无条件共享 | 无条件开放
-- item: manager_masked | 网格员 | 有条件共享 | 不予开放
-- item: community_code | 社区代码 | 无条件共享 | 无条件开放
-- item: people | 人口数 | 有条件共享 | 不予开放
-- item: elderly | 六十岁以上人数 | 有条件共享 | 不予开放
-- item: legal_entities | 法人单位数 | 无条件共享 | 无条件开放
-- item: components | 城市部件数 | 无条件共享 | 无条件开放
-- item: broken_components | 破损丢失部件数 | 无条件共享 | 无条件开放
WITH people AS (
  SELECT grid_code, COUNT(*) AS people,
    COUNT_IF(MONTHS_BETWEEN(:month, TRY_TO_DATE(birth_month, 'yyyy-MM')) >= 720) AS elderly
  FROM master_person
  WHERE basis = 'own_record' AND alive AND grid_code IS NOT NULL
  GROUP BY grid_code
), entities AS (
  SELECT grid_code, COUNT(*) AS legal_entities
  FROM master_legal_entity
  WHERE grid_code IS NOT NULL AND COALESCE(status, '存续') = '存续'
  GROUP BY grid_code
), components AS (
  SELECT p.grid_code, COUNT(*) AS components, COUNT_IF(u.state IN ('破损', '丢失')) AS broken_components
  FROM master_place AS p
  JOIN record_urban_component AS u ON u.place_id = p.place_id
  WHERE p.grid_code IS NOT NULL
  GROUP BY p.grid_code
)
SELECT g.grid_code, g.grid_name, g.manager_masked, g.community_code,
  COALESCE(p.people, 0) AS people, COALESCE(p.elderly, 0) AS elderly,
  COALESCE(e.legal_entities, 0) AS legal_entities, COALESCE(c.components, 0) AS components,
  COALESCE(c.broken_components, 0) AS broken_components
FROM record_grid_boundary AS g
LEFT JOIN people AS p ON p.grid_code = g.grid_code
LEFT JOIN entities AS e ON e.grid_code = g.grid_code
LEFT JOIN components AS c ON c.grid_code = g.grid_code
