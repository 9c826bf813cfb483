"""Reading Turtle: the language as its specification gives it, and no text that does harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.agreements.kinds.term.skos import turtle
from governance.agreements.kinds.term.skos.turtle import (
    Blank,
    Iri,
    Literal,
    Triple,
    TurtleError,
    read_turtle,
)
from governance.agreements.kinds.term.skos.vocabulary import RDF, XSD

A, B = Iri("http://x/a"), Iri("http://x/b")


def objects(text: str) -> list[object]:
    """What is said of `:a` by `:b`."""
    triples = read_turtle(f"@prefix : <http://x/> . :a :b {text} .")
    return [node for subject, predicate, node in triples if (subject, predicate) == (A, B)]


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("<http://y/z>", Iri("http://y/z")),
        (":c.d", Iri("http://x/c.d")),
        (r":c\,d", Iri("http://x/c,d")),
        (":c%20d", Iri("http://x/c%20d")),
        ("'one'", Literal("one")),
        ('"two"@en-GB', Literal("two", language="en-GB")),
        ('"3"^^<http://t/T>', Literal("3", datatype="http://t/T")),
        ('"""a "quoted"\nline"""', Literal('a "quoted"\nline')),
        ("'''it''s'''", Literal("it''s")),
        (r'"tab\t, é, \U0001F600, \""', Literal('tab\t, é, \U0001f600, "')),
        (r'"\u00e9\U0001F600"', Literal("é\U0001f600")),
        ("12", Literal("12", datatype=XSD + "integer")),
        ("-1.5", Literal("-1.5", datatype=XSD + "decimal")),
        ("1e3", Literal("1e3", datatype=XSD + "double")),
        ("true", Literal("true", datatype=XSD + "boolean")),
        ("()", Iri(RDF + "nil")),
    ],
)
def test_every_form_of_a_value(text: str, node: object) -> None:
    assert objects(text) == [node]


def test_lists_of_values_and_properties_comments_bases_and_types() -> None:
    text = """
        # a comment
        PREFIX ex: <http://x/>
        @base <http://y/> .
        ex:a a ex:Thing ; ex:b 1, 2 ;
             ex:c <z> ; .
        _:n ex:b _:n .
    """

    assert read_turtle(text) == [
        Triple(A, Iri(RDF + "type"), Iri("http://x/Thing")),
        Triple(A, B, Literal("1", datatype=XSD + "integer")),
        Triple(A, B, Literal("2", datatype=XSD + "integer")),
        Triple(A, Iri("http://x/c"), Iri("http://y/z")),
        Triple(Blank(1), B, Blank(1)),
    ]


def test_things_without_a_name_and_collections() -> None:
    triples = read_turtle("@prefix : <http://x/> . [ :b 1 ] . :a :b [ :b ( 2 ) ] .")

    first, rest = Iri(RDF + "first"), Iri(RDF + "rest")
    assert triples == [
        Triple(Blank(1), B, Literal("1", datatype=XSD + "integer")),
        Triple(Blank(3), first, Literal("2", datatype=XSD + "integer")),
        Triple(Blank(3), rest, Iri(RDF + "nil")),
        Triple(Blank(2), B, Blank(3)),
        Triple(A, B, Blank(2)),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<http://x/a> <http://x/b> 1", "Line 1: '.' is missing before 'the end'"),
        ("\n\n:a <http://x/b> 1 .", "Line 3: the prefix ':' is not declared"),
        ("<a> <b> <c> .", "Line 1: <a> is relative and there is no @base"),
        ('<http://x/a> <http://x/b> "open', "Line 1: '\"' was not expected"),
        ('<http://x/a> <http://x/b> """open', "was not expected"),
        (r'<http://x/a> <http://x/b> "\q" .', "is no escape"),
        (r'<http://x/a> <http://x/b> "\uD800" .', "is no character"),
        (r'<http://x/a> <http://x/b> "\U00110000" .', "is no character"),
        (r"<http://x/\u0061> <http://x/b> 1 .", "was not expected"),
        ('"text" <http://x/b> 1 .', "a statement begins with what it is about"),
        ('<http://x/a> "text" 1 .', "here a property is named"),
        ("<http://x/a> <http://x/b> [ <http://x/b> 1 .", "']' is missing"),
        ("<http://x/a> <http://x/b> word .", "'word' was not expected"),
        ("<http://x/a> .", "'.' was not expected"),
        ("@prefix a:b <http://x/> .", "a prefix ends with a colon"),
        ('<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "RDF/XML"),
        ("<!DOCTYPE lolz>", "RDF/XML"),
        ("{}", "was not expected"),
    ],
)
def test_what_is_no_turtle_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(TurtleError) as refused:
        read_turtle(text)
    assert why in str(refused.value)


def test_nothing_too_large_too_many_or_too_deep_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "[ <http://x/b> " * 17 + "1" + " ]" * 17
    with pytest.raises(TurtleError, match="nested more than 16 deep"):
        read_turtle(f"<http://x/a> <http://x/b> {deep} .")
    with pytest.raises(TurtleError, match="nested more than 16 deep"):
        read_turtle(f"<http://x/a> <http://x/b> {'(' * 100_000} .")

    with pytest.raises(TurtleError, match="at most 5,000,000 are read"):
        read_turtle(" " * 5_000_001)

    monkeypatch.setattr(turtle, "MAX_TRIPLES", 3)
    with pytest.raises(TurtleError, match="more than 3 statements"):
        read_turtle("<http://x/a> <http://x/b> 1, 2, 3, 4 .")


@pytest.mark.parametrize(
    "piece", ['"""', "'''", '"', "a" * 9, "a1", "_:", ":", "<", "\\", "1.", ".", "#", "@a-", "'\\"]
)
def test_a_long_text_of_one_piece_ends_at_once(piece: str) -> None:
    # would take for ever if looking for the end of a name or text began anew at each character
    with pytest.raises(TurtleError):
        read_turtle(f"<http://x/a> <http://x/b> {piece * (1_000_000 // len(piece))}")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_brings_anything_but_triples_or_the_refusal(text: str) -> None:
    try:
        triples = read_turtle(text)
    except TurtleError:
        return
    assert all(isinstance(triple, Triple) for triple in triples)
