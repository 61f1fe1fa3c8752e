"""The YAML node reader gives every value a position, and reports everything unclear at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml.reader import Reader

from avow.errors import InputInvalid
from avow.formats.nodes import MAX_TEXT_CHARACTERS, Kind, Node, shown
from avow.formats.yaml_nodes import _NOT_IN_FILES, MAX_BYTES, MAX_DEPTH, MAX_NODES, reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from avow.errors import Problem


def problems_in(text: str | bytes, read: Callable[[Node], Any] = Node.data) -> tuple[Problem, ...]:
    """The problems of a document whose root is read by `read`; empty if there are none."""
    data = text.encode() if isinstance(text, str) else text
    try:
        with reading(data, source="x.yaml", message="has errors", hint="fix them") as root:
            read(root)
    except InputInvalid as error:
        refused = error
    else:
        return ()
    assert (refused.message, refused.hint, refused.location) == ("has errors", "fix them", "x.yaml")
    assert refused.problems
    return refused.problems


def places(text: str | bytes, read: Callable[[Node], Any] = Node.data) -> list[tuple[int, int, str]]:
    return [(problem.line, problem.column, problem.message) for problem in problems_in(text, read)]


def value(text: str, read: Callable[[Node], Any] = Node.data) -> Any:
    with reading(text.encode(), source="x.yaml", message="has errors") as root:
        return read(root)


def at_a(read: Callable[[Node], Any]) -> Callable[[Node], Any]:
    """Applies `read` to the value under the key `a`."""
    return lambda root: read(root.mapping(allowed=("a",), required=("a",))["a"])


# Scalars by the core schema


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("FALSE", False),
        ("0", 0),
        ("-7", -7),
        (str(2**53 - 1), 2**53 - 1),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("2026-11-20", "2026-11-20"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("5.5.0", "5.5.0"),
        ('"true"', "true"),
        ("'12'", "12"),
        ("|\n  two\n  lines\n", "two\nlines"),
        (">-\n  one\n  line\n", "one line"),
        ("[1, [a, {b: c}]]", [1, ["a", {"b": "c"}]]),
        ("{}", {}),
    ],
)
def test_scalars_are_typed_by_the_core_schema(written: str, meant: Any) -> None:
    """`true`, whole numbers and empty values have their own types; everything else is text."""
    assert value(f"a: {written}") == {"a": meant}


@pytest.mark.parametrize(
    "written", ["1.5", ".5", "1e3", "007", "+1", "-0", "0x1F", "0o17", ".inf", "-.INF", ".nan"]
)
def test_numbers_on_which_readers_disagree_are_refused(written: str) -> None:
    """A fraction, or a whole number in another spelling, needs quotes."""
    message = f"a is the number {written}, which is not a whole number"
    assert places(f"a: {written}") == [(1, 4, message)]
    assert value(f'a: "{written}"') == {"a": written}


@pytest.mark.parametrize("written", [str(2**53), "-" + str(2**53), "9" * 5000, "-" + "9" * 5000])
def test_numbers_stay_exact(written: str) -> None:
    """A whole number that a double can't represent is refused, even with five thousand digits."""
    assert places(f"a: {written}") == [(1, 4, f"a is the number {written[:60]}, which is out of range")]


