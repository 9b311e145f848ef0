//! What a value is when it is kept: eight primitive kinds, no engine in sight.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::{Date, Time};

/// One stored value; `None` is a typed null.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// True or false.
    Bool(Option<bool>),
    /// A signed 64-bit integer.
    Int(Option<i64>),
    /// Text.
    Text(Option<String>),
    /// An identifier.
    Uuid(Option<Uuid>),
    /// An instant.
    Time(Option<Time>),
    /// A civil date.
    Date(Option<Date>),
    /// An object or array.
    Json(Option<Value>),
    /// A piece of a file; shared, because it is handed on as it is.
    Bytes(Option<Arc<Vec<u8>>>),
}

/// The kind of a stored value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawKind {
    /// True or false.
    Bool,
    /// A signed 64-bit integer.
    Int,
    /// Text.
    Text,
    /// An identifier.
    Uuid,
    /// An instant.
    Time,
    /// A civil date.
    Date,
    /// An object or array.
    Json,
    /// A piece of a file.
    Bytes,
}

impl RawKind {
    /// The typed null of this kind.
    pub fn null(self) -> Raw {
        match self {
            RawKind::Bool => Raw::Bool(None),
            RawKind::Int => Raw::Int(None),
            RawKind::Text => Raw::Text(None),
            RawKind::Uuid => Raw::Uuid(None),
            RawKind::Time => Raw::Time(None),
            RawKind::Date => Raw::Date(None),
            RawKind::Json => Raw::Json(None),
            RawKind::Bytes => Raw::Bytes(None),
        }
    }
}

impl Raw {
    /// Whether this is a null of any kind.
    pub fn is_null(&self) -> bool {
        match self {
            Raw::Bool(v) => v.is_none(),
            Raw::Int(v) => v.is_none(),
            Raw::Text(v) => v.is_none(),
            Raw::Uuid(v) => v.is_none(),
            Raw::Time(v) => v.is_none(),
            Raw::Date(v) => v.is_none(),
            Raw::Json(v) => v.is_none(),
            Raw::Bytes(v) => v.is_none(),
        }
    }

    /// The value as JSON, for audit rows and cursors.
    pub fn to_json(&self) -> Value {
        match self {
            Raw::Bool(v) => (*v).into(),
            Raw::Int(v) => (*v).into(),
            Raw::Text(v) => v.clone().into(),
            Raw::Uuid(v) => v.map(|id| id.to_string()).into(),
            Raw::Time(v) => v.map(|at| at.to_string()).into(),
            Raw::Date(v) => v.map(|on| on.to_string()).into(),
            Raw::Json(v) => v.clone().unwrap_or(Value::Null),
            // What a file says is no word of an audit line; how much it says is.
            Raw::Bytes(v) => v.as_ref().map(|bytes| bytes.len()).into(),
        }
    }
}

/// A value kept in one column.
pub trait Column: Sized {
    /// What the column holds.
    const KIND: RawKind;

    /// The value to keep.
    fn to_raw(&self) -> Raw;

    /// The value read back; the error names what is wrong with the stored value.
    fn from_raw(raw: Raw) -> Result<Self, String>;
}

/// A value kept in one or more columns that share a name, such as `name_zh` and `name_en`.
pub trait Stored: Sized {
    /// Suffixes of its columns, with what each holds; `""` alone for a plain column, `=name` for a whole name.
    const PARTS: &'static [(&'static str, RawKind)];

    /// Hands over its values in the order of `PARTS`.
    fn put(&self, keep: &mut dyn FnMut(Raw));

    /// Reads its values in the order of `PARTS`.
    fn take(next: &mut dyn FnMut(&'static str, RawKind) -> Result<Raw, String>) -> Result<Self, String>;
}

impl<T: Column> Stored for T {
    const PARTS: &'static [(&'static str, RawKind)] = &[("", T::KIND)];

    fn put(&self, keep: &mut dyn FnMut(Raw)) {
        keep(self.to_raw());
    }

    fn take(next: &mut dyn FnMut(&'static str, RawKind) -> Result<Raw, String>) -> Result<Self, String> {
        T::from_raw(next("", T::KIND)?)
    }
}

impl<T: Column> Column for Option<T> {
    const KIND: RawKind = T::KIND;

    fn to_raw(&self) -> Raw {
        self.as_ref().map_or_else(|| T::KIND.null(), T::to_raw)
    }

    fn from_raw(raw: Raw) -> Result<Self, String> {
        if raw.is_null() {
            Ok(None)
        } else {
            T::from_raw(raw).map(Some)
        }
    }
}

macro_rules! primitive {
    ($($kind:ident $rust:ty),* $(,)?) => {$(
        impl Column for $rust {
            const KIND: RawKind = RawKind::$kind;

            fn to_raw(&self) -> Raw {
                Raw::$kind(Some(self.clone()))
            }

            fn from_raw(raw: Raw) -> Result<Self, String> {
                match raw {
                    Raw::$kind(Some(value)) => Ok(value),
                    other => Err(format!("expected {}, found {other:?}", stringify!($kind))),
                }
            }
        }
    )*};
}
primitive!(Bool bool, Int i64, Text String, Uuid Uuid, Time Time, Date Date, Json Value, Bytes Arc<Vec<u8>>);

impl<T: Serialize + DeserializeOwned> Column for Vec<T> {
    const KIND: RawKind = RawKind::Json;

    fn to_raw(&self) -> Raw {
        json_raw(self)
    }

    fn from_raw(raw: Raw) -> Result<Self, String> {
        json_value(raw)
    }
}

/// A structured value as a JSON column.
pub fn json_raw<T: Serialize>(value: &T) -> Raw {
    Raw::Json(serde_json::to_value(value).ok())
}

/// A structured value out of a JSON column.
pub fn json_value<T: DeserializeOwned>(raw: Raw) -> Result<T, String> {
    match raw {
        Raw::Json(Some(value)) => serde_json::from_value(value).map_err(|e| e.to_string()),
        other => Err(format!("expected Json, found {other:?}")),
    }
}

/// Keeps structs and maps as JSON: `json_columns!(Hold, Lock)`.
#[macro_export]
macro_rules! json_columns {
    ($($name:ty),* $(,)?) => {$(
        impl $crate::kernel::Column for $name {
            const KIND: $crate::kernel::RawKind = $crate::kernel::RawKind::Json;

            fn to_raw(&self) -> $crate::kernel::Raw {
                $crate::kernel::column::json_raw(self)
            }

            fn from_raw(raw: $crate::kernel::Raw) -> Result<Self, String> {
                $crate::kernel::column::json_value(raw)
            }
        }
    )*};
}
