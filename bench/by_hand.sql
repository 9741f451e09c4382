-- The persons' part by hand: clean, validate, deduplicate, hash, join, survivorship, Parquet. {folder}: where to write.
CREATE MACRO salted(v) AS left(sha256('made up for the benchmark:' || v), 32);
CREATE MACRO tidy(v) AS nullif(trim(v, E' \t\r\n　'), '');
CREATE MACRO compact(v) AS
  nullif(translate(upper(v), '０１２３４５６７８９Ｘｘ 　-', '0123456789XX'), '');
CREATE MACRO digit(v, i) AS ascii(v[i]) - 48;
CREATE MACRO mark(v) AS '10X98765432'[1 + (7 * digit(v, 1) + 9 * digit(v, 2) + 10 * digit(v, 3) + 5 * digit(v, 4)
  + 8 * digit(v, 5) + 4 * digit(v, 6) + 2 * digit(v, 7) + digit(v, 8) + 6 * digit(v, 9) + 3 * digit(v, 10)
  + 7 * digit(v, 11) + 9 * digit(v, 12) + 10 * digit(v, 13) + 5 * digit(v, 14) + 8 * digit(v, 15) + 4 * digit(v, 16)
  + 2 * digit(v, 17)) % 11];
CREATE MACRO lengthened(v) AS
  CASE WHEN length(v) = 15 THEN v[1:6] || '19' || v[7:15] || mark(v[1:6] || '19' || v[7:15]) ELSE v END;
CREATE MACRO valid(v) AS
  CASE WHEN regexp_full_match(v, '\d{17}[\dX]') AND v[18] = mark(v) AND try_strptime(v[7:14], '%Y%m%d') IS NOT NULL
       THEN v END;
CREATE MACRO number(v) AS
  valid(CASE WHEN regexp_full_match(compact(v), '\d{15}') THEN lengthened(compact(v)) ELSE compact(v) END);
CREATE MACRO day(v) AS
  CAST(coalesce(try_strptime(v[1:10], '%Y-%m-%d'),
    try_strptime(v, ['%Y/%m/%d', '%Y%m%d', '%Y年%m月%d日', '%Y/%m/%d %H:%M:%S', '%Y年%m月%d日 %H:%M:%S'])) AS DATE);
CREATE MACRO gender(v) AS CASE WHEN v IN ('1', '男') THEN '1' WHEN v IN ('2', '女') THEN '2' END;
CREATE MACRO mobile(v) AS regexp_extract(compact(v), '^(?:\+?86)?(1\d{10})$', 1);
CREATE MACRO place(v) AS nullif(translate(tidy(v), '０１２３４５６７８９，　 ', '0123456789'), '');

