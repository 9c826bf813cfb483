"""Templates of dbt are rendered without their project, and what is unknown is said."""

import pytest

from lineage.sql.templates.rendering import render


@pytest.mark.parametrize(
    ("template", "sql"),
    [
        ("select 1", "select 1"),
        ("select a from {{ ref('m') }}", "select a from m"),
        ("select a from {{ ref('pkg', 'm', v=2) }}", "select a from m"),
        ("select a from {{ source('s', 't') }}", "select a from s.t"),
        ("{{ config(materialized='view') }}select 1", "select 1"),
        ("select {{ var('x', 1) }}", "select 1"),
        ("select {{ var('x') }}", "select x()"),
        ("select '{{ var('x') }}' from {{ var('y') }}", "select 'x' from y"),
        ("select top {{ var('x') }} a from t", "select top 1 a from t"),
        ("select a {# no #}from t", "select a from t"),
        ("select a from t{% if is_incremental() %} where b{% endif %}", "select a from t"),
        ("{% set l = ['a', 'b'] %}select {{ l | join(', ') }}", "select a, b"),
        ("{% macro m(c) %}upper({{ c }}){% endmacro %}select {{ m('a') }}", "select upper(a)"),
        ("{% snapshot s %}select 1{% endsnapshot %}", "select 1"),
        ("{% set l = [] %}{% do l.append('a') %}select {{ l | join }}", "select a"),
        ("{% set l = [] %}{% set _ = l.extend(['a', 'b']) %}select {{ l[1] }}", "select b"),
        ("{% set d = {} %}{% do d.update({'k': 'a'}) %}select {{ d.k }}", "select a"),
        ("select {{ 'a' ~ '_' ~ 1 }}, {{ '%s_%d' % ('b', 2) }}", "select a_1, b_2"),
        ("insert into {{ this }} select 1", "insert into this select 1"),
    ],
)
def test_what_dbt_means(template: str, sql: str) -> None:
    rendered = render(template)

    assert rendered.sql == sql
    assert rendered.doubts == ()


def test_a_project_may_say_more() -> None:
    rendered = render(
        "insert into {{ this }} select {{ var('x') }} from {{ ref('m') }}",
        variables={"x": 7},
        this="db.s.t",
        relation=lambda model: f"db.s.{model}",
    )

    assert rendered.sql == "insert into db.s.t select 7 from db.s.m"


@pytest.mark.parametrize(
    ("template", "sql"),
    [
        ("select {{ cents('amount') }} from t", "select cents(amount) from t"),
        ("select {{ star(from=ref('t')) }} from t", "select * from t"),
        ("select {{ u.surrogate_key(['a', 'b']) }}", "select md5(concat(a, b))"),
        ("select {{ something }} from t", "select something() from t"),
        ("{{ header() }} select a from {{ chosen() }}", " select a from chosen"),
        ("select a from {{ x }}_t where b > {{ since }}", "select a from x_t where b > since()"),
        ("select a{% for x in unknown() %}, {{ x }}{% endfor %} from t", "select a from t"),
    ],
)
def test_an_unknown_macro_leaves_a_name_or_a_call_and_a_doubt(template: str, sql: str) -> None:
    rendered = render(template)

    assert rendered.sql == sql
    assert rendered.doubts != ()
    assert rendered.confidence == 0.5


def test_a_macro_of_a_known_package_leaves_no_doubt() -> None:
    rendered = render("select {{ dbt_utils.star(from=ref('t')) }} from {{ target.schema }}.t")

    assert rendered.sql == "select * from target_schema.t"
    assert rendered.doubts == ()
    assert rendered.assumed == (
        "The template's 'dbt_utils_star' was read as its package writes it.",
    )
    assert rendered.confidence == 0.9


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
        "{{ ''.__class__.__mro__ }}",
        "{% if %}",
        "{{ 1 / 0 }}",
        "{% include 'x' %}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{{ '' }}{% endfor %}{% endfor %}",
        "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(40) }}",
        "{% set a = 'a' * 9000000000 %}",
        "{% set a = [1] * 9000000000 %}",
        "{% set a = 9 ** 9000000 %}",
        "{% set a = '%9000000000d' % 1 %}",
        "{% set a = '{:9000000000}'.format(1) %}",
        "{% set a = 'a'.ljust(9000000000) %}",
        "{% set a = 'a' | center(9000000000) %}",
        "{% set a = 'aaaaaaaa' %}" + "{% set a = a ~ a %}" * 40,
        "{% set a = 'aaaaaaaa' %}" + "{% set a = a + a %}" * 40,
        "{% set a = 'aaaaaaaa' %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40,
        "{% set a = ['a'] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}",
        "{% set a = ['a'] %}" + "{% set b = [] %}{% do b.append(a) %}{% do b.append(a) %}"
        "{% set a = b %}" * 40 + "{{ a }}",
        "{% set a = 'a,' * 500000 %}{% set b = a | replace(',', a) %}",
    ],
)
def test_a_hostile_template_ends_with_a_doubt(template: str) -> None:
    assert render(f"select 1 {template}").doubts != ()


@pytest.mark.parametrize(
    "marks",
    ["[[ {{", "{{", "{% condition f %}", "$__t(a,(b", "@DEF(", "${ref(", "{{a}}", "config {\n"],
)
def test_marks_that_are_never_closed_cost_no_time(marks: str) -> None:
    """Half a million characters of each took minutes where their search was not bounded."""
    assert render("MODEL (name x); " + marks * (500_000 // len(marks))).sql
