"""Whether the service lives and whether it can answer, for load balancers and the launcher."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse


@login_not_required
def live(request: HttpRequest) -> JsonResponse:
    """The process answers; asks nothing of anybody else."""
    return JsonResponse({"status": "live"})


@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """The database answers and has every migration; 503 with the reason otherwise."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"status": "waiting", "reason": "no database"}, status=503)
    if missing:
        return JsonResponse({"status": "waiting", "reason": "migrations to apply"}, status=503)
    return JsonResponse({"status": "ready"})
