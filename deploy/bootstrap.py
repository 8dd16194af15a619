"""Brings up `.venv` from `requirements.lock` on a machine with only Python 3.11 and make.

    python3 deploy/bootstrap.py [--packages-only]

Standard library only, and without newer syntax, so that an old Python can still say what is
missing. The environment follows the lock: it is touched only when the lock, the Python or the
folder changed, and then only the packages that differ are installed or removed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
LOCK = ROOT / "requirements.lock"
STAMP = VENV / ".lock-installed"
OLDEST = (3, 11)
BEST_FIRST = ("python3.11", "python3.12", "python3.13", "python3.14")
THIS = ".".join(map(str, sys.version_info[:2]))
KEPT = {"pip", "setuptools", "wheel", "fengqiao-exchange"}
PIP_TIMEOUT_S = 60
PIP_RETRIES = 3
PIP_TAIL_LINES = 20
BAR_WIDTH = 30
ENTRY_POINT = """#!{python}
from fengqiao.cli.main import app

app(prog_name="fengqiao")
"""


class Missing(Exception):
    """Something that this script cannot bring: what it is, and how to mend it."""


def main(arguments: list[str]) -> int:
    """Exit code 0 when the environment (and, unless told otherwise, Kafka's jars) are ready."""
    try:
        use_the_best_python(arguments)
        if not STAMP.exists() or STAMP.read_text() != stamp():
            make_environment()
            install_packages()
            remove_surplus()
            link_checkout()
            STAMP.write_text(stamp())
    except Missing as missing:
        say(f"✗ {missing}")
        return 1
    if "--packages-only" in arguments:
        return 0
    return run(PYTHON, "-m", "exchange.local", "prepare").returncode


def use_the_best_python(arguments: list[str]) -> None:
    """Go on in the Python that the project is tested with, else in any that is new enough."""
    for name in BEST_FIRST:
        if name == f"python{THIS}":
            return
        path = shutil.which(name)
        if path:
            os.execv(path, [path, __file__, *arguments])  # noqa: S606 - no shell is wanted
    if sys.version_info < OLDEST:
        raise Missing(
            f"需要 Python 3.11 以上,这里只有 {THIS}。"
            f"请安装,例如:apt-get install python3.11 python3.11-venv"
        )


def make_environment() -> None:
    """A new `.venv`, unless a sound one of this Python is there."""
    look = "import pip, sys; print('%d.%d' % sys.version_info[:2], sys.prefix)"
    if Path(PYTHON).exists() and output_of(PYTHON, "-c", look) == f"{THIS} {VENV}":
        return
    ensure_venv_module()
    say("创建 Python 环境 .venv")
    if run(sys.executable, "-m", "venv", "--clear", str(VENV)).returncode != 0:
        raise Missing(f"无法创建 {VENV}(原因见上),请检查磁盘空间和目录权限")


def ensure_venv_module() -> None:
    """Debian splits `ensurepip` off into a package of its own."""
    if can_make_environments():
        return
    package = f"python{THIS}-venv"
    apt_get = shutil.which("apt-get")
    if apt_get and os.geteuid() == 0 and os.environ.get("CI"):
        say(f"安装系统包 {package}")
        run(apt_get, "update", "-qq")
        run(apt_get, "install", "-y", "-qq", package)
    if not can_make_environments():
        raise Missing(f"这个 Python 缺少 ensurepip,请先安装:apt-get install {package}")


def can_make_environments() -> bool:
    return run(sys.executable, "-c", "import ensurepip, venv", capture=True).returncode == 0


def install_packages() -> None:
    """`pip install` of exactly the lock, hashes required, with a bar that counts packages."""
    total = len(locked_names())
    say(f"安装 {total} 个已锁定的 Python 包,逐个校验哈希")
    command = [
        PYTHON, "-m", "pip", "install", "--require-hashes", "--no-deps", "-r", str(LOCK),
        "--disable-pip-version-check", "--no-input", "--progress-bar", "off",
        "--timeout", str(PIP_TIMEOUT_S), "--retries", str(PIP_RETRIES),
    ]  # fmt: skip
    seen, lines = 0, []
    with subprocess.Popen(  # noqa: S603 - our own command line
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        for line in pip.stdout or ():
            lines.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied: ", "Ignoring ")):
                seen += 1
                draw_bar(seen, total, line.split(" (")[0].split(": ")[-1].split()[-1])
            elif line.startswith("Installing collected packages"):
                draw_bar(total, total, "正在安装…")
    end_bar()
    if pip.returncode != 0:
        say("".join(lines[-PIP_TAIL_LINES:]))
        raise Missing(
            "安装失败(原因见上)。多数是网络问题:检查网络或代理后再运行一次,"
            "已下载的不会重复下载;内网请用 PIP_INDEX_URL 指向镜像"
        )


def remove_surplus() -> None:
    """Uninstall what an earlier lock had brought."""
    listing = "from importlib.metadata import distributions as d; print(*{x.name for x in d()})"
    wanted = locked_names() | KEPT
    surplus = [n for n in output_of(PYTHON, "-c", listing).split() if normal(n) not in wanted]
    if surplus:
        run(PYTHON, "-m", "pip", "uninstall", "-q", "-y", *surplus)


def link_checkout() -> None:
    """Make this checkout importable and `.venv/bin/fengqiao` runnable, without a build step."""
    where = output_of(PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    Path(where, "fengqiao-exchange.pth").write_text(f"{ROOT}\n")
    script = VENV / "bin" / "fengqiao"
    script.write_text(ENTRY_POINT.format(python=PYTHON))
    script.chmod(0o755)


def locked_names() -> set[str]:
    """The names of all packages in the lock."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", LOCK.read_text(), re.MULTILINE)
    return {normal(name) for name in pins}


def normal(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def stamp() -> str:
    """What the environment was made from."""
    return "\n".join((hashlib.sha256(LOCK.read_bytes()).hexdigest(), THIS, str(ROOT)))


def run(*command: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout, its output shown or captured."""
    return subprocess.run(  # noqa: S603 - our own command lines
        command, cwd=ROOT, text=True, capture_output=capture, check=False
    )


def output_of(*command: str) -> str:
    """What a command prints; nothing when it fails."""
    done = run(*command, capture=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def draw_bar(done: int, total: int, what: str) -> None:
    """One line, drawn over and over; nothing when the output is a file."""
    if sys.stdout.isatty():
        filled = BAR_WIDTH * min(done, total) // total
        drawn = "━" * filled + "╌" * (BAR_WIDTH - filled)
        sys.stdout.write(f"\r\x1b[K  {drawn} {min(done, total)}/{total} {what[:40]}")
        sys.stdout.flush()


def end_bar() -> None:
    if sys.stdout.isatty():
        sys.stdout.write("\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