-- One row a record: the newest where a key came twice. rank: which department is believed first.
CREATE TABLE statement AS
SELECT *, number(id_raw) AS id_number FROM (
  SELECT 'police_household' AS source, 1 AS rank, tidy(person_no) AS key, id_number AS id_raw, tidy(name) AS name,
    gender(sex) AS sex, day(birth_date) AS birth, tidy(ethnic) AS ethnic, tidy(education) AS education,
    tidy(marital_status) AS marital, place(address) AS address, NULL AS phone, region_code AS region,
    household_no AS household, status <> '死亡注销' AS alive, CAST(NULL AS DATE) AS died_on, day(updated_at) AS as_of
  FROM police_household
  UNION ALL BY NAME
  SELECT 'floating_population' AS source, 2 AS rank, tidy(permit_no) AS key, id_number AS id_raw, tidy(name) AS name,
    gender(sex) AS sex, day(birth_date) AS birth, place(address) AS address, mobile(phone) AS phone, true AS alive,
    day(registered_on) AS as_of
  FROM floating_population
  UNION ALL BY NAME
  SELECT 'health_resident' AS source, 3 AS rank, tidy(archive_no) AS key, id_number AS id_raw, tidy(name) AS name,
    gender(sex) AS sex, day(birth_date) AS birth, place(address) AS address, mobile(phone) AS phone, true AS alive,
    day(updated_at) AS as_of
  FROM health_resident
  UNION ALL BY NAME
  SELECT 'hr_social_insurance' AS source, 4 AS rank, tidy(account_no) AS key, id_number AS id_raw, tidy(name) AS name,
    CASE WHEN status = '正常' THEN true END AS alive, day(updated_at) AS as_of
  FROM hr_social_insurance
  UNION ALL BY NAME
  SELECT 'education_student' AS source, 5 AS rank, tidy(student_no) AS key,
    coalesce(id_number, regexp_extract(student_no, '^G(.{18})$', 1)) AS id_raw, tidy(name) AS name,
    gender(sex) AS sex, day(birth_date) AS birth, place(address) AS address, mobile(guardian_phone) AS phone,
    true AS alive, day(enrolled_on) AS as_of
  FROM education_student
  UNION ALL BY NAME
  SELECT 'disabled_person' AS source, 6 AS rank, compact(card_no) AS key, compact(card_no)[1:18] AS id_raw,
    tidy(name) AS name, gender(sex) AS sex, day(birth_date) AS birth, place(address) AS address,
    mobile(phone) AS phone, true AS alive, day(issued_on) AS as_of
  FROM disabled_person
  UNION ALL BY NAME
  SELECT 'civil_relief' AS source, 7 AS rank, tidy(relief_no) AS key, id_number AS id_raw, tidy(name) AS name,
    place(address) AS address, true AS alive, day(approved_on) AS as_of
  FROM civil_relief
  UNION ALL BY NAME
  SELECT 'health_death' AS source, 8 AS rank, tidy(certificate_no) AS key, id_number AS id_raw, tidy(name) AS name,
    false AS alive, day(died_on) AS died_on, day(died_on) AS as_of
  FROM health_death
  UNION ALL BY NAME
  SELECT 'civil_marriage' AS source, 0 AS rank, tidy(certificate_no) || role AS key, id_raw, tidy(name) AS name,
    CASE kind WHEN '结婚' THEN '20' WHEN '离婚' THEN '40' END AS marital, day(registered_on) AS as_of
  FROM (SELECT *, male_id AS id_raw, male_name AS name, '/male' AS role FROM civil_marriage
        UNION ALL SELECT *, female_id, female_name, '/female' FROM civil_marriage)
)
WHERE key IS NOT NULL AND name IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY source, key ORDER BY as_of DESC NULLS LAST) = 1;

CREATE TABLE record AS
SELECT source, rank, salted(source || key) AS record_id, salted(coalesce(id_number, source || key)) AS person_id,
  salted(id_number) AS id_token, name[1] || '**' AS name_masked, salted(name) AS name_token,
  coalesce(sex, CASE WHEN digit(id_number, 17) % 2 = 1 THEN '1' WHEN id_number IS NOT NULL THEN '2' END) AS sex,
  strftime(coalesce(birth, CAST(try_strptime(id_number[7:14], '%Y%m%d') AS DATE)), '%Y-%m') AS birth_month,
  coalesce(nation.code, ethnic) AS ethnic, coalesce(school.code, education) AS education,
  coalesce(state.code, marital) AS marital, salted(address) AS address_token, salted(nullif(phone, '')) AS phone_token,
  region, salted(household) AS household_id, alive, died_on, as_of
FROM statement
LEFT JOIN read_csv('schemas/codes/ethnic.csv', all_varchar = true) nation ON nation.label = statement.ethnic
LEFT JOIN read_csv('schemas/codes/education.csv', all_varchar = true) school ON school.label = statement.education
LEFT JOIN read_csv('schemas/codes/marital.csv', all_varchar = true) state ON state.label = statement.marital;

CREATE TABLE person AS
SELECT person_id, arg_min(id_token, rank) AS id_token, arg_min(name_masked, rank) FILTER (rank > 0) AS name_masked,
  arg_min(name_token, rank) FILTER (rank > 0) AS name_token, arg_min(sex, rank) AS sex,
  arg_min(birth_month, rank) AS birth_month, arg_min(ethnic, rank) AS ethnic, arg_min(education, rank) AS education,
  arg_max(marital, (rank = 0, as_of)) AS marital, arg_min(address_token, rank) AS address_token,
  list(DISTINCT phone_token) FILTER (phone_token IS NOT NULL) AS phones, arg_min(region, rank) AS region,
  arg_min(household_id, rank) AS household_id, min(died_on) IS NULL AND coalesce(bool_and(alive), true) AS alive,
  min(died_on) AS died_on, list(DISTINCT source) AS sources
FROM record GROUP BY person_id;

COPY record TO '{folder}/record.parquet' (COMPRESSION zstd);
COPY person TO '{folder}/person.parquet' (COMPRESSION zstd);
