//! HTTP, once: the guard at the door, what handlers read, and what they answer.

pub mod accept;
pub mod auth;
pub mod contract;
pub mod cors;
pub mod ctx;
pub mod guard;
pub mod href;
pub mod input;
pub mod keyed;
pub mod language;
pub mod limits;
pub mod part;
pub mod problem;
pub mod range;
pub mod refusals;
pub mod reply;
pub mod shape;
pub mod trace;
pub mod upload;
pub mod wording;

pub use ctx::Ctx;
pub use input::{Body, Filter, IfMatchHeader, Paging, PathId, Precondition};
pub use part::Part;
pub use problem::{Problem, ProblemResult};
pub use reply::{Accepted, Answer, Created, IntoAnswer, NoContent, PageInfo, Placed, Plain, Versioned};
