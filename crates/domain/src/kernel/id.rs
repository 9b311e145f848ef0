//! Machine identifiers: UUIDv7, one type per noun, drawn only from the stamp's source.

use std::sync::Arc;

use uuid::Uuid;

/// Where new identifiers come from; tests hand in a sequence.
pub trait IdSource: Send + Sync {
    /// A new UUIDv7 whose time part is the given instant.
    fn next(&self, now: super::Time) -> Uuid;
}

/// A shared identifier source.
pub type Ids = Arc<dyn IdSource>;

/// Declares identifier types: `id!(CustomerId, ContactId);`
///
/// Each expands to a `Copy` newtype over `Uuid` that is text on the wire (format `uuid`) and one column when kept.
#[macro_export]
macro_rules! id {
    ($($name:ident),* $(,)?) => {$(
        #[doc = concat!("Identifier of one record (`", stringify!($name), "`), UUIDv7.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new identifier.
            pub fn next(at: &$crate::kernel::Stamp) -> Self {
                Self(at.ids.next(at.now))
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
        impl $crate::kernel::Column for $name {
            const KIND: $crate::kernel::RawKind = $crate::kernel::RawKind::Uuid;
            fn to_raw(&self) -> $crate::kernel::Raw {
                $crate::kernel::Raw::Uuid(Some(self.0))
            }
            fn from_raw(raw: $crate::kernel::Raw) -> Result<Self, String> {
                uuid::Uuid::from_raw(raw).map(Self)
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .format(Some(utoipa::openapi::schema::SchemaFormat::KnownFormat(
                        utoipa::openapi::schema::KnownFormat::Uuid,
                    )))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}
