"""Bodies of which a field that is not known is a mistake, and no field that was left out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

_MOST_TOLD = 10


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not have: a misspelt counter is not a zero, and a token whose end
    is misspelt is not one without an end."""

    def to_internal_value(self, data: Any) -> Any:
        """Checked values; unknown names are told by their name."""
        if isinstance(data, dict):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                known = ", ".join(self.fields)
                message = f"There is no such field; there are {known}."
                raise serializers.ValidationError(
                    {name[:100]: [message] for name in unknown[:_MOST_TOLD]}
                )
        return super().to_internal_value(data)
