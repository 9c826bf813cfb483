"""Generated secrets: once, private, never a default."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.embedded.secrets import secret
from tests.embedded import ROOT


def test_secret_is_generated_once_and_private(tmp_path: Path) -> None:
    first = secret(tmp_path, "django")
    assert len(first) == 43
    assert secret(tmp_path, "django") == first
    assert secret(tmp_path, "other") != first
    assert secret(tmp_path / "elsewhere", "django") != first
    assert (tmp_path / "secrets" / "django").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_processes_that_ask_at_once_get_the_same_value(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from config.embedded.secrets import secret\n"
        "sys.stdin.readline(); print(secret(Path(sys.argv[1]), 'django'))"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(4)
    ]
    values = {racer.communicate("go\n")[0] for racer in racers}
    assert len(values) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["django"]


@pytest.mark.parametrize("name", ["", "../escape", "Upper", "a/b", "1st"])
def test_name_that_could_leave_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="lower-case letters"):
        secret(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_damaged_secret_is_refused_and_kept(tmp_path: Path) -> None:
    secret(tmp_path, "django")
    path = tmp_path / "secrets" / "django"
    path.write_text("\n")
    with pytest.raises(ValueError, match="is damaged"):
        secret(tmp_path, "django")
    assert path.read_text() == "\n"
