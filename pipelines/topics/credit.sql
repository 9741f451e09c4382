-- name: credit
-- title: 企业信用
-- abstract: 企业的行政处罚、纳税信用、欠税和社会保险参保情况。
-- key: entity_id
-- reads: master_legal_entity, master_person_legal_entity, record_market_penalty, record_tax_payer, record_hr_social_insurance
-- item: entity_id | 法人标识 | 有条件共享 | 不予开放
-- item: uscc | 统一社会信用代码 | 无条件共享 | 无条件开放
-- item: name | 名称 | 无条件共享 | 无条件开放
-- item: kind | 主体类别 | 无条件共享 | 无条件开放
-- item: industry | 行业代码 | 无条件共享 | 无条件开放
-- item: status | 登记状态 | 无条件共享 | 无条件开放
-- item: penalties | 行政处罚次数 | 无条件共享 | 无条件开放
-- item: penalty_kinds | 处罚类别 | 无条件共享 | 无条件开放
-- item: penalty_amount_wan | 罚款金额合计（万元） | 无条件共享 | 无条件开放
-- item: last_penalty_on | 最近处罚日期 | 无条件共享 | 无条件开放
-- item: tax_credit_grade | 纳税信用等级 | 无条件共享 | 无条件开放
-- item: arrears_yuan | 欠税余额 | 有条件共享 | 不予开放
-- item: insured_people | 参保人数 | 有条件共享 | 不予开放
-- item: interrupted_people | 中断缴费人数 | 有条件共享 | 不予开放
-- item: contribution_base_yuan | 缴费基数合计（元） | 有条件共享 | 不予开放
WITH fined AS (
  SELECT offender_entity_id AS entity_id, COUNT(*) AS penalties,
    ARRAY_JOIN(ARRAY_SORT(COLLECT_SET(penalty_kind)), '、') AS penalty_kinds,
    SUM(amount_wan) AS penalty_amount_wan, MAX(decided_on) AS last_penalty_on
  FROM record_market_penalty
  WHERE offender_entity_id IS NOT NULL
  GROUP BY offender_entity_id
), taxed AS (
  SELECT entity_id, MAX_BY(tax_credit_grade, STRUCT(updated_at, record_id)) AS tax_credit_grade,
    SUM(arrears_yuan) AS arrears_yuan
  FROM record_tax_payer
  WHERE entity_id IS NOT NULL
  GROUP BY entity_id
), insured AS (
  SELECT entity_id,
    COUNT(DISTINCT CASE WHEN detail = '正常' THEN person_id END) AS insured_people,
    COUNT(DISTINCT CASE WHEN detail = '中断' THEN person_id END) AS interrupted_people
  FROM master_person_legal_entity
  WHERE kind = '参保单位'
  GROUP BY entity_id
), paid AS (
  SELECT employer_entity_id AS entity_id, SUM(contribution_base) AS contribution_base_yuan
  FROM record_hr_social_insurance
  WHERE status = '正常' AND employer_entity_id IS NOT NULL
  GROUP BY employer_entity_id
)
SELECT e.entity_id, e.uscc, e.name, e.kind, e.industry, e.status,
  COALESCE(f.penalties, 0) AS penalties, f.penalty_kinds, f.penalty_amount_wan, f.last_penalty_on,
  t.tax_credit_grade, t.arrears_yuan,
  COALESCE(i.insured_people, 0) AS insured_people, COALESCE(i.interrupted_people, 0) AS interrupted_people,
  p.contribution_base_yuan
FROM master_legal_entity AS e
LEFT JOIN fined AS f ON f.entity_id = e.entity_id
LEFT JOIN taxed AS t ON t.entity_id = e.entity_id
LEFT JOIN insured AS i ON i.entity_id = e.entity_id
LEFT JOIN paid AS p ON p.entity_id = e.entity_id
