{% macro miles_per_hour_to_knots(miles_per_hour) -%}
    round({{ miles_per_hour }} / 1.15078, 1)
{%- endmacro %}
