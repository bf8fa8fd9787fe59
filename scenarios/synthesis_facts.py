"""What the synthetic scenarios take from the world: counties with their codes, industries; and words for names.

Counties and industries are real. The names put together from the other words, and every amount, are synthetic.
"""

from collections.abc import Mapping, Sequence

QINGYUAN: Mapping[str, str] = {
    "441802": "清城区",
    "441803": "清新区",
    "441821": "佛冈县",
    "441823": "阳山县",
    "441825": "连山壮族瑶族自治县",
    "441826": "连南瑶族自治县",
    "441881": "英德市",
    "441882": "连州市",
}
"""The eight counties and districts of Qingyuan, by administrative code."""

QIANNAN: Mapping[str, str] = {
    "522701": "都匀市",
    "522702": "福泉市",
    "522722": "荔波县",
    "522723": "贵定县",
    "522725": "瓮安县",
    "522726": "独山县",
    "522727": "平塘县",
    "522728": "罗甸县",
    "522729": "长顺县",
    "522730": "龙里县",
    "522731": "惠水县",
    "522732": "三都水族自治县",
}
"""The twelve counties of Qiannan, by administrative code."""

INDUSTRY = "现代产业"
"""The industry of `key.industry`; the other six of QY-7.1.1 belong to `key.other`."""

WORKS: Mapping[str, Sequence[str]] = {
    INDUSTRY: (
        "工业园标准厂房",
        "新型建材生产基地",
        "农产品精深加工园",
        "电子元器件产业园",
        "中药材加工基地",
        "装备制造产业园",
        "冷链物流园",
        "新材料产业园",
        "食品加工园",
        "纺织服装产业园",
    ),
    "社会民生": ("人民医院迁建工程", "保障性住房小区", "养老服务中心", "殡仪馆改扩建工程", "城乡供水保障工程"),
    "交通运输": ("县道改造工程", "客运枢纽站", "绕城公路工程", "乡镇公路联网工程", "公路养护中心"),
    "能源保障": ("输变电工程", "农林生物质发电项目", "天然气门站及管网工程", "光伏升压站", "充电基础设施工程"),
    "现代水利": ("中型水库工程", "灌区续建配套工程", "河道综合治理工程", "抗旱应急水源工程"),
    "生态旅游": ("民族村寨旅游基础设施", "湿地公园服务设施", "温泉康养度假区", "山地户外运动基地"),
    "文化教育": ("职业技术学校新校区", "中心小学迁建工程", "文化馆图书馆工程", "体育中心", "高级中学扩建工程"),
}
"""Kinds of works of key projects, by industry."""

GENERAL_WORKS: Mapping[str, Sequence[str]] = {
    "general.commercial": ("商贸综合体", "农产品批发市场", "商住用地开发项目", "汽车服务城", "专业市场"),
    "general.livelihood": (
        "社区卫生服务站",
        "垃圾转运站",
        "污水处理设施",
        "农贸市场改造工程",
        "公共停车场",
        "乡镇幼儿园",
    ),
    "general.three_old": ("旧厂房改造项目", "旧村庄改造项目", "旧城镇更新项目"),
}
"""Kinds of works of general projects, by category."""

RESERVE_WORKS: Sequence[str] = ("应急物资储备库", "地质灾害避险搬迁安置点", "抢险救灾道路工程", "公共卫生应急中心")
"""Kinds of works of projects filed for the flexible reserve."""

PHASES: Sequence[str] = ("", "", "（一期）", "（二期）", "（三期）")
"""Endings of project names; most names have none."""
