{% test within_range(model, column_name, minimum=none, maximum=none, condition='true') %}
select {{ column_name }}
from {{ model }}
where {{ condition }}
    and (
        false
        {%- if minimum is not none %} or {{ column_name }} < {{ minimum }}{% endif %}
        {%- if maximum is not none %} or {{ column_name }} > {{ maximum }}{% endif %}
    )
{% endtest %}
