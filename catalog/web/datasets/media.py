"""What an image, sound or document says of itself, and the words in it for who may read them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from catalog.access import AccessRefused
from catalog.errors import InvalidInput
from catalog.selectors.media import MediaAnswer, media_of
from catalog.services.media import FIELDS, MOST_TRANSCRIPT, describe_media
from catalog.types import MediaKind
from catalog.web.datasets.frame import frame_of
from catalog.web.refusals import reason_of


class MediaForm(forms.Form):
    kind = forms.ChoiceField(
        label="Kind", choices=[(kind.value, kind.value.capitalize()) for kind in MediaKind]
    )
    format = forms.CharField(
        label="Format", required=False, max_length=50, help_text="Of its files: png, mp3, pdf."
    )
    duration_seconds = forms.IntegerField(label="Seconds it plays", required=False, min_value=0)
    pages = forms.IntegerField(label="Pages", required=False, min_value=0)
    width = forms.IntegerField(label="Width in pixels", required=False, min_value=0)
    height = forms.IntegerField(label="Height in pixels", required=False, min_value=0)
    language = forms.CharField(
        label="Language", required=False, max_length=35, help_text="Such as de or en-GB."
    )
    transcript = forms.CharField(
        label="Transcript",
        required=False,
        max_length=MOST_TRANSCRIPT,
        widget=forms.Textarea,
        help_text="Read and found only by those who may read the data.",
    )
    reason = forms.CharField(label="Why", required=False, max_length=500)


@require_http_methods(["GET", "POST"])
def media(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/media/`: the facts and the transcript; a POST changes what differs."""
    frame = frame_of(request, dataset_id)
    right = frame.rights["media"]
    answer = media_of(frame.principal, frame.dataset)
    form = _form(request, answer) if right.allowed else None
    if request.method == "POST":
        if form is None:
            raise AccessRefused(right)
        if form.is_valid():
            try:
                describe_media(
                    acting=frame.principal,
                    dataset_id=dataset_id,
                    changes=_changes(form, answer),
                    reason=form.cleaned_data["reason"],
                )
            except InvalidInput as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
            else:
                return redirect(reverse("catalog:media", args=[dataset_id]))
    context = {
        **frame.context,
        "media": answer,
        "form": form,
        "withheld": reason_of(AccessRefused(answer.verdict))
        if answer and answer.has_transcript and answer.transcript is None
        else None,
    }
    return render(
        request, "catalog/dataset/media.html", context, status=400 if form and form.errors else 200
    )


def _form(request: HttpRequest, answer: MediaAnswer | None) -> MediaForm:
    held: dict[str, Any] = {}
    if answer is not None:
        held = {name: getattr(answer.media, name) for name in FIELDS if name != "transcript"}
        held["transcript"] = answer.transcript or ""
    form = MediaForm(request.POST if request.method == "POST" else None, initial=held)
    if answer is not None and not answer.verdict.allowed:
        del form.fields["transcript"]  # nobody overwrites what they may not read
    return form


def _changes(form: MediaForm, answer: MediaAnswer | None) -> dict[str, Any]:
    """What differs from what was shown, so that the source's other facts stay the source's."""
    return {
        name: value
        for name, value in form.cleaned_data.items()
        if name in FIELDS
        and (answer is None or (value or None) != (form.initial.get(name) or None))
    }
