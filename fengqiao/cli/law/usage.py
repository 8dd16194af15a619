"""Usage in Chinese first, with an example: argparse alone speaks English."""

import difflib
import re
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from typing import NoReturn

USAGE = 2

_SAID_ZH: Mapping[str, str] = {
    r"the following arguments are required: (.+)": r"缺少 \1",
    r"argument (.+): expected one argument": r"\1 后面要写一个值",
    r"argument (.+): invalid \w+ value: (.+)": r"\1 应为整数，写的是 \2",
    r"argument (.+): ignored explicit argument (.+)": r"\1 后面不写值，写的是 \2",
    r"unrecognized arguments: (.+)": r"多出 \1；值里有空格的，请加引号",
}
"""What argparse may say of our options, and the same in Chinese."""

_HEADINGS_ZH: Mapping[str, str] = {
    "usage: ": "用法：",
    "positional arguments:": "要写的：",
    "options:": "选项：",
}
_LIKE_AN_OPTION = re.compile(r"[-–—]{1,2}[A-Za-z][\w-]*")


class Usage(ArgumentParser):
    """The usage of one command; `error` leaves with exit code 2."""

    def __init__(self, prog: str, about: str, example: str) -> None:
        self.example = example
        super().__init__(
            prog=prog,
            description=about,
            epilog=f"例：\n  {example}",
            formatter_class=RawDescriptionHelpFormatter,
            add_help=False,
        )
        self.add_argument("-h", "--help", action="help", help="这一页 / this page")

    def require_known_options(self, words: Sequence[str]) -> None:
        """Leaves for the first option that is none, with the one most like it."""
        known = list(self._option_string_actions)
        for word in words:
            option = word.partition("=")[0]
            if option == "--":
                return
            if _LIKE_AN_OPTION.fullmatch(option) and option not in known:
                meant = difflib.get_close_matches("--" + option.lstrip("-–—"), known, 1)
                told = f"，是不是 {meant[0]}" if meant else ""
                self.error(f"不认识的选项 {option}{told} / unknown option {option}")

    def error(self, message: str) -> NoReturn:
        """What is wrong, how the command is used, an example."""
        self.exit(
            USAGE,
            f"✗ {_in_chinese(message)}\n{self.format_usage()}例：{self.example}\n"
            f"各项见 {self.prog} --help\n",
        )

    def format_usage(self) -> str:
        """The usage line, in Chinese."""
        return _headed(super().format_usage())

    def format_help(self) -> str:
        """The page, its headings in Chinese."""
        return _headed(super().format_help())


def _headed(page: str) -> str:
    for english, chinese in _HEADINGS_ZH.items():
        page = page.replace(english, chinese, 1)
    return page


def _in_chinese(message: str) -> str:
    for english, chinese in _SAID_ZH.items():
        if found := re.fullmatch(english, message):
            return f"{found.expand(chinese)} / {message}"
    return message
