{#- A ratio between 0 and 1, four decimals; null when there is nothing to divide by. -#}
{% macro share(part, whole) -%}
    round(({{ part }}) / nullif({{ whole }}, 0), 4)
{%- endmacro %}
