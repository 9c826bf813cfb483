"""Celery tasks: thin doors to governance's services, each safe to run twice and at any time."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from catalog.registries.schedules import Schedule, schedules
from catalog.types import Principal
from governance.audit.services.heads import sign_heads
from governance.audit.services.pruning import make_months, prune
from governance.audit.services.recording import upload_spools
from governance.brakes.services.leasing import forget_old, give_up_silent
from governance.conflicts.services.scanning import scan
from governance.council.services.guards import rerun_guards
from governance.culture.services.goals import measure_goals
from governance.culture.services.reports import tell_of_reports
from governance.culture.services.self_service import measure_self_service
from governance.notifications.services.sending import send_scheduled
from governance.notifications.services.webhooks import deliver_due, forget_delivered
from governance.permissions.gateways.clients.receiving import forget_batches
from governance.permissions.gateways.logs.taking import forget_foreign
from governance.permissions.services.enforcing import tell_of_lagging
from governance.permissions.services.measuring import measure_openness
from governance.permissions.services.telling import tell_of_ends
from governance.permissions.trial.services.replays import REPLAY_TASK, run_replay, run_waiting
from governance.permissions.trial.services.tallying import tally_decisions
from governance.proposals.services.story_clock import run_scheduled_timers, unless_moved

TIMERS_TASK = "governance.run_timers"
ENDS_TASK = "governance.tell_of_ends"
GUARDS_TASK = "governance.rerun_guards"
HEADS_TASK = "governance.sign_audit_heads"
PRUNE_TASK = "governance.prune_audit"
SILENT_TASK = "governance.end_silent_leases"
LAGGING_TASK = "governance.tell_of_lagging"
OPENNESS_TASK = "governance.measure_openness"
GOALS_TASK = "governance.measure_goals"
REPORTS_TASK = "governance.tell_of_reports"
SELF_SERVICE_TASK = "governance.measure_self_service"
WAITING_REPLAYS_TASK = "governance.run_waiting_replays"
TALLY_TASK = "governance.tally_decisions"
MESSAGES_TASK = "governance.send_messages"
WEBHOOKS_TASK = "governance.deliver_webhooks"
CONFLICTS_TASK = "governance.scan_conflicts"


@shared_task(name=TIMERS_TASK)
def run_governance_timers() -> None:
    """Do everything that governance's clock asks for by now."""
    run_scheduled_timers()


@shared_task(name=GUARDS_TASK)
def rerun_unchecked_guards() -> None:
    """Run guards that a decision stored as not yet checked, where an engine answers now."""
    rerun_guards()


@shared_task(name=HEADS_TASK)
def sign_audit_heads() -> None:
    """Write what lies on this machine's disk, then send the signed ends of all chains away."""
    upload_spools()
    sign_heads()


@shared_task(name=PRUNE_TASK)
def prune_audit() -> None:
    """Make the months to come, drop what is older than its retention."""
    make_months()
    prune(Principal.system("audit prune"))
    forget_batches()
    forget_foreign()
    forget_old()
    forget_delivered()


@shared_task(name=ENDS_TASK)
def tell_of_ends_ahead() -> None:
    """Tell of opt-outs and exceptions that end soon."""
    tell_of_ends()


@shared_task(name=SILENT_TASK)
def end_silent_leases() -> None:
    """Close the leases of queries whose heartbeats stay away."""
    give_up_silent()


@shared_task(name=LAGGING_TASK)
def tell_of_lagging_processes() -> None:
    """Tell whoever answers for it that a process decides by an older policy."""
    tell_of_lagging(timezone.now())


@shared_task(name=OPENNESS_TASK)
def keep_openness() -> None:
    """Keep how open data is today."""
    measure_openness()


@shared_task(name=GOALS_TASK)
def measure_open_goals() -> None:
    """Measure the goals that follow a figure, where there is new data."""
    measure_goals()


@shared_task(name=REPORTS_TASK)
def tell_of_missing_data() -> None:
    """Record the events of reports of earlier days, and forget the tallies of those days."""
    tell_of_reports()


@shared_task(name=SELF_SERVICE_TASK)
def keep_self_service() -> None:
    """Keep how many reads of today and yesterday needed nobody's approval."""
    measure_self_service()


@shared_task(name=REPLAY_TASK)
def replay_decisions(replay_id: int) -> None:
    """Decide what was recorded once more, under a draft."""
    run_replay(replay_id)


@shared_task(name=WAITING_REPLAYS_TASK)
def run_waiting_replays() -> None:
    """Run replays that nobody took, and end those that died."""
    run_waiting()


@shared_task(name=TALLY_TASK)
def tally_log() -> None:
    """Put together what the access log heard, for replays."""
    tally_decisions()


@shared_task(name=MESSAGES_TASK)
def send_messages() -> None:
    """Mail and post to chats what people are to be told by now."""
    send_scheduled()


@shared_task(name=WEBHOOKS_TASK)
def deliver_webhooks() -> None:
    """Post events to the tools that listen."""
    deliver_due()


@shared_task(name=CONFLICTS_TASK)
def scan_conflicts() -> None:
    """Look for conflicts in everything."""
    unless_moved(lambda: scan(acting=Principal.system("conflict scan")))


def register_schedules() -> None:
    """Fill the registry of schedules; called once when the application starts."""
    schedules.add("governance timers", Schedule(TIMERS_TASK, 30))
    schedules.add("governance ends", Schedule(ENDS_TASK, 3600))
    schedules.add("governance guards", Schedule(GUARDS_TASK, 3600))
    schedules.add("audit heads", Schedule(HEADS_TASK, 60))
    schedules.add("audit retention", Schedule(PRUNE_TASK, 86_400))
    schedules.add("enforcement", Schedule(LAGGING_TASK, 60))
    schedules.add("silent leases", Schedule(SILENT_TASK, 30))
    schedules.add("openness", Schedule(OPENNESS_TASK, 3600))
    schedules.add("goals", Schedule(GOALS_TASK, 60))
    schedules.add("self-service", Schedule(SELF_SERVICE_TASK, 3600))
    schedules.add("data reports", Schedule(REPORTS_TASK, 3600))
    schedules.add("replays", Schedule(WAITING_REPLAYS_TASK, 60))
    schedules.add("tallies", Schedule(TALLY_TASK, 300))
    schedules.add("messages", Schedule(MESSAGES_TASK, 10))
    schedules.add("webhooks", Schedule(WEBHOOKS_TASK, 10))
    schedules.add("conflicts", Schedule(CONFLICTS_TASK, 86_400))
