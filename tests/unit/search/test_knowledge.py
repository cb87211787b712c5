"""The editable lists hold what their heads promise; who edits one is told here what is wrong."""

import re
from collections import Counter
from importlib import resources
from itertools import chain, combinations

import pytest

from search import analysis, knowledge
from search.knowledge.ipc import ipc_path

OPPOSITES = (
    "充电 放电|正极 负极|阳极 阴极|加热 冷却|制热 制冷|发射 接收|吸附 脱附"
    "|亲水 疏水|好氧 厌氧|硝化 反硝化|氧化 还原|编码 解码|加密 解密|有线 无线"
    "|有机 无机|高温 低温|高压 低压|上行 下行|交流 直流|单向 双向|装配 拆卸"
    "|升压 降压|整流 逆变|静态 动态|监督 无监督|室内 室外|左 右|内 外|升 降"
    "|同步 异步|主动 被动"
)
WORDS = ["dictionary.txt", "stopwords.txt", "asking.txt", "generic.txt"]
LISTS = [*WORDS, *knowledge.synonym_files()]


def text_of(name: str) -> str:
    return resources.files("search.knowledge").joinpath(name).read_text("utf-8")


def opposites() -> list[tuple[str, str]]:
    return [(one, other) for pair in OPPOSITES.split("|") for one, other in [pair.split()]]


def are_opposites(one: str, other: str) -> bool:
    """Whether the words are the same but for a word that says the contrary."""
    return any(
        a in one and one.replace(a, b, 1) == other and b in other for a, b in opposites()
    ) or any(b in one and one.replace(b, a, 1) == other for a, b in opposites())


@pytest.mark.parametrize("name", [*LISTS, "ipc.tsv"])
def test_each_list_says_what_it_is_and_ends_its_last_line(name: str) -> None:
    text = text_of(name)
    assert len(text.partition("\n\n")[0].splitlines()) >= 2
    assert text.startswith("# ")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not re.search(r"[ \t]\n", text)


@pytest.mark.parametrize("name", LISTS)
def test_words_are_written_as_texts_are_compared(name: str) -> None:
    words = [word for line in knowledge.entries(name) for word in line.split()]
    assert [word for word in words if analysis.normalise(word) != word] == []


@pytest.mark.parametrize("name", LISTS)
def test_nothing_stands_twice(name: str) -> None:
    words = chain.from_iterable(line.split() for line in knowledge.entries(name))
    assert [word for word, times in Counter(words).items() if times > 1] == []


@pytest.mark.parametrize("name", WORDS)
def test_a_line_is_one_word(name: str) -> None:
    lines = knowledge.entries(name)
    assert [line for line in lines if " " in line or "\t" in line] == []


def test_a_term_of_the_dictionary_is_worth_keeping_whole() -> None:
    terms = analysis.dictionary()
    assert [term for term in terms if not 2 <= len(term) <= 12] == []
    assert set(terms).isdisjoint(analysis.stop_words())
    assert 500 <= len(terms) <= 5_000


def test_each_term_of_the_dictionary_is_kept_whole() -> None:
    assert [term for term in analysis.dictionary() if term not in analysis.words(term)] == []


def test_each_word_with_synonyms_is_kept_whole() -> None:
    words = list(chain.from_iterable(analysis.synonym_groups()))
    assert [word for word in words if word not in analysis.words(word)] == []


def test_a_term_is_kept_whole_among_others_too() -> None:
    sentence = "一种{}的制备方法及其应用"
    words = [*analysis.dictionary(), *chain.from_iterable(analysis.synonym_groups())]
    assert [w for w in words if w not in analysis.words(sentence.format(w))] == []


def test_a_group_has_two_words_or_more_and_none_has_two_groups() -> None:
    groups = analysis.synonym_groups()
    assert [group for group in groups if not 2 <= len(group) <= 8] == []
    times = Counter(chain.from_iterable(groups))
    assert [word for word, n in times.items() if n > 1] == []


def test_words_of_asking_and_of_kinds_name_no_subject() -> None:
    lists = analysis.asking_words(), analysis.generic_words(), analysis.stop_words()
    assert all(one.isdisjoint(other) for one, other in combinations(lists, 2))
    for words in lists:
        assert words.isdisjoint(analysis.dictionary())
        assert words.isdisjoint(chain.from_iterable(analysis.synonym_groups()))


def test_no_stop_word_has_synonyms() -> None:
    assert not analysis.stop_words() & set(chain.from_iterable(analysis.synonym_groups()))


def test_no_group_merges_opposites() -> None:
    found = [
        pair
        for group in analysis.synonym_groups()
        for pair in combinations(group, 2)
        if are_opposites(*pair) and set(pair) != {"脱氮", "反硝化"}
    ]
    assert found == []


@pytest.mark.parametrize(
    ("one", "other"), [("正极材料", "负极材料"), ("硝化", "反硝化"), ("好氧池", "厌氧池")]
)
def test_opposites_are_seen(one: str, other: str) -> None:
    assert are_opposites(one, other)
    assert are_opposites(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("锂电池", "锂离子电池"), ("脱氮", "反硝化"), ("ai", "人工智能"), ("uav", "无人机")],
)
def test_trade_names_of_one_thing_are_together(one: str, other: str) -> None:
    assert any({one, other} <= set(group) for group in analysis.synonym_groups())


@pytest.mark.parametrize(
    ("one", "other"), [("机器学习", "深度学习"), ("机器人", "机械臂"), ("监测", "检测")]
)
def test_wider_and_narrower_words_are_apart(one: str, other: str) -> None:
    assert not any({one, other} <= set(group) for group in analysis.synonym_groups())


def test_the_classification_is_whole_and_in_order() -> None:
    rows = [line.split("\t") for line in knowledge.entries("ipc.tsv")]
    assert all(len(row) == 2 and row[1] == row[1].strip() != "" for row in rows)
    codes = [code for code, _ in rows]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"[A-H](\d\d[A-Z]?)?", code) for code in codes)
    depths = {1: 1, 3: 2, 4: 3}
    assert [c for c in codes if len(ipc_path(c)) != depths[len(c)]] == []
    assert Counter(map(len, codes)) >= Counter({1: 8, 3: 120, 4: 600})
    assert [title for _, title in rows if re.search(r"入[A-H]\d\d|〔", title)] == []


def test_the_classification_is_small() -> None:
    assert len(text_of("ipc.tsv").encode()) < 80_000


def test_the_fingerprint_tells_of_an_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    before = knowledge.fingerprint()
    entries = knowledge.entries
    try:
        knowledge.fingerprint.cache_clear()
        monkeypatch.setattr(knowledge, "entries", lambda name: [*entries(name), "新词"])
        assert knowledge.fingerprint() != before
    finally:
        knowledge.fingerprint.cache_clear()
