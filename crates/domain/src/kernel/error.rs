//! Refusals: one stable code each, said in Chinese and English, pointing at the member that is wrong.
//!
//! The domain says *what kind* of refusal it is; only `api/http/problem.rs` turns a kind into a status.

use serde_json::{Map, Value};

/// What kind of refusal a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Cannot be parsed.
    Malformed,
    /// No or bad credential.
    Unauthenticated,
    /// Known, but not for this caller.
    Forbidden,
    /// Absent or not visible.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// No such representation.
    NotAcceptable,
    /// The state, a lock or a duplicate forbids it.
    Conflict,
    /// It was here and is gone for good.
    Gone,
    /// `If-Match` is stale.
    Stale,
    /// Body or file over the limit.
    TooLarge,
    /// The media type is not taken.
    UnsupportedMedia,
    /// There is no such part of it.
    NoSuchRange,
    /// Understood, but the content is refused.
    Invalid,
    /// `If-Match` is missing.
    PreconditionRequired,
    /// Too many calls.
    TooMany,
    /// Anything unforeseen.
    Internal,
    /// Not now; try again.
    Unavailable,
    /// The caller was too slow.
    Timeout,
}

/// One stable refusal code with its fixed titles.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// What clients switch on, for example `duplicate_customer`.
    pub slug: &'static str,
    /// What kind of refusal it is.
    pub kind: Kind,
    /// The English title.
    pub en: &'static str,
    /// The Chinese title.
    pub zh: &'static str,
}

/// Declares refusal codes and collects them in `CODES` for the catalogue.
///
/// `codes! { DUPLICATE_CUSTOMER: Conflict = "duplicate_customer", "A customer …", "已有…"; }` expands to
/// `pub static DUPLICATE_CUSTOMER: Code = …; pub static CODES: &[&Code] = &[&DUPLICATE_CUSTOMER];`
#[macro_export]
macro_rules! codes {
    ($($name:ident: $kind:ident = $slug:literal, $en:literal, $zh:literal;)*) => {
        $(
            #[doc = concat!("`", $slug, "`: ", $en, ".")]
            pub static $name: $crate::kernel::Code = $crate::kernel::Code {
                slug: $slug, kind: $crate::kernel::Kind::$kind, en: $en, zh: $zh,
            };
        )*
        /// Every refusal code of this module.
        pub static CODES: &[&$crate::kernel::Code] = &[$(&$name),*];
    };
}

/// Where in the call something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nowhere in particular.
    Call,
    /// A member of the body as a JSON pointer fragment, for example `#/phone`.
    Pointer(String),
    /// A query or path parameter.
    Parameter(String),
    /// A request header.
    Header(String),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// What is wrong.
    pub code: &'static Code,
    /// Where.
    pub place: Place,
    /// What was found and what would be right: `(en, zh)`; the titles of the code if none.
    pub detail: Option<(String, String)>,
    /// Values a client may format itself.
    pub params: Map<String, Value>,
}

/// A refusal, complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// The code a client switches on.
    pub code: &'static Code,
    /// What exactly happened this time: `(en, zh)`.
    pub detail: Option<(String, String)>,
    /// Each thing that is wrong with the content.
    pub errors: Vec<Violation>,
    /// Further members of the problem document, for example `allowed_actions`.
    pub extra: Map<String, Value>,
}

/// The result of everything that may be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Code {
    /// A refusal with this code alone.
    pub fn error(&'static self) -> Error {
        Error {
            code: self,
            detail: None,
            errors: Vec::new(),
            extra: Map::new(),
        }
    }

    /// A refusal that points at a member, for example `#/phone`.
    pub fn at(&'static self, pointer: &str) -> Error {
        self.violation(Place::Pointer(pointer.to_owned())).into()
    }

    /// A refusal that points at a query or path parameter.
    pub fn parameter(&'static self, name: &str) -> Error {
        self.violation(Place::Parameter(name.to_owned())).into()
    }

    /// A refusal with its explanation in English and Chinese.
    pub fn because(&'static self, en: impl Into<String>, zh: impl Into<String>) -> Error {
        self.error().because(en, zh)
    }

    /// One thing that is wrong, to be collected with others.
    pub fn violation(&'static self, place: Place) -> Violation {
        Violation {
            code: self,
            place,
            detail: None,
            params: Map::new(),
        }
    }
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Error {
        Error {
            code: violation.code,
            detail: violation.detail.clone(),
            errors: vec![violation],
            extra: Map::new(),
        }
    }
}

