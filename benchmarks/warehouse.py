"""A catalog as companies name theirs: what it stands for is known, so that searches can be judged.

Sixteen systems name the same things, each by its habit: a warehouse that shortens every word, a
mainframe that also joins them, an application in camel case, copies of a SaaS, marts in full words.
Which short form a system has for a word is drawn once for it. Everything is made anew, the same
each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.search.documents import ColumnDocument, SearchDocument, Term
from catalog.search.tokens import STOP_WORDS, name_forms, stems

SEED = 20
COLUMNS = 10  # of a table

# What short forms the word has where words are shortened; others are written in full.
_SHORT = {
    "account": "acct acct acc",
    "address": "addr addr adr",
    "allocation": "alloc allctn",
    "amount": "amt amt amnt",
    "appointment": "appt appmt",
    "average": "avg",
    "balance": "bal bal blnc",
    "benefit": "bnft ben",
    "branch": "brn brnch br",
    "budget": "bdgt bgt",
    "campaign": "cmpgn camp cmp",
    "category": "cat catg ctgry",
    "certificate": "cert crtfct",
    "city": "cty city",
    "claim": "clm",
    "code": "cd",
    "comment": "cmnt cmt",
    "contact": "cntct ctc",
    "contract": "cntr ctrct contr",
    "cost of goods sold": "cogs",
    "count": "cnt ct",
    "country": "ctry cntry",
    "created": "crt cre crtd",
    "credit": "cr crdt",
    "currency": "ccy cur curr",
    "customer": "cust cust cstmr cus",
    "date": "dt",
    "date of birth": "dob dob birthdt",
    "delivery": "dlv dlvry deliv",
    "department": "dept dept dpt",
    "description": "desc dscr descr",
    "diagnosis": "diag dx",
    "discount": "disc dscnt",
    "document": "doc",
    "effective": "eff",
    "employee": "emp empl",
    "end of day": "eod",
    "equipment": "equip eqpt",
    "exchange": "xchg exch",
    "expiration": "exp expry",
    "first": "fst first",
    "forecast": "fcst frcst",
    "general ledger": "gl",
    "gross": "grs",
    "header": "hdr",
    "history": "hist hst",
    "indicator": "ind",
    "interest": "int intrst",
    "inventory": "inv invtry",
    "invoice": "inv invc",
    "item": "itm",
    "last": "lst last",
    "limit": "lmt lim",
    "line": "ln",
    "location": "loc lctn",
    "maintenance": "maint mntnc",
    "manager": "mgr mngr",
    "maximum": "max",
    "message": "msg",
    "month": "mth mo mnth",
    "name": "nm",
    "number": "num nbr no",
    "opportunity": "opp oppty opty",
    "order": "ord ord ordr",
    "patient": "pat ptnt",
    "payment": "pmt pymt",
    "percent": "pct",
    "phone": "ph phn",
    "policy": "pol plcy",
    "postal": "pstl",
    "previous": "prev prv",
    "price": "prc",
    "product": "prod prd prdct",
    "purchase": "purch pur",
    "quantity": "qty qty qnty",
    "rate": "rt",
    "reason": "rsn reas",
    "receipt": "rcpt",
    "reference": "ref",
    "request": "req rqst",
    "reservation": "resv rsrvn",
    "return": "rtn ret",
    "sequence": "seq",
    "service": "svc srvc",
    "shipment": "shpmt shp",
    "source": "src",
    "standard": "std",
    "status": "stat sts",
    "subscription": "sub subscr",
    "supplier": "supp splr",
    "target": "tgt trgt",
    "territory": "terr trtry",
    "ticket": "tkt",
    "timestamp": "ts tmstmp",
    "total": "tot ttl",
    "transaction": "txn trx trans",
    "transfer": "xfer trnsfr",
    "type": "typ",
    "unit of measure": "uom",
    "updated": "upd updt",
    "vehicle": "veh vhcl",
    "vendor": "vend vndr",
    "version": "ver vrsn",
    "warehouse": "whs wh whse",
    "weight": "wgt wt",
    "year to date": "ytd",
}
# What tables are about; words of one thing between commas.
_THINGS = """
customer / customer account / customer address / customer contact / customer order
account balance / account / opportunity / opportunity history / order / order line / order header
invoice / invoice line / transaction / transaction type / payment / payment receipt
product / product category / product price / inventory / inventory location / warehouse
warehouse transfer / shipment / shipment delivery / delivery / employee / employee benefit
department / department budget / budget / budget allocation / supplier / supplier contract
vendor invoice / purchase order / purchase request / general ledger / contract / claim
claim payment / policy / policy claim / branch / branch manager / campaign / campaign budget
subscription / service ticket / ticket message / currency / exchange rate / sales forecast
vehicle / vehicle maintenance / equipment / equipment certificate / patient / patient diagnosis
appointment / reservation / sales territory / document / document version / credit limit
return / return reason / sales target
"""
_COMMON = (
    "created date / updated timestamp / status / type / description / name / code"
    " / source system / sequence number / effective date / expiration date / comment"
)
_ATTRIBUTES = """
amount / total amount / discount amount / quantity / unit price / unit of measure / currency
balance / balance,end of day / amount,year to date / interest rate / credit limit / gross amount
average price / maximum quantity / previous balance / percent / discount percent
first name / last name / date of birth / phone number / postal code / country code / city
address,line / department code / manager / reference number / account number / order number
invoice number / transaction date / transaction amount / payment date / due date / order date
delivery date / shipment date / contract number / line number / item count / reason code
gross weight / product code / customer number / branch code / exchange rate / cost of goods sold
warehouse code / employee number / policy number / claim amount / tax amount / indicator,active
"""
_NOISE = ("", "", "", "hist", "snap", "tmp", "bkp_20240131", "v2", "stg", "eod")


@dataclass(frozen=True, slots=True)
class _System:
    name: str
    habit: str  # short, caps, full, camel, together, plural
    prefixes: tuple[str, ...] = ("",)


_SYSTEMS = (
    _System("dwh", "short", ("dim_", "fct_")),
    _System("dwh_emea", "short", ("d_", "f_")),
    _System("edw", "short", ("t_", "")),
    _System("finmart", "short"),
    _System("ods", "short", ("ods_",)),
    _System("mainframe", "caps"),
    _System("as400", "caps", ("F_", "")),
    _System("erp", "together"),
    _System("billing", "together", ("tbl",)),
    _System("webshop", "camel"),
    _System("care", "camel"),
    _System("salesforce", "plural", ("stg_sfdc__",)),
    _System("netsuite", "plural", ("stg_ns__",)),
    _System("marts", "full", ("mart_", "")),
    _System("reporting", "full", ("rpt_",)),
    _System("lake", "full", ("raw_",)),
)


@dataclass(frozen=True, slots=True)
class Judgeable:
    """A table or a column: its words as they are meant, those of its table, and its name."""

    key: str
    means: frozenset[str]
    within: frozenset[str]
    name: str

    def grade(self, wanted: frozenset[str], text: str) -> float:
        """3 where it is this as typed, 2 in other words, 1 where it is more than this."""
        if not wanted & self.means or not wanted <= self.means | self.within:
            return 0.0
        if wanted != self.means:
            return 1.0
        typed = {stem for stem in stems(text) if stem not in STOP_WORDS}
        return 3.0 if typed <= set(name_forms(self.name)) else 2.0


def made() -> tuple[list[SearchDocument], list[Judgeable], list[Judgeable]]:
    """The documents, and what their tables and columns mean, both in the order of their ids."""
    drawn = random.Random(SEED)
    documents: list[SearchDocument] = []
    tables: list[Judgeable] = []
    columns: list[Judgeable] = []
    for system in _SYSTEMS:
        short = {word: drawn.choice(forms.split()) for word, forms in _SHORT.items()}
        for thing in _split(_THINGS):
            if drawn.random() > 0.38:
                continue
            name = drawn.choice(system.prefixes) + _named(thing, system, short, is_table=True)
            noise = drawn.choice(_NOISE)
            name += f"_{noise}" if noise and system.habit != "camel" else noise.title()
            number = len(documents) + 1
            key = f"{system.name}.{name}"
            held: list[ColumnDocument] = []
            for means, called in _columns(thing, system, short, drawn):
                columns.append(
                    Judgeable(f"{key}#{called}", frozenset(means), frozenset(thing), called)
                )
                held.append(ColumnDocument(len(columns), called, called))
            tables.append(Judgeable(key, frozenset(thing), frozenset(), name))
            documents.append(
                SearchDocument(
                    kind="dataset",
                    id=number,
                    name=name,
                    qualified_name=f"postgres://{system.name}/{name}",
                    place=(system.name,),
                    terms=(Term("kind", "dataset"),),
                    description=_described(thing, system, drawn),
                    columns=tuple(held),
                )
            )
    return documents, tables, columns


def _columns(
    thing: Sequence[str], system: _System, short: Mapping[str, str], drawn: random.Random
) -> Iterator[tuple[Sequence[str], str]]:
    attributes = drawn.sample(_split(_ATTRIBUTES), 6) + drawn.sample(_split(_COMMON), 3)
    yield (*thing, "id"), _named((*thing, "id"), system, short)
    for attribute in attributes[: COLUMNS - 1]:
        bears = system.habit in ("short", "caps") and drawn.random() < 0.4
        means = (*thing, *(word for word in attribute if word not in thing)) if bears else attribute
        called = _named(means, system, short)
        yield means, f"{called}_1" if "line" in attribute and "address" in attribute else called


def _named(
    words: Sequence[str], system: _System, short: Mapping[str, str], *, is_table: bool = False
) -> str:
    written = " ".join(words).split()
    match system.habit:
        case "short":
            return "_".join(short.get(word, word) for word in words)
        case "caps":
            return "".join(short.get(word, word) for word in words).replace(" ", "").upper()
        case "together":
            return "".join(written)
        case "camel":
            return written[0] + "".join(word.title() for word in written[1:])
        case "plural" if is_table:
            last = written[-1]
            written[-1] = last[:-1] + "ies" if last.endswith("y") else f"{last}s"
    return "_".join(written)


def _described(thing: Sequence[str], system: _System, drawn: random.Random) -> str:
    if system.habit not in ("full", "plural") or drawn.random() < 0.5:
        return ""
    return f"One row for each {' '.join(thing)}, loaded every night"


def _split(text: str) -> list[tuple[str, ...]]:
    return [_words(thing) for thing in text.replace("\n", "/").split("/") if thing.strip()]


def _words(thing: str) -> tuple[str, ...]:
    """Words between blanks; what is one word in several stays together."""
    parts: list[str] = []
    for part in thing.split(","):
        part = part.strip()
        whole = [known for known in _SHORT if " " in known and known in part]
        for known in whole:
            part = part.replace(known, known.replace(" ", "~"))
        parts += [word.replace("~", " ") for word in part.split()]
    return tuple(parts)


def meant(text: str) -> frozenset[str]:
    """The words of a judgement."""
    return frozenset(_words(text))
