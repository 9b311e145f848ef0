//! The loop under test: the scenarios of domain.md 5, the worked life, every pair of state and action, random lives.

mod bench;
mod child_pairs;
mod corrections;
mod fine_points;
mod invariants;
mod life;
mod model;
mod outcomes;
mod pairs;
mod promises;
mod random;
mod scenarios;
