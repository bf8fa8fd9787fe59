"""Every table and column a scenario may hold: names, kinds of value, units, and the rule behind each.

The readers of headers and cells, the template workbook and its page of explanations all follow this description;
the one-sentence explanations are in `words/columns.toml`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from allocator.intake.units import BASE, Dimension
from allocator.words import Language, say


class Value(StrEnum):
    """What kind of value a column holds; `cells` has one parser for each."""

    ID = "id"
    TEXT = "text"
    COUNTY = "county"
    CATEGORY = "category"
    SECTOR = "sector"
    LEVEL = "level"
    KIND = "kind"
    INDICATOR = "indicator"
    LIST = "list"
    PIN = "pin"
    EVENT = "event"
    TAGS = "tags"
    YES_NO = "yes_no"
    DATE = "date"
    WHOLE = "whole"  # 1, 2, 3, ...
    SCORE = "score"  # any exact decimal
    QUANTITY = "quantity"  # not negative, on the grid of its indicator
    CHANGE = "change"  # a quantity that may be negative
    MONEY = "money"  # not negative, exact
    PRICE = "price"  # above zero, exact


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """One column. `required`: it must stand in the table; `filled`: none of its cells may be empty."""

    table: str
    name: str
    zh: str
    value: Value
    rule: str
    dimension: Dimension | None = None
    required: bool = False
    filled: bool = False
    above_zero: bool = False  # of a quantity: nought is refused
    telling: bool = False  # an empty cell says something that decides, so a wholly empty column is pointed out
    synonyms: tuple[str, ...] = ()

    def header(self, language: Language) -> str:
        """What a template prints at the head: `计划指标(亩)`, or the name in English."""
        if language == "en":
            return self.name
        return f"{self.zh}({BASE[self.dimension][0]})" if self.dimension else self.zh

    def unit(self, language: Language) -> str:
        """The unit in which the column is written when its header names none; empty for texts, dates and ranks."""
        return BASE[self.dimension][language == "en"] if self.dimension else ""

    @property
    def title(self) -> str:
        """Both names, for a message in either language."""
        return f"{self.zh} {self.name}"

    def explanation(self, language: Language) -> str:
        """What the column means and what an empty cell means, in one sentence."""
        return say(f"columns.{self.table}.{self.name}", language)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """One table: its names, its columns in the order of a template, and what it says when it is empty."""

    name: str
    zh: str
    columns: tuple[ColumnSpec, ...]
    synonyms: tuple[str, ...] = ()
    tells_when_empty: bool = False  # True: headers without rows say that there is none; else the table counts as absent

    def __getitem__(self, name: str) -> ColumnSpec:
        return next(column for column in self.columns if column.name == name)

    @property
    def title(self) -> str:
        """Both names, for a message in either language."""
        return f"{self.zh} {self.name}"

    @property
    def required(self) -> frozenset[str]:
        """The names of the columns that must stand."""
        return frozenset(column.name for column in self.columns if column.required)

    @property
    def key(self) -> str:
        """The name of the first column, which names a row in messages."""
        return self.columns[0].name

    def explanation(self, language: Language) -> str:
        """What the table is for, in one sentence."""
        return say(f"columns.{self.name}.table", language)


_MANDATORY = {"*": (True, False), "!": (True, True), "": (False, False)}

_PROJECTS = """
project_id ! | 项目编号 | id | | QY-4.3 | 编号 项目代码 项目编码 项目ID id code
name | 项目名称 | text | | QY-4.3 | 名称 项目 工程名称 projectname
county ! | 县市 | county | | QY-6.2 | 县(市、区) 县区 县市区 所在县市 所属县市 区县 县
category ! | 类别 | category | | QY-5.1 | 项目类别 项目分类 类型 指标类别
sector ~ | 行业 | sector | | QY-7.1.1 | 所属行业 行业类别 产业 产业类别 industry
level | 审批级别 | level | | QY-13.1 | 级别 项目级别 审批层级
rank | 类内排序 | whole | | QY-10.2 | 排序 排名 排位 位次 序位 类内排名
overall_rank | 总排序 | whole | | QY-10.2 | 总排名 全市排序 综合排序 总位次
band | 档次 | whole | | QY-4.1.2 | 档 分档 梯队
materials_complete ~ | 材料是否齐全 | yes_no | | QY-10.2 | 材料齐全 报批材料齐全 报批材料是否齐全 materials
plan_mu * | 计划指标 | quantity | area | QY-4.3.1 | 计划 拟用地 计划用地 新增建设用地 用地规模 用地面积 \
  拟用地面积 拟用地规模 申请面积 申请用地 申请用地面积 新增建设用地面积 新增建设用地规模 计划用地面积 新增用地 \
  plan
min_area_mu | 最小面积 | quantity | area | QY-10.2 | 最小用地 最低面积 最小用地面积 minarea
ledger_mu ~ | 台账面积 | quantity | area | QY-4.3.2 | 台账 台账用地 台账数 ledger
area_mu | 补充耕地数量 | quantity | area | QN-9.1 | 占用耕地 占用耕地面积 耕地数量 耕地面积 补充耕地面积 \
  补充耕地
