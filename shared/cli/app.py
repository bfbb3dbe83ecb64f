"""The command `fairground`: every command's name, its options and its one line of help."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from shared.cli import demo_operator, insights, letters, look, mend, operators, rounds, serve, simulation, wagers
from shared.cli.failing import told

app = typer.Typer(
    name="fairground",
    help="Player engagement and remote gaming: money, prizes, boards and games, every outcome provable.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
for command in (
    serve.up, serve.gateway, serve.ledger, serve.engines, serve.leaderboards, serve.rgs, serve.migrate, serve.kafka,
    mend.apply, look.status, look.stuck, look.verify, mend.rebuild, look.replay, look.verify_draw,
    operators.reconcile, demo_operator.demo_operator, rounds.verify_round, simulation.simulate,
):  # fmt: skip
    app.command()(command)
app.add_typer(insights.app, name="insights")
app.add_typer(letters.app, name="dead-letters")
app.add_typer(wagers.app, name="wagers")


def main(argv: list[str] | None = None) -> None:
    """Run one command and end the process: 0 done, 1 failed or something differs, 2 not understood."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(words: Sequence[str]) -> int:
    """Run one command; its exit code."""
    try:
        app(args=list(words), prog_name="fairground")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except Exception as error:
        line = told(error)
        if line is None:
            raise
        print(line, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    main()