impl Error {
    /// Adds the explanation in English and Chinese.
    #[must_use]
    pub fn because(mut self, en: impl Into<String>, zh: impl Into<String>) -> Error {
        let detail = (en.into(), zh.into());
        if let [only] = self.errors.as_mut_slice() {
            only.detail.get_or_insert_with(|| detail.clone());
        }
        self.detail = Some(detail);
        self
    }

    /// Adds a member to the problem document.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Error {
        self.extra.insert(member.to_owned(), value.into());
        self
    }

    /// Several things that are wrong: one keeps its own code, more become `validation_failed` (A21).
    pub fn all(violations: Vec<Violation>) -> Result<()> {
        match violations.len() {
            0 => Ok(()),
            1 => Err(violations
                .into_iter()
                .next()
                .map_or_else(|| VALIDATION_FAILED.error(), Error::from)),
            _ => Err(Error {
                errors: violations,
                ..VALIDATION_FAILED.error()
            }),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {}",
            self.code.slug,
            self.detail.as_ref().map_or(self.code.en, |(en, _)| en)
        )
    }
}

impl std::error::Error for Error {}

codes! {
    VALIDATION_FAILED: Invalid = "validation_failed", "The content is refused", "内容不符合要求";
    NOT_FOUND: NotFound = "not_found", "Not found", "未找到";
    PRECONDITION_FAILED: Stale = "precondition_failed", "Changed in the meantime", "内容已被他人修改";
    PRECONDITION_REQUIRED: PreconditionRequired = "precondition_required", "If-Match is required", "必须提供 If-Match";
    INSUFFICIENT_SCOPE: Forbidden = "insufficient_scope", "The permission is missing", "没有此操作的权限";
    INVALID_TRANSITION: Conflict = "invalid_transition", "The state does not allow this action", "当前状态不允许此操作";
    UNKNOWN_REFERENCE: Invalid = "unknown_reference", "The referenced record does not exist", "引用的记录不存在";
    INACTIVE_REFERENCE: Invalid = "inactive_reference", "The referenced record is inactive", "引用的记录已停用";
    DUPLICATE: Conflict = "duplicate", "A record with this key exists already", "相同键的记录已存在";
    DUPLICATE_CODE: Conflict = "duplicate_code", "This code is taken already", "该编码已存在";
    NOT_A_DRAFT: Conflict = "not_a_draft", "Only a draft can be deleted", "只有草稿可以删除";
    IN_USE: Conflict = "in_use", "Still in use elsewhere", "仍被其他记录引用";
    UNAVAILABLE: Unavailable = "unavailable", "Not available right now", "暂时不可用";
    INTERNAL: Internal = "internal", "Something went wrong on our side", "系统内部错误";
    DATE_IN_PAST: Invalid = "date_in_past", "The date must not lie in the past", "日期不得早于当前时间";
    DATE_IN_FUTURE: Invalid = "date_in_future", "The date must not lie in the future", "日期不得晚于今天";
    DATE_ORDER: Invalid = "date_order", "The dates are in the wrong order", "日期先后顺序不正确";
    CYCLIC_PARENT: Invalid = "cyclic_parent", "A record cannot be its own ancestor", "上级不能形成循环";
    TREE_TOO_DEEP: Invalid = "tree_too_deep", "The tree would have too many levels", "层级过深";
    STATUS_READ_ONLY: Invalid = "status_read_only", "The status changes only by actions", "状态只能通过操作改变";
    REQUIRED: Invalid = "required", "A required member is missing", "缺少必填项";
    INVALID_TYPE: Invalid = "invalid_type", "The value has the wrong type", "值的类型不正确";
    TOO_SHORT: Invalid = "too_short", "The text is too short", "文本过短";
    TOO_LONG: Invalid = "too_long", "The text is too long", "文本过长";
    TOO_MANY_ITEMS: Invalid = "too_many_items", "The list has too many items", "列表项过多";
    INVALID_FORMAT: Invalid = "invalid_format", "The text has the wrong form", "格式不正确";
    NOT_ALLOWED: Invalid = "not_allowed", "The value is not one of the allowed ones", "值不在允许范围内";
    OUT_OF_RANGE: Invalid = "out_of_range", "The number is out of range", "数值超出范围";
    INVALID_VALUE: Invalid = "invalid_value", "The value is refused", "值不符合要求";
}
