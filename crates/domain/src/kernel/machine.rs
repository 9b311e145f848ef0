//! State machines are tables: the same rows decide, document and draw.

use std::sync::OnceLock;

use super::{Role, RoleSet};

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

/// A section of the specification, and the rows it gives.
#[derive(Clone, Copy, Debug)]
pub struct Section(pub &'static str);

impl Section {
    /// A row of this section: from where an action leads, by whom, where to, and what must hold.
    pub const fn row(
        self,
        from: &'static [&'static str],
        action: &'static str,
        actors: RoleSet,
        to: &'static [&'static str],
        guard: &'static str,
    ) -> Transition {
        Transition {
            rule: self.0,
            from,
            action,
            actors,
            guard,
            to,
            is_built: true,
        }
    }
}

impl Transition {
    /// The row as it stands before its module is there: documented, but refused (A44).
    #[must_use]
    pub const fn later(self) -> Transition {
        Transition {
            is_built: false,
            ..self
        }
    }
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
    /// The rows by their actions.
    pub actions: Actions,
}

/// One action of a machine: who may do it at all, and its rows.
#[derive(Debug)]
pub struct Action {
    /// Its name.
    pub name: &'static str,
    /// Whether it is offered under a record's own path: somebody does it, to a record that exists, and it is built.
    pub is_offered: bool,
    /// Who may do it in some state.
    pub holders: RoleSet,
    /// The built rows, and who may do it there.
    pub rows: Vec<(&'static Transition, RoleSet)>,
}

/// A machine's actions, gathered from its rows when they are first asked for.
#[derive(Debug, Default)]
pub struct Actions(OnceLock<Vec<Action>>);

impl Actions {
    /// Nothing gathered yet.
    pub const fn new() -> Actions {
        Actions(OnceLock::new())
    }
}

impl Machine {
    /// Every action, in table order.
    pub fn actions(&'static self) -> &'static [Action] {
        self.actions.0.get_or_init(|| {
            let mut found: Vec<Action> = Vec::new();
            for row in self.rows {
                if !found.iter().any(|action| action.name == row.action) {
                    found.push(self.gather(row.action));
                }
            }
            found
        })
    }

    /// One action, if there is one of this name.
    pub fn action(&'static self, name: &str) -> Option<&'static Action> {
        self.actions().iter().find(|action| action.name == name)
    }

    fn gather(&'static self, name: &'static str) -> Action {
        let rows: Vec<_> = self
            .rows_of(name)
            .filter(|row| row.is_built)
            .map(|row| (row, with_manager(row.actors)))
            .collect();
        let is_done = |(row, _): &(&Transition, RoleSet)| !row.from.is_empty() && !row.actors.is_empty();
        Action {
            name,
            is_offered: !name.contains(':') && rows.iter().any(is_done),
            holders: holders(self.rows, name),
            rows,
        }
    }

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

/// Who may do an action in some state: the union of its rows' actors, and the service manager wherever any staff
/// role may (A23).
pub const fn holders(rows: &[Transition], action: &str) -> RoleSet {
    let mut found = RoleSet::NONE;
    let mut rest = rows;
    while let [row, tail @ ..] = rest {
        if is_same(row.action, action) {
            found = found.union(row.actors);
        }
        rest = tail;
    }
    with_manager(found)
}

/// The actors, and the service manager wherever any staff role may (A23).
pub const fn with_manager(actors: RoleSet) -> RoleSet {
    if actors.meets(RoleSet::STAFF) {
        actors.with(Role::ServiceManager)
    } else {
        actors
    }
}

const fn is_same(left: &str, right: &str) -> bool {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    while let ([a, left_tail @ ..], [b, right_tail @ ..]) = (left, right) {
        if *a != *b {
            return false;
        }
        (left, right) = (left_tail, right_tail);
    }
    left.is_empty() && right.is_empty()
}
