# pyright: reportUntypedFunctionDecorator=false
"""`landquota ledger`: a directory of its own, whose commands are loaded on demand."""

from importlib import import_module

import rich_click as click

from allocator.commands.conventions import help_text, nearest_name

SUBCOMMANDS = {
    "init": "scenarios.commands.ledger_init",
    "balance": "scenarios.commands.ledger_balance",
    "statement": "scenarios.commands.ledger_statement",
    "project": "scenarios.commands.ledger_project",
    "due": "scenarios.commands.ledger_due",
    "report": "scenarios.commands.ledger_report",
    "export": "scenarios.commands.ledger_export",
    "verify": "allocator.commands.ledger_verify",
    "reverse": "allocator.commands.ledger_reverse",
    "copy": "allocator.commands.ledger_copy",
}
"""Name -> the module whose `command` it is; the order of `--help`. Its words are `ledger_<name>` in commands.toml."""


class Desk(click.RichGroup):
    """A group that imports its commands when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order of the directory."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command; its module imports what is heavy only when it is called."""
        if cmd_name not in SUBCOMMANDS:
            return None
        command: click.Command = import_module(SUBCOMMANDS[cmd_name]).command
        command.name = cmd_name
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was called; one that does not exist gets the nearest name."""
        if args[0] not in SUBCOMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = nearest_name(args[0], SUBCOMMANDS)
            ctx.fail(
                help_text("unknown_command_near", name=args[0], near=near)
                if near
                else help_text("unknown_command", name=args[0], known=", ".join(SUBCOMMANDS))
            )
        return super().resolve_command(ctx, args)


@click.group(cls=Desk, help=help_text("ledger.help"), short_help=help_text("ledger.short"))
def command() -> None:
    """The group; it does nothing by itself."""
