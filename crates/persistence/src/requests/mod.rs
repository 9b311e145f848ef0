//! Service requests and everything that belongs to them: how a dossier is loaded, kept and found.

mod context;
mod dossier;
mod figures;
mod labor;
mod lists;
mod offline;
mod records;
pub mod stats;

pub use context::{KnownCaller, of_phone};
pub use dossier::{
    due, duplicates, find_dossier, find_for_part, glance, glance_one, glance_parts, keep, keep_ahead,
    keep_new, load, load_for_part, owner_of, unassigned_since,
};
pub use labor::{keep_spells, place_of, places_of, work_besides};
pub use lists::{activities_of, attachments_of, attachments_of_product, has_attachment};
pub use offline::told_before;
