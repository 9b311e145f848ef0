//! Names in two languages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Column, Raw, RawKind, Stored};
use crate::kernel::text::Label200;

/// A name in Chinese and, where one exists, in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"zh": "分体式空调", "en": "Split air conditioner"}))]
pub struct I18n {
    /// Chinese, always present.
    pub zh: Label200,
    /// English, or null; null if absent.
    #[serde(default)]
    pub en: Option<Label200>,
}

impl Stored for I18n {
    const PARTS: &'static [(&'static str, RawKind)] = &[("_zh", RawKind::Text), ("_en", RawKind::Text)];

    fn put(&self, keep: &mut dyn FnMut(Raw)) {
        keep(self.zh.to_raw());
        keep(self.en.to_raw());
    }

    fn take(next: &mut dyn FnMut(&'static str, RawKind) -> Result<Raw, String>) -> Result<Self, String> {
        Ok(I18n {
            zh: Label200::from_raw(next("_zh", RawKind::Text)?)?,
            en: Option::from_raw(next("_en", RawKind::Text)?)?,
        })
    }
}
