"""Definitions as code: files that come back byte for byte, and YAML that does nothing else."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from governance.agreements.code.comparing import held_agreements
from governance.agreements.code.folder import file_name, read_folder, write_folder
from governance.agreements.code.reading import YamlRefused, read_yaml
from governance.agreements.code.writing import write_yaml
from governance.agreements.kinds import kinds
from governance.agreements.kinds.data_state.document import Workflow
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.agreements.kinds.schema_rule.document import SchemaRule
from governance.agreements.kinds.term.document import TermDocument
from governance.models import Agreement, Proposal, Revision
from governance.types import AgreementState, ChangeOp
from tests.factories import PersonFactory
from tests.governance.kinds.larkfield import larkfield, seats, text_of
from tests.governance.kinds.setting import hold

TEXT = st.text(max_size=30) | st.sampled_from(
    ["yes", "no", "null", "~", "1", "1.5", "01", "1e3", "0x1f", "12:30", "2026-03-01", "a: b",
     "- a", "# a", "'a'", '"a"', "a\nb", "a\n\nb\n", " a", "a ", "\ta\nb", "*a", "&a", "!a", "%a",
     "<<", "=", "é\u2028x", "\x85", "a\x85b", "\ufeff", "\U0001f600", "a\r\nb", ".inf",
     "true", "Off", "", "a\n b\n  c"]
)  # fmt: skip
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT, DOCUMENTS, max_size=5))
def test_what_is_written_reads_back_the_same_and_is_written_the_same_again(
    document: dict[str, Any],
) -> None:
    text = write_yaml(document)

    read = read_yaml(text).value

    assert read == document
    assert repr(read) == repr(document)  # 1 is not True, and 1.0 is not 1
    assert write_yaml(read) == text


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
REFUSED = [
    (BOMB, 1, "Anchors and aliases are not read; write it out."),
    ("a: 1\nb: *a\n", 2, "Anchors and aliases are not read; write it out."),
    ("a: 1\nb: 2\na: 3\n", 3, "The key 'a' stands here twice."),
    ("a:\n  b: 1\n  'b': 2\n", 3, "The key 'b' stands here twice."),
    ("a: !!python/object/apply:os.system ['id']\n", 1,
     "The tag tag:yaml.org,2002:python/object/apply:os.system is not read; leave it out."),
    ("a: !secret x\n", 1, "The tag !secret is not read; leave it out."),
    ("a: 1\n---\nb: 2\n", 2, "A file holds one document; split it."),
    ("", 1, "The file is empty."),
    ("? [a, b]\n: 1\n", 1, "A key is one word."),
    ("a: [1, 2\n", 2, "It cannot be read: expected ',' or ']', but got '<stream end>'."),
    ("a: b: c\n", 1, "It cannot be read: mapping values are not allowed here."),
    ("a: \x01\n", 1, "It cannot be read: unacceptable character #x0001: special characters are not"
     " allowed."),
    ("a: " + "[" * 40 + "]" * 40, 1, "It is nested deeper than 30 levels."),
    ("[" * 5_000, 1, "It is nested deeper than 30 levels."),
    ("- a\n" * 60_000, 50_000, "The file holds more than 50,000 values."),
    ("a" * 1_000_001, 1, "The file is longer than 1,000,000 characters."),
    ("a: 1.0e+999\n", 1, "The number 1.0e+999 is too large."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), REFUSED)
def test_yaml_that_is_more_than_data_is_refused_with_its_line(
    text: str, line: int, message: str
) -> None:
    with pytest.raises(YamlRefused) as refused:
        read_yaml(text)

    assert (refused.value.line, refused.value.message) == (line, message)


def test_a_merge_key_is_a_key_like_any_other() -> None:
    assert read_yaml("<<: {a: 1}\n").value == {"<<": {"a": 1}}


def test_scalars_are_what_json_takes_them_for() -> None:
    text = "[yes, NO, on, 010, 0x1f, 1_000, 12:30:00, 2026-03-01, 1e3, .5, -1, ~, '1', null, True]"

    assert read_yaml(text).value == [
        "yes", "NO", "on", "010", "0x1f", "1_000", "12:30:00", "2026-03-01", "1e3", 0.5, -1, None,
        "1", None, True,
    ]  # fmt: skip


def test_every_value_knows_its_line() -> None:
    read = read_yaml("a: 1\nb:\n  - c: 2\n    d: 3\n  - e\n")

    assert [read.line_of(path) for path in ("a", "b", "b.0.d", "b.1", "b.0.x.y", "z")] == [
        1, 2, 4, 5, 3, 1
    ]  # fmt: skip


def test_a_key_that_is_no_file_name_is_refused() -> None:
    assert file_name("term:arr") == "term/arr.yaml"
    for key in ("term:../../etc/passwd", "term:", "term:A", "term:.hidden", "term:a/b"):
        with pytest.raises(ValueError, match="cannot be the name"):
            file_name(key)


# --- with agreements in force --------------------------------------------------------------------


@pytest.fixture
def in_force(db: None) -> None:
    """Three workflows' worth of agreements of four kinds, as the company of the story has them."""
    hold(Workflow.model_validate(text_of("workflows/customer_v2.yaml")), "data_state")
    hold(Workflow.model_validate(text_of("workflows/lead.yaml")), "data_state")
    for document in text_of("opt_outs.yaml"):
        hold(OptOut.model_validate(document), "permission_policy")
    for proposal in text_of("proposals.yaml"):
        if proposal["kind"] == "schema_rule" and "document" in proposal:
            hold(SchemaRule.model_validate(proposal["document"]), "schema_rule")
    hold(
        TermDocument(label="ARR", definition="Yearly.\nRecurring revenue.", owner="person:a"),
        "term",
    )


