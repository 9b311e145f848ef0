//! The words and figures of the demo company (domain.md 6.1, 6.2); all of it is invented.

/// Product categories: code, the code above, 中文, English, years of life.
pub(super) const CATEGORIES: &[(&str, &str, &str, &str, i64)] = &[
    ("AC", "", "空调", "Air conditioners", 12),
    ("AC-SPLIT", "AC", "壁挂式空调", "Split air conditioners", 12),
    ("AC-FLOOR", "AC", "柜式空调", "Floor air conditioners", 12),
    ("FRIDGE", "", "冰箱", "Refrigerators", 12),
    ("WASHER", "", "洗衣机", "Washing machines", 12),
    ("HEATER", "", "热水器", "Water heaters", 8),
    ("HEATER-E", "HEATER", "电热水器", "Electric water heaters", 5),
    ("HEATER-G", "HEATER", "燃气热水器", "Gas water heaters", 8),
    ("HOOD", "", "吸油烟机", "Range hoods", 10),
    ("TV", "", "电视", "Television sets", 10),
    ("PURIFIER", "", "净水器", "Water purifiers", 8),
];

/// Warranty policies: code, 中文, English, months of the whole unit, main part, its months.
pub(super) const POLICIES: &[(&str, &str, &str, i64, &str, i64)] = &[
    (
        "HQ-AC",
        "空调整机六年保修",
        "Air conditioners, six years",
        72,
        "compressor",
        72,
    ),
    (
        "HQ-APPLIANCE",
        "家电整机一年主要部件三年",
        "Appliances, one and three years",
        12,
        "control_board",
        36,
    ),
    (
        "HQ-HEATER-E",
        "电热水器整机三年内胆八年",
        "Electric heaters, three and eight years",
        36,
        "inner_tank",
        96,
    ),
    (
        "HQ-PURIFIER",
        "净水器一年保修",
        "Water purifiers, one year",
        12,
        "filter",
        12,
    ),
];

/// Which policy a category promises; what is not named promises what is promised above it.
pub(super) const PROMISES: &[(&str, &str)] = &[
    ("AC", "HQ-AC"),
    ("FRIDGE", "HQ-APPLIANCE"),
    ("WASHER", "HQ-APPLIANCE"),
    ("HEATER", "HQ-APPLIANCE"),
    ("HEATER-E", "HQ-HEATER-E"),
    ("HOOD", "HQ-APPLIANCE"),
    ("TV", "HQ-APPLIANCE"),
    ("PURIFIER", "HQ-PURIFIER"),
];

/// Products: code, model, category, 中文, English, list price in fen.
pub(super) const PRODUCTS: &[(&str, &str, &str, &str, &str, i64)] = &[
    (
        "HQ-A1",
        "KFR-35GW/HQ-A1",
        "AC-SPLIT",
        "壁挂式变频空调 1.5匹",
        "Split AC 1.5 HP",
        299_900,
    ),
    (
        "HQ-B2",
        "KFR-72LW/HQ-B2",
        "AC-FLOOR",
        "柜式空调 3匹",
        "Floor AC 3 HP",
        569_900,
    ),
    (
        "BCD-468",
        "BCD-468WHQ",
        "FRIDGE",
        "对开门冰箱 468 L",
        "Refrigerator 468 L",
        329_900,
    ),
    (
        "XQG100",
        "XQG100-HQ12",
        "WASHER",
        "滚筒洗衣机 10 kg",
        "Front-load washer 10 kg",
        259_900,
    ),
    (
        "F60-HQ3",
        "F60-HQ3",
        "HEATER-E",
        "储水式电热水器 60 L",
        "Electric water heater 60 L",
        119_900,
    ),
    (
        "JSQ30",
        "JSQ30-HQ1",
        "HEATER-G",
        "燃气热水器 16 L",
        "Gas water heater 16 L",
        219_900,
    ),
    ("CXW-260", "CXW-260-HQ", "HOOD", "吸油烟机", "Range hood", 189_900),
    ("TV-65Q7", "65Q7-HQ", "TV", "65英寸电视", "65-inch TV", 429_900),
    (
        "RO-600",
        "RO-600HQ",
        "PURIFIER",
        "净水器",
        "Water purifier",
        169_900,
    ),
];

