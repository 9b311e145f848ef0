//! A statement: text with `$1…$n` and its arguments.

use std::borrow::Cow;

use aftercare_domain::kernel::Raw;

/// One statement, ready to run on either engine.
#[derive(Clone, Debug)]
pub struct Sql {
    pub(crate) text: Cow<'static, str>,
    pub(crate) args: Vec<Raw>,
}

impl Sql {
    /// A statement from parts written in this crate; values only ever travel as arguments.
    pub(crate) fn new(text: impl Into<Cow<'static, str>>, args: Vec<Raw>) -> Sql {
        Sql {
            text: text.into(),
            args,
        }
    }
}

/// `sql!("select * from customers where phone = $1", phone)`: a literal text and its arguments.
///
/// Expands to `Sql::new("…", vec![Column::to_raw(&phone)])`.
macro_rules! sql {
    ($text:literal $(, $arg:expr)* $(,)?) => {
        $crate::db::Sql::new($text, vec![$(aftercare_domain::kernel::Column::to_raw(&$arg)),*])
    };
}
pub(crate) use sql;