def run(*arguments: Any) -> tuple[int, str, str]:
    """(exit code, output, error output)"""
    out, errors = StringIO(), StringIO()
    try:
        call_command("agreements", *map(str, arguments), stdout=out, stderr=errors)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue(), errors.getvalue()
    return 0, out.getvalue(), errors.getvalue()


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*.yaml"))}


@pytest.mark.usefixtures("in_force")
def test_every_agreement_in_force_goes_out_and_comes_back_byte_for_byte(tmp_path: Path) -> None:
    # given an export
    first, second = tmp_path / "first", tmp_path / "second"
    assert run("export", first) == (0, "21 agreements in force, 21 files written.\n", "")

    # when it is read and what was read is written
    folder = read_folder(first)
    assert folder.problems == []
    write_folder(second, {file.key: (file.kind, file.content) for file in folder.files})

    # then the bytes are the same, and so are the documents
    assert len(files(first)) == 21
    assert files(second) == files(first)
    for key, (kind, document) in held_agreements().items():
        stored = kind.document_type.model_validate(document)
        assert folder.by_key()[key].document == stored
    # and a second export writes nothing
    assert run("export", first) == (0, "21 agreements in force, 0 files written.\n", "")
    assert run("diff", first) == (0, "21 agreements, 0 differ.\n", "")


@pytest.mark.usefixtures("in_force")
def test_an_exported_file_reads_like_the_specification(tmp_path: Path) -> None:
    run("export", tmp_path, "--kind", "schema_rule")

    assert list(files(tmp_path)) == [
        "schema_rule/customer-is-legal-entity.yaml",
        "schema_rule/device-ping-90-days.yaml",
        "schema_rule/ids-end-with-id.yaml",
    ]
    assert (tmp_path / "schema_rule" / "ids-end-with-id.yaml").read_text() == (
        "agreement: schema_rule:ids-end-with-id\n"
        "document:\n"
        "  rule: ids-end-with-id\n"
        "  kind: naming\n"
        "  purpose: A key is recognized by its name in every system.\n"
        "  selector:\n"
        "    type: bigint\n"
        "  assert:\n"
        "    part: key\n"
        "    pattern: _id$\n"
        "  severity: warn\n"
        "  evaluate_on: metadata\n"
    )


