"""`manage.py gateways`: which engines ask for the opt-outs, and under which addresses."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog.errors import CatalogError
from catalog.types import Principal
from governance.models import Gateway
from governance.permissions.gateways.clients.signing import public_key
from governance.permissions.services.gateways import add_gateway, revoke_gateway, rotate_gateway
from governance.permissions.types import GatewayUse

_KEYS = {
    "opa.policy.uri": "allow",
    "opa.policy.batched-uri": "batch",
    "opa.policy.row-filters-uri": "row_filters",
    "opa.policy.batch-column-masking-uri": "batch_column_masks",
}


class Command(BaseCommand):
    """Add, list, rotate and revoke gateways; a secret is shown once."""

    help = "Which engines ask Concord for the opt-outs, and under which addresses."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the four actions."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        adding = actions.add_parser(
            "add", help="make one, and print the lines of its configuration"
        )
        adding.add_argument("name")
        adding.add_argument("--system", required=True, help="such as trino://lake")
        adding.add_argument("--purpose", default="", help="where a question brings none")
        adding.add_argument(
            "--catalog", action="append", default=[], metavar="CATALOG=PLACE",
            help="where tables of a catalog lie, such as crm=postgres://warehouse/larkfield",
        )  # fmt: skip
        adding.add_argument(
            "--impersonator", action="append", default=[], metavar="USER",
            help="who may ask as somebody else, such as the account of a dashboard tool",
        )  # fmt: skip
        actions.add_parser("list", help="all of them")
        actions.add_parser("key", help="the public key that clients pin")
        adding.add_argument(
            "--use", action="append", default=[], metavar="USE",
            help="what the secret is for: ask (an engine's questions, if nothing is said), bundle"
            " (clients that decide by themselves), ranger (policies of Apache Ranger), rules"
            " (Trino's file of rules), envoy (a proxy's questions), logs (what an OPA decided)",
        )  # fmt: skip
        adding.add_argument(
            "--identity-header", default="", metavar="HEADER",
            help="in which a proxy says who asks, x-concord-user if nothing is said",
        )  # fmt: skip
        adding.add_argument(
            "--route", action="append", default=[], metavar="PATH=DATASET[,WORD]",
            help="which paths of a proxy are about which dataset, such as"
            " /tables/{schema}/{table}=postgres://warehouse/larkfield.{schema}.{table}; without a"
            " dataset they show no data; words are read, write, export and obligations",
        )  # fmt: skip
        for name, words in (("rotate", "another secret"), ("revoke", "end one")):
            actions.add_parser(name, help=words).add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one of them."""
        acting = Principal.system("gateways")
        try:
            match options["action"]:
                case "add":
                    gateway, secret = add_gateway(
                        acting=acting,
                        name=options["name"],
                        system=options["system"],
                        purpose=options["purpose"],
                        catalogs=_pairs(options["catalog"]),
                        impersonators=options["impersonator"],
                        uses=options["use"] or [GatewayUse.ASK],
                        identity_header=options["identity_header"],
                        routes=[_route(one) for one in options["route"]],
                    )
                    self._show(gateway, secret)
                case "rotate":
                    self._show(*rotate_gateway(acting=acting, name=options["name"]))
                case "revoke":
                    revoke_gateway(acting=acting, name=options["name"])
                    self.stdout.write(f"{options['name']} is revoked.")
                case "key":
                    self.stdout.write(public_key())
                case "list":
                    for one in Gateway.objects.all():
                        state = "revoked" if one.revoked_at else f"{one.prefix}…"
                        purpose = one.purpose or "no purpose"
                        uses = ", ".join(one.uses)
                        self.stdout.write(
                            f"{one.name}  {one.system_name}  {uses}  {purpose}  {state}"
                        )
        except CatalogError as error:
            raise CommandError(str(error)) from None

    def _show(self, gateway: Gateway, secret: str) -> None:
        if GatewayUse.ASK in gateway.uses:
            self._show_trino(gateway, secret)
        if GatewayUse.BUNDLE in gateway.uses:
            self.stdout.write(f"# {gateway.name}: for concord_client.Client. Shown once.")
            self.stdout.write(f"url={settings.BASE_URL.rstrip('/')}")
            self.stdout.write(f"secret={secret}")
            self.stdout.write(f"public_key={public_key()}")

        if GatewayUse.RANGER in gateway.uses:
            self.stdout.write(f"# {gateway.name}: for plugins of Apache Ranger. Shown once.")
            self.stdout.write(f"ranger.service.name={gateway.name}")
            address = f"{settings.BASE_URL.rstrip('/')}/gw/{secret}"
            self.stdout.write(f"ranger.plugin.trino.policy.rest.url={address}")
        address = f"{settings.BASE_URL.rstrip('/')}/gw/{secret}"
        if GatewayUse.RULES in gateway.uses:
            self.stdout.write(f"# {gateway.name}: etc/access-control.properties. Shown once.")
            self.stdout.write("access-control.name=file")
            self.stdout.write(f"security.config-file={address}/rules/trino.json")
            self.stdout.write("security.json-pointer=/rules")
            self.stdout.write("security.refresh-period=10s")
        if GatewayUse.ENVOY in gateway.uses:
            self.stdout.write(f"# {gateway.name}: for Envoy's ext_authz. Shown once.")
            self.stdout.write(f"path_prefix: {urlsplit(address).path}/envoy")
            self.stdout.write(f"identity header: {gateway.identity_header}")
        if GatewayUse.LOGS in gateway.uses:
            self.stdout.write(f"# {gateway.name}: a service for OPA's decision logs. Shown once.")
            self.stdout.write(f"url: {address}")

    def _show_trino(self, gateway: Gateway, secret: str) -> None:
        base = f"{settings.BASE_URL.rstrip('/')}/gw/{secret}/v1/data/trino"
        self.stdout.write(f"# {gateway.name}: etc/access-control.properties. Shown once.")
        self.stdout.write("access-control.name=opa")
        for key, endpoint in _KEYS.items():
            self.stdout.write(f"{key}={base}/{endpoint}")


def _route(given: str) -> dict[str, Any]:
    path, mark, rest = given.partition("=")
    dataset, *words = rest.split(",")
    if not mark or len(words) > 2:
        raise CommandError(f"Write --route PATH=DATASET[,WORD], not {given!r}.")
    actions = [word for word in words if word != "obligations"]
    return {
        "path": path, "dataset": dataset, "action": actions[0] if actions else "",
        "obligations": "obligations" in words,
    }  # fmt: skip


def _pairs(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given:
        catalog, mark, place = one.partition("=")
        if not mark:
            raise CommandError(f"Write --catalog CATALOG=PLACE, not {one!r}.")
        found[catalog] = place
    return found
