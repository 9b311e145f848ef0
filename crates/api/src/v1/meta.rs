//! What the rules say of themselves: the state machines, drawn from the very tables the code runs.

use std::fmt::Write as _;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get};
use aftercare_domain::kernel::Role;
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::machine::{Machine, Transition};
use aftercare_domain::label;
use aftercare_domain::state_machines::{MachineType, can};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::accept::negotiate;
use crate::http::input::PageParams;
use crate::http::reply::page;
use crate::http::{Answer, Ctx, Paging, PathId, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_state_machines).service(get_state_machine);
}

const JSON: &str = "application/json";
const MERMAID: &str = "text/vnd.mermaid";
const PLAIN: &str = "text/plain";

label! {
    /// What brings a transition about.
    pub enum TransitionTrigger {
        /// A call to the record's own path.
        Call = "call",
        /// The clock.
        Clock = "clock",
        /// An action on another record.
        Record = "record",
    }
}

/// One state.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MachineState {
    /// Its name on the wire.
    #[schema(max_length = 40, example = "pending_assignment")]
    pub name: &'static str,
    /// Whether a record may begin here.
    pub is_initial: bool,
    /// Whether nothing leads out of it.
    pub is_final: bool,
}

/// One row of the table.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MachineTransition {
    /// The rule's name in the specification.
    #[schema(max_length = 20, example = "T3")]
    pub rule: &'static str,
    /// The action in snake_case; the URL has hyphens. One with a colon happens by itself.
    #[schema(max_length = 64, example = "assign")]
    pub action: &'static str,
    /// What brings it about.
    pub trigger: TransitionTrigger,
    /// Where it may start; empty where the record is made.
    #[schema(max_items = 20)]
    #[schema(value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub from: &'static [&'static str],
    /// Where it may lead.
    #[schema(max_items = 20)]
    #[schema(value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub to: &'static [&'static str],
    /// Who may do it; empty when it happens by itself.
    #[schema(max_items = 20)]
    pub actors: Vec<Role>,
    /// What must hold, in words; empty when nothing must.
    #[schema(
        max_length = 500,
        example = "now <= assignment_due_at; engineer available or force"
    )]
    pub guard: &'static str,
    /// Whether it is offered in this release.
    pub is_built: bool,
}

/// A whole state machine.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StateMachine {
    /// What it governs.
    #[serde(rename = "type")]
    pub kind: MachineType,
    /// Every state.
    #[schema(max_items = 50)]
    pub states: Vec<MachineState>,
    /// Every transition, in the order of the specification.
    #[schema(max_items = 200)]
    pub transitions: Vec<MachineTransition>,
}

page!(StateMachinePage, StateMachine);

/// A state machine as a diagram in Mermaid.
#[derive(Debug, ToSchema)]
#[schema(
    max_length = 100_000,
    example = "stateDiagram-v2\n    [*] --> pending: service_request processed\n"
)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct StateDiagram(String);

impl From<MachineType> for StateMachine {
    fn from(kind: MachineType) -> StateMachine {
        let machine = kind.machine();
        let is_initial = |state: &str| {
            machine
                .rows
                .iter()
                .any(|row| row.from.is_empty() && row.to.contains(&state))
        };
        let state = |name: &&'static str| MachineState {
            name,
            is_initial: is_initial(name),
            is_final: machine.finals.contains(name),
        };
        StateMachine {
            kind,
            states: machine.states.iter().map(state).collect(),
            transitions: machine.rows.iter().map(MachineTransition::of).collect(),
        }
    }
}

impl MachineTransition {
    fn of(row: &Transition) -> MachineTransition {
        MachineTransition {
            rule: row.rule,
            action: row.action,
            trigger: match row.action.split_once(':') {
                None => TransitionTrigger::Call,
                Some(("timer", _)) => TransitionTrigger::Clock,
                Some(_) => TransitionTrigger::Record,
            },
            from: row.from,
            to: row.to,
            actors: row.actors.iter().collect(),
            guard: row.guard,
            is_built: row.is_built,
        }
    }
}

/// The machine in Mermaid; a colon would end a label there, and what is not built yet says so.
fn diagram(machine: &Machine) -> String {
    let mut text = "stateDiagram-v2\n".to_owned();
    for row in machine.rows {
        let later = if row.is_built { "" } else { " (later)" };
        let label = format!("{} {}{later}", row.rule, row.action.replace(':', " "));
        let from: &[&str] = if row.from.is_empty() { &["[*]"] } else { row.from };
        for from in from {
            for to in row.to {
                // What corrects a record in any state leads from each back to itself, not to every other.
                if row.from.len() > 1 && row.from == row.to && from != to {
                    continue;
                }
                let _ = writeln!(text, "    {from} --> {to}: {label}");
            }
        }
    }
    for last in machine.finals {
        let _ = writeln!(text, "    {last} --> [*]");
    }
    text
}

/// List the state machines.
///
/// Told from the very tables that decide: states, transitions, who may do them and what must hold. Not sortable.
#[utoipa::path(tag = "meta", operation_id = "listStateMachines", params(PageParams),
    security(("bearer" = ["state_machines:read"])), responses((status = 200, body = StateMachinePage)))]
#[get("/meta/state-machines")]
async fn list_state_machines(ctx: Ctx<can::Read>, paging: Paging) -> ProblemResult<Answer> {
    let all = MachineType::ALL.iter().map(|kind| StateMachine::from(*kind));
    ctx.list_told::<_, StateMachinePage>(all.collect(), |it| it.kind.as_str(), &paging)
}

/// Get a state machine, as data or as a diagram.
///
/// `Accept: text/vnd.mermaid` or `text/plain` answers a Mermaid diagram, `application/json` the table.
#[utoipa::path(tag = "meta", operation_id = "getStateMachine", params(("type" = MachineType, Path)),
    security(("bearer" = ["state_machines:read"])),
    responses((status = 200, content((StateMachine = "application/json"), (StateDiagram = "text/vnd.mermaid"),
        (StateDiagram = "text/plain")))))]
#[get("/meta/state-machines/{type}")]
async fn get_state_machine(
    _: Ctx<can::Read>,
    kind: PathId<MachineType>,
    req: HttpRequest,
) -> ProblemResult<HttpResponse> {
    let media = negotiate(&req, &[JSON, MERMAID, PLAIN])?;
    let body = match media {
        JSON => serde_json::to_string(&StateMachine::from(kind.0)).map_err(|_| INTERNAL.error())?,
        _ => diagram(kind.0.machine()),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, format!("{media}; charset=utf-8")))
        .insert_header((header::VARY, "Accept, Authorization, Accept-Language"))
        .body(body))
}
