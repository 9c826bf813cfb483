"""One's messages: read, and led to what they speak of."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.whole_numbers import whole
from governance.notifications.selectors.inbox import inbox as messages_of
from governance.notifications.selectors.inbox import unread_count
from governance.notifications.services.preferences import mark_read


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """`/notifications/`: newest first, `?unread=1` leaves out what was read."""
    principal = principal_from(request)
    only_unread = request.GET.get("unread") == "1"
    context = {
        "page": page_of(request, messages_of(principal, unread=only_unread)),
        "unread": unread_count(principal),
        "only_unread": only_unread,
    }
    return render(request, "governance/notifications/inbox.html", context)


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one message read (`id`) and go where it leads, or mark all read."""
    principal = principal_from(request)
    chosen = request.POST.get("id", "")
    if (number := whole(chosen)) is None:
        mark_read(acting=principal)
        return redirect("governance:notifications")
    message = messages_of(principal).filter(pk=number).first()
    if message is None:
        return redirect("governance:notifications")
    mark_read(acting=principal, notification_ids=[message.pk])
    return redirect(message.url)
