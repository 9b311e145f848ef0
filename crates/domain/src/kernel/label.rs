//! Closed sets of words: states, kinds, outcomes.

/// Declares an enumeration that is `snake_case` text on the wire and in its column.
///
/// `label! { /// doc  pub enum Outcome { Resolved = "resolved", … } }` expands to the enum with serde, schema,
/// `ALL`, `as_str`, `FromStr`, `Display` and `Column`.
#[macro_export]
macro_rules! label {
    ($(#[doc = $doc:literal])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant),* }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some(concat!($($doc),*).trim()))
                    .enum_values(Some([$($text),*]))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok($name::$variant),)*
                    other => Err(format!("expected one of {}, got \"{other}\"", [$($text),*].join(", "))),
                }
            }
        }
        impl $crate::kernel::Column for $name {
            const KIND: $crate::kernel::RawKind = $crate::kernel::RawKind::Text;
            fn to_raw(&self) -> $crate::kernel::Raw {
                $crate::kernel::Raw::Text(Some(self.as_str().to_owned()))
            }
            fn from_raw(raw: $crate::kernel::Raw) -> Result<Self, String> {
                String::from_raw(raw)?.parse()
            }
        }
    };
}
