"""Written statements that are refused, beside `cases`."""

# ruff: noqa: E501 - a statement is one line
from __future__ import annotations

DENIED = """
SELECT id FROM employees WHERE id > 9 OR error(name) IS NULL
SELECT e.id FROM employees e JOIN teams t ON t.id = e.id AND error(e.name) IS NULL
UPDATE employees SET (region, id) = (name, 1) RETURNING name
UPDATE employees SET region = 'x' RETURNING list_transform(['x'], lambda name: NAME || email)
UPDATE employees SET region = profile.ssn
UPDATE employees SET profile = {'city': profile.ssn, 'ssn': '0'}
UPDATE employees SET profile = {'city': ssn, 'ssn': struct_extract(profile, 'ssn')}
UPDATE employees SET region = profile['ssn']
UPDATE employees SET region = (profile).ssn
UPDATE employees AS profile SET region = profile.ssn
UPDATE employees SET region = (SELECT profile.city FROM teams profile)
UPDATE employees e SET region = 'x' RETURNING e.*
BEGIN; CREATE OR REPLACE TABLE hr.fresh AS SELECT 1 AS a; ROLLBACK; SELECT a FROM hr.fresh
UPDATE employees SET region = 'x' RETURNING *
UPDATE employees SET region = 'x' RETURNING salary
UPDATE employees SET region = 'x' RETURNING (SELECT max(name) FROM employees x)
UPDATE employees SET region = profile.ssn WHERE EXISTS (SELECT 1 FROM teams profile)
UPDATE employees SET region = (SELECT employees.name)
DELETE FROM employees RETURNING employees
UPDATE employees SET region = 'x' RETURNING [name FOR name IN ['x']]
SELECT t.rowid FROM sales.orders o JOIN teams t ON t.id = o.id AND o.rowid >= 0
SELECT rowid FROM sales.orders o JOIN (SELECT id AS n FROM employees) e ON e.n = o.id
SELECT avg(rating) FROM reviews WHERE rowid < 4
CREATE TABLE fresh (a VARCHAR REFERENCES employees)
CREATE TABLE fresh (a VARCHAR, FOREIGN KEY (a) REFERENCES employees)
CREATE TABLE fresh (a VARCHAR, FOREIGN KEY (a) REFERENCES employees (name))
SELECT rowid, * FROM (SELECT rowid, email FROM employees)
DELETE FROM sales.orders RETURNING rowid
DELETE FROM sales.orders o WHERE o.rowid = 1
WITH d AS (UPDATE sales.orders SET amount = 1 RETURNING rowid AS n) SELECT n FROM d
MERGE INTO sales.orders o USING teams t ON t.id = o.rowid WHEN MATCHED THEN DELETE
INSERT INTO reviews VALUES (7, 'blue', 1); SELECT avg(rating) FROM reviews WHERE team = 'blue'
WITH d AS (UPDATE reviews SET team = 'red' WHERE id = 4 RETURNING id) SELECT avg(rating) FROM reviews
SELECT team, count(*) FROM survey WHERE 1 / (mood - 9) < 0 GROUP BY team
SELECT team, count(*) FROM survey WHERE team = 1 GROUP BY team
SELECT count(*) FROM survey WHERE CASE WHEN mood = 9 THEN error('x') ELSE TRUE END
CREATE TEMP TABLE fresh AS SELECT salary FROM employees; SELECT * FROM fresh
CREATE TEMP TABLE fresh AS SELECT 1 AS a; DROP TABLE fresh; SELECT a FROM fresh
CREATE TEMP TABLE employees AS SELECT 1 AS salary; DROP TABLE employees; SELECT salary FROM employees
CREATE TEMP TABLE fresh AS SELECT 1 AS a; SELECT a FROM hr.fresh
CREATE TABLE secret.plans AS SELECT 1 AS plan; SELECT plan FROM secret.plans
DROP TABLE IF EXISTS fresh
PREPARE p AS SELECT 1; EXECUTE p((SELECT max(salary) FROM employees))
PREPARE p AS SELECT 1; EXECUTE q
CREATE MACRO sha256(x) AS x; SELECT email FROM employees
ALTER TABLE employees RENAME TO staff_of_old
WITH RECURSIVE t(id) AS (SELECT id FROM teams UNION SELECT id FROM recurring.employees) SELECT * FROM t
WITH RECURSIVE t(id) AS (SELECT id FROM teams UNION SELECT id FROM t) SELECT * FROM recurring.t
WITH RECURSIVE t(id, s) USING KEY (id) AS (SELECT id, salary FROM employees UNION SELECT x.id, x.s FROM recurring.t AS x) SELECT id FROM t
PIVOT employees ON salary USING count(*) GROUP BY region ORDER BY region
CREATE TABLE fresh AS PIVOT employees ON region USING sum(salary)
INSERT INTO teams BY POSITION SELECT id, region, salary FROM employees
SELECT id FROM teams ORDER BY id LIMIT (SELECT max(salary) FROM employees) % 3
FROM (SHOW secret.plans)
FROM (SHOW TABLES)
WITH e AS (FROM employees) PIVOT e ON region USING sum(salary) GROUP BY id
WITH d AS (DELETE FROM employees RETURNING *) SELECT id FROM d
WITH d AS (DELETE FROM employees WHERE name = 'annabel' RETURNING id) SELECT * FROM d
WITH d AS (UPDATE employees SET region = name RETURNING region) SELECT * FROM d
WITH d AS (UPDATE teams SET lead = e.salary FROM employees e WHERE e.id = teams.id RETURNING lead) SELECT * FROM d
PIVOT reviews ON team USING avg(rating)
PIVOT reviews ON rating USING count(*)
PIVOT archive ON id USING sum(salary)
SELECT hr.employees FROM hr.employees
SELECT one.hr.employees FROM employees
MERGE INTO teams t USING employees e ON t.id = e.id WHEN NOT MATCHED THEN INSERT
SELECT e.COLUMNS('sal.*') FROM employees e
DELETE FROM employees WHERE name = 'annabel'
UPDATE employees SET region = email
UPDATE employees SET region = 'x' RETURNING *
UPDATE sales.orders SET amount = 1 WHERE id IN (SELECT id FROM employees WHERE salary > 1)
UPDATE reviews SET team = 'x' WHERE rating > 3
UPDATE staff SET region = 'x' WHERE salary > 1
INSERT INTO titles VALUES ('x', 'y')
DROP TABLE sales.regions
DROP SCHEMA hr CASCADE
CREATE INDEX by_pay ON employees (salary)
CREATE VIEW hr.mine AS SELECT salary FROM employees
PREPARE p AS SELECT max(salary) FROM employees
SUMMARIZE archive
SELECT rowid FROM sales.orders
SHOW TABLES
SELECT salary FROM employees
SELECT id FROM employees WHERE salary > 100
SELECT id FROM employees ORDER BY salary
SELECT count(*) FROM employees GROUP BY salary
SELECT * FROM employees
SELECT e.* FROM employees e
SELECT e FROM employees e
SELECT to_json(e) FROM employees e
SELECT row_number() OVER (ORDER BY salary) FROM employees
SELECT max(salary) FROM employees
SELECT a.id FROM employees a JOIN employees b USING (salary)
SELECT 1 FROM employees NATURAL JOIN archive
SELECT "SALARY" FROM employees
SELECT "salary" FROM "hr"."employees"
SELECT salary/**/FROM/**/employees
SELECT E.SALARY FROM HR.EMPLOYEES E
SELECT hr.employees.salary FROM hr.employees
WITH x AS (SELECT * FROM employees) SELECT * FROM x
WITH employees AS (SELECT * FROM employees) SELECT salary FROM employees
WITH RECURSIVE employees AS (SELECT * FROM employees) SELECT * FROM employees
SELECT id FROM employees UNION SELECT salary FROM employees
SELECT s.salary FROM staff s
SELECT * FROM staff
SELECT yearly FROM pay
SELECT * FROM rich
SELECT COLUMNS('sal.*') FROM employees
SELECT COLUMNS(*) FROM employees
SELECT id FROM teams WHERE id IN (SELECT id FROM employees WHERE salary > 1)
SELECT t.id FROM teams t, LATERAL (SELECT salary FROM employees e WHERE e.id = t.id) x ORDER BY x.salary
SELECT (SELECT salary FROM employees WHERE id = 1)
SELECT profile FROM employees
SELECT profile.ssn FROM employees
SELECT (profile).ssn FROM employees
SELECT profile['ssn'] FROM employees
SELECT struct_extract(profile, 'ssn') FROM employees
SELECT * FROM archive
SELECT count(*) FROM archive
SELECT * FROM secret.plans
SELECT * FROM nowhere
SELECT * FROM plotted
SELECT * FROM unreadable
SELECT * FROM information_schema.tables
SELECT * FROM duckdb_tables()
SELECT * FROM pragma_storage_info('employees')
SELECT * FROM query('SELECT salary FROM employees')
SELECT * FROM query_table('employees')
SELECT * FROM 'file.csv'
SELECT * FROM read_csv('file.csv')
SELECT my_own_function(id) FROM teams
SELECT hr.upper(team) FROM teams
SELECT main.upper(team) FROM teams
SELECT team.my_own_function() FROM teams
SELECT upper(team).my_own_function() FROM teams
SELECT 'employees'.query_table() FROM teams
SELECT other.upper(team) FROM teams
SELECT salary.abs() FROM employees
SELECT e.to_json() FROM employees e
SELECT upper(salary::text).lower() FROM employees
SELECT CASE WHEN salary > 200 THEN error('rich') END FROM employees
SELECT hr.my_own_function(1)
SELECT rating FROM reviews
SELECT max(rating) FROM reviews
SELECT avg(rating) FROM reviews WHERE rating > 3
SELECT avg(CASE WHEN id = 1 THEN rating END) FROM reviews
SELECT avg(rating) FILTER (WHERE id = 1) FROM reviews
SELECT avg(rating) OVER (PARTITION BY id) FROM reviews
SELECT avg(r.rating) FROM reviews r JOIN teams t ON t.team = r.team
SELECT count(DISTINCT rating) FROM reviews
SELECT team FROM survey
SELECT mood, team FROM survey GROUP BY ALL
SELECT * FROM survey
SELECT count(*) FILTER (WHERE mood = 9) FROM survey
SELECT team, sum(rating) FROM reviews GROUP BY ROLLUP (team)
SELECT team, sum(rating) FROM reviews GROUP BY CUBE (team)
SELECT team, sum(rating) FROM reviews GROUP BY GROUPING SETS ((team), ())
SELECT team, count(*) FROM survey GROUP BY ROLLUP (team)
SELECT team, sum(rating) FROM reviews GROUP BY team UNION ALL SELECT NULL, sum(rating) FROM reviews
SELECT a.s - b.s FROM (SELECT sum(rating) AS s FROM reviews) a, (SELECT sum(rating) AS s FROM reviews WHERE id <> 4) b
WITH a AS (SELECT count(*) AS n FROM survey), b AS (SELECT count(*) AS n FROM survey WHERE mood < 9) SELECT a.n - b.n FROM a, b
SELECT k, (SELECT sum(rating) FROM reviews WHERE id <= k) FROM range(7) t(k)
SELECT k FROM range(7) t(k) ORDER BY (SELECT sum(rating) FROM reviews WHERE id <= k)
SELECT s FROM range(7) t(k), LATERAL (SELECT sum(rating) AS s FROM reviews WHERE id <= (SELECT k)) x
SELECT t.team, (SELECT count(*) FROM survey s WHERE s.mood > t.id) FROM teams t
UPDATE teams SET lead = (SELECT sum(rating) FROM reviews WHERE reviews.id <= teams.id)
INSERT INTO sales.regions VALUES ('x', 'y')
UPDATE sales.regions SET title = 'x'
COPY sales.regions TO 'out.csv'
COPY (SELECT title FROM sales.regions) TO 'out.csv'
COPY employees TO 'out.csv'
EXPORT DATABASE 'out'
CREATE MACRO f(x) AS x, (y) AS y + 1
CREATE FUNCTION f(x INTEGER) AS x
DROP TABLE employees CASCADE
ALTER TABLE employees RENAME COLUMN salary TO pay
ALTER TABLE employees ADD COLUMN fee INTEGER NOT NULL
DELETE FROM employees WHERE id = 1 RETURNING *
CREATE UNIQUE INDEX by_region ON sales.orders (id)
SUMMARIZE employees
EXPLAIN SELECT * FROM sales.orders
EXPLAIN ANALYZE SELECT salary FROM employees
PREPARE p AS SELECT salary FROM employees
EXECUTE p
CALL pragma_table_info('employees')
PRAGMA table_info('employees')
ATTACH 'x.db'
ALTER TABLE employees ADD COLUMN fee INTEGER; ALTER TABLE employees ADD COLUMN more INTEGER; SELECT salary FROM employees
ALTER TABLE employees ADD COLUMN IF NOT EXISTS fee INTEGER; SELECT fee FROM employees
ALTER TABLE employees ADD COLUMN fee INTEGER; UPDATE employees SET fee = salary; SELECT fee FROM employees
ALTER TABLE employees RENAME TO people; SELECT id FROM people
ALTER TABLE sales.regions RENAME TO places; INSERT INTO sales.places VALUES ('x', 'y')
SET VARIABLE x = (SELECT max(salary) FROM employees)
USE sales; SELECT * FROM orders
SELECT team FROM teams; SELECT salary FROM employees
DROP TABLE employees; SELECT id FROM employees
ALTER TABLE employees DROP COLUMN name; SELECT id FROM query_table('employees')
CREATE OR REPLACE VIEW hr.staff_names AS SELECT id, region AS name FROM employees; SELECT name FROM hr.staff_names
SELECT FROM WHERE
SELECT * FROM sales.orders FOR UPDATE
SELECT id FROM employees WHERE name ~ ANY (SELECT salary::text FROM employees)
SELECT rating.avg() FROM reviews
SELECT e1.id FROM employees e1 POSITIONAL JOIN (SELECT salary FROM employees) e2 ORDER BY e2.salary
PIVOT employees ON region USING sum(salary)
"""
