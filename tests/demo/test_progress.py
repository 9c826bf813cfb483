"""How far the demonstration is: what is told of it never goes back."""

from io import StringIO

from config.management.commands.load_demo import Command


def test_progress_never_goes_back() -> None:
    screen = StringIO()
    command = Command(stdout=screen)

    for percent in (6, 15, 10, 20):
        command._progress(percent, "Reading")

    assert screen.getvalue().split("\n")[:-1] == [
        f"progress {percent} Reading" for percent in (6, 15, 15, 20)
    ]
