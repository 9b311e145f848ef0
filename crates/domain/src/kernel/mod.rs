//! The vocabulary every module shares: values, time, people, refusals.
//!
//! Nothing in here knows a customer or a request. A word moves here when a third module needs it.

pub mod access;
pub mod clock;
pub mod column;
pub mod error;
pub mod event;
pub mod figure;
pub mod i18n;
pub mod id;
pub mod label;
pub mod machine;
pub mod meta;
pub mod money;
pub mod number;
pub mod page;
pub mod patch;
pub mod period;
pub mod ratio;
pub mod stamp;
pub mod text;
pub mod travel;
pub mod tree;

pub use access::{ActingKey, Actor, Grant, Permission, Role, RoleSet, Scope};
pub use clock::{Clock, Date, Time};
pub use column::{Column, Raw, RawKind, Stored};
pub use error::{Code, Error, Kind, Result, Violation};
pub use event::Event;
pub use figure::Figure;
pub use i18n::I18n;
pub use id::{IdSource, Ids};
pub use meta::Meta;
pub use money::{Currency, Money};
pub use page::Csv;
pub use patch::Patch;
pub use period::Period;
pub use stamp::Stamp;
pub use travel::Spot;
