//! Which rows a caller sees: by the widest of his roles and by who he is (A39).

use aftercare_domain::kernel::{Actor, Raw, Scope};

use crate::db::Where;

/// One of three predicates; `?` stands for the caller's engineer, customer or outlet.
pub(crate) fn narrow(actor: &Actor, w: &mut Where, engineer: &str, customer: &str, outlet: &str) {
    let (condition, id) = match actor.scope() {
        Scope::All => return,
        Scope::Outlet => (outlet, actor.outlet_id),
        Scope::Own if actor.engineer_id.is_some() => (engineer, actor.engineer_id),
        Scope::Own => (customer, actor.customer_id),
    };
    match id {
        Some(id) => w.raw(condition, Some(Raw::Uuid(Some(id)))),
        None => w.nothing(),
    }
}

/// What belongs to a request is seen with it; `column` names the request.
pub(crate) fn of_request(column: &str, actor: &Actor, w: &mut Where) {
    let held = |by: &str| format!("{column} in (select id from service_requests where {by} = ?)");
    let [engineer, customer, outlet] = ["assignee_id", "customer_id", "outlet_id"].map(held);
    narrow(actor, w, &engineer, &customer, &outlet);
}

/// A customer sees himself and what is his; an engineer and an outlet see it with a request they see.
pub(crate) fn of_customer(column: &str, actor: &Actor, w: &mut Where) {
    let held = |by: &str| format!("{column} in (select customer_id from service_requests where {by} = ?)");
    let [engineer, outlet] = ["assignee_id", "outlet_id"].map(held);
    narrow(actor, w, &engineer, &format!("{column} = ?"), &outlet);
}
