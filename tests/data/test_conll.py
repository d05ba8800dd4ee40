"""CoNLL files as people have them: what is no token is passed over, what is not certain is refused with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.data import TOKEN
from helpers.processes import Command
from helpers.reading import said_of
from hubpress.schemas.splits import SplitFacts

QUAY = "row 1 of r.conll\n  text: Ask Lower Quay\n  entity: Lower Quay (Stop) 4-14"
COLUMNS: dict[str, Any] = {"columns": {"tokens": "tokens", "tags": "tags"}}

READ: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("Ask O\nLower B-Stop\nQuay I-Stop\n", COLUMNS),
    "Windows' line ends": ("Ask O\r\nLower B-Stop\r\nQuay I-Stop\r\n\r\n", COLUMNS),
    "a byte order mark": ("\ufeffAsk O\nLower B-Stop\nQuay I-Stop\n", COLUMNS),
    "white space at the ends": ("Ask O  \n Lower  B-Stop\t\nQuay I-Stop \n  \n", COLUMNS),
    "comments": ("# sent 4\tlang=en\n# by hand O\nAsk O\nLower B-Stop\nQuay I-Stop\n", COLUMNS),
    "CoNLL-2003": ("-DOCSTART- -X- -X- O\n\nAsk V V O\nLower J N B-Stop\nQuay N N I-Stop\n", {"format": "conll"}),
    "CoNLL-2012": (
        "#begin document (a); part 0\na 0 1 Ask O V\na 0 2 Lower B-Stop J\na 0 3 Quay I-Stop N\n\n#end document\n",
        {"columns": {"tokens": 4, "tags": 5}},
    ),
    "numbers before the tokens": ("1 Ask O\n2 Lower B-Stop\n3 Quay I-Stop\n", {"columns": {"tokens": 2, "tags": 3}}),
    "names of the columns": (
        "# global.columns = NER FORM\nO\tAsk\nB-Stop\tLower\nI-Stop\tQuay\n",
        {"columns": {"tokens": "FORM", "tags": "NER"}},
    ),
    "entities in brackets": ("Ask *\nLower (Stop*\nQuay *)\n", COLUMNS),
    "entities in brackets beside coreference": (
        "#begin document (a); part 000\na 0 Ask * -\na 0 Lower (Stop* (3\na 0 Quay *) 3)\n\n#end document\n",
        {"columns": {"tokens": 3, "tags": 4}},
    ),
    "spaces around tabs": ("Ask\tO\nLower \tB-Stop\nQuay\t I-Stop\n", COLUMNS),
    "a language before each token": ("fr:Ask O\nfr:Lower B-Stop\nfr:Quay I-Stop\n", COLUMNS),
}


@pytest.mark.parametrize("form", READ)
def test_every_form_gives_the_same_sentence(form: str, tmp_path: Path) -> None:
    """Comments, marks, columns and line ends differ; the sentence is the same."""
    content, data = READ[form]
    assert said_of(tmp_path, {"r.conll": content}, **data) == QUAY


def test_what_begins_with_a_hash_may_be_a_token(tmp_path: Path) -> None:
    """A token keeps its # at the beginning of a file and of a sentence, and inside one."""
    content = "#ferry O\nto O\n# O\n3 O\n\n#quay B-Stop\n\n# note\nAsk O\n"
    said = said_of(tmp_path, {"r.conll": content}, **COLUMNS)
    assert [line[8:] for line in said.splitlines() if "text: " in line] == ["#ferry to # 3", "#quay", "Ask"]


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "one column": ("Ask\nLower\n", COLUMNS, "r.conll:1: has one column where a token and its tag are needed."),
    "commas": ("Ask,O\nLower,B-Stop\n", COLUMNS, "divided by tabs or spaces."),
    "a missing tag": ("Ask\tO\nLower\n", COLUMNS, "r.conll:2: has 1 column where the first line has 2. Divide"),
    "spaces among tabs": ("Ask\tO\nLower B-Stop\n", COLUMNS, "r.conll:2: has 1 column where the first line has 2."),
    "an empty column": ("Ask\tV\tO\nQuay\t\tO\n", COLUMNS, "r.conll:2: column 2 is empty."),
    "a comment in a sentence": ("Ask O\n# by hand\nLower O\n", COLUMNS, "r.conll:2: begins with # inside a sentence"),
    "a comment or a token": ("#ferry\nAsk O\n", COLUMNS, "r.conll:1: '#ferry' is a comment or a token without a tag."),
    "numbers for tokens": ("1 Ask O\n2 Quay O\n", COLUMNS, "the first column counts the tokens of each sentence."),
    "coreference": (
        "Ask -\nLower (3\nQuay 3)|(4)\n",
        COLUMNS,
        "r.conll: its column of tags has coreference, such as '(3'",
    ),
    "brackets in brackets": (
        "Lower (Stop(City*\nQuay *))\n",
        COLUMNS,
        "r.conll:1: '(Stop(City*' has entities within one another",
    ),
    "a bracket in an open one": ("Lower (Stop*\nQuay (City)\n", COLUMNS, "r.conll:2: '(City)' has entities within one"),
    "an open bracket": ("Lower (Stop*\nQuay *\n", COLUMNS, "r.conll:1: '(Stop*' opens an entity that its sentence"),
    "a bracket too many": ("Lower *\nQuay *)\n", COLUMNS, "r.conll:2: '*)' closes an entity that has not begun."),
    "brackets without a type": (
        "Lower (*\nQuay *)\n",
        COLUMNS,
        "r.conll:1: '(*' is no tag of a column with entities in",
    ),
    "neither star nor bracket": ("Lower (Stop\nQuay *)\n", COLUMNS, "r.conll:1: '(Stop' has no star and no second"),
    "a column for each predicate": (
        f"a{' 0' * 11}\n\na{' 0' * 12}\n",
        COLUMNS,
        "r.conll:3: has 13 columns where the first line has 12. CoNLL-2012",
    ),
    "documents for tokens": ("a/1 Ask O\n" * 9, COLUMNS, "the first column is 'a/1' for every token"),
    "no such column": ("Ask O\n", {"columns": {"tokens": 1, "tags": 3}}, "data.columns.tags: there is no column '3'"),
    "column zero": ("Ask O\n", {"columns": {"tokens": 0, "tags": 1}}, "data.columns.tokens"),
}


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_not_certain_is_refused(form: str, tmp_path: Path) -> None:
    """A sentence names the line, and says what to do."""
    content, data, words = REFUSED[form]
    said = said_of(tmp_path, {"r.conll": content}, **data)
    assert said.startswith("hubpress: ")
    assert words in said


