//! State machines are tables: the same rows decide, document and draw.

use super::RoleSet;

/// One row of a transition table (domain.md 4.3 and its siblings).
#[derive(Debug)]
pub struct Transition {
    /// The rule's name in the specification, for example `T3`.
    pub rule: &'static str,
    /// States it may start from; empty for the creation of a record.
    pub from: &'static [&'static str],
    /// The action in snake_case, for example `assign`; `timer:…` for what the clock does.
    pub action: &'static str,
    /// Who may do it.
    pub actors: RoleSet,
    /// What must hold, in words.
    pub guard: &'static str,
    /// Where it may lead.
    pub to: &'static [&'static str],
    /// Whether the action is offered yet; a row of a later module is documented but refused (A44).
    pub is_built: bool,
}

/// A whole machine, served at `/v1/meta/state-machines/{type}`.
#[derive(Debug)]
pub struct Machine {
    /// The kind of record, for example `service_request`.
    pub name: &'static str,
    /// Every state.
    pub states: &'static [&'static str],
    /// States without a way out.
    pub finals: &'static [&'static str],
    /// Every row.
    pub rows: &'static [Transition],
}

impl Machine {
    /// The rows of one action.
    pub fn rows_of(&self, action: &str) -> impl Iterator<Item = &'static Transition> {
        self.rows.iter().filter(move |row| row.action == action)
    }

    /// The row that lets `action` start from `state`, if any.
    pub fn row(&self, state: &str, action: &str) -> Option<&'static Transition> {
        self.rows_of(action)
            .find(|row| row.is_built && row.from.contains(&state))
    }
}
