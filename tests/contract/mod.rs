//! Sweeps over every operation of the document; a new module is swept without code of its own.

mod golden;
