//! One story per use case, across modules and time.

mod agreements;
mod closed_loop;
mod counters;
mod deadlines;
mod every_pair;
mod explained;
mod extras;
mod judged;
mod limits;
mod notifications;
mod offline;
mod operation;
mod origins;
mod parallel;
mod promises;
mod quota;
mod quotes;
mod recounts;
mod refusals;
mod replicas;
mod retention;
mod sandbox;
mod sheets;
mod teams;
mod warranty_ends;
mod warranty_pays;
