"""The page of a night, in Chinese or English, as Markdown: from its record alone, so that it can be printed again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from allocator.nightly.record import Course, Night, Project
from allocator.report.json_files import write_json
from allocator.report.names import name, printable
from allocator.words import Language, say

LISTED = 12
"""Rows of a table that are printed; the JSON has them all. So a night stays on one page."""

LOST = ("overdue", "withdrawn", "recalled")
"""The sections of those who lose a grant by what happened."""


def as_json(night: Night) -> bytes:
    """The whole record."""
    return write_json(night)


MOVES = ("move", "project_id", "name", "county", "plan_mu", "reason", "rule")
"""The columns of a night as CSV: who gains a grant and who loses one."""


def rows(night: Night) -> list[dict[str, str]]:
    """Who moved, or is proposed to: `move` is the section of the record."""
    moved = [(move, row) for move in (*LOST, "taken_back", "risen") for row in night[move]]
    return [{"move": move, **{column: str(row[column]) for column in MOVES[1:]}} for move, row in moved]


def page(night: Night, language: Language) -> str:
    """The page; its first heading names the day, its last line but the warnings the balances."""
    return "\n".join(Page(night, language).lines()) + "\n"


class Page:
    """One night, section by section; a section without rows is left out."""

    def __init__(self, night: Night, language: Language) -> None:
        self.night = night
        self.language: Language = language

    def say(self, key: str, **facts: object) -> str:
        """One line of the words of a night."""
        return say(f"nightly.{key}", self.language, **facts)

    def name(self, group: str, code: str, topic: str = "nightly") -> str:
        """A code as a word."""
        return name(group, code, self.language, topic)

    def lines(self) -> Iterator[str]:
        """The whole page."""
        night = self.night
        yield f"# {text(self.say('title', as_of=night['as_of'], title=night['title']))}"
        yield ""
        mode = self.name("modes", night["mode"])
        yield self.say("head", year=night["year"], mode=mode, actor=text(night["actor"]), dry=night["dry_run"])
        yield ""
        moved = night["head_before"] != night["head_after"]
        yield self.say("books" if moved else "books_unchanged", before=night["head_before"], after=night["head_after"])
        yield ""
        yield f"**{self.outcome()}**"
        yield from self.happened()
        yield from self.decided()
        yield from self.reminders()
        yield from self.courses()
        pools = [(self.name("categories", p["pool"], "report"), p["before_mu"], p["after_mu"]) for p in night["pools"]]
        yield from self.section("pools", ("pool", "before_mu", "after_mu"), pools)
        if night["warnings"]:
            yield from self.titled("warnings")
            yield from (f"- {text(warning[self.language])}" for warning in night["warnings"])

    def outcome(self) -> str:
        """What became of the night, in one sentence."""
        night = self.night
        refill = night["refill"]
        if night["dry_run"] and refill in ("posted", "proposed"):
            refill = {"posted": "would_post", "proposed": "would_propose"}[refill]
        causes = (course["impossible"] for course in night["courses"] if course["mode"] == night["mode"])
        return self.say(
            f"refill.{refill}",
            count=len(night["risen"]),
            proposal=night["proposal"],
            command=approve(night["proposal"]),
            cause=self.name("causes", next(causes, "")),
        )

    def happened(self) -> Iterator[str]:
        """Events, who lost a grant, and what came back."""
        night = self.night
        if night["events_taken"] or night["events_skipped"]:
            yield from self.titled("events", taken=len(night["events_taken"]), skipped=len(night["events_skipped"]))
            rows = [
                (row["occurred_on"], self.name("events", row["kind"]), *(text(row[key]) for key in ("project_id", "quantity_mu", "document")))  # noqa: E501
                for row in night["events_taken"]
            ]  # fmt: skip
            yield from self.table(("occurred_on", "kind", "project_id", "quantity_mu", "document"), rows)
        for section in LOST:
            lost = night[section]
            rule = ", ".join(dict.fromkeys(row["rule"] for row in lost))
            rows = [(*who(row), row["plan_mu"]) for row in lost]
            yield from self.section(section, ("project_id", "name", "county", "plan_mu"), rows, rule=rule)
        yield from self.section("used", ("project_id", "name", "county"), [who(row) for row in night["used"]])
        if night["closed"]:
            yield from self.titled("closed", count=night["closed"])
        back = [
            (self.account(row["account_id"]), f"{row['quantity']} {self.unit(row['unit'])}")
            for row in night["returned"]
        ]
        yield from self.section("returned", ("account", "quantity"), back)

    def decided(self) -> Iterator[str]:
        """Who moves up and why, who does not, and whose grant is taken back."""
        night = self.night
        taken = [
            (*who(row), row["plan_mu"], row["kept_mu"], self.why(row["reason"], row["rule"]))
            for row in night["taken_back"]
        ]
        yield from self.section("taken_back", ("project_id", "name", "county", "plan_mu", "kept_mu", "why"), taken)
        risen = [
            (str(row["position"]), *who(row), row["plan_mu"], self.name("categories", row["pool"], "report"), row["left_mu"], self.why(row["reason"], row["rule"]))  # noqa: E501
            for row in night["risen"]
        ]  # fmt: skip
        columns = ("position", "project_id", "name", "county", "plan_mu", "pool", "left_mu", "why")
        yield from self.section("risen", columns, risen, rule=night["rule"])
        passed = [
            (str(row["position"]), *who(row), self.why(row["reason"], row["rule"]), self.short(row["short"], row["indicator"]))  # noqa: E501
            for row in night["passed"]
        ]  # fmt: skip
        yield from self.section("passed", ("position", "project_id", "name", "county", "why", "short"), passed)

    def reminders(self) -> Iterator[str]:
        """What falls due, and what has since today."""
        rows = [
            (row["due_on"], self.left(row["days_left"]), *who(row), self.due(row["what"], row["rule"]))
            for row in self.night["reminders"]
        ]
        yield from self.section("reminders", ("due_on", "left", "project_id", "name", "county", "what"), rows)

    def left(self, days: int) -> str:
        """How many days are left, or over."""
        return self.say("left.late", days=-days) if days < 0 else self.say("left.days", days=days)

    def due(self, what: str, rule: str) -> str:
        """What is due, with the rule behind it."""
        return f"{self.name('dues', what, 'ledger_reports')} [{rule}]"

    def courses(self) -> Iterator[str]:
        """What each mode does, or would have done, and whom it hurts."""
        rows = [
            (self.name("modes", course["mode"]), self.gains(course), self.some(course["hurt"]))
            for course in self.night["courses"]
        ]
        yield from self.section("courses", ("mode", "granted", "hurt"), rows)

    def gains(self, course: Course) -> str:
        """Whom a mode grants, or that it does the same as another, or why it cannot."""
        if course["impossible"]:
            return self.name("causes", course["impossible"])
        if course["same_as"]:
            key = "courses.carried" if course["mode"] == "least-change" else "courses.same"
            return self.say(key, mode=self.name("modes", course["same_as"]))
        return self.some(course["granted"])

    def some(self, projects: Sequence[Project]) -> str:
        """A few projects by id, and how many more."""
        shown = [text(project["project_id"]) for project in projects[:LISTED]]
        if more := len(projects) - len(shown):
            shown.append(self.say("more", count=more))
        return (", " if self.language == "en" else "、").join(shown) or self.say("courses.nobody")

    def why(self, reason: str, rule: str) -> str:
        """A reason in words, with the rule behind it."""
        word = self.name("reasons", reason)
        return f"{word if word != reason else self.name('reasons', reason, 'report')} [{rule}]"

    def short(self, short: str, indicator: str) -> str:
        """What is missing, and of what."""
        if not indicator:
            return ""
        unit = "kg" if indicator == "capacity" else "mu"
        return f"{self.name('indicators', indicator, 'report')} {short} {self.unit(unit)}"

    def account(self, account_id: str) -> str:
        """An account: a pool of plan by its name, any other by its id."""
        kind, _, pool = account_id.partition(":")
        return self.name("categories", pool, "report") if kind == "plan" else text(account_id)

    def unit(self, unit: str) -> str:
        """A unit as a word."""
        return self.name("units", unit, "report")

    def section(
        self, key: str, columns: Sequence[str], rows: Sequence[Sequence[str]], **facts: object
    ) -> Iterator[str]:
        """A heading and a table; nothing where there are no rows."""
        if rows:
            yield from self.titled(key, **facts)
            yield from self.table(columns, rows)

    def titled(self, key: str, **facts: object) -> Iterator[str]:
        """A heading with room around it."""
        yield from ("", f"## {self.say(f'sections.{key}', **facts)}", "")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
        """A Markdown table of the first rows, and how many more there are."""
        if not rows:
            return
        yield line(self.name("columns", column) for column in columns)
        yield line("---" for _ in columns)
        yield from (line(row) for row in rows[:LISTED])
        if more := len(rows) - LISTED:
            yield from ("", self.say("more", count=more)) if more > 0 else ()


def approve(proposal: str) -> str:
    """The command that posts a proposal."""
    return f"landquota approve {proposal} --db URL --date YYYY-MM-DD --document NO"


def who(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Id, name and county of a project."""
    return text(row["project_id"]), text(row["name"]), text(row["county_name"] or row["county"])


def line(cells: Iterable[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def text(cell: str) -> str:
    """What a file said, in one cell of one line: nothing in it ends the cell or begins a link, an image or a tag."""
    kept = printable(cell)
    for letter in "\\`*_[]<>|":
        kept = kept.replace(letter, f"\\{letter}")
    return kept
