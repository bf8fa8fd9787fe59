# pyright: reportUnknownMemberType=false
# (rich_click types its `argument` and `option` with an open parameter type)
"""`landquota explain OUT PROJECT`."""

from pathlib import Path

import rich_click as click

from allocator.commands.conventions import Form, help_language, shared_options
from allocator.words import Language, say


class Explain(click.RichCommand):
    """A command that takes an id for what it is, even where it begins with a dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """A word such as `-P2`, whose letters are not all short options, is no option: it goes behind `--`."""
        flags = {flag for parameter in self.get_params(ctx) for flag in parameter.opts}
        names = [] if "--" in args else [word for word in args if is_name(word, flags)]
        if names:
            args = [*(word for word in args if word not in names), "--", *names]
        return super().parse_args(ctx, args)


def is_name(word: str, flags: set[str]) -> bool:
    """Whether a word that begins with one dash is none of the short options, alone or several in one."""
    return len(word) > 1 and word[0] == "-" != word[1] and any(f"-{letter}" not in flags for letter in word[1:])


@click.command(cls=Explain, help=say("explain.command.what", help_language()))
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("project")
@shared_options
def command(out: Path, project: str, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.report.lookup import look_up

    click.echo(look_up(out, project, lang, form), nl=False)