@pytest.mark.usefixtures("in_force")
def test_a_folder_is_compared_with_what_is_in_force(tmp_path: Path) -> None:
    run("export", tmp_path)
    rule = tmp_path / "schema_rule" / "ids-end-with-id.yaml"
    rule.write_text(rule.read_text().replace("_id$", "_(id|key)$"))
    state = tmp_path / "data_state" / "lead_lifecycle.yaml"
    state.write_text(
        state.read_text().replace("COALESCE(score, 0) < 20", "COALESCE(score, 0) < 25")
    )
    (tmp_path / "term" / "arr.yaml").unlink()
    new = tmp_path / "schema_rule" / "new-rule.yaml"
    new.write_text(rule.read_text().replace("ids-end-with-id", "new-rule"))

    code, out, errors = run("diff", tmp_path)

    assert (code, errors) == (1, "")
    assert out == (
        "~ data_state:lead_lifecycle\n"
        "    changed states[raw].entry: COALESCE(score, 0) < 20 became COALESCE(score, 0) < 25.\n"
        "~ schema_rule:ids-end-with-id\n"
        "    changed assert.pattern: _id$ → _(id|key)$\n"
        "+ schema_rule:new-rule\n"
        "- term:arr\n"
        "22 agreements, 4 differ.\n"
    )
    assert run("diff", tmp_path, "--kind", "permission_policy") == (
        0, "15 agreements, 0 differ.\n", ""
    )  # fmt: skip


@pytest.mark.usefixtures("in_force")
def test_what_no_longer_holds_is_told_and_deleted_when_asked(tmp_path: Path) -> None:
    run("export", tmp_path)
    Agreement.objects.filter(key="term:arr").update(state=AgreementState.RETIRED)

    assert run("export", tmp_path)[1] == (
        "not in force: term/arr.yaml\n20 agreements in force, 0 files written.\n"
    )
    assert run("export", tmp_path, "--delete")[1].startswith("deleted: term/arr.yaml\n")
    assert not (tmp_path / "term" / "arr.yaml").exists()


@pytest.mark.django_db
def test_bad_files_are_refused_with_file_and_line_and_nothing_is_proposed(tmp_path: Path) -> None:
    folder = tmp_path / "schema_rule"
    folder.mkdir()
    good = (
        "agreement: schema_rule:a\n"
        "document: {rule: a, kind: key, purpose: P., selector: {dataset: '*'}, assert: {},"
        " evaluate_on: metadata}\n"
    )
    (folder / "a.yaml").write_text(good.replace("key, purpose", "key,\n  colour: red, purpose"))
    (folder / "b.yaml").write_text(good)
    (folder / "c.yaml").write_text("agreement: magic:c\ndocument: {}\n")
    (folder / "d.yaml").write_text("agreement: schema_rule:d\nextra: 1\ndocument: {}\n")
    (folder / "e.yaml").write_text(BOMB)
    (folder / "f.yaml").write_bytes(b"\xff\xfe\x00")
    (folder / "g.yaml").write_text("- a\n")
    (folder / "h.yaml").write_text("agreement: schema_rule:h\ndocument: 3\n")
    (folder / "i.yaml").symlink_to("/etc/hostname")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("ignored")

    code, out, errors = run("check", tmp_path)

    known = ", ".join(sorted(kinds.names()))
    assert (code, out) == (2, "")
    assert errors.splitlines() == [
        "schema_rule/a.yaml:3: colour: There is no such field; remove it.",
        "schema_rule/b.yaml:1: This agreement lies in schema_rule/a.yaml.",
        "schema_rule/c.yaml:1: agreement: is the kind and the short name, such as term:arr;"
        f" kinds are {known}.",
        "schema_rule/d.yaml:2: There is no field 'extra'; remove it.",
        "schema_rule/e.yaml:1: Anchors and aliases are not read; write it out.",
        "schema_rule/f.yaml:1: The file is not UTF-8.",
        "schema_rule/g.yaml:1: A file begins with agreement: and document:.",
        "schema_rule/h.yaml:2: document: has the fields of its kind.",
        "schema_rule/i.yaml:1: Links are not followed; put the file here.",
    ]
    PersonFactory(username="tomas")
    assert run("propose", tmp_path, "--as", "tomas")[0] == 2
    assert not Proposal.objects.exists()


@pytest.mark.django_db
def test_arguments_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    assert run("diff", tmp_path / "nowhere") == (
        2, "", f"There is no folder {tmp_path / 'nowhere'}.\n"
    )  # fmt: skip
    assert run("propose", tmp_path, "--as", "nobody") == (
        2, "", "Nobody has the user name 'nobody'.\n"
    )  # fmt: skip
    assert run("check", tmp_path) == (0, "Nothing changes.\n", "")


