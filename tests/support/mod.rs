//! What every test stands on: a server in this process, a database of its own, a clock that stands still.

mod app;
mod client;
mod db;
mod scene;
mod signed;

pub use app::App;
pub use client::{Client, Reply, Request};
pub use scene::{Scene, solved, unsolved};
