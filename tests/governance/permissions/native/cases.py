"""Written statements with the answer each must get; Ann may not see what `company` protects."""

# ruff: noqa: E501 - a statement is one line
from __future__ import annotations

ALLOWED = """
CREATE MACRO f(x) AS x
CREATE OR REPLACE TEMP FUNCTION f(x, y := 2) AS x + y
CREATE TABLE hr.fresh AS SELECT 1 AS a; ALTER TABLE hr.fresh RENAME TO other; SELECT a FROM hr.other
SELECT getvariable('x')
SELECT team FROM teams WHERE id = getvariable('x')
UPDATE employees SET profile = {'city': 'Bonn', 'ssn': '0'} WHERE id = 1 RETURNING id
UPDATE employees SET region = profile.city WHERE id = 1
UPDATE employees e SET region = e.profile.city WHERE e.profile.city <> 'Bonn' RETURNING id
MERGE INTO employees e USING (SELECT lead, team FROM teams) AS t(n, name) ON e.id = t.n WHEN MATCHED THEN UPDATE SET region = t.name
/* a */ DESCRIBE /* b */ SELECT team FROM teams -- c
SUMMARIZE /* a */ teams
INSERT INTO teams BY /* a */ POSITION SELECT id, region, id FROM employees -- b
PREPARE /* a */ p AS SELECT team FROM teams WHERE id = $1; EXECUTE P(1)
PREPARE p AS SELECT id FROM employees; EXECUTE p; DEALLOCATE p
SELECT CASE WHEN id > 99 THEN error(team) ELSE team END FROM teams
SELECT id FROM teams WHERE id > 0 AND coalesce(team, error('none')) > ''
ALTER TABLE teams RENAME TO crews
ALTER TABLE teams RENAME team TO crew
ALTER TABLE employees ADD COLUMN fee INTEGER; SELECT fee FROM employees
ALTER TABLE employees ADD COLUMN fee INTEGER DEFAULT 1
CREATE TYPE mood AS ENUM ('good', 'it''s bad')
PRAGMA version
SELECT count(*) FROM pragma_version()
CREATE TABLE hr.fresh AS SELECT id FROM employees; SELECT id FROM hr.fresh
MERGE INTO employees e USING (SELECT 9 AS id, 'x' AS name) s ON e.id = s.id WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)
WITH RECURSIVE t(id, n) USING KEY (id) AS (SELECT id, 1 FROM teams UNION SELECT t.id, x.n + 1 FROM t JOIN recurring.t AS x ON x.id = t.id WHERE t.n < 3) SELECT * FROM t
PIVOT teams ON team USING count(*) GROUP BY lead ORDER BY lead LIMIT 1
CREATE TABLE fresh AS PIVOT teams ON team USING max(id)
WITH t AS (SELECT team, id FROM teams) PIVOT t ON team USING count(*) ORDER BY id
INSERT INTO teams BY POSITION SELECT id, region, id FROM employees
INSERT INTO teams BY POSITION (id) FROM range(3)
SELECT id FROM teams ORDER BY id LIMIT (SELECT count(*) FROM employees) % 3 OFFSET 1
SELECT id FROM teams ORDER BY position('a' IN team)
FROM (SHOW employees)
SELECT t.id, d.column_name FROM teams t, (DESCRIBE hr.staff) d
SELECT column_name FROM (SHOW sales.orders) WHERE "null" = 'YES'
WITH d AS (DELETE FROM teams WHERE id = 1 RETURNING *) SELECT * FROM d
WITH d AS (DELETE FROM employees WHERE id = 1 RETURNING id, region) SELECT * FROM d
WITH d AS (UPDATE employees SET name = 'x' WHERE id = 1 RETURNING id) SELECT count(*) FROM d
UPDATE employees SET region = 'eu' WHERE id = 1
UPDATE employees SET name = 'x'
UPDATE reviews SET rating = 1 WHERE team = 'red'
INSERT INTO sales.orders VALUES (1, 'us', 1, '') RETURNING *
MERGE INTO employees e USING teams t ON e.id = t.lead WHEN MATCHED THEN UPDATE SET name = t.team
CREATE SCHEMA fresh
CREATE TABLE fresh (id INTEGER REFERENCES employees (id))
DROP TABLE employees
SELECT 1; DROP TABLE employees
ALTER TABLE employees ADD COLUMN fee INTEGER
ALTER TABLE employees DROP COLUMN region
CREATE INDEX by_region ON employees (region)
PREPARE p AS SELECT team FROM teams WHERE id = $1
DESCRIBE SELECT team FROM teams
DESCRIBE employees
SHOW employees
SUMMARIZE SELECT id FROM employees
SUMMARIZE teams
SUMMARIZE TABLE teams
SELECT [1, 2, 3][::-1], id FROM teams ORDER BY id
CHECKPOINT
COPY teams (id) TO '/dev/null'
SELECT 1
SELECT * FROM teams
SELECT id, region FROM employees
SELECT count(*) FROM employees
SELECT e.id FROM hr.employees AS e WHERE e.region = 'eu'
SELECT team, lead FROM teams ORDER BY lead
SELECT code FROM sales.regions
SELECT * FROM sales.titles
WITH salary AS (SELECT 1 AS x) SELECT x FROM teams, salary AS s
SELECT t.team FROM teams t JOIN employees e ON e.id = t.lead
SELECT count(*) FROM reviews
SELECT team, count(*) FROM reviews GROUP BY team
VALUES (1, 'salary')
SELECT 'salary' AS word FROM teams
SELECT upper(team) FROM teams -- salary
SELECT team.upper().length(), [1, 2].list_sum(), 'a'.upper() FROM teams
SELECT /* salary */ team FROM teams
SELECT list_sort([3, 1, 2])
SELECT * FROM range(3)
SELECT unnest([1, 2, 3]) AS x
INSERT INTO teams SELECT 9, 'green', id FROM employees
UPDATE teams SET team = 'x' WHERE id = 1
DELETE FROM teams WHERE id = 1
CREATE TABLE hr.fresh AS SELECT id, region FROM employees
DESCRIBE teams
SELECT team FROM teams; SELECT code FROM sales.regions
BEGIN TRANSACTION
SELECT id FROM employees UNION SELECT lead FROM teams
SELECT EXISTS (SELECT 1 FROM employees WHERE id = 1)
WITH employees AS (SELECT id, team AS salary FROM teams) SELECT salary FROM employees
SELECT max(id) OVER (PARTITION BY region) AS m FROM employees
"""