# What is refused, with its place


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1", [(1, 4, "anchors are not allowed (&x)")]),
        ("&r\na: 1", [(1, 1, "anchors are not allowed (&r)")]),
        ("a: [&x {}]", [(1, 5, "anchors are not allowed (&x)")]),
        ("a: *x", [(1, 4, "aliases are not allowed (*x)")]),
        ("a: !!str 1", [(1, 4, 'tags are not allowed ("tag:yaml.org,2002:str")')]),
        ("a: ! 1", [(1, 4, 'tags are not allowed ("!")')]),
        (
            "a: !!python/name:os.system [1]",
            [(1, 4, 'tags are not allowed ("tag:yaml.org,2002:python/name:os.system")')],
        ),
        ("<<: {a: 1}", [(1, 1, "merge keys are not allowed")]),
        ("a: 1\nb: 2\na: 3\n'b': 4", [(3, 1, 'duplicate key "a"'), (4, 1, 'duplicate key "b"')]),
        ("a: {b: {c: 1, c: 2}}", [(1, 15, 'duplicate key "c"')]),
        ("1: a\n'1': b", [(2, 1, 'duplicate key "1"')]),
        ("? [a]\n: b", [(1, 3, "a list can't be a key")]),
        ("{a: 1}: b", [(1, 1, "a mapping can't be a key")]),
        (": b", [(1, 1, "an empty value can't be a key")]),
        ("*a : b", [(1, 1, "aliases are not allowed (*a)")]),
        ("%YAML 1.1\n---\na: 1", [(1, 1, "YAML directives are not allowed")]),
        ("%TAG ! tag:x,2000:\n---\na: 1", [(1, 1, "YAML directives are not allowed")]),
        ("a: 1\n---\nb: 2\n---\nc: 3", [(2, 1, "the file has a second document")]),
        (
            "\ta: 1\nb:\t2\nc: 3 # x\ty\t",
            [(1, 1, "tabs are not allowed"), (2, 3, "tabs are not allowed"), (3, 9, "tabs are not allowed")],
        ),
        (
            "a: \x00\x00\nb: \x1b[31m",
            [(1, 4, "the character U+0000 is not allowed"), (2, 4, "the character U+001B is not allowed")],
        ),
        ("a: b\u202ec", [(1, 5, "the character U+202E is not allowed")]),
        ("a: b\u2028c", [(1, 5, "the character U+2028 is not allowed")]),
        ("a: 1\rb: 2", [(1, 5, "the character U+000D is not allowed")]),
        ("a: \ufeff", [(1, 4, "the character U+FEFF is not allowed")]),
        ('a: "\\x1b[31m"', [(1, 4, "the character U+001B is not allowed")]),
        ('a: "\\t"', [(1, 4, "the character U+0009 is not allowed")]),
        ('a: "\\ud800"', [(1, 4, "the character U+D800 is not allowed")]),
        ('a: 1\nb: "\\U00110000"', [(2, 5, "not YAML: an escape outside Unicode")]),
        (b"a: \xc3\xa9\nb: \xff", [(2, 4, "the file is not UTF-8")]),
        ("", [(1, 1, "the file is empty")]),
        ("# nothing\n", [(1, 1, "the file is empty")]),
        ("a: b: c", [(1, 5, "not YAML: mapping values are not allowed here")]),
        (
            'a: 1\nb: "x\nc: 2\n',
            [
                (
                    4,
                    1,
                    (
                        "not YAML: found unexpected end of stream, while scanning a quoted scalar"
                        " that starts in line 2"
                    ),
                )
            ],
        ),
        ("a: &x 1\nb: @c", [(1, 4, "anchors are not allowed (&x)"), (2, 4, None)]),
        ("!<%ff> a", [(1, 3, None)]),
    ],
)
def test_refused_with_its_position(text: str | bytes, expected: list[tuple[int, int, str | None]]) -> None:
    """Everything that is unreadable or ambiguous is reported with its position."""
    found = places(text)
    assert [place[:2] for place in found] == [place[:2] for place in expected]
    assert all(want[2] in {None, got[2]} for got, want in zip(found, expected, strict=True))


def test_a_block_text_whose_blank_lines_are_indented_more() -> None:
    """The only syntax error whose position the parser gives just as context has a position too."""
    ((line, column, message),) = places("a: >\n\n \n    \n  b\n")
    assert line >= 1
    assert column >= 1
    assert message.startswith("not YAML: ")


def test_lines_count_alike_with_carriage_returns_and_a_byte_order_mark() -> None:
    """A file saved by a Windows editor gives the same positions."""
    assert places("\ufeffa: 1\r\nb: &x 2\r\n") == [(2, 4, "anchors are not allowed (&x)")]


def test_the_one_allowed_directive() -> None:
    """`%YAML 1.2` is accepted, because that is the version that is read."""
    assert value("%YAML 1.2\n---\na: 1\n") == {"a": 1}


