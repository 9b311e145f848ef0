//! How it is tried: every test speaks to an in-process server over a database of its own, on either engine.

mod api;
mod contract;
mod flows;
mod support;