REWRITTEN = """
CREATE TABLE IF NOT EXISTS hr.fresh AS SELECT 1 AS plan; SELECT plan FROM hr.fresh
TABLE hr.staff_names
VALUES ((SELECT max(name) FROM hr.staff_names))
COPY hr.staff_names TO '/dev/null'
COPY sales.eu TO '/dev/null' (HEADER)
UPDATE employees SET name = 'given' WHERE id = 1 RETURNING name, region
UPDATE employees SET region = 'x' RETURNING id, email
UPDATE employees SET region = 'x' WHERE id = 1 RETURNING upper(name) AS n, email || '!' AS e, region
UPDATE employees SET name = 'given' RETURNING name, email, id + 1
DELETE FROM employees RETURNING id, born
UPDATE employees SET region = 'x' RETURNING list_transform([1], lambda x: x || name) AS names
SELECT rowid, name FROM employees
MERGE INTO sales.orders o USING (SELECT 1 AS id, 2 AS n) s USING (id) WHEN MATCHED AND id > 0 THEN UPDATE SET amount = id + n WHEN NOT MATCHED THEN INSERT (id, amount) VALUES (id, n)
SELECT count(*) FROM sales.orders TABLESAMPLE 100%
DELETE FROM sales.orders USING teams t WHERE t.rowid = orders.id
MERGE INTO sales.orders o USING (SELECT 1 AS id, 7 AS n) s USING (id) WHEN MATCHED THEN UPDATE SET amount = s.n WHEN NOT MATCHED THEN INSERT (id, amount) VALUES (s.id, s.n)
SELECT e.rowid AS at, e.email FROM employees e JOIN teams t ON t.rowid = e.rowid WHERE e.name > 'a'
SELECT o.id FROM sales.orders o JOIN teams t ON t.id = o.id WHERE t.rowid >= 0
SELECT name FROM employees WHERE rowid IN (SELECT max(rowid) FROM employees)
DELETE FROM employees e USING teams t WHERE t.lead = e.id RETURNING e.name
WITH d AS (DELETE FROM employees RETURNING id, email) SELECT count(DISTINCT email) FROM d
WITH d AS (UPDATE employees SET region = 'x' RETURNING name AS n) SELECT max(n) FROM d
CREATE TEMP TABLE fresh AS SELECT email FROM employees; SELECT * FROM fresh
CREATE TEMP TABLE fresh (a INTEGER, b VARCHAR); INSERT INTO fresh SELECT id, email FROM employees; SELECT b FROM temp.main.fresh
CREATE TEMP TABLE fresh AS SELECT id, name FROM employees; UPDATE fresh SET id = id + 1; DELETE FROM fresh WHERE id > 3; SELECT fresh.name FROM fresh
CREATE TEMP TABLE fresh AS SELECT name AS n FROM employees; SELECT n, e.id FROM fresh JOIN employees e ON e.name = n
CREATE TEMP TABLE employees AS SELECT 1 AS salary; SELECT salary FROM employees
CREATE TEMP TABLE plans AS SELECT name AS plan FROM employees; SELECT plan FROM plans
DROP TABLE IF EXISTS fresh; CREATE TEMP TABLE fresh AS SELECT email FROM employees; SELECT count(*) FROM fresh
CREATE TEMP VIEW fresh AS SELECT name FROM employees; SELECT name FROM fresh
CREATE TABLE hr.fresh AS SELECT name FROM employees; SELECT name FROM hr.fresh
CREATE VIEW hr.fresh AS SELECT name FROM employees; SELECT name FROM hr.fresh
PREPARE p AS SELECT email FROM employees WHERE id = $1; EXECUTE p(1)
MERGE INTO sales.orders o USING teams t ON o.id = t.id WHEN MATCHED THEN DELETE
MERGE INTO sales.orders o USING teams t ON o.id = t.id WHEN NOT MATCHED BY SOURCE THEN DELETE
MERGE INTO sales.orders o USING (SELECT 10 AS n) t ON CAST(o.note AS INTEGER) = t.n WHEN NOT MATCHED THEN INSERT (id) VALUES (t.n) RETURNING merge_action, id
SELECT hr.employees.profile.city FROM hr.employees
SELECT CASE WHEN name IS NULL THEN error(name) ELSE name END FROM employees
SELECT team, sum(rating) FROM reviews GROUP BY team HAVING CAST(CASE WHEN sum(rating) > 8 THEN 'x' ELSE '1' END AS INTEGER) = 1
SELECT team, count(*) FROM survey WHERE mood BETWEEN 0 AND 9 AND NOT (lower(team) = 'x' OR team IS NULL) GROUP BY team
PIVOT sales.orders /* a */ ON region USING sum(amount) GROUP BY id ORDER BY id -- b
SUMMARIZE /* a */ sales.orders -- b
WITH RECURSIVE o(id, s) USING KEY (id) AS (SELECT id, note FROM sales.orders UNION SELECT o.id, x.s || '!' FROM o JOIN recurring.o AS x ON x.id = o.id WHERE length(o.s) < 4) SELECT * FROM o
DESCRIBE SELECT salary FROM employees
DESCRIBE SELECT * FROM employees
ALTER TABLE employees ADD COLUMN fee INTEGER DEFAULT 1; ALTER TABLE employees ADD COLUMN note VARCHAR; SELECT name, fee, note FROM hr.employees
DESC FROM employees e
DESCRIBE SELECT e FROM employees e
DESCRIBE SELECT max(yearly) FROM pay
FROM (DESCRIBE SELECT salary FROM employees)
PIVOT sales.orders ON region USING sum(amount) GROUP BY id ORDER BY id LIMIT 1
CREATE TABLE hr.fresh AS PIVOT sales.orders ON region USING sum(amount) GROUP BY id
WITH o AS (SELECT region, id FROM sales.orders) PIVOT o ON region USING count(*) GROUP BY id ORDER BY id
INSERT INTO teams BY POSITION SELECT id, name, id FROM employees
INSERT INTO teams BY POSITION (id, team) SELECT id, name FROM employees
SELECT id FROM teams ORDER BY id LIMIT (SELECT count(*) FROM sales.orders) % 3
SELECT d.column_name, o.id FROM (SHOW sales.orders) d, sales.orders o
WITH d AS (DELETE FROM sales.orders RETURNING *) SELECT * FROM d
WITH d AS (DELETE FROM sales.orders o WHERE CAST(o.note AS INTEGER) > 12 RETURNING o.id) SELECT count(*) FROM d
WITH d AS (UPDATE sales.orders SET amount = 1 RETURNING id, amount) INSERT INTO teams (id) SELECT id FROM d
WITH d AS (DELETE FROM teams RETURNING id), o AS (DELETE FROM sales.orders RETURNING *) SELECT o.note FROM d, o
WITH RECURSIVE orders AS (SELECT 9 AS id UNION ALL BY NAME SELECT id FROM sales.orders UNION ALL BY NAME SELECT id FROM sales.orders) SELECT id FROM orders
WITH RECURSIVE employees AS (SELECT 'x' AS name UNION ALL BY NAME SELECT name FROM employees) SELECT name FROM employees
DELETE FROM sales.orders
DELETE FROM sales.orders WHERE CAST(note AS INTEGER) > 12
UPDATE sales.orders o SET amount = o.amount + 1 WHERE o.id > 0 RETURNING *
UPDATE sales.orders SET note = e.name FROM employees e WHERE e.id = orders.id RETURNING note
CREATE VIEW hr.mine AS SELECT * FROM sales.orders
PREPARE p AS SELECT name FROM employees WHERE id = $1
DESCRIBE SELECT * FROM sales.orders
SUMMARIZE sales.orders
SUMMARIZE TABLE sales.orders
SELECT list(id ORDER BY id)[::-1] FROM sales.orders
SELECT column_name, "max" FROM (SUMMARIZE sales.orders)
SELECT column_name, "max" FROM (SUMMARIZE hr.staff_names)
CREATE TEMP TABLE fresh AS SUMMARIZE sales.orders
SUMMARIZE SELECT name FROM employees
SELECT * FROM sales.orders TABLESAMPLE 100 ROWS
COPY sales.orders (id) TO '/dev/null'
VALUES ((SELECT max(name) FROM employees))
SELECT prefix(name, 'ann') FROM employees
SELECT name FROM employees
SELECT email FROM employees
SELECT born FROM employees
SELECT id FROM employees WHERE name = 'annabel'
SELECT id FROM employees WHERE email = 'ann@x'
SELECT id, email FROM employees ORDER BY email
SELECT name, count(*) FROM employees GROUP BY name
SELECT a.id FROM employees a JOIN employees b ON a.email = b.email
SELECT * EXCLUDE (salary, profile) FROM employees
SELECT e.* EXCLUDE (salary, profile) FROM employees e
SELECT hr.employees.name FROM hr.employees
SELECT employees.email FROM hr.employees WHERE hr.employees.region = 'eu'
SELECT "name" FROM "employees"
SELECT NAME FROM EMPLOYEES
SELECT "Name" FROM "Employees" AS "E"
SELECT e."name" FROM/**/employees/* x */AS e
SELECT name FROM employees -- region = 'eu'
SELECT * FROM sales.orders
SELECT count(*) FROM sales.orders
SELECT sum(amount) FROM sales.orders
SELECT o FROM sales.orders o
SELECT to_json(o) FROM sales.orders o
SELECT count(o) FROM sales.orders o
SELECT orders FROM sales.orders
SELECT CAST(note AS INTEGER) FROM sales.orders
SELECT * FROM sales.orders WHERE CAST(note AS INTEGER) > 12
SELECT 100 // amount FROM sales.orders
SELECT row_number() OVER (ORDER BY amount) FROM sales.orders
SELECT rank() OVER w FROM sales.orders WINDOW w AS (PARTITION BY region ORDER BY id)
SELECT * FROM sales.orders o JOIN sales.regions r ON o.region = r.code
SELECT r.title FROM sales.regions r LEFT JOIN sales.orders o ON o.region = r.code
SELECT r.title FROM sales.regions r WHERE NOT EXISTS (SELECT 1 FROM sales.orders o WHERE o.region = r.code)
SELECT r.title, (SELECT max(amount) FROM sales.orders o WHERE o.region = r.code) FROM sales.regions r
SELECT r.title, x.id FROM sales.regions r, LATERAL (SELECT id FROM sales.orders o WHERE o.region = r.code) x
SELECT id FROM sales.orders UNION ALL SELECT id FROM teams
SELECT id FROM teams EXCEPT SELECT id FROM sales.orders
SELECT id FROM teams INTERSECT SELECT id FROM sales.orders
WITH orders AS (SELECT * FROM sales.orders) SELECT * FROM orders
WITH sales AS (SELECT 1 AS id) SELECT * FROM sales.orders
WITH RECURSIVE n AS (SELECT id FROM sales.orders UNION ALL SELECT id + 100 FROM n WHERE id < 50) SELECT * FROM n
WITH RECURSIVE employees AS (SELECT name FROM employees UNION ALL SELECT name || 'x' FROM employees WHERE length(name) < 5) SELECT * FROM employees
WITH employees AS (SELECT name FROM employees) SELECT * FROM employees
WITH a AS (WITH b AS (SELECT name FROM employees) SELECT * FROM b) SELECT * FROM a
SELECT * FROM (SELECT name AS salary FROM employees)
SELECT name AS id FROM employees ORDER BY id
FROM sales.orders
FROM sales.orders SELECT id
TABLE sales.orders
WITH t AS (SELECT id FROM employees) SELECT * FROM t
SELECT * FROM (sales.orders JOIN sales.regions ON region = code)
SELECT * FROM sales.orders NATURAL JOIN teams
SELECT * FROM sales.orders JOIN teams USING (id)
SELECT * FROM sales.orders ASOF JOIN teams ON orders.id >= teams.id
PIVOT sales.orders ON region USING sum(amount) GROUP BY id
SELECT * FROM sales.orders PIVOT (sum(amount) FOR region IN ('eu', 'us') GROUP BY id)
UNPIVOT (SELECT id, amount FROM sales.orders) ON amount, id INTO NAME n VALUE v
SELECT COLUMNS('a.*') FROM sales.orders
SELECT COLUMNS(*) FROM sales.orders
SELECT #3 FROM sales.orders
SELECT DISTINCT region FROM sales.orders
SELECT DISTINCT ON (region) region, id FROM sales.orders ORDER BY region, id
SELECT amount FROM sales.orders LIMIT 1
SELECT amount FROM sales.orders ORDER BY amount DESC LIMIT 1 OFFSET 1
SELECT region, sum(amount) FROM sales.orders GROUP BY ROLLUP (region)
SELECT region, sum(amount) FROM sales.orders GROUP BY ALL HAVING sum(amount) > 5
SELECT id FROM sales.orders QUALIFY row_number() OVER (PARTITION BY region ORDER BY id) = 1
SELECT CASE WHEN name LIKE 'ann%' THEN 1 ELSE 0 END FROM employees
SELECT name || email FROM employees
SELECT min(born), max(born) FROM employees
SELECT struct_pack(a := name) FROM employees
SELECT list(name ORDER BY id) FROM employees
SELECT string_agg(email, ',' ORDER BY id) FROM employees
SELECT * FROM staff_names
SELECT name FROM staff
SELECT s.name FROM hr.staff s WHERE s.region = 'eu'
SELECT * FROM sales.eu
SELECT * FROM sales.twice
SELECT t.team FROM teams t WHERE t.id IN (SELECT id FROM sales.eu)
INSERT INTO teams SELECT id, region, amount FROM sales.orders
SELECT name.upper() FROM employees
SELECT e.name.upper().length() AS n FROM employees e WHERE e.email.split('@')[1].lower() <> 'x'
SELECT upper(name).reverse(), ('x' || name).length(), profile.city.lower() FROM employees
SELECT o.to_json().json_keys() FROM sales.orders o
SELECT [name].list_transform(lambda x: x.upper()).len() FROM employees
SELECT hr.staff_names.name FROM hr.staff_names WHERE hr.staff_names.id = 1
SELECT sales.eu.id FROM sales.eu UNION ALL SELECT sales.eu.amount FROM sales.eu
SELECT sales.eu.id, t.team FROM sales.eu JOIN hr.staff_names ON hr.staff_names.id = sales.eu.id, teams t
INSERT INTO teams (id, team) SELECT id, name FROM employees
UPDATE teams SET team = o.region FROM sales.orders o WHERE o.id = teams.id
DELETE FROM teams USING sales.orders o WHERE o.id = teams.id
DELETE FROM teams WHERE id IN (SELECT id FROM sales.orders)
CREATE TABLE hr.fresh AS SELECT * FROM sales.orders
CREATE TEMP TABLE fresh AS SELECT name FROM employees
SELECT team FROM teams; SELECT id FROM sales.orders
SELECT team, avg(rating) AS a FROM reviews GROUP BY team
SELECT sum(rating) FROM reviews
SELECT team, sum(rating) FROM reviews WHERE id > 0 GROUP BY team HAVING count(*) > 1
SELECT * FROM (SELECT team, avg(rating) AS a FROM reviews GROUP BY team) x JOIN teams t ON t.team = x.team
SELECT count(*) FROM survey
SELECT team, avg(mood) FROM survey GROUP BY team
SELECT team, count(*) FROM survey WHERE mood > 0 GROUP BY team
WITH r AS (SELECT team, sum(rating) AS s FROM reviews WHERE team IN (SELECT team FROM teams) GROUP BY team) SELECT sum(s) FROM r
SELECT id, (SELECT avg(reviews.rating) AS a FROM reviews WHERE team = 'red' ORDER BY a) AS red FROM teams
SELECT team, sum(rating) FROM reviews GROUP BY team UNION ALL SELECT team, 0 FROM reviews
SELECT id FROM employees e WHERE e.email IN (SELECT email FROM employees WHERE region = 'eu')
SELECT profile.city FROM employees
SELECT id, profile.city AS where_at FROM employees WHERE profile.city LIKE 'C%'
SELECT count(*) FROM (SELECT * FROM employees)
SELECT id FROM (SELECT * FROM employees)
SELECT max(length(name)) FROM employees
SELECT * FROM sales.orders POSITIONAL JOIN teams
SELECT id FROM sales.orders WHERE region IS NULL OR region <> 'eu'
SELECT sum(amount) FILTER (WHERE region = 'us') FROM sales.orders
SELECT a.id FROM sales.orders AS a(id, r, x, n)
SELECT protected_rows.id FROM sales.orders AS protected_rows
"""


def lines(text: str) -> list[str]:
    """One statement a line."""
    return [line for line in text.splitlines() if line.strip()]
