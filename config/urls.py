"""Every address of the service, assembled from its packages."""

from django.conf import settings
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from catalog.admin import site
from catalog.api.views.base import NoSuchAddress
from config.graphql.endpoint import GraphQLView
from config.graphql.explorer import explorer
from config.health import live, ready

handler404 = "config.failures.not_found"
handler500 = "config.failures.server_error"
urlpatterns = [
    path("admin/", site.urls),
    path("accounts/", include("config.accounts")),
    path("api/v1/", include(("catalog.api.urls", "catalog"), namespace="api")),
    path("api/v1/", include(("lineage.api.urls", "lineage"), namespace="lineage_api")),
    path("api/v1/", include(("governance.api_urls", "governance"), namespace="governance_api")),
    path("api/v1/<path:address>", NoSuchAddress.as_view()),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path(
        "api/explorer/",
        SpectacularSwaggerSplitView.as_view(url_name="api-schema"),
        name="api-explorer",
    ),
    path("graphql/", GraphQLView.as_view(), name="graphql"),
    path("graphql/explorer/", explorer, name="graphql-explorer"),
    path("health/live", live),
    path("health/ready", ready),
    path("", include("catalog.web.urls")),
    path("", include("lineage.web.urls")),
    path("", include("governance.urls")),
]

if settings.STORY_CLOCK:
    urlpatterns.append(path("demonstration/", include("config.demo.urls")))
