"""Install the locked requirements into the virtual environment that runs this file.

Does nothing when the lock files have not changed since the last run. uv does the work (it comes
with a locked hash itself); where uv cannot run, pip does it. An index that pip is configured to use
is used by uv as well.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
BOOTSTRAP = FOLDER / "bootstrap.txt"
LOCKS = [BOOTSTRAP, FOLDER / "dev.txt", FOLDER / "demo.txt"]
STAMP = Path(sys.prefix) / "concord-requirements.sha256"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
MEGABYTE = 1_000_000


def main() -> int:
    """Return 0 when everything that is locked is installed."""
    digest = fingerprint()
    if STAMP.exists() and STAMP.read_text() == digest:
        return 0
    began, received = time.monotonic(), received_bytes()
    print("Installing the locked requirements (once; about a minute on a usual connection) ...")
    if not install():
        print(
            "The requirements could not be installed; the lines above say why. Check the network "
            "connection or pip's configured index, then run `make setup` again.",
            file=sys.stderr,
        )
        return 1
    STAMP.write_text(digest)
    took = f"Installed in {time.monotonic() - began:.0f} s"
    now = received_bytes()
    if received is None or now is None:
        print(f"{took}.")
    else:
        print(f"{took}; {(now - received) / MEGABYTE:.0f} MB came over the network meanwhile.")
    return 0


def fingerprint() -> str:
    """Return what the installation depends on: the locks, the interpreter and its folder."""
    digest = hashlib.sha256(f"{sys.version}\n{sys.prefix}\n".encode())
    for lock in LOCKS:
        digest.update(lock.read_bytes())
    return digest.hexdigest()


def install() -> bool:
    uv = Path(sys.executable).parent / "uv"
    locks = [str(lock) for lock in LOCKS]
    if run([*PIP, "install", "--require-hashes", "--no-deps", "-r", str(BOOTSTRAP)]):
        command = [str(uv), "pip", "sync", "--quiet", "--require-hashes"]
        if run([*command, "--python", sys.executable, *locks], **uv_environment()):
            return True
        print("uv could not install; trying pip.", file=sys.stderr)
    each = [part for lock in locks for part in ("-r", lock)]
    return run([*PIP, "install", "--require-hashes", "--no-deps", *each])


def run(command: list[str], **variables: str) -> bool:
    try:
        return subprocess.run(command, env=os.environ | variables).returncode == 0
    except OSError as error:
        print(error, file=sys.stderr)
        return False


def uv_environment() -> dict[str, str]:
    """Return pip's configured index and certificates under the names uv reads."""
    listing = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True).stdout
    configured: dict[str, str] = {}
    for line in listing.splitlines():
        key, separator, value = line.partition("=")
        if separator:
            # `:env:` lines come last and win, as they do in pip.
            configured[key.rpartition(".")[2]] = value.strip("'\"")
    # The machine's own certificates, as a company behind a proxy of its own needs them.
    variables = {"UV_SYSTEM_CERTS": "true"}
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "cert": "SSL_CERT_FILE",
    }
    for key, name in names.items():
        if configured.get(key):
            variables[name] = " ".join(configured[key].replace("\\n", " ").split())
    links = [
        link
        for link in configured.get("find-links", "").replace("\\n", " ").split()
        if "://" in link or Path(link).is_dir()
    ]
    if links:
        variables["UV_FIND_LINKS"] = ",".join(links)
    return {name: value for name, value in variables.items() if name not in os.environ}


def received_bytes() -> int | None:
    """Return the bytes this machine has received so far, where the system counts them."""
    try:
        lines = Path("/proc/net/dev").read_text().splitlines()[2:]
    except OSError:
        return None
    devices = (line.partition(":") for line in lines)
    return sum(int(rest.split()[0]) for name, _, rest in devices if name.strip() != "lo")


if __name__ == "__main__":
    sys.exit(main())