/// Problem types: code, the code above, 中文, English, standard minutes (0 for a heading).
pub(super) const PROBLEMS: &[(&str, &str, &str, &str, i64)] = &[
    ("COOLING", "", "制冷类", "Cooling", 0),
    ("NO-COOL", "COOLING", "不制冷", "Does not cool", 90),
    ("WEAK-COOL", "COOLING", "制冷差", "Cools badly", 90),
    ("REFRIGERANT-LEAK", "COOLING", "冷媒泄漏", "Refrigerant leak", 120),
    ("ELECTRIC", "", "电气类", "Electrical", 0),
    ("NO-POWER", "ELECTRIC", "不通电", "No power", 60),
    ("TRIPPING", "ELECTRIC", "跳闸漏电", "Trips or leaks current", 60),
    ("FAULT-CODE", "ELECTRIC", "显示故障码", "Shows a fault code", 60),
    ("MECHANICAL", "", "机械类", "Mechanical", 0),
    ("NOISE", "MECHANICAL", "异响噪音", "Noise", 60),
    ("VIBRATION", "MECHANICAL", "震动大", "Vibration", 60),
    ("WATER-LEAK", "MECHANICAL", "漏水", "Water leak", 60),
    ("DRAINAGE", "MECHANICAL", "排水不畅", "Drains badly", 60),
    ("HEATING", "", "加热类", "Heating", 0),
    ("NO-HEAT", "HEATING", "不加热", "Does not heat", 60),
    ("SLOW-HEAT", "HEATING", "加热慢", "Heats slowly", 60),
    ("IGNITION", "HEATING", "点火失败", "Does not ignite", 60),
    ("INSTALLATION", "", "安装类", "Installation", 0),
    ("NEW-INSTALL", "INSTALLATION", "新装", "New installation", 120),
    ("RELOCATION", "INSTALLATION", "移机", "Relocation", 180),
    (
        "INSTALL-QUALITY",
        "INSTALLATION",
        "安装质量",
        "Quality of installation",
        90,
    ),
    ("SERVICE", "", "服务类", "Service", 0),
    ("CONSULTATION", "SERVICE", "咨询", "Consultation", 15),
    (
        "FEE-QUESTION",
        "SERVICE",
        "收费疑问",
        "Question about a charge",
        15,
    ),
    ("SERVICE-ATTITUDE", "SERVICE", "服务态度", "Conduct of staff", 30),
];

/// What an air conditioner shows when something is wrong: display, code, 中文, English.
pub(super) const DISPLAYS: &[(&str, &str, &str, &str)] = &[
    (
        "F0",
        "indoor_ambient_sensor",
        "室内环境温度传感器故障",
        "Indoor ambient sensor",
    ),
    (
        "F1",
        "indoor_evaporator_sensor",
        "室内蒸发器传感器故障",
        "Indoor evaporator sensor",
    ),
    ("F2", "condenser_sensor", "冷凝器传感器故障", "Condenser sensor"),
    (
        "F3",
        "outdoor_ambient_sensor",
        "室外环境温度传感器故障",
        "Outdoor ambient sensor",
    ),
    ("F4", "discharge_sensor", "排气温度传感器故障", "Discharge sensor"),
    (
        "E2",
        "indoor_anti_freeze",
        "室内防冻结保护",
        "Indoor anti-freeze protection",
    ),
    (
        "E6",
        "communication_fault",
        "通讯故障（演示）",
        "Communication fault (demo)",
    ),
    ("E7", "mode_conflict", "模式冲突", "Mode conflict"),
    ("E8", "indoor_fan_overload", "室内风机过载", "Indoor fan overload"),
    ("E9", "water_full", "水满保护", "Water tray full"),
    ("L0", "indoor_board_fault", "室内机主板故障", "Indoor board fault"),
];

/// Further engineers: name, telephone.
pub(super) const ENGINEERS: &[(&str, &str)] = &[
    ("陈勇", "13900139003"),
    ("高强", "13900139004"),
    ("马超", "13900139005"),
    ("胡军", "13900139006"),
    ("黄磊", "13900139007"),
    ("何明", "13900139008"),
    ("罗飞", "13900139009"),
    ("谢涛", "13900139010"),
];
