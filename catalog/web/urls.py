"""The addresses of the catalog's pages."""

from __future__ import annotations

from django.urls import include, path

from catalog.web import documentation, exports, home, remarks
from catalog.web.datasets import (
    columns,
    conversation,
    editing,
    history,
    labels,
    lifecycle,
    media,
    overview,
    owners,
    placements,
    tabs,
)
from catalog.web.presentation.appearance import remember_appearance
from catalog.web.search import views as search

app_name = "catalog"

urlpatterns = [
    path("", home.home, name="home"),
    path("docs/", documentation.index, name="documentation"),
    path("docs/schema.graphql", documentation.graphql_schema, name="graphql_schema"),
    path("docs/<slug:name>/", documentation.page, name="documentation_page"),
    path("docs/<slug:folder>/<slug:name>/", documentation.page, name="documentation_page"),
    path("appearance/", remember_appearance, name="appearance"),
    path("search/", search.results, name="search"),
    path("search/suggest/", search.suggestions, name="suggest"),
    path("search/preview/<int:dataset_id>/", search.preview, name="preview"),
    path("search/results.csv", search.download_csv, name="search_csv"),
    path("search/results.json", search.download_json, name="search_json"),
    path("search/save/", search.save, name="save_search"),
    path("search/saved/<int:saved_search_id>/forget/", search.forget, name="forget_search"),
    path("d/", overview.by_name, name="dataset_by_name"),
    path("datasets/<int:dataset_id>/", overview.overview, name="dataset"),
    path("datasets/<int:dataset_id>/columns/", columns.columns, name="columns"),
    path("datasets/<int:dataset_id>/columns.csv", columns.columns_csv, name="columns_csv"),
    path("datasets/<int:dataset_id>/columns/row/", columns.column_row, name="column_row"),
    path("datasets/<int:dataset_id>/columns/edit/", columns.edit_column, name="edit_column"),
    path(
        "datasets/<int:dataset_id>/columns/revert/",
        columns.revert_column_description,
        name="revert_column",
    ),
    path("remarks/<slug:subject_type>/<int:subject_id>/", remarks.remarks, name="remarks"),
    path("remarks/<int:remark_id>/reply/", remarks.reply_to, name="reply_to_remark"),
    path("remarks/<int:remark_id>/solve/", remarks.solve, name="solve_remark"),
    path("datasets/<int:dataset_id>/contract.yaml", exports.dataset_contract, name="contract"),
    path("datasets/<int:dataset_id>/dcat.jsonld", exports.dataset_dcat, name="dcat"),
    path("products/<slug:slug>/product.yaml", exports.product_file, name="product_file"),
    path("datasets/<int:dataset_id>/media/", media.media, name="media"),
    path("datasets/<int:dataset_id>/quality/", tabs.quality, name="dataset_quality"),
    path("datasets/<int:dataset_id>/quality/sample/", tabs.sample, name="dataset_sample"),
    path("datasets/<int:dataset_id>/access/", tabs.access, name="dataset_access"),
    path("datasets/<int:dataset_id>/uses/", tabs.uses, name="dataset_uses"),
    path("datasets/<int:dataset_id>/history/", history.history, name="dataset_history"),
    path("datasets/<int:dataset_id>/activity/", tabs.activity, name="dataset_activity"),
    path("datasets/<int:dataset_id>/revert/", editing.revert, name="revert"),
    path("datasets/<int:dataset_id>/edit/owners/", owners.edit_owners, name="edit_owners"),
    path("datasets/<int:dataset_id>/part/owners/", owners.owners_part, name="owners_part"),
    path("datasets/<int:dataset_id>/owners/name/", owners.name_owner, name="name_owner"),
    path("datasets/<int:dataset_id>/owners/release/", owners.release_owner, name="release_owner"),
    path("datasets/<int:dataset_id>/edit/labels/", labels.edit_labels, name="edit_labels"),
    path("datasets/<int:dataset_id>/part/labels/", labels.labels_part, name="labels_part"),
    path("datasets/<int:dataset_id>/labels/put/", labels.put_label, name="put_label"),
    path("datasets/<int:dataset_id>/labels/take/", labels.take_label, name="take_label"),
    path(
        "datasets/<int:dataset_id>/edit/lifecycle/",
        lifecycle.edit_lifecycle,
        name="edit_lifecycle",
    ),
    path("datasets/<int:dataset_id>/edit/<slug:part>/", editing.edit, name="edit"),
    path("datasets/<int:dataset_id>/part/<slug:part>/", editing.part, name="part"),
    path("datasets/<int:dataset_id>/follow/", conversation.follow, name="follow"),
    path("datasets/<int:dataset_id>/unfollow/", conversation.unfollow, name="unfollow"),
    path("datasets/<int:dataset_id>/questions/", conversation.ask, name="ask"),
    path(
        "datasets/<int:dataset_id>/questions/<int:question_id>/answer/",
        conversation.answer,
        name="answer",
    ),
    path("datasets/<int:dataset_id>/problems/", conversation.report_problem, name="report_problem"),
    path(
        "datasets/<int:dataset_id>/problems/<int:problem_id>/solve/",
        conversation.solve_problem,
        name="solve_problem",
    ),
    path("datasets/<int:dataset_id>/search/", placements.placements, name="placements"),
    path(
        "datasets/<int:dataset_id>/search/<int:placement_id>/end/",
        placements.take_back,
        name="take_back_placement",
    ),
    path("datasets/<int:dataset_id>/examples/", conversation.add_example, name="add_example"),
    path(
        "datasets/<int:dataset_id>/examples/<int:example_id>/remove/",
        conversation.remove_example,
        name="remove_example",
    ),
    path("", include("catalog.web.stewardship.urls")),
    path("", include("catalog.web.directory.urls")),
    path("", include("catalog.web.ingestion.urls")),
    path("", include("catalog.web.account.urls")),
    path("", include("catalog.web.administration.urls")),
]
