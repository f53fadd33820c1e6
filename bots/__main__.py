"""The command `switchboard`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bots import commands
from bots.roles import Role
from bridge.errors import SwitchboardError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. Errors on purpose are shown as one clear line."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except SwitchboardError as error:
        print(f"switchboard: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="switchboard", description="Customer support for a crypto exchange.")
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)

    run = verbs.add_parser("run", help="start the service")
    run.add_argument(
        "--role", action="append", choices=[role.value for role in Role], help="only this part; may be repeated"
    )
    run.set_defaults(command=commands.run)

    train = verbs.add_parser("train", help="train the model; a running service takes it over")
    train.set_defaults(command=commands.train)

    encode = verbs.add_parser("encode", help="keep the second encoder's vectors of the examples with the data")
    encode.set_defaults(command=commands.encode)

    parse = verbs.add_parser("parse", help="show what the bot understands of a text")
    parse.add_argument("text")
    parse.add_argument("--language", default="en", help="the conversation's language (default: en)")
    parse.add_argument("--json", action="store_true", help="as Rasa's /model/parse would")
    parse.set_defaults(command=commands.parse)

    chat = verbs.add_parser("chat", help="talk to the bot in the terminal")
    chat.add_argument("--language", default="en", help="the language to begin with (default: en)")
    chat.set_defaults(command=commands.chat)

    evaluate = verbs.add_parser("evaluate", help="judge the engine by the test set, against the report that is kept")
    evaluate.add_argument("--language", action="append", help="only this one; may be repeated")
    evaluate.add_argument("--engine", choices=["embedded", "rasa"], help="insist on this one")
    evaluate.add_argument("--noise", action="store_true", help="judge the same sentences with typos and the like too")
    evaluate.add_argument("--json", action="store_true", help="for machines")
    evaluate.add_argument("--html", metavar="FILE", help="draw it as a page")
    evaluate.add_argument("--keep", action="store_true", help="keep this report to compare later ones with")
    evaluate.set_defaults(command=commands.evaluate)

    project = verbs.add_parser("rasa-project", help="write a Rasa project with the same examples")
    project.add_argument("folder", type=Path)
    project.set_defaults(command=commands.rasa_project)

    check = verbs.add_parser("check", help="check configuration, articles, phrases and examples")
    check.set_defaults(command=commands.check)

    doctor = verbs.add_parser("doctor", help="check a live installation and say what to do")
    doctor.add_argument("--ledger", action="store_true", help="what became of every message received, by channel")
    doctor.add_argument("--json", action="store_true", help="for machines")
    doctor.set_defaults(command=commands.doctor)
    return parser


if __name__ == "__main__":
    sys.exit(main())