RULE = (
    "agreement: schema_rule:lead-keys\n"
    "document:\n"
    "  rule: lead-keys\n"
    "  kind: naming\n"
    "  purpose: Keys are found.\n"
    "  selector:\n"
    "    dataset: crm.*\n"
    "  assert:\n"
    "    part: key\n"
    "    pattern: _key$\n"
    "  evaluate_on: metadata\n"
)


@pytest.mark.django_db
def test_a_pull_request_is_checked_and_becomes_a_proposal(tmp_path: Path) -> None:
    # given a folder with one new rule
    larkfield("crm.lead")
    person = PersonFactory(username="tomas")
    path = tmp_path / "schema_rule" / "lead-keys.yaml"
    path.parent.mkdir()
    path.write_text(RULE)

    # when it is checked, then what is found is told with file and line, and warnings do not stop
    code, out, errors = run("check", tmp_path, "--as", "tomas")
    assert (code, errors) == (0, "")
    assert out == (
        "schema_rule/lead-keys.yaml:8: warning: assert: 18 columns selected, 1 of them fails today."
        " postgres://saleshub/crm.lead lead_id: lead_id does not match _key$. Mend them, narrow the"
        " rule, or add a waiver. [rule.violations]\n"
        "1 change: 0 errors, 1 warning, 0 conflicts, 0 not yet checked.\n"
    )
    assert run("check", tmp_path, "--strict")[0] == 1
    assert not Proposal.objects.exists()

    # and an error does
    path.write_text(RULE.replace("crm.*", "nothing.*"))
    code, out, _ = run("check", tmp_path)
    assert code == 1
    assert out.startswith("schema_rule/lead-keys.yaml:6: error: selector: Nothing in the catalog")

    # when it is proposed
    path.write_text(RULE)
    code, out, errors = run(
        "propose", tmp_path, "--as", "tomas", "--title", "Keys of leads",
        "--evidence", "https://git.example/pull/7",
    )  # fmt: skip

    # then there is one draft by that person with that change
    proposal = Proposal.objects.get()
    assert (code, out, errors) == (0, f"{proposal.key} drafted with 1 change.\n", "")
    assert (proposal.author, proposal.title, proposal.state) == (person, "Keys of leads", "draft")
    change = proposal.current.changes.get()
    assert (change.op, change.agreement_key) == (ChangeOp.CREATE, "schema_rule:lead-keys")
    assert proposal.current.evidence[0]["url"] == "https://git.example/pull/7"

    # and the next push becomes its next revision
    path.write_text(RULE.replace("_key$", "_id$"))
    code, out, errors = run("propose", tmp_path, "--as", "tomas", "--proposal", proposal.key)
    assert (code, out, errors) == (0, f"{proposal.key} revision 2\n", "")
    assert Revision.objects.filter(proposal=proposal).count() == 2
    assert Proposal.objects.count() == 1


@pytest.mark.usefixtures("in_force")
def test_a_file_that_went_is_retired_only_when_asked(tmp_path: Path) -> None:
    PersonFactory(username="tomas")
    seats(["FinanceOps"])
    run("export", tmp_path)
    (tmp_path / "schema_rule" / "ids-end-with-id.yaml").unlink()

    assert run("propose", tmp_path, "--as", "tomas")[1] == (
        "Nothing changes, so nothing is proposed.\n"
    )
    code, out, errors = run("propose", tmp_path, "--as", "tomas", "--retire-missing")

    assert (code, errors) == (0, "")
    change = Proposal.objects.get(key=out.split()[0]).current.changes.get()
    assert (change.op, change.agreement_key) == (ChangeOp.RETIRE, "schema_rule:ids-end-with-id")


@pytest.mark.django_db
def test_somebody_who_left_proposes_nothing(tmp_path: Path) -> None:
    larkfield("crm.lead")
    PersonFactory(username="gone", is_active=False)
    (tmp_path / "schema_rule").mkdir()
    (tmp_path / "schema_rule" / "lead-keys.yaml").write_text(RULE)

    code, _, errors = run("propose", tmp_path, "--as", "gone")

    assert code == 2
    assert errors == "Your account is not active. Ask an administrator.\n"
    assert not Proposal.objects.exists()
