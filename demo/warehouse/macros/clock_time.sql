{#- 517 is 05:17; 2400 is midnight. -#}
{% macro clock_time(hhmm) -%}
    make_time({{ hhmm }} // 100 % 24, {{ hhmm }} % 100, 0)
{%- endmacro %}
