//! One story per use case, across modules and time.

mod closed_loop;
mod deadlines;
mod explained;
mod extras;
mod notifications;
mod parallel;
mod sandbox;
