//! The seeded words (domain.md 3.1): code, Chinese, English; in the order people see them.

/// Code, Chinese, English.
pub(super) type Word = (&'static str, &'static str, &'static str);

/// A seeded dictionary.
pub(super) struct List {
    /// Its code and names.
    pub word: Word,
    /// Whether staff may add to it; not where the rules know every item.
    pub extensible: bool,
    /// Its items.
    pub items: &'static [Word],
}

const fn open(word: Word, items: &'static [Word]) -> List {
    List {
        word,
        extensible: true,
        items,
    }
}

const fn fixed(word: Word, items: &'static [Word]) -> List {
    List {
        word,
        extensible: false,
        items,
    }
}

/// Hold reasons that let the SLA clock stand still (domain.md 4.5).
pub(super) const PAUSING: &[&str] = &["awaiting_customer", "customer_requested_delay", "force_majeure"];

/// Every seeded dictionary.
pub(super) const DICTIONARIES: &[List] = &[
    open(
        ("channel", "渠道", "Channel"),
        &[
            ("phone", "电话", "Telephone"),
            ("sms", "短信", "Text message"),
            ("email", "电子邮件", "E-mail"),
            ("wechat", "微信", "WeChat"),
            ("app", "手机应用", "App"),
            ("web", "网站", "Website"),
            ("api", "系统接口", "Interface"),
            ("on_site", "现场", "On site"),
            ("outlet", "网点", "Outlet"),
            ("letter", "信函", "Letter"),
            ("other", "其他", "Other"),
        ],
    ),
    open(
        ("hold_reason", "挂起原因", "Reason for waiting"),
        &[
            ("awaiting_customer", "等待客户", "Waiting for the customer"),
            (
                "customer_requested_delay",
                "客户要求延期",
                "Delay the customer asked for",
            ),
            ("force_majeure", "不可抗力", "Force majeure"),
            ("awaiting_parts", "等待配件", "Waiting for parts"),
            ("awaiting_third_party", "等待第三方", "Waiting for a third party"),
            ("other", "其他", "Other"),
        ],
    ),
    open(
        ("complaint_nature", "投诉性质", "Nature of the complaint"),
        &[
            ("after_sales_service", "售后服务", "After-sales service"),
            ("contract", "合同", "Contract"),
            ("quality", "质量", "Quality"),
            ("false_advertising", "虚假宣传", "False advertising"),
            ("safety", "安全", "Safety"),
            ("price", "价格", "Price"),
            ("counterfeit", "假冒", "Counterfeit"),
            ("personal_dignity", "人格权益", "Personal dignity"),
            ("measurement", "计量", "Measurement"),
            ("other", "其他", "Other"),
        ],
    ),
    fixed(
        ("customer_class", "客户等级", "Customer class"),
        &[
            ("VIP", "VIP客户", "VIP"),
            ("A", "A类客户", "Class A"),
            ("B", "B类客户", "Class B"),
            ("C", "C类客户", "Class C"),
        ],
    ),
    open(
        ("rejection_reason", "驳回原因", "Reason for rejection"),
        &[
            ("incomplete_information", "信息不完整", "Incomplete information"),
            ("missing_evidence", "缺少凭证", "Evidence missing"),
            ("labor_not_plausible", "工时不合理", "Labour not plausible"),
            ("parts_not_plausible", "用料不合理", "Parts not plausible"),
            ("wrong_diagnosis", "诊断错误", "Wrong diagnosis"),
            ("not_eligible", "不符合条件", "Not eligible"),
            ("out_of_area", "超出服务区域", "Outside the service area"),
            ("over_capacity", "工作量已满", "No capacity left"),
            ("other", "其他", "Other"),
        ],
    ),
    open(
        ("unresolved_reason", "未解决原因", "Reason it is not solved"),
        &[
            ("no_parts", "缺少配件", "Parts missing"),
            ("needs_specialist", "需要专家", "Specialist needed"),
            ("needs_tools", "缺少工具", "Tools missing"),
            ("cause_not_found", "未查明原因", "Cause not found"),
            ("customer_absent", "客户不在", "Customer absent"),
            ("customer_refused", "客户拒绝", "Customer refused"),
            ("site_not_ready", "现场不具备条件", "Site not ready"),
            ("not_repairable", "无法修复", "Not repairable"),
            ("other", "其他", "Other"),
        ],
    ),
    open(
        (
            "dissatisfaction_reason",
            "不满意原因",
            "Reason for dissatisfaction",
        ),
        &[
            ("not_solved", "问题未解决", "Problem not solved"),
            ("slow_response", "响应慢", "Slow response"),
            ("late_arrival", "上门迟到", "Late arrival"),
            ("attitude", "服务态度", "Attitude"),
            ("workmanship", "维修质量", "Workmanship"),
            ("price", "收费", "Price"),
            ("cleanliness", "现场清洁", "Cleanliness"),
            ("communication", "沟通不畅", "Communication"),
            ("product_quality", "产品质量", "Product quality"),
            ("other", "其他", "Other"),
        ],
    ),
    open(
        ("warranty_exclusion", "保修除外", "Warranty exclusion"),
        &[
            ("misuse", "使用或保管不当", "Misuse or improper keeping"),
            ("unauthorised_repair", "私自拆修", "Unauthorised dismantling"),
            ("no_proof", "无有效凭证", "No valid proof of purchase"),
            (
                "altered_proof",
                "型号不符或凭证涂改",
                "Model mismatch or altered proof",
            ),
            ("force_majeure", "不可抗力", "Force majeure"),
            ("peripheral", "非约定外设", "Peripheral not agreed on"),
            ("consumable", "消耗品", "Consumable"),
        ],
    ),
    fixed(
        ("stock_movement_type", "库存变动类型", "Kind of stock movement"),
        &[
            ("receipt", "入库", "Receipt"),
            ("issue", "出库", "Issue"),
            ("transfer_out", "调出", "Transfer out"),
            ("transfer_in", "调入", "Transfer in"),
            ("consume", "消耗", "Consumption"),
            ("return_good", "良品退回", "Return of good parts"),
            ("return_old", "旧件退回", "Return of old parts"),
            ("adjust", "调整", "Adjustment"),
            ("scrap", "报废", "Scrapping"),
        ],
    ),
    fixed(
        ("incident_level", "重大事件等级", "Level of a major incident"),
        &[
            ("I", "一级", "Level I"),
            ("II", "二级", "Level II"),
            ("III", "三级", "Level III"),
            ("IV", "四级", "Level IV"),
        ],
    ),
    open(
        ("leave_type", "请假类型", "Kind of leave"),
        &[
            ("annual", "年假", "Annual leave"),
            ("sick", "病假", "Sick leave"),
            ("personal", "事假", "Personal leave"),
            ("marriage", "婚假", "Marriage leave"),
            ("maternity", "产假", "Maternity leave"),
            ("paternity", "陪产假", "Paternity leave"),
            ("bereavement", "丧假", "Bereavement leave"),
            ("training", "培训", "Training"),
            ("compensatory", "调休", "Compensatory leave"),
            ("other", "其他", "Other"),
        ],
    ),
    open(
        ("unit", "计量单位", "Unit"),
        &[
            ("piece", "件", "Piece"),
            ("set", "套", "Set"),
            ("job", "次", "Job"),
            ("hour", "小时", "Hour"),
            ("metre", "米", "Metre"),
            ("square_metre", "平方米", "Square metre"),
            ("kilogram", "千克", "Kilogram"),
            ("litre", "升", "Litre"),
            ("kilometre", "公里", "Kilometre"),
        ],
    ),
];

/// Every seeded service type; only a complaint is handled as one.
pub(super) const SERVICE_TYPES: &[Word] = &[
    ("install", "安装", "Installation"),
    ("repair", "维修", "Repair"),
    ("maintain", "保养", "Maintenance"),
    ("consult", "咨询", "Consultation"),
    ("complaint", "投诉", "Complaint"),
    ("suggestion", "建议", "Suggestion"),
    ("return", "退换货", "Return"),
    ("inspect", "巡检", "Inspection"),
    ("train", "培训", "Training"),
    ("modify", "改造", "Modification"),
    ("remote_debug", "远程调试", "Remote debugging"),
];
