#!/usr/bin/env python
"""Concord's command line: every management command starts here."""

import os
import sys

import django
from django.core.management import execute_from_command_line
from django.db import OperationalError
from psycopg import OperationalError as ConnectionRefusal

from config.environment import EnvironmentVariableError
from config.importing import undisturbed


def main() -> None:
    """Run one command; what is wrong around it is said in a sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        with undisturbed():
            django.setup()
        execute_from_command_line(sys.argv)
    except EnvironmentVariableError as error:
        sys.exit(str(error))
    except OperationalError as error:
        cause = error.__cause__
        if not isinstance(cause, ConnectionRefusal) or cause.sqlstate is not None:
            raise  # the database answered: that is another matter
        reason = str(error).strip().splitlines()[0]
        sys.exit(
            f"The database cannot be reached: {reason}. Start the service (`make serve`) in "
            "another window, or name a running server in DATABASE_URL."
        )


if __name__ == "__main__":
    main()
