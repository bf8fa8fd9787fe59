"""One project's page, for an official with a pocket calculator: all of it from the output folder alone."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from allocator.explanation import Certificate, Drawn, Due, Explanation, Holding, Quantity, Turn
from allocator.problems import Place, Problem, Severity
from allocator.quantities import Indicator, half_up, plain
from allocator.records import Kind, ProjectId
from allocator.report import page_changes
from allocator.report.ahead import ahead
from allocator.report.courses import ALL_AT_ONCE, ROUNDS
from allocator.report.names import article, citation, name, printable, sentence
from allocator.report.read_folder import Folder
from allocator.report.reasons import failed, reason
from allocator.words import Language, say

POOLED = frozenset({Kind.POOLED, Kind.PREFECTURE})
"""Holders that only access opens."""

LISTED = 20
"""Projects and accounts that are listed one by one; the totals follow."""


def page(project: ProjectId, folder: Folder, language: Language) -> str:
    """The page of one project. Raises KeyError when the folder does not hold it."""
    record = folder.explanations[project]
    return "\n".join(printable(line) for line in Page(record, folder, language).lines()) + "\n"


class Page:
    """One project's page, section by section."""

    def __init__(self, record: Explanation, folder: Folder, language: Language) -> None:
        self.record = record
        self.folder = folder
        self.language: Language = language
        self.counties = {other["county"]: other["county_name"] for other in folder.explanations.values()}
        self.course = str(folder.manifest.get("course", ROUNDS))
        self.cited: dict[str, None] = {}  # rules in the order in which the page names them

    def say(self, key: str, **facts: object) -> str:
        """One line of the page's words."""
        return say(f"explain.page.{key}", self.language, **facts)

    def name(self, group: str, code: str, topic: str = "report") -> str:
        """A code as a word."""
        return name(group, code, self.language, topic)

    def cite(self, key: str, rule: str, **facts: object) -> str:
        """A line with an article; the page ends with the documents and sentences of all of them."""
        self.cited[rule] = None
        return self.say(key, article=article(rule, self.language), **facts)

    def lines(self) -> Iterator[str]:
        """The whole page."""
        record = self.record
        yield self.say("title", project=label(record), county=record["county_name"] or record["county"])
        yield self.say(
            "result",
            decision=self.name("decisions", record["decision"]),
            reason=reason(record, self.folder.certificates["shortages"], self.language),
        )
        yield self.cite("by", record["rule"])
        for title, body in (
            ("line", self.line()),
            ("asked", self.asked()),
            ("failures", self.failures()),
            ("phases", self.phases()),
            ("turns", (self.turn(turn) for turn in record["turns"])),
            ("sources", self.sources()),
        ):
            yield from self.section(self.say(title), body)
        for reference in record["shortages"]:
            certificate = self.folder.certificates["shortages"][reference]
            yield from self.section(self.title_of(reference, certificate), self.shortage(certificate))
        scope = self.folder.manifest["changes"]
        for title, body in page_changes.sections(record, scope, self.language):
            yield from self.section(title, body)
        yield from self.section(self.say("more"), self.more())
        yield from self.section(self.say("articles"), self.articles())
        yield ""
        yield self.foot()

    def section(self, title: str, body: Iterator[str]) -> Iterator[str]:
        """A title and its indented lines; nothing when there are none."""
        if lines := list(body):
            yield ""
            yield title
            yield from (f"  {line}" for line in lines)

    def line(self) -> Iterator[str]:
        """Where the project stands in line."""
        record, category = self.record, self.name("categories", self.record["category"])
        if record["position"] is None:
            yield self.say("no_position", category=category)
            return
        yield self.say(
            "position",
            position=record["position"],
            places=sum(other["position"] is not None for other in self.folder.explanations.values()),
            category=category,
            rank=record["rank"],
            source=self.name("rank_sources", record["rank_source"], "explain"),
        )
        if record["score"] is not None:
            yield self.say("score", score=about(record["score"]))

    def asked(self) -> Iterator[str]:
        """What was asked, and what was admitted of it."""
        record = self.record
        if record["admitted_plan_mu"] is None:
            yield self.say("plan_declared", declared=record["declared_plan_mu"])
        else:
            yield self.say("plan", declared=record["declared_plan_mu"], admitted=record["admitted_plan_mu"])
        if record["trim_rule"]:
            yield self.cite("trim", record["trim_rule"])
        if least := record.get("least_plan_mu"):
            yield self.say("divisible", least=least)
        if pin := record["pin"]:
            yield self.say(f"pin_{pin['decision']}", reason=pin["reason"], document=pin["document"])
        for need in record["needs"]:
            yield self.say("need", **self.measured(need))
        for need in record["untested"]:
            yield self.say("untested", **self.measured(need))
        yield from (self.cite("access", rule) for rule in record["access"])
        if record["needs"] and not record["access"] and record["position"] is not None:
            yield self.say("no_access")

    def failures(self) -> Iterator[str]:
        """The gates that were not passed."""
        for failure in self.record["failures"]:
            rule = failure["rule"]
            yield self.cite("failure", rule, reason=failed(failure, self.language))

    def phases(self) -> Iterator[str]:
        """Each phase with what became of it."""
        for phase in self.record["phases"]:
            yield self.say(
                "phase",
                phase=phase["phase"],
                asked=phase["plan_mu"],
                decision=self.name("decisions", phase["decision"]),
                pool=self.name("categories", phase["pool"]) if phase["pool"] else "",
            )

    def turn(self, turn: Turn) -> str:
        """One round."""
        return self.say(
            "turn",
            phase=turn.get("phase", ""),
            number=number_of(turn["round"]),
            round=self.name("rounds", turn["round"]),
            asked=turn["asked_mu"],
            left=turn["left_mu"],
            pool=self.name("categories", turn["pool"]),
            outcome=say(f"explain.outcomes.{turn['outcome']}", self.language, closed_by=turn["closed_by"]),
        )

    def sources(self) -> Iterator[str]:
        """Every draw, and what is paid to whom."""
        for drawn in self.record["sources"]:
            yield self.cite(
                "source",
                drawn["rule"],
                **self.measured(drawn),
                account=drawn["account_id"],
                holder=self.holder(drawn),
                price=self.say("exchanged") if drawn["tier"] == "exchange" else self.price(drawn),
            )
        yield from self.kept()
        due = self.record["payments"]
        yield from (self.payment(payment) for payment in due)
        amounts = [payment["amount_yuan"] for payment in due if payment["amount_yuan"] is not None]
        if len(due) > 1 and len(amounts) == len(due):
            yield self.say("payments", amount=total(amounts))

    def kept(self) -> Iterator[str]:
        """Why the county's own store was not enough: what of it those get who may draw on nothing else."""
        county = self.record["county"]
        passed = dict.fromkeys(drawn["indicator"] for drawn in self.record["sources"] if drawn["holder"] in POOLED)
        for indicator in passed:
            given = [
                (other["project_id"], drawn)
                for other in self.folder.explanations.values()
                if other["county"] == county and not other["access"]
                for drawn in other["sources"]
                if drawn["indicator"] == indicator
            ]
            if given:
                projects = ", ".join(dict.fromkeys(project for project, _ in given))
                kept: Quantity = {
                    "indicator": indicator,
                    "quantity": total([drawn["quantity"] for _, drawn in given]),
                    "unit": given[0][1]["unit"],
                }
                yield self.say("store_kept", projects=projects, **self.measured(kept))

    def holder(self, account: Drawn | Holding) -> str:
        """Who holds an account."""
        kind, county = self.name("holders", account["holder"]), account["county"]
        return self.say("holder", county=self.counties.get(county) or county, kind=kind) if county else kind

    def price(self, drawn: Drawn) -> str:
        """What a draw costs."""
        if drawn["unit_price_yuan"] is None:
            return self.say("unpriced")
        if drawn["unit_price_yuan"] == "0":
            return self.say("free")
        per = self.say(f"per_{drawn['unit']}")
        return self.say("priced", price=drawn["unit_price_yuan"], per=per, amount=drawn["amount_yuan"])

    def payment(self, payment: Due) -> str:
        """What goes to one treasury."""
        county = payment["payee_name"] or payment["payee"]
        to = self.say("to_prefecture") if county == Kind.PREFECTURE else self.say("to_county", county=county)
        if payment["amount_yuan"] is None:
            return self.say("payment_unpriced", payee=to, **self.measured(payment))
        return self.say("payment", payee=to, amount=payment["amount_yuan"], **self.measured(payment))

    def title_of(self, reference: str, certificate: Certificate) -> str:
        """The title of a shortage."""
        return self.say(
            "shortage" if self.course == ROUNDS else "shortage_whole",
            id=reference,
            phase=certificate.get("phase", ""),
            number=number_of(certificate["round"]),
            indicator=self.name("indicators", certificate["indicator"]),
            kind=self.name("kinds", certificate["kind"], "explain"),
        )

    def shortage(self, certificate: Certificate) -> Iterator[str]:
        """Accounts, needs ahead, and the sum that anybody can check."""
        unit = self.name("units", certificate["unit"])
        exhausted = self.record["reason"] == "ALL_STORES_SHORT"
        if certificate["kind"] == "pool" and not self.record["access"] and not exhausted:
            yield self.say("displaced")
        yield from self.groups(certificate)
        held = [(account, self.folder.certificates["accounts"][account]) for account in certificate["accounts"]]
        for account, holding in held[:LISTED]:
            holder = self.holder(holding)
            yield self.say("account", account=account, holder=holder, balance=holding["balance"], unit=unit)
        if rest := held[LISTED:]:
            balance = total([holding["balance"] for _, holding in rest])
            yield self.say("more_accounts", count=len(rest), balance=balance, unit=unit)
        balance = total([holding["balance"] for _, holding in held])
        if len(held) != 1:
            yield self.say("balances" if held else "no_accounts", balance=balance, unit=unit)
        yield from self.ahead(certificate, unit)
        yield self.say(
            "sum",
            asked=certificate["asked"],
            ahead=certificate["ahead"],
            kept=certificate.get("kept", ""),
            balance=balance,
            short=certificate["short"],
            unit=unit,
        )
        yield self.cite("short_by", certificate["rule"])

    def groups(self, certificate: Certificate) -> Iterator[str]:
        """Whose needs are counted, where that is not told by counties alone."""
        for group in certificate.get("groups", ()):
            county, indicator = group["county"], self.name("indicators", group["indicator"])
            key = "group_with_access" if group["access"] else "group_without_access"
            yield self.say(key, county=self.counties.get(county) or county, indicator=indicator)

    def ahead(self, certificate: Certificate, unit: str) -> Iterator[str]:
        """The granted needs that can draw on these accounts only."""
        if not certificate["ahead_count"]:
            yield self.say("nobody_ahead")
            return
        key = "ahead_all" if self.course == ALL_AT_ONCE else "ahead"
        yield self.say(key, count=certificate["ahead_count"], sum=certificate["ahead"], unit=unit)
        if certificate["round"] == "flex" and self.course == ROUNDS:
            yield "  " + self.say("ahead_own")
        counted = ahead(certificate, self.folder.explanations.values(), self.folder.manifest)
        for number, (other, quantity) in enumerate(counted[:LISTED], start=1):
            yield "  " + self.say(
                "ahead_one",
                number=number,
                position=other["position"],
                project=label(other),
                round=number_of(other["round"]),
                quantity=quantity,
                unit=unit,
            )
        if rest := counted[LISTED:]:
            yield "  " + self.say("ahead_more", count=len(rest), sum=total([q for _, q in rest]), unit=unit)

    def more(self) -> Iterator[str]:
        """Ties, the other mode, warnings."""
        record = self.record
        for tie in record["ties"]:
            yield self.say("tie", others=", ".join(project for project in tie if project != record["project_id"]))
        if record["deciding_tie"]:
            yield self.say("deciding_tie")
        key = "otherwise_refused" if record["round"] else "otherwise_granted"
        for fill in record["other_fill"]:
            yield self.say(key, fill=self.name("fills", fill))
        if (test := self.folder.manifest["test"]) != "nested":
            yield self.say("test", test=self.name("tests", test))
        yield from describe_remarks(record, self.language)

    def articles(self) -> Iterator[str]:
        """Every rule named above: document, article, and what it says."""
        for rule in self.cited:
            told = sentence(rule, self.language)
            yield self.say("rule", citation=citation(rule, self.language), sentence=told)

    def foot(self) -> str:
        """Which run this page is from."""
        manifest = self.folder.manifest
        return self.say(
            "foot",
            title=manifest["title"] or manifest["scenario"],
            year=manifest["year"],
            policy=manifest["policy"]["title"][self.language],
            as_of=manifest["as_of"],
            digest=manifest["inputs_digest"],
        )

    def measured(self, what: Quantity) -> dict[str, str]:
        """Indicator, quantity and unit in words."""
        return {
            "indicator": self.name("indicators", what["indicator"]),
            "quantity": what["quantity"],
            "unit": self.name("units", what["unit"]),
        }


def describe_remarks(record: Explanation, language: Language) -> Iterator[str]:
    """The warnings about a project, in words."""
    from allocator.messages import describe

    for remark in record["warnings"]:
        problem = Problem(
            code=remark["code"],
            severity=Severity(remark["severity"]),
            place=Place(file=remark["file"], sheet=remark["sheet"], cell=remark["cell"]),
            value=remark["value"],
            facts=remark["facts"],
            rule=remark["rule"],
        )
        yield describe(problem, language)


def label(record: Explanation) -> str:
    """Id and name."""
    return f"{record['project_id']} {record['name']}".strip()


def number_of(round_: str) -> int:
    """1 for the own share, 2 for the reserve."""
    return 1 if round_ == "own" else 2


def total(texts: Sequence[str]) -> str:
    """The exact sum of plain decimals."""
    steps = sum((Fraction(text) for text in texts), Fraction(0)) * Indicator.PLAN.grid
    return plain(steps.numerator, Indicator.PLAN.grid)


def about(score: str) -> str:
    """A score with six decimals at most, for reading; the exact one is in `explanations.json`."""
    return plain(half_up(Fraction(score) * 10**6), 10**6)
