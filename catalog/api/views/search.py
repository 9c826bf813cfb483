"""Search over REST: the same hits, counts and suggestions as in the browser."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.serializers.search import SearchAnswerSerializer, SuggestionSerializer
from catalog.api.views.base import principal_of_request, whole_number
from catalog.errors import InvalidInput
from catalog.selectors.search import ALL_FACETS, Order, Page, SearchQuery, search, suggest

_YES = frozenset({"1", "true"})


class SearchView(APIView):
    """Search everything the caller may see."""

    @extend_schema(
        parameters=[
            OpenApiParameter("q", OpenApiTypes.STR, description="Words and field:value filters."),
            OpenApiParameter("order", OpenApiTypes.STR, enum=[order.value for order in Order]),
            OpenApiParameter("facets", OpenApiTypes.STR, description="Names with commas, or all."),
            OpenApiParameter("size", OpenApiTypes.INT, description="1 to 200, 20 unless told."),
            OpenApiParameter("cursor", OpenApiTypes.STR, description="`next_page.cursor`."),
            OpenApiParameter("verbatim", OpenApiTypes.BOOL, description="Correct no spelling."),
            OpenApiParameter("all_words", OpenApiTypes.BOOL, description="Forgive no word."),
            OpenApiParameter("plain", OpenApiTypes.BOOL, description="Read no signs in the text."),
        ],
        responses=SearchAnswerSerializer,
    )
    def get(self, request: Request) -> Response:
        """A page of hits, best first."""
        given = request.query_params
        wanted = given.get("facets", "")
        order = given.get("order", Order.RELEVANCE.value)
        if order not in {member.value for member in Order}:
            raise InvalidInput(
                f"There is no order {order[:40]!r}; use {', '.join(Order)}.", field="order"
            )
        answer = search(
            principal_of_request(request),
            SearchQuery(
                text=given.get("q", ""),
                order=Order(order),
                is_verbatim=given.get("verbatim", "") in _YES,
                all_words=given.get("all_words", "") in _YES,
                is_plain=given.get("plain", "") in _YES,
            ),
            Page(
                size=whole_number(request, "size", default=20, most=200),
                cursor=given.get("cursor", ""),
            ),
            ALL_FACETS if wanted == "all" else tuple(name for name in wanted.split(",") if name),
        )
        return Response(SearchAnswerSerializer(answer).data)


class SuggestView(APIView):
    """What the text typed so far may become."""

    @extend_schema(
        parameters=[OpenApiParameter("q", OpenApiTypes.STR)],
        responses=SuggestionSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """At most eight suggestions."""
        found = suggest(principal_of_request(request), request.query_params.get("q", ""))
        return Response(SuggestionSerializer(found, many=True).data)