def test_an_alias_bomb_costs_one_problem_per_alias() -> None:
    """Aliases are never expanded."""
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert len(problems_in(bomb)) == 9 + 16


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{a: "])
def test_bottomless_nesting_is_refused(opening: str) -> None:
    """A file of open brackets is reported as a problem and raises no RecursionError."""
    (problem,) = problems_in(opening * (200_000 // len(opening)))
    assert problem.message == f"nested deeper than {MAX_DEPTH} levels"


def test_depth_is_exact() -> None:
    """The limit itself is accepted, one more level is refused."""
    assert problems_in("[" * MAX_DEPTH + "]" * MAX_DEPTH) == ()
    assert len(problems_in("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))) == 1


@pytest.mark.slow
def test_too_many_values_are_refused_where_they_begin_to_be() -> None:
    """A megabyte of tiny values stops at the limit."""
    (problem,) = problems_in("- a\n" * (MAX_NODES + 10))
    assert problem.message == f"the file has more than {MAX_NODES} values"
    assert MAX_NODES - 10 < problem.line <= MAX_NODES


def test_size_is_checked_first() -> None:
    """A file over the limit is not parsed; a file at the limit is."""
    (problem,) = problems_in(b"\xff" * (MAX_BYTES + 1))
    assert (problem.line, problem.message) == (
        0,
        f"the file has {MAX_BYTES + 1} bytes; at most {MAX_BYTES} are allowed",
    )
    assert value("a: 1 #" + "x" * (MAX_BYTES - 6)) == {"a": 1}


def test_structure_and_content_are_reported_together() -> None:
    """An anchor does not hide a wrong type further down."""
    assert places("a: &x 1\nb: yes", lambda root: root.mapping(allowed=("a", "b"))["b"].boolean()) == [
        (1, 4, "anchors are not allowed (&x)"),
        (2, 4, 'b is "yes", not true or false'),
    ]


def test_a_refused_value_is_reported_once() -> None:
    """Its reader gets a neutral value and adds no other problem."""

    def read_as_everything(node: Node) -> None:
        assert node.text() == ""
        assert node.word(("x",), what="word") == ""
        assert node.integer(minimum=3) == 3
        assert node.boolean() is False
        assert node.date() == date.min
        assert node.moment() == datetime.min.replace(tzinfo=UTC)
        assert node.items() == ()
        assert node.members() == ()
        assert node.data() is None
        assert node.mapping(allowed=("x",), required=("x",))["x"].text() == ""

    assert places("a: *x", at_a(read_as_everything)) == [(1, 4, "aliases are not allowed (*x)")]


def test_an_unreadable_file_is_reported_once() -> None:
    """The body runs with neutral values, and only the syntax error is reported."""
    assert len(problems_in("a: [", at_a(Node.boolean))) == 1


def test_no_neutral_value_gets_out() -> None:
    """Leaving the block raises the noted problems, even if the value looks usable."""
    with pytest.raises(InputInvalid), reading(b"a: x", source="x.yaml", message="") as root:
        assert root.mapping(allowed=("a",))["a"].integer() == 0


# Readers


def test_keys_are_named_with_what_was_meant() -> None:
    """An unknown key gets the nearest known key or all of them; a missing key is reported at the mapping."""
    problems = problems_in(
        "x:\n  Status: 1\n  zzz: 2\n",
        lambda root: root.mapping(allowed=("x",))["x"].mapping(
            allowed=("status", "note"), required=("note",)
        ),
    )
    assert [(f.line, f.column, f.message, f.fix) for f in problems] == [
        (2, 3, "`note` is missing", "add note"),
        (2, 3, 'unknown key "Status"', "did you mean status?"),
        (3, 3, 'unknown key "zzz"', "use one of: status, note"),
    ]


def test_members_and_items_keep_their_positions() -> None:
    """Free keys and list entries are returned as nodes."""

    def read(root: Node) -> None:
        ((key, items),) = root.members()
        assert (key.scalar, key.line, key.column) == ("any key", 1, 1)
        assert [(item.scalar, item.line, item.column, item.name) for item in items.items()] == [
            ("x", 2, 3, "an entry of any key"),
            ("y", 3, 3, "an entry of any key"),
        ]

    assert problems_in("any key:\n- x\n- y\n", read) == ()


@pytest.mark.parametrize(
    ("text", "read", "message"),
    [
        ("a: [1]", Node.members, "a is a list, not a mapping"),
        ("a: {}", Node.items, "a is a mapping, not a list"),
        ("a:", Node.items, "a is an empty value, not a list"),
        ("a: 5", Node.text, "a is the number 5, not text"),
        ("a: true", Node.text, "a is true, not text"),
        ("a: []", Node.text, "a is a list, not text"),
        ('a: " "', Node.text, "a is empty"),
        ('a: " b"', Node.text, "a begins or ends with a space"),
        ("a: |\n  b\n  c", Node.text, "a has several lines"),
        ("a: bcd", lambda node: node.text(max_characters=2), "a has 3 characters; at most 2 are allowed"),
        (
            "a: >-\n" + "  b\n" * 3000,
            Node.data,
            f"a has 5999 characters; at most {MAX_TEXT_CHARACTERS} are allowed",
        ),
        ("a: yes", Node.boolean, 'a is "yes", not true or false'),
        ('a: "5"', Node.integer, 'a is "5", not a whole number'),
        ("a: -1", Node.integer, "a is the number -1, which is out of range"),
        ("a: 8", lambda node: node.integer(maximum=7), "a is the number 8, which is out of range"),
        ("a: 2026-02-30", Node.date, "a is 2026-02-30, which is not in the calendar"),
        ("a: 2026-2-3", Node.date, 'a is "2026-2-3", not a date'),
        ("a: 20260203", Node.date, "a is the number 20260203, not a date"),
        (
            "a: 2026-11-20T25:00:00Z",
            Node.moment,
            "a is 2026-11-20T25:00:00Z, which is not a valid date and time",
        ),
        (
            "a: 2026-11-20T10:00:00+01:00",
            Node.moment,
            'a is "2026-11-20T10:00:00+01:00", not a date and time',
        ),
        ("a: [x]", lambda node: node.word(("no",), what="answer"), "unknown answer: a list"),
        ("a: on", lambda node: node.word(("no",), what="answer"), 'unknown answer: "on"'),
    ],
)
def test_a_value_of_another_type_is_reported(text: str, read: Callable[[Node], Any], message: str) -> None:
    """Each reader says what it found and what it expected."""
    assert [problem.message for problem in problems_in(text, at_a(read))] == [message]


def test_readers_return_what_is_written() -> None:
    """The good case of each reader."""
    assert value("a: b c", at_a(Node.text)) == "b c"
    assert value("a: |\n\n  b\n  c\n\n", at_a(lambda node: node.text(many_lines=True))) == "b\nc"
    assert value("a: no", at_a(lambda node: node.word(("no", "yes"), what="answer"))) == "no"
    assert value("a: true", at_a(Node.boolean)) is True
    assert value("a: 7", at_a(lambda node: node.integer(minimum=7, maximum=7))) == 7
    assert value("a: 2026-11-20", at_a(Node.date)) == date(2026, 11, 20)
    assert value('a: "2026-11-20"', at_a(Node.moment)) == datetime(2026, 11, 20, tzinfo=UTC)
    assert value("a: 2026-11-20T10:02:03Z", at_a(Node.moment)) == datetime(2026, 11, 20, 10, 2, 3, tzinfo=UTC)


def test_the_nearest_word_is_suggested() -> None:
    """Differences in letter case count as typing errors."""
    (problem,) = problems_in(
        "a: Implemented", at_a(lambda node: node.word(("implemented", "partial"), what="status"))
    )
    assert problem.fix == "did you mean implemented?"


def test_a_path_leads_as_far_as_it_exists() -> None:
    """A problem of a value in wire form is placed at its position in the file, or at the nearest one."""

    def read(root: Node) -> None:
        assert root.at(("lines", 1, "until")).line == 4
        assert root.at(("lines", 1, "absent", 3)).line == 3
        assert root.at(("lines", 7)).kind is Kind.SEQUENCE
        assert root.at(()) is root

    assert problems_in("lines:\n- until: x\n- from: y\n  until: z\n", read) == ()


def test_shown_text_acts_on_no_terminal() -> None:
    """Foreign text in messages is shortened, and unprintable characters are escaped."""
    assert shown("a\x1b[2J\u202eb") == '"a\\x1b[2J\\u202eb"'
    assert len(shown("x" * 1000)) < 70


# Any text at all

_alphabet = "[]{}:,-?&*!|>'\"%@`#~ \n\r\t\\uxUL<=+_/;abc019.é\u202e\x00\ufeff"


@pytest.mark.slow
@given(
    st.text(_alphabet, max_size=60)
    | st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            ["- ", "a: ", "\n", "  ", "x", "&a ", "*a", "!!t ", "|\n", '"', "\\U00110000", "---\n"]
        )
    ).map("".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Any text gives plain data, or our error with problems that have a position."""
    data = text.encode("utf-8", errors="surrogatepass")
    for problem in problems_in(data):
        assert 1 <= problem.line <= text.count("\n") + 2
        assert problem.column >= 1
        assert problem.message


_plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
    | st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=10,
)


def _flow(item: Any) -> str:
    match item:
        case dict():
            return "{" + ", ".join(f'"{key}": {_flow(entry)}' for key, entry in item.items()) + "}"
        case list():
            return "[" + ", ".join(_flow(entry) for entry in item) + "]"
        case str():
            return "'" + item.replace("'", "''") + "'"
        case None:
            return "null"
        case _:
            return str(item).lower()


@given(_plain)
def test_plain_data_round_trips(item: Any) -> None:
    """Data written without anchors, tags and other numbers is read back unchanged."""
    assert value(f"a: {_flow(item)}\n") == {"a": item}


def test_the_characters_refused_are_at_least_those_of_the_parser() -> None:
    """The parser never reports a character, because its errors have no position in the file."""
    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    passed = _NOT_IN_FILES.sub("", every)
    assert Reader.NON_PRINTABLE.search(passed) is None
