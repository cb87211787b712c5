"""The encoder that comes with the market, loaded once: what is like what, and odd texts."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from search.embedding import encode_meanings, floor_of, meaning_text, model_of, question_text
from search.encoders.bundled import BundledEncoder
from search.types import Vector


@pytest.fixture(scope="module")
def encoder() -> BundledEncoder:
    return BundledEncoder()


def cosine(one: Vector, other: Vector) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("question", "title", "other"),
    [
        ("怎样让电池不起火", "一种锂离子电池热失控防护装置", "一种水稻育秧盘"),
        ("减少桥梁裂缝", "混凝土桥面板抗裂施工方法", "一种抗肿瘤药物组合物"),
        ("废水怎么去掉氮", "污水深度脱氮除磷工艺", "一种光学薄膜"),
    ],
)
def test_a_question_is_nearer_to_what_answers_it(
    encoder: BundledEncoder, question: str, title: str, other: str
) -> None:
    (asked,) = encoder.encode_questions([question_text(question)])
    near, far = encode_meanings(encoder, [meaning_text(text, "", "") for text in (title, other)])
    assert cosine(asked, near) > floor_of(model_of(encoder))
    assert cosine(asked, near) > cosine(asked, far) + 0.1


def test_its_vectors_have_the_length_and_number_it_says(encoder: BundledEncoder) -> None:
    (vector,) = encoder.encode(["锂电池"])
    assert len(vector) == encoder.dimensions == 512
    assert math.hypot(*vector) == pytest.approx(1)
    assert encoder.encode([]) == []
    assert encoder.name.startswith("use-m3-")


@pytest.mark.parametrize("text", ["", " ", "😀", "\0", "\u202e", "高" * 1_000, "a" * 1_000, "ﷺ"])
def test_any_text_has_a_vector(encoder: BundledEncoder, text: str) -> None:
    (vector,) = encoder.encode_questions([question_text(text)])
    assert math.hypot(*vector) == pytest.approx(1)


def test_a_text_means_the_same_in_any_company_and_from_any_thread(encoder: BundledEncoder) -> None:
    texts = ["锂电池隔膜", "污水脱氮", "桥梁裂缝"] * 4
    alone = {text: encoder.encode([text])[0] for text in set(texts)}
    together = encoder.encode(texts)
    with ThreadPoolExecutor(4) as threads:
        apart = list(threads.map(lambda text: encoder.encode([text])[0], texts))
    for text, one, other in zip(texts, together, apart, strict=True):
        assert cosine(one, alone[text]) == pytest.approx(1, abs=1e-5)
        assert cosine(other, alone[text]) == pytest.approx(1, abs=1e-5)