def test_a_language_stands_before_all_tokens_or_is_a_part_of_them(
    hubpress: Command, write: Callable[..., str], tmp_path: Path
) -> None:
    """One token without it among the first shows that it is none; one that comes later is refused."""
    mixed = said_of(tmp_path, {"r.conll": "en:Ask O\nen:the O\nQuay B-Stop\n"}, **COLUMNS)
    assert "text: en:Ask en:the Quay" in mixed
    write("late.conll", "en:Ask O\nen:Quay B-Stop\n\n" * 50 + "Ask O\n")
    write("recipe.yaml", (tmp_path / "example" / "recipe.yaml").read_text(encoding="utf-8"))
    options = ("--models", tmp_path / "models", "--data", tmp_path / "models" / "pets" / "late.conll", "--preview")
    ran = hubpress("data", "pets", *options, "--rows", "60")
    assert ran.code == 1
    assert "late.conll:151: 'Ask' does not begin with 'en:' as the tokens before it do." in ran.err


UD = """# newdoc
# sent_id = 1
1\tAsk\task\tVERB\t_\t_\t0\troot\t_\tNER=O
2-3\taux\t_\t_\t_\t_\t_\t_\t_\t_
2\tà\tà\tADP\t_\t_\t4\tcase\t_\tNER=O
3\tles\tle\tDET\t_\t_\t4\tdet\t_\tNER=O
3.1\tghost\t_\t_\t_\t_\t_\t_\t_\t_
4\tQuais\tquai\tNOUN\t_\t_\t1\tobl\t_\tNER=B-Stop|SpaceAfter=No
5\t!\t!\tPUNCT\t_\t_\t1\tpunct\t_\t_
"""


def test_conllu_gives_the_tokens_of_the_text(tmp_path: Path) -> None:
    """Words that share a token become it, empty nodes are none, and what has no NER in MISC lies outside."""
    said = said_of(tmp_path, {"r.conllu": UD}, format="conllu")
    assert said.startswith("row 1 of r.conllu\n  text: Ask aux Quais")
    assert "entity: Quais (Stop) 8-13" in said


def test_words_written_in_their_token_keep_their_borders(tmp_path: Path) -> None:
    """An entity may end inside a token whose words are written one after the other."""
    lines = "1-2\tdámelo\t_\n1\tdáme\tB-Stop\n2\tlo\tO\n3\tya\tO\n"
    said = said_of(tmp_path, {"r.conllu": lines}, format="conllu", columns={"tags": 3})
    assert "entity: dáme (Stop) 0-4" in said


CONLLU_FAULTS = {
    UD.replace("NER=", "Entity="): "has no column 'NER', and no token has it in MISC. Name the column",
    UD.replace("ADP\t_", "ADP"): "r.conllu:5: has 9 columns where the first line has 10.",
    "# global.columns = ID FORM\n1\tAsk\tO\n": "has 3 columns where # global.columns names 2.",
    "# global.columns = FORM NER\nAsk\tO\n": "r.conllu: has no column ID. Name it in # global.columns.",
    "1\tAsk\tO\n": "there is no column 'NER' in r.conllu. Columns: text, places,",
    "# global.columns = ID FORM NER\n1-2\tau\t_\n1-2\tau\t_\n": "r.conllu:3: a token of several words begins inside",
    UD.replace("5\t!", "five\t!"): "r.conllu:9: 'five' is no number of a word.",
    UD.partition("3\tles")[0]: "r.conllu:4: the words of this token are missing.",
}


@pytest.mark.parametrize("content", CONLLU_FAULTS, ids=range(len(CONLLU_FAULTS)))
def test_faults_of_conllu_are_refused(content: str, tmp_path: Path) -> None:
    """A sentence says what is missing, and where."""
    assert CONLLU_FAULTS[content] in said_of(tmp_path, {"r.conllu": content}, format="conllu")


def test_what_cannot_be_expressed_is_counted(prepare: Callable[..., SplitFacts], write: Callable[..., str]) -> None:
    """A sentence whose entity ends inside a token of several words is left out; a text of other tokens is not read."""
    split = UD.replace("3\tles\tle\tDET\t_\t_\t4\tdet\t_\tNER=O", "3\tles\tle\tDET\t_\t_\t4\tdet\t_\tNER=B-Stop")
    other = UD.replace("# sent_id = 1", "# text = Something else").replace("Ask", "Say")
    several = [UD.replace("Ask", f"Ask{number}") for number in range(12)]
    facts = prepare(
        {**TOKEN, "data": {**TOKEN["data"], "format": "conllu"}},
        source=write("r.conllu", "\n".join([split, other, *several])),
    )
    assert facts.dropped == {"an entity begins or ends inside a token of several words": 1}
    assert facts.unread == {"texts in comments that are not those of their tokens": 1}
    assert sum(facts.counts.values()) == 13
