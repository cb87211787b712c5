"""The texts and judgements that relevance is measured with, read and cleaned; pure but for that."""

import csv
import json
import random
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Final

from search import analysis

SEED: Final = 20_261
ITEMS: Final = 200
"""Documents that are asked for by their own words."""

FEWEST: Final = 5
"""Judged achievements that a demand needs, one of them of grade 3 or more."""

_OPENING: Final = re.compile(
    "^(本发明|本申请|本实用新型|本公开)?(的?实施例)?(公开|提供|涉及|属于|提出)了?"
)
_GENERIC: Final = analysis.generic_words() | {"及其", "一种", "用途", "制作方法"}


@dataclass(frozen=True, slots=True)
class Text:
    """One document; ``key`` names it wherever it stands."""

    key: str
    title: str
    holder: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Graded:
    """One demand and the grades (1 to 4) of texts by their places."""

    title: str
    whole: str
    grades: dict[int, int]


def read_graded(folder: Path) -> tuple[list[Text], list[Graded]]:
    """Distinct achievements, and the demands with enough judgements; those of one pair are
    averaged. Titles survive only as nouns and verbs with blanks between them."""
    rows = [json.loads(line) for line in _lines(folder / "achievements.jsonl")]
    titles = sorted({row["title_terms"] for row in rows if row["title_terms"].strip()})
    place = {title: at for at, title in enumerate(titles)}
    of = {row["achievement_id"]: place.get(row["title_terms"]) for row in rows}
    pairs: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    with (folder / "grades-dev.csv").open(encoding="utf-8-sig", newline="") as file:
        for pair in csv.DictReader(file):
            if (at := of.get(pair["achievement_id"])) is not None:
                pairs[pair["demand_id"]][at].append(int(pair["grade"]))
    questions = []
    for line in _lines(folder / "demands.jsonl"):
        demand = json.loads(line)
        grades = {at: round(mean(given)) for at, given in pairs[demand["demand_id"]].items()}
        if len(grades) >= FEWEST and max(grades.values()) >= 3:
            whole = f"{demand['title']} {demand['content']}"
            questions.append(Graded(demand["title"], whole, grades))
    return [Text(str(at), title) for at, title in enumerate(titles)], questions


def read_patents(folder: Path) -> list[Text]:
    """The patents that have an abstract."""
    return [
        Text(
            row.get("id") or row["publication_number"],
            row["title"],
            row.get("assignee") or row.get("applicant", ""),
            row["abstract"],
        )
        for name in ("abstracts", "full-records")
        for row in map(json.loads, _lines(folder / f"{name}.jsonl"))
    ]


def known_items(texts: list[Text]) -> dict[str, list[tuple[int, str]]]:
    """Places of some texts with a question for each: the first three words of its title that say
    something, the first sentence of its abstract, and a clause from further behind."""
    draw = random.Random(SEED)  # noqa: S311 - no secret is made of it
    long = [at for at, text in enumerate(texts) if len(text.summary) > 80]
    chosen = draw.sample(long, min(ITEMS, len(long)))
    return {
        "three words of the title": [(at, _few_words(texts[at].title)) for at in chosen],
        "first sentence of the abstract": [(at, _first(texts[at].summary)) for at in chosen],
        "a clause of the abstract": [(at, _clause(texts[at].summary)) for at in chosen],
    }


def _few_words(title: str) -> str:
    words = [
        word
        for word in analysis.cut(analysis.normalise(title))
        if len(word) > 1 and word not in _GENERIC
    ]
    return " ".join(words[:3]) or title


def _first(summary: str) -> str:
    return _OPENING.sub("", re.split("[。；]", summary)[0])[:80]


def _clause(summary: str) -> str:
    clauses = [part for part in re.split("[。；，]", summary) if len(part) >= 10] or [summary]
    return clauses[len(clauses) * 2 // 3][:60]


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()
