//! The loop under test: the scenarios of domain.md 5, the worked life, every pair of state and action, random lives.

mod bench;
mod fine_points;
mod life;
mod pairs;
mod scenarios;