paddy_mu | 水田 | quantity | area | QN-9.1 | 水田规模 水田面积 占用水田 补充水田 paddy
capacity_kg | 粮食产能 | quantity | capacity | QN-9.1 | 产能 补充产能 粮食产能指标 capacity
boundary_mu | 城镇开发边界规模 | quantity | area | QN-3.1 | 开发边界 边界规模 开发边界规模 城镇开发边界 新增规模 \
  boundary
pbf_mu | 永久基本农田补划 | quantity | area | QN-O2.1 | 永农 永农补划 永久基本农田 补划永农 pbf
tags | 标签 | tags | | QY-4.2.1 | 项目标签 标识 属性 tag
enterprise_class | 企业分类 | text | | AH-15.1 | 企业类别 企业等级 亩均评价
score | 得分 | score | | QY-5.0 | 综合得分 总分 评分
investment_wan | 总投资 | money | money | QY-5.0 | 投资 投资额 计划投资 总投资额 投资总额 investment
filed_on ~ | 申报日期 | date | | QY-6.4 | 报送日期 申报时间 提交日期 上报日期 fileddate
scale_score | 规模得分 | score | | QY-5.0 | 项目规模得分 规模评分 项目规模
intensity_score | 投资强度得分 | score | | QY-5.0 | 投资强度 强度得分 投资强度评分
energy_score | 节能减排得分 | score | | QY-5.0 | 节能减排 节能得分 节能减排评分
tax_score | 税收得分 | score | | QY-5.0 | 税收贡献 税收 税收贡献得分 税收评分
progress_score | 进度得分 | score | | QY-5.0 | 项目进度 进度 进度评分
urgency_score | 紧迫性得分 | score | | QY-5.0 | 紧迫性 紧迫程度 轻重缓急 紧迫性评分
"""
_COUNTIES = """
county ! | 县市代码 | id | | QY-6.2 | 县代码 行政区代码 行政区划代码 区划代码 代码 县市 县区 县(市、区) \
  countycode code
