"""Dockerfile and compose.yaml: whatever they name exists. No container engine is needed."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from app.cli import app
from app.core.settings import Mode, Settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, one in SERVICES.items() if one.get("image") == "keji-market"]
EXAMPLES = {path.name: path for path in (ROOT / "docs" / "compose").iterdir()}


def instructions() -> list[tuple[str, str]]:
    """(INSTRUCTION, rest) of the Dockerfile, continued lines joined, comments left out."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    found = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(word.upper(), rest) for word, rest in found]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for word, rest in instructions():
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest))
    return found


def variables() -> Iterator[str]:
    """Every MARKET_… that the files set for a process of ours."""
    yield from re.findall(r"\b(MARKET_\w+)=", (ROOT / "Dockerfile").read_text("utf-8"))
    yield from re.findall(r"\b(MARKET_\w+)=", EXAMPLES["market.env.example"].read_text("utf-8"))
    for name in OURS:
        yield from SERVICES[name]["environment"]


def check_command(words: list[str]) -> None:
    """A ``market`` command with its options, asked of the command line itself."""
    assert words[0] == "market", words
    command: Any = get_command(app)
    for word in words[1:]:
        if commands := getattr(command, "commands", None):
            assert word in commands, words
            command = commands[word]
        elif word.startswith("-"):
            options = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
            assert word.partition("=")[0] in options, words


def test_every_command_exists() -> None:
    for name in OURS:
        check_command(SERVICES[name]["command"])
    (told,) = [rest for word, rest in stages()[-1] if word == "CMD"]
    check_command(json.loads(told))


def test_every_path_that_is_copied_exists_and_is_sent() -> None:
    sent = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for word, rest in instructions():
        if word != "COPY":
            continue
        *sources, _ = [part for part in shlex.split(rest) if not part.startswith("--")]
        for source in sources:
            assert (ROOT / source).exists(), source
            allowed = [line[1:] for line in sent if line.startswith("!")]
            assert any(Path(source).match(pattern) for pattern in allowed), source


def test_every_variable_is_a_setting() -> None:
    known = {f"MARKET_{name.upper()}" for name in Settings.model_fields}
    assert set(variables()) - known == set()


def test_what_compose_fills_in_stands_in_the_example() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    wanted = set(re.findall(r"(?<!\$)\$\{(\w+)", text))
    given = set(re.findall(r"^(\w+)=", EXAMPLES["env.example"].read_text("utf-8"), re.MULTILINE))
    assert wanted == given
    assert not any(name.startswith("MARKET_") for name in wanted)


def test_the_settings_of_each_service_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        for variable, value in SERVICES[name]["environment"].items():
            given = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
            monkeypatch.setenv(variable, re.sub(r"\$\{\w+[^}]*\}", "password", given))
        monkeypatch.setenv("MARKET_SECRET_KEY", "k" * 48)
        monkeypatch.setenv("MARKET_HOST", "0.0.0.0")  # noqa: S104 - as the Dockerfile sets it
        settings = Settings()
        assert settings.mode is Mode.production
        assert not settings.embedded


def test_ports_agree() -> None:
    environment = dict(
        part.split("=", 1) for word, rest in stages()[-1] if word == "ENV" for part in rest.split()
    )
    exposed = [rest for word, rest in stages()[-1] if word == "EXPOSE"]
    assert exposed == [environment["MARKET_PORT"]]
    (published,) = SERVICES["web"]["ports"]
    assert published.startswith("127.0.0.1:")
    assert published.endswith(f":{environment['MARKET_PORT']}")
    assert "http://127.0.0.1:' + os.environ['MARKET_PORT']" in (ROOT / "Dockerfile").read_text()
    for name in ("watch", "worker"):
        port = SERVICES[name]["environment"]["MARKET_METRICS_PORT"]
        assert f"127.0.0.1:{port}/healthz" in SERVICES[name]["healthcheck"]["test"][-1]
    (counter,) = SERVICES["bank"]["ports"]
    assert counter.startswith("127.0.0.1:")
    assert f"--port={counter.rpartition(':')[2]}" in SERVICES["bank"]["command"]
    assert SERVICES["bank"]["profiles"] == ["mock-bank"]
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["web", "bank"]


def test_the_image_runs_as_an_ordinary_user_without_node() -> None:
    last = stages()[-1]
    words = [word for word, _ in last]
    (user,) = [rest for word, rest in last if word == "USER"]
    assert user not in {"root", "0"}
    assert words.index("USER") < words.index("CMD")
    assert "HEALTHCHECK" in words
    assert not any(re.search(r"\bnode|\bnpm|apt-get|curl ", rest) for _, rest in last)
    runtime = (ROOT / "requirements.txt").read_text("utf-8")
    assert "nodejs" not in runtime
    (made,) = re.findall(r"--uid (\d+)", " ".join(rest for _, rest in last))
    assert {SERVICES[name]["user"] for name in OURS} == {f"{made}:{made}"}


def test_what_a_linter_would_say() -> None:
    for word, rest in instructions():
        if word == "FROM":
            image = rest.split()[0]
            assert re.search(r":(?!latest)[\w.-]+$", image), f"{image} names no version"
        assert word != "ADD", "COPY says what it does"
        if word in {"CMD", "ENTRYPOINT"}:
            assert isinstance(json.loads(rest), list), "a shell would swallow signals"
        if "pip install" in rest:
            assert rest.count("pip install") == rest.count("--no-cache-dir")
    for name, one in SERVICES.items():
        assert re.search(r":(?!latest)[\w.-]+$|^keji-market$", one["image"]), name


def test_containers_may_do_little() -> None:
    for name, one in SERVICES.items():
        assert "no-new-privileges:true" in one["security_opt"], name
        assert "privileged" not in one
    for name in OURS:
        one = SERVICES[name]
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert one["tmpfs"] == ["/tmp"]  # noqa: S108 - inside the container
        owner = one["environment"]["MARKET_OWNER_DATABASE_URL"]
        assert ("market_owner" in owner) == (name in {"migrate", "backup"}), name


def test_services_wait_for_what_they_need_and_volumes_exist() -> None:
    for name, one in SERVICES.items():
        for other, how in one.get("depends_on", {}).items():
            assert other in SERVICES
            if how["condition"] == "service_healthy":
                assert "test" in SERVICES[other]["healthcheck"]
        for volume in one.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"], name
    for name in ("web", "watch", "worker"):
        assert set(SERVICES[name]["depends_on"]) == {"db", "migrate"}
        assert SERVICES[name]["depends_on"]["migrate"]["condition"].endswith("successfully")
    assert SERVICES["db"]["image"] == "pgvector/pgvector:pg18"
    assert SERVICES["meilisearch"]["profiles"] == ["search"]


def test_the_script_that_makes_the_roles_is_a_script() -> None:
    content = COMPOSE["configs"]["roles"]["content"].replace("$$", "$")
    done = subprocess.run(["bash", "-n"], input=content, text=True, check=False)
    assert done.returncode == 0
    for extension in ("pg_trgm", "vector", "btree_gin"):
        assert f"CREATE EXTENSION {extension};" in content


def test_code_in_health_checks_is_python() -> None:
    tests = [one["healthcheck"].get("test") for one in SERVICES.values() if "healthcheck" in one]
    codes = [test[3] for test in tests if test and test[1:3] == ["python", "-c"]]
    (docker,) = [rest for word, rest in stages()[-1] if word == "HEALTHCHECK"]
    codes.append(json.loads(docker[docker.index("[") :])[2])
    for code in codes:
        compile(code, "healthcheck", "exec")
