"""The words that may stand in the columns with a fixed choice: file value -> its spellings, the Chinese label first."""

from collections.abc import Mapping
from typing import Any

from allocator.intake.columns import Value
from allocator.intake.nearest import folded
from allocator.policy import Policy
from allocator.records import FLEX

Spellings = Mapping[str, tuple[str, ...]]

CATEGORIES: Spellings = {
    "key.industry": ("重点·产业", "重点产业", "重点产业项目", "重点工业", "重点工业项目"),
    "key.other": ("重点·其他", "重点其他", "重点其他项目", "重点民生", "重点基础设施", "重点民生和基础设施"),
    "general.commercial": ("一般·经营性", "一般经营性", "经营性", "经营性用地", "一般经营性用地"),
    "general.livelihood": ("一般·民生", "一般民生", "民生", "一般民生项目"),
    "general.three_old": (
        "一般·“三旧”改造",
        "一般·三旧改造",
        "三旧",
        "“三旧”改造",
        "三旧改造",
        "一般三旧",
        "一般三旧改造",
    ),
    FLEX: ("机动", "机动指标", "弹性", "预留", "机动预留"),
}
LEVELS: Spellings = {
    "state": ("国家级", "国家", "中央"),
    "province": ("省级", "省"),
    "prefecture": ("市级", "州级", "市", "州", "市州级", "city"),
    "county": ("县级", "县", "区级", "县区级"),
}
KINDS: Spellings = {
    "own": ("县级自有", "自有", "县级", "县库"),
    "pooled": ("县级入池", "入池", "统筹", "已统筹", "归集"),
    "prefecture": ("市州级", "市级", "州级", "市本级", "州本级"),
    "province": ("省级",),
    "reserve_zone": ("储备区", "永农储备区"),
}
INDICATORS: Spellings = {
    "plan": ("计划指标", "年度计划指标", "新增建设用地计划"),
    "area": ("补充耕地数量", "数量", "耕地数量", "数量指标"),
    "paddy": ("水田", "水田规模", "水田指标"),
    "capacity": ("粮食产能", "产能", "产能指标"),
    "boundary": ("城镇开发边界规模", "城镇开发边界", "开发边界", "开发边界规模", "新增规模"),
    "pbf": ("永久基本农田补划", "永农补划", "永久基本农田"),
}
LISTS: Spellings = {
    "key": ("重点", "重点项目", "重点清单", "重点建设项目"),
    "preparatory": ("预备", "预备项目", "预备清单", "重点预备项目"),
}
PINS: Spellings = {
    "grant": ("安排", "指定安排", "必须安排", "予以安排", "同意安排", "同意"),
    "deny": ("不安排", "指定不安排", "不得安排", "不予安排", "不同意安排", "不同意"),
}
EVENTS: Spellings = {
    "withdraw": ("撤回", "撤回申请", "项目撤回", "withdrawal", "withdrawn"),
    "materials_filed": ("材料齐备", "材料齐全", "材料报件", "报批材料齐备", "filed"),
    "approval_issued": ("批复", "用地批复", "批复下达", "approved", "approval"),
    "paid": ("缴款", "缴清", "价款缴清", "payment"),
    "transferred": ("调出", "调出完成", "已调出", "transfer"),
    "recall": ("收回", "收回指标", "指标收回", "recalled"),
    "extra_quota": ("追加", "追加指标", "省追加", "extra"),
    "penalty": ("核减", "核减指标", "扣减", "cut"),
    "negative_list": ("负面清单", "列入负面清单", "negative list"),
    "pin": ("指定", "人工指定", "pinned"),
    "unpin": ("取消指定", "撤销指定", "unpinned"),
}
YES_NO: Spellings = {"true": ("是", "yes", "y", "1", "√", "✓", "✔"), "false": ("否", "no", "n", "0", "×", "✗")}
TAGS: Spellings = {
    "national_major": ("国家重大", "国家重大项目"),
    "province_key": ("省重点", "省重点项目"),
    "five_plus_three": ("5+3", "“5+3”", "五加三", "“五加三”", "五+三", "5加3"),
    "prefecture_designated": ("市州指定", "州指定", "州政府指定"),
    "upper_quota": ("上级指标", "使用上级指标"),
    "two_high": ("两高", "两高一资", "“两高一资”", "两高项目", "高耗能", "高污染", "浪费资源"),
    "overcapacity": ("产能过剩",),
    "low_level_duplication": ("低水平重复建设", "低水平重复"),
    "policy_breach": ("违反国家产业政策", "违反产业政策", "不符合国家产业政策"),
    "redline": ("涉及生态红线", "生态红线"),
    "continuing": ("续建", "续建项目"),
    "new_start": ("新开工", "新开工项目"),
}

STAGES = ("continuing", "new_start")
"""The tags of a project that goes on and of one that begins: `phase.min_share` may keep a part for either (QY-4.5)."""


def both(label: str, value: str) -> str:
    """The label a reader knows and the file value one may type, for a message in either language."""
    return value if label == folded(value) else f"{label} {value}"


def titled(value: str, spellings: Spellings) -> str:
    """A file value behind its label: `重点·产业 key.industry`; a value without a label stands for itself."""
    return both(spellings[value][0], value) if spellings.get(value) else value


def _texts(value: Any) -> list[str]:
    """Every text in a gate parameter: itself, or the members of a list of them."""
    if isinstance(value, str):
        return [value]
    return [text for item in value for text in _texts(item)] if isinstance(value, list | tuple) else []  # pyright: ignore[reportUnknownVariableType]


def known_tags(policy: Policy) -> tuple[str, ...]:
    """The tags some rule of the policy reads, `redline`, which only warns, and the two of QY-4.5."""
    gated = [text for gate in policy.gates for key in ("tag", "tags") for text in _texts(gate.parameters.get(key, ()))]
    return tuple(dict.fromkeys([*(access.tag for access in policy.access), *gated, "redline", *STAGES]))


def choices(policy: Policy) -> Mapping[Value, Spellings]:
    """For every kind of value with a fixed choice: the values this policy knows and how each may be written."""
    sectors = {sector.code: (sector.title.zh, sector.title.en, *sector.synonyms) for sector in policy.sectors}
    return {
        Value.CATEGORY: {name: CATEGORIES.get(name, ()) for name in (*policy.leaves(), FLEX)},
        Value.SECTOR: sectors,
        Value.LEVEL: LEVELS,
        Value.KIND: KINDS,
        Value.INDICATOR: INDICATORS,
        Value.LIST: LISTS,
        Value.PIN: PINS,
        Value.YES_NO: YES_NO,
        Value.TAGS: {tag: TAGS.get(tag, ()) for tag in dict.fromkeys([*known_tags(policy), *TAGS])},
    }


def readings(policy: Policy) -> Mapping[Value, Mapping[str, str]]:
    """Folded spelling -> file value, for every kind of value with a fixed choice."""
    return {
        kind: {folded(text): name for name, texts in spellings.items() for text in (*texts, name)}
        for kind, spellings in choices(policy).items()
    }