name | 县市名称 | text | | QY-6.2 | 名称 县名 行政区名称 countyname
disposal_task_mu ~ | 上年处置任务 | quantity | area | QN-17.3 | 处置任务 存量处置任务 存量用地处置任务
disposal_done_mu ~ | 上年处置完成 | quantity | area | QN-17.3 | 处置完成 已处置 存量处置完成 存量用地处置完成
negative_list_until | 负面清单截止日期 | date | | QN-20.2 | 负面清单 负面清单至 负面清单到期日
evaluation_score | 考核得分 | score | | AH-4.3 | 评价得分 考核分数 考核评分
"""
_ACCOUNTS = """
account_id ! | 账户编号 | id | | QN-10.2 | 编号 指标编号 账户 指标库编号 account id
indicator ! | 指标种类 | indicator | | QN-10.2 | 指标 指标类型 指标类别 种类
kind ! | 持有类型 | kind | | QN-14.3 | 持有方式 账户类型 归属 类型 持有方
county | 县市 | county | | QN-14.3 | 县(市、区) 县区 县市代码 持有县市 县
balance ! | 余额 | quantity | stock | QN-14.3 | 结余 可用余额 剩余 剩余指标 可用指标
allotted | 下达规模 | quantity | stock | QN-6.4 | 下达 分配规模 已下达 核定规模
used | 已用规模 | quantity | stock | QN-6.4 | 已用 已使用 使用规模 已使用规模
cumulative_pooled | 累计入池 | quantity | stock | QN-14.5 | 累计统筹 累计归集 累计入库
"""
_TRADES = """
traded_on ! | 成交日期 | date | | QN-14.1 | 交易日期 公示日期 成交时间 日期 date
indicator ! | 指标种类 | indicator | | QN-14.1 | 指标 指标类型 指标类别 种类
quantity ! + | 成交数量 | quantity | stock | QN-14.1 | 数量 成交面积 成交规模 交易数量
unit_price_yuan ! | 成交单价 | price | price | QN-14.1 | 单价 成交价 成交均价 交易单价 unitprice price
"""
_LISTS = """
list ! | 清单 | list | | QY-3.1 | 清单名称 名单 名单名称 清单类别 listname
project_id ! | 项目编号 | id | | QY-3.1 | 编号 项目代码 项目编码 项目ID id code
document | 文件依据 | text | | QY-3.1 | 依据 文号 文件 依据文件
"""
_PHASES = """
project_id ! | 项目编号 | id | | QY-4.3.1 | 编号 项目代码 项目编码 项目ID id code
phase ! | 期次 | whole | | QY-4.3.1 | 分期 期 阶段
plan_mu | 计划指标 | quantity | area | QY-4.3.1 | 计划 拟用地 计划用地 用地规模 用地面积 新增建设用地
area_mu | 补充耕地数量 | quantity | area | QN-9.1 | 占用耕地 耕地数量 耕地面积 补充耕地
paddy_mu | 水田 | quantity | area | QN-9.1 | 水田规模 水田面积
capacity_kg | 粮食产能 | quantity | capacity | QN-9.1 | 产能
boundary_mu | 城镇开发边界规模 | quantity | area | QN-3.1 | 开发边界 边界规模 城镇开发边界
pbf_mu | 永久基本农田补划 | quantity | area | QN-O2.1 | 永农 永农补划 永久基本农田 补划永农 pbf
"""
_PINS = """
project_id ! | 项目编号 | id | | QY-9.1 | 编号 项目代码 项目编码 项目ID id code
pin ! | 指定 | pin | | QY-9.1 | 指定结果 决定
reason | 理由 | text | | QY-9.1 | 原因
document | 文件依据 | text | | QY-9.1 | 依据 文号 文件 依据文件
"""
_PENALTIES = """
county ! | 县市 | county | | QY-14.3 | 县(市、区) 县区 县市代码 县
cut_mu ! | 核减面积 | quantity | area | QY-14.3 | 核减 核减数 扣减面积
type | 核减原因 | text | | QY-14.3 | 原因 类型 核减类型
document | 文件依据 | text | | QY-14.3 | 依据 文号 文件 依据文件
"""
_EVENTS = """
occurred_on ! | 日期 | date | | QY-10.3 | 发生日期 事件日期 办理日期 发生时间 date day
kind ! | 类型 | event | | QY-10.3 | 事件类型 事件 事项 种类 event type
project_id * | 项目编号 | id | | QY-10.4 | 编号 项目代码 项目编码 项目ID 项目编号或县市代码 id code
quantity_mu | 面积 | change | area | QY-10.4 | 数量 面积数 用地面积 quantity
document | 文号 | text | | QY-9.1 | 文件依据 依据 文件 依据文件 凭证 document_no
note | 备注 | text | | QY-9.1 | 说明 事由 理由 notes remark
"""


def _columns(table: str, lines: str) -> Iterator[ColumnSpec]:
    """Columns from lines `name [!|*] [~] [+] | zh | value | dimension | rule | synonyms`.

    `!` filled, `*` required, `~` telling, `+` above zero.
    """
    for line in lines.strip().splitlines():
        head, zh, value, dimension, rule, synonyms = (part.strip() for part in line.split("|"))
        name, *marks = head.split()
        required, filled = _MANDATORY["!" if "!" in marks else "*" if "*" in marks else ""]
        yield ColumnSpec(
            table=table,
            name=name,
            zh=zh,
            value=Value(value),
            dimension=Dimension(dimension) if dimension else None,
            rule=rule,
            required=required,
            filled=filled,
            above_zero="+" in marks,
            telling="~" in marks,
            synonyms=tuple(synonyms.split()),
        )


def _table(name: str, zh: str, synonyms: str, lines: str, **traits: bool) -> TableSpec:
    return TableSpec(name=name, zh=zh, synonyms=tuple(synonyms.split()), columns=tuple(_columns(name, lines)), **traits)


TABLES: tuple[TableSpec, ...] = (
    _table("projects", "项目", "项目表 申报项目 项目清单 项目库 项目申报 project applications", _PROJECTS),
    _table("counties", "县市", "县市表 县市区 县区 行政区 county", _COUNTIES),
    _table("accounts", "指标库", "指标 指标账户 指标表 指标台账 账户 account", _ACCOUNTS, tells_when_empty=True),
    _table("trades", "平台交易", "交易 交易表 成交 平台成交 trade deals", _TRADES, tells_when_empty=True),
    _table("lists", "清单", "名单 重点项目名单 项目名单 list", _LISTS),
    _table("penalties", "核减", "核减表 扣减 penalty", _PENALTIES, tells_when_empty=True),
    _table("phases", "分期", "分期表 项目分期 phase", _PHASES, tells_when_empty=True),
    _table("pins", "指定", "指定表 人工指定 pin", _PINS, tells_when_empty=True),
)

EVENTS = _table("events", "事件", "事件表 日常事件 变动 event", _EVENTS, tells_when_empty=True)
"""What happened to projects that are in the books: a file of its own, not a table of a scenario."""

TABLE = {table.name: table for table in (*TABLES, EVENTS)}
"""Table by its English name."""


def titled(path: str) -> str:
    """A table or column with both names: `清单 lists`, `项目·审批级别 projects.level`; any other text as it is."""
    name, _, column = path.partition(".")
    table = TABLE.get(name)
    specs = [spec for spec in table.columns if spec.name == column] if table else []
    if table is None or (column and not specs):
        return path
    return f"{'·'.join((table.zh, *(spec.zh for spec in specs)))} {path}"


RANKING_COLUMNS = (
    "rank",
    "overall_rank",
    "score",
    *(column.name for column in TABLE["projects"].columns if column.name.endswith("_score")),
)
"""The columns of `projects` of which at least one must stand: a rank or its criteria."""
