"""Addresses of the catalog's REST API, below /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from catalog.api.views import directory, exports, ingestion, media, parts, people, remarks
from catalog.api.views.bulk import BulkChangeView
from catalog.api.views.datasets import DatasetViewSet
from catalog.api.views.search import SearchView, SuggestView
from catalog.api.views.tokens import TokensView, TokenView

router = SimpleRouter()
router.register("datasets", DatasetViewSet, basename="dataset")
router.register("systems", directory.SystemViewSet, basename="system")
router.register("containers", directory.ContainerViewSet, basename="container")
router.register("domains", directory.DomainViewSet, basename="domain")
router.register("teams", directory.TeamViewSet, basename="team")
router.register("people", directory.PersonViewSet, basename="person")
router.register("labels", directory.LabelViewSet, basename="label")
router.register("products", directory.DataProductViewSet, basename="product")
router.register("technologies", directory.TechnologyViewSet, basename="technology")
router.register("properties", directory.PropertyDefinitionViewSet, basename="property")
router.register("connections", ingestion.ConnectionViewSet, basename="connection")
router.register("runs", ingestion.RunViewSet, basename="run")

dataset = "datasets/<int:dataset_id>"
urlpatterns = [
    *router.urls,
    path("datasets/bulk/", BulkChangeView.as_view(), name="datasets-bulk"),
    path(f"{dataset}/columns/", parts.ColumnsView.as_view(), name="dataset-columns"),
    path(f"{dataset}/contract/", exports.ContractView.as_view(), name="dataset-contract"),
    path(f"{dataset}/dcat/", exports.DcatView.as_view(), name="dataset-dcat"),
    path(
        "products/<int:product_id>/document/",
        exports.ProductView.as_view(),
        name="product-document",
    ),
    path(f"{dataset}/media/", media.MediaView.as_view(), name="dataset-media"),
    path(f"{dataset}/transcript/", media.TranscriptView.as_view(), name="dataset-transcript"),
    path(f"{dataset}/relations/", parts.RelationsView.as_view(), name="dataset-relations"),
    path(f"{dataset}/profiles/", parts.ProfilesView.as_view(), name="dataset-profiles"),
    path(f"{dataset}/tests/", parts.TestResultsView.as_view(), name="dataset-tests"),
    path(f"{dataset}/questions/", parts.QuestionsView.as_view(), name="dataset-questions"),
    path(f"{dataset}/problems/", parts.KnownProblemsView.as_view(), name="dataset-problems"),
    path(f"{dataset}/examples/", parts.ExampleQueriesView.as_view(), name="dataset-examples"),
    path(f"{dataset}/placements/", parts.SearchPlacementsView.as_view(), name="placements"),
    path("placements/<int:placement_id>/", parts.SearchPlacementView.as_view(), name="placement"),
    path(f"{dataset}/follow/", parts.FollowView.as_view(), name="dataset-follow"),
    path("questions/<int:question_id>/answers/", parts.AnswersView.as_view(), name="answers"),
    path("problems/<int:problem_id>/solved/", parts.ProblemSolvedView.as_view(), name="solved"),
    path("remarks/", remarks.RemarksView.as_view(), name="remarks"),
    path("remarks/for-me/", remarks.QuestionsForMeView.as_view(), name="remarks-for-me"),
    path("remarks/<int:remark_id>/replies/", remarks.RepliesView.as_view(), name="remark-replies"),
    path(
        "remarks/<int:remark_id>/solved/", remarks.RemarkSolvedView.as_view(), name="remark-solved"
    ),
    path("search/", SearchView.as_view(), name="search"),
    path("suggest/", SuggestView.as_view(), name="suggest"),
    path("connectors/", ingestion.ConnectorsView.as_view(), name="connectors"),
    path("runs/<int:run_id>/problems/", ingestion.RunProblemsView.as_view(), name="run-problems"),
    path("invitations/", people.InvitationsView.as_view(), name="invitations"),
    path(
        "domains/<int:domain_id>/stewards/<int:person_id>/",
        people.StewardView.as_view(),
        name="domain-steward",
    ),
    path("saved-searches/", people.SavedSearchesView.as_view(), name="saved-searches"),
    path(
        "saved-searches/<int:saved_search_id>/",
        people.SavedSearchView.as_view(),
        name="saved-search",
    ),
    path("tokens/", TokensView.as_view(), name="tokens"),
    path("tokens/<int:token_id>/", TokenView.as_view(), name="token"),
]
