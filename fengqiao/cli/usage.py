"""What was typed wrong, for every command in one place: Chinese first, then English, then the next
step. Exit code 2."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import typer
from typer._click import Context
from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)
from typer.core import TyperArgument, TyperGroup

from fengqiao.cli.console import say

PROGRAM = "fengqiao"
ENGLISH = re.compile(r" ?/ ")
"""What stands between a sentence and its translation."""

SAID: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"No such command '(.+?)'.* Did you mean (.+)\?"), "没有命令 {}，是不是 {}"),
    (re.compile(r"No such command '(.+?)'"), "没有命令 {}"),
    (re.compile(r"Missing command"), "请写明要哪个命令"),
    (re.compile(r"Got unexpected extra argument.*? \((.*)\)"), "多写了 {}"),
    (re.compile(r"requires an argument"), "后面要写值"),
    (re.compile(r"does not take a value"), "后面不写值"),
    (re.compile(r"does not exist"), "不存在"),
    (re.compile(r"is a (?:directory|file)"), "文件与目录弄反了"),
    (re.compile(r"is not (?:readable|writable)"), "没有读写这个文件的权限"),
    (re.compile(r"valid integer"), "须为整数"),
    (re.compile(r"valid number"), "须为数字"),
    (re.compile(r"greater than or equal to (\S+)"), "不得小于 {}"),
    (re.compile(r"less than or equal to (\S+)"), "不得大于 {}"),
)
"""What the library says in English; the first that is found is said in Chinese before it."""


class Program(TyperGroup):
    """The root command: it tells what is wrong with any command's use, and orders its own."""

    order: ClassVar[Sequence[str]] = ()
    """The commands as one meets them."""

    def list_commands(self, ctx: Context) -> list[str]:
        return sorted(super().list_commands(ctx), key=self.order.index)

    def make_context(self, *given: Any, **more: Any) -> Context:
        with _told():
            return super().make_context(*given, **more)

    def invoke(self, ctx: Context) -> Any:
        """Every sub-command is found, and its words are read, in here."""
        with _told():
            return super().invoke(ctx)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except NoArgsIsHelpError:
        raise  # the help has been shown
    except UsageError as wrong:
        say(f"✗ {_zh(wrong)} / {wrong.format_message()}")
        if wrong.ctx is not None:
            say(f"  {wrong.ctx.get_usage().replace('Usage', '用法 / usage', 1)}")
        say(f"  → 请看 / see: {wrong.ctx.command_path if wrong.ctx else PROGRAM} --help")
        raise typer.Exit(wrong.exit_code) from wrong


def _zh(wrong: UsageError) -> str:
    match wrong:
        case NoSuchOption():
            near = f"，是不是 {'、'.join(wrong.possibilities)}" if wrong.possibilities else ""
            return f"没有选项 {wrong.option_name}{near}"
        case BadOptionUsage():
            return f"选项 {wrong.option_name} {_said(wrong.message) or '用法不对'}"
        case MissingParameter():
            return f"缺少{_named(wrong)}"
        case BadParameter():
            return f"{_named(wrong)}的值不对：{_said(wrong.message) or '请核对'}"
        case _:
            return _said(wrong.message) or "用法不对"


def _named(wrong: BadParameter) -> str:
    """The parameter as it is typed, with what it means."""
    if wrong.param is None:
        return "参数"
    is_argument = isinstance(wrong.param, TyperArgument)
    meaning = ENGLISH.split(getattr(wrong.param, "help", None) or "")[0]
    typed = f"参数 {wrong.param.name}" if is_argument else f"选项 {wrong.param.opts[0]}"
    return f"{typed}（{meaning}）" if meaning else typed


def _said(message: str) -> str | None:
    for pattern, zh in SAID:
        if found := pattern.search(message):
            return zh.format(*found.groups())
    return None
