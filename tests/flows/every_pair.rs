//! Every state with every action over HTTP, told by the server's own tables, so that it is never stale (AC-049).

use aftercare_api::jobs::clock::sweep;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::api::installed_products::registered;
use crate::api::maintenance_proposals::draft as proposed;
use crate::api::{exams, outlet_assessments, performance, service_outlets};
use crate::contract::sweep::{Faults, Op, items, operations};
use crate::support::{Client, Reply, Scene, solved, unsolved};

/// Rows of a table that need more than the state, and how they are refused without it.
const NEEDS_MORE: &[More] = &[
    ("work_order", "accepted", "start", (409, "invalid_transition")),
    ("service_agreement", "draft", "submit", (403, "not_the_author")),
    (
        "service_agreement",
        "submitted",
        "withdraw",
        (403, "not_the_author"),
    ),
    ("exam_attempt", "running", "save", (403, "not_the_sitter")),
    ("exam_attempt", "running", "submit", (403, "not_the_sitter")),
    (
        "performance_review",
        "confirmed",
        "appeal",
        (403, "review_not_yours"),
    ),
    ("roster", "draft", "submit", (403, "not_the_author")),
    ("roster", "draft", "discard", (403, "not_the_author")),
    ("roster", "submitted", "withdraw", (403, "not_the_author")),
    ("roster", "submitted", "approve", (403, "self_approval")),
    ("roster", "submitted", "reject", (403, "self_approval")),
    ("roster", "rejected", "revise", (403, "not_the_author")),
    ("roster", "rejected", "discard", (403, "not_the_author")),
    ("leave", "draft", "submit", (403, "not_the_author")),
    ("leave", "draft", "discard", (403, "not_the_author")),
    ("leave", "submitted", "withdraw", (403, "not_the_author")),
    ("leave", "rejected", "revise", (403, "not_the_author")),
    ("leave", "rejected", "discard", (403, "not_the_author")),
];
type More = (&'static str, &'static str, &'static str, (u16, &'static str));

#[actix_web::test]
async fn ac_049_every_forbidden_pair_is_refused_with_what_is_open_and_changes_nothing() {
    let scene = Scene::open().await;
    let told = scene
        .manager
        .get("/v1/meta/state-machines?limit=200")
        .await
        .expect(200);
    // One engineer stands in every state at once.
    let engineer = format!("/v1/engineers/{}", scene.engineer1);
    let admin = scene.app.with_role(Role::Admin);
    admin
        .patch(&engineer, json!({"max_daily_jobs": 50}))
        .await
        .expect(200);
    let mut pairs = Pairs::default();
    for machine in items(&told.body, "/data") {
        let table = Table::of(machine);
        for state in table.states() {
            let record = stand(&scene, table.kind, state).await;
            assert_eq!(scene.now(&record).await.body["status"], state);
            for action in table.actions() {
                for caller in table.callers(&scene, action) {
                    pairs
                        .try_one(&scene, &table, &record, state, action, &caller)
                        .await;
                }
            }
        }
    }
    assert_eq!(pairs.needing_more, NEEDS_MORE);
    assert!(pairs.refused > 300, "{} refusals tried", pairs.refused);
    pairs.faults.none();
}

/// A state machine as the server tells it.
struct Table {
    kind: &'static str,
    rows: Vec<Value>,
    states: Vec<String>,
    ops: Vec<Op>,
}

struct Caller {
    role: Role,
    client: Client,
}

impl Table {
    fn of(machine: &Value) -> Table {
        let kind = match machine["type"].as_str().unwrap() {
            "service_request" => "service-requests/{service_request_id}",
            "work_order" => "work-orders/{work_order_id}",
            "follow_up" => "follow-ups/{follow_up_id}",
            "service_agreement" => "service-agreements/{service_agreement_id}",
            "installed_product" => "installed-products/{installed_product_id}",
            "maintenance_proposal" => "maintenance-proposals/{maintenance_proposal_id}",
            "service_outlet" => "service-outlets/{service_outlet_id}",
            "outlet_assessment" => "outlet-assessments/{outlet_assessment_id}",
            "exam_attempt" => "exam-attempts/{exam_attempt_id}",
            "performance_review" => "performance-reviews/{performance_review_id}",
            "roster" => "rosters/{roster_id}",
            "leave" => "leaves/{leave_id}",
            other => panic!("no story is told of {other}"),
        };
        let is_built = |row: &&Value| row["is_built"] == true;
        let rows: Vec<Value> = items(machine, "/transitions").filter(is_built).cloned().collect();
        // What only rows to come lead to cannot be reached yet.
        let is_reached = |state: &&str| rows.iter().any(|row| items(row, "/to").any(|to| to == state));
        let names = items(machine, "/states").map(|state| state["name"].as_str().unwrap());
        let states = names.filter(is_reached).map(str::to_owned).collect();
        Table {
            kind,
            rows,
            states,
            ops: operations(),
        }
    }

    fn states(&self) -> impl Iterator<Item = &str> {
        self.states.iter().map(String::as_str)
    }

    /// Every action a caller may take under the record's own path.
    fn actions(&self) -> Vec<&str> {
        let is_call = |row: &&Value| row["trigger"] == "call" && row["from"] != json!([]);
        let mut found: Vec<&str> = Vec::new();
        for row in self.rows.iter().filter(is_call) {
            let action = row["action"].as_str().unwrap();
            if !found.contains(&action) {
                found.push(action);
            }
        }
        found
    }

    /// The operation of an action: what it takes stands in the document.
    fn op(&self, action: &str) -> &Op {
        let path = format!("/v1/{}/{}", self.kind, action.replace('_', "-"));
        let found = self.ops.iter().find(|op| op.path == path);
        found.unwrap_or_else(|| panic!("the table offers {action}, the document has no {path}"))
    }

    /// One caller for each role that may take the action in some state.
    fn callers(&self, scene: &Scene, action: &str) -> Vec<Caller> {
        let client = |role| match role {
            Role::Engineer => scene.app.engineer("engineer", &scene.engineer1),
            _ => scene.app.with_role(role),
        };
        self.op(action)
            .roles()
            .into_iter()
            .map(|role| Caller {
                role,
                client: client(role),
            })
            .collect()
    }

    /// What the table says of a pair: nothing against it, or the refusal.
    fn says(&self, state: &str, action: &str, role: Role) -> Option<(u16, &'static str)> {
        let is_request = self.kind.starts_with("service-requests");
        if is_request && state == "locked" && role != Role::ServiceManager {
            return Some((403, "locked_manager_only"));
        }
        let rows = || {
            let of_action = self.rows.iter().filter(|row| row["action"] == action);
            of_action.filter(|row| items(row, "/from").any(|from| from == state))
        };
        let is_actor = |row: &Value| items(row, "/actors").any(|actor| actor == role.as_str());
        if rows().next().is_none() {
            Some((409, "invalid_transition"))
        } else if role == Role::ServiceManager || rows().any(is_actor) {
            None
        } else {
            Some((403, "insufficient_scope"))
        }
    }
}

#[derive(Default)]
struct Pairs {
    faults: Faults,
    refused: usize,
    needing_more: Vec<More>,
}

impl Pairs {
    async fn try_one(
        &mut self,
        scene: &Scene,
        table: &Table,
        record: &str,
        state: &str,
        action: &str,
        caller: &Caller,
    ) {
        let pair = format!("{action} by {} on {state} {}", caller.role, table.kind);
        let seen = caller.client.get(record).await;
        let says = table.says(state, action, caller.role);
        if seen.status == 404 {
            // What a caller does not see he cannot act on either (A39).
            let reply = call(table, record, action, caller).await;
            self.faults
                .check(reply.status == 404, || format!("{pair}: {}", reply.text));
            return;
        }
        let offered = seen.body["allowed_actions"].clone();
        let is_offered = items(&offered, "").any(|open| open == action);
        let shown = caller.client.get(&format!("{record}/actions")).await.expect(200);
        let reason = items(&shown.body, "/data").find(|reason| reason["action"] == action);
        let reason = reason.unwrap_or_else(|| panic!("{pair}: not among the actions"));
        self.faults
            .check(reason["allowed"] == is_offered, || format!("{pair}: {reason}"));
        let expected = match (says, is_offered) {
            (None, true) => return,
            (None, false) => self.note(table, state, action),
            (Some(refusal), is_offered) => {
                self.faults.check(!is_offered, || format!("{pair}: offered"));
                refusal
            }
        };
        let before = everything(scene, record).await;
        let reply = call(table, record, action, caller).await;
        let body = &reply.body;
        let is_right = (reply.status, body["code"].as_str()) == (expected.0, Some(expected.1))
            && reason["code"] == expected.1
            && body["allowed_actions"] == offered
            && body["current_status"] == state
            && body["action"] == action;
        self.faults
            .check(is_right, || format!("{pair}: {expected:?}: {}", reply.text));
        let after = everything(scene, record).await;
        self.faults
            .check(before == after, || format!("{pair}: changed {after}"));
        self.refused += 1;
    }

    fn note(&mut self, table: &Table, state: &str, action: &str) -> (u16, &'static str) {
        let known = NEEDS_MORE.iter().find(|(kind, from, what, _)| {
            table.kind.starts_with(&kind.replace('_', "-")) && (*from, *what) == (state, action)
        });
        self.faults
            .check(known.is_some(), || format!("{action} on {state} is not offered"));
        if let Some(known) = known
            && !self.needing_more.contains(known)
        {
            self.needing_more.push(*known);
        }
        known.map_or((409, "invalid_transition"), |(_, _, _, refusal)| *refusal)
    }
}

/// The action with the body the document shows. Whoever is named in it is unknown here: the state comes first (A22).
async fn call(table: &Table, record: &str, action: &str, caller: &Caller) -> Reply {
    let op = table.op(action);
    let path = format!("{record}/{}", action.replace('_', "-"));
    let body = op.body().map(|(_, _, example)| example);
    op.call_at(&caller.client, &path, body).send().await
}

/// The record, its request and its history, byte for byte.
async fn everything(scene: &Scene, record: &str) -> String {
    let own = scene.now(record).await;
    let stands_alone = [
        "/v1/installed-products/",
        "/v1/maintenance-proposals/",
        "/v1/service-agreements/",
        "/v1/exam-attempts/",
        "/v1/installed-products/",
        "/v1/outlet-assessments/",
        "/v1/service-agreements/",
        "/v1/service-outlets/",
        "/v1/service-agreements/",
        "/v1/performance-reviews/",
        "/v1/rosters/",
        "/v1/leaves/",
    ];
    if stands_alone.iter().any(|path| record.starts_with(path)) {
        return own.text;
    }
    let request = match own.body["service_request_id"].as_str() {
        Some(id) => format!("/v1/service-requests/{id}"),
        None => record.to_owned(),
    };
    let mut text = own.text;
    for path in [
        request.clone(),
        format!("{request}/activities?limit=200"),
        format!("{request}/work-orders?limit=200"),
    ] {
        text += &scene.now(&path).await.text;
    }
    text
}

/// A record in this state; its path.
async fn stand(scene: &Scene, kind: &str, state: &str) -> String {
    let request = scene.register(json!({})).await;
    match kind.split('/').next().unwrap() {
        "service-requests" => stand_request(scene, &request, state).await,
        "work-orders" => return stand_order(scene, &request, state).await,
        "service-agreements" => return stand_agreement(scene, &request, state).await,
        "installed-products" => return stand_unit(scene, &request, state).await,
        "maintenance-proposals" => return stand_proposal(scene, state).await,
        "service-outlets" => return service_outlets::standing(scene, &code_of(&request), state).await,
        "outlet-assessments" => return outlet_assessments::standing(scene, &code_of(&request), state).await,
        "exam-attempts" => return exams::standing(scene, state).await,
        "performance-reviews" => return performance::standing(scene, state).await,
        "rosters" => return stand_roster(scene, state).await,
        "leaves" => return stand_leave(scene, state).await,
        _ => return stand_call(scene, &request, state).await,
    }
    request
}

/// A code of the story's own.
fn code_of(request: &str) -> String {
    request.rsplit('-').next().unwrap().to_uppercase()
}

async fn stand_request(scene: &Scene, request: &str, state: &str) {
    let because = json!({"reason": "不再需要"});
    let solve = scene.visit(request, &scene.engineer1, &scene.e1, solved());
    match state {
        "pending_assignment" => {}
        "on_hold" => step(&scene.agent, request, "hold", json!({"reason": "other"})).await,
        "assigned" => {
            let to = json!({"engineer_id": scene.engineer1});
            step(&scene.dispatcher, request, "assign", to).await;
        }
        "cancelled" => step(&scene.agent, request, "cancel", because).await,
        "locked" => {
            for (engineer, by) in [(&scene.engineer1, &scene.e1), (&scene.engineer2, &scene.e2)] {
                scene.visit(request, engineer, by, unsolved()).await;
            }
        }
        "processed" => {
            solve.await;
        }
        "closed" | "archived" => {
            solve.await;
            scene.follow(request, "satisfied").await.expect(200);
            if state == "archived" {
                step(&scene.supervisor, request, "verify", json!({})).await;
            }
        }
        other => panic!("no story leads to {other}"),
    }
}

async fn stand_order(scene: &Scene, request: &str, state: &str) -> String {
    let because = || json!({"reason": "缺件"});
    let to = json!({"engineer_id": scene.engineer1});
    step(&scene.dispatcher, request, "assign", to).await;
    let order = scene.order(request).await;
    let way: &[&str] = match state {
        "dispatched" | "refused" | "cancelled" => &[],
        "accepted" => &["accept"],
        "en_route" => &["accept", "depart"],
        "on_site" | "waiting_customer" | "completed" | "verified" | "rejected" => &["accept", "arrive"],
        "in_progress" | "waiting_parts" => &["accept", "arrive", "start"],
        other => panic!("no story leads to {other}"),
    };
    for action in way {
        step(&scene.e1, &order, action, json!({})).await;
    }
    match state {
        "refused" => step(&scene.e1, &order, "refuse", because()).await,
        "cancelled" => step(&scene.dispatcher, &order, "cancel", because()).await,
        "waiting_parts" => step(&scene.e1, &order, "wait-parts", because()).await,
        "waiting_customer" => {
            let asked = json!({"amount": {"amount": "350.00", "currency": "CNY"}, "text": "更换主板"});
            step(&scene.e1, &order, "need-quote", asked).await;
        }
        "completed" | "verified" | "rejected" => step(&scene.e1, &order, "complete", solved()).await,
        _ => {}
    }
    match state {
        "verified" => step(&scene.supervisor, request, "verify", json!({})).await,
        "rejected" => step(&scene.supervisor, request, "reject-verification", because()).await,
        _ => {}
    }
    order
}

async fn stand_call(scene: &Scene, request: &str, state: &str) -> String {
    scene.visit(request, &scene.engineer1, &scene.e1, solved()).await;
    let call = scene.follow_up(request).await;
    match state {
        "pending" => {}
        "satisfied" | "dissatisfied" => {
            scene.follow(request, state).await.expect(200);
        }
        "unreachable" => {
            for instant in [
                "2026-11-23T02:00:00Z",
                "2026-11-23T07:00:00Z",
                "2026-11-24T02:00:00Z",
            ] {
                scene.at(instant);
                let silence = json!({"channel": "phone", "result": "no_answer"});
                step(&scene.caller, &call, "log-attempt", silence).await;
            }
            scene.follow(request, state).await.expect(200);
        }
        other => panic!("no story leads to {other}"),
    }
    call
}

async fn stand_agreement(scene: &Scene, request: &str, state: &str) -> String {
    // A template of its own, so that no other story's agreement stands in its way.
    let code = code_of(request);
    let template = scene.template(&format!("T-{code}"), "standard", json!({})).await;
    let (from, to) = match state {
        "approved" => ("2027-01-01", "2027-12-31"),
        "expired" => ("2025-01-01", "2025-12-31"),
        _ => ("2026-01-01", "2026-12-31"),
    };
    let draft = scene.draft(scene.agreement(&template, from, to)).await;
    let because = || json!({"reason": "欠费"});
    if state != "draft" {
        step(&scene.agent, &draft, "submit", json!({})).await;
    }
    if !matches!(state, "draft" | "submitted") {
        step(&scene.manager, &draft, "approve", json!({})).await;
    }
    match state {
        "suspended" => step(&scene.manager, &draft, "suspend", because()).await,
        "terminated" => step(&scene.manager, &draft, "terminate", because()).await,
        _ => {}
    }
    draft
}

async fn stand_unit(scene: &Scene, request: &str, state: &str) -> String {
    // Every story has a request of its own, and so a serial number of its own.
    let serial = request.rsplit('/').next().unwrap();
    let unit = registered(scene, serial, json!({})).await;
    match state {
        "in_use" => {}
        "in_repair" => step(&scene.agent, &unit, "take-in-repair", json!({})).await,
        "replaced" => {
            let new = registered(scene, &format!("{serial}-2"), json!({})).await;
            let by = json!({"replacement_id": new.rsplit('/').next().unwrap()});
            step(&scene.agent, &unit, "replace", by).await;
        }
        "scrapped" => step(&scene.agent, &unit, "scrap", json!({"reason": "坏了"})).await,
        other => panic!("no story leads to {other}"),
    }
    unit
}

async fn stand_proposal(scene: &Scene, state: &str) -> String {
    let path = proposed(scene).await;
    if state != "draft" {
        step(&scene.agent, &path, "send", json!({})).await;
    }
    match state {
        "draft" | "sent" => {}
        "accepted" => step(&scene.agent, &path, "accept", json!({})).await,
        "declined" => step(&scene.agent, &path, "decline", json!({"reason": "预算不足"})).await,
        "expired" => {
            scene.at("2026-12-01T01:00:00.000Z");
            sweep(&scene.app.state).await.unwrap();
        }
        other => panic!("no story leads to {other}"),
    }
    path
}

async fn stand_roster(scene: &Scene, state: &str) -> String {
    // An engineer of its own, so that no other story's shifts stand in its way.
    let admin = scene.app.with_role(Role::Admin);
    let engineer = json!({"name": "陈勇", "phone": "13900139009"});
    let engineer = admin.post("/v1/engineers", engineer).await.expect(201).id();
    let rule = json!({"from": "2026-12-21", "to": "2026-12-23", "engineer_ids": [engineer]});
    let made = scene
        .supervisor
        .post("/v1/engineers/rosters/generate", rule)
        .await;
    let roster = format!("/v1/rosters/{}", made.expect(201).id());
    stand_approval(&scene.supervisor, &scene.manager, &roster, state).await;
    roster
}

async fn stand_leave(scene: &Scene, state: &str) -> String {
    let path = format!("/v1/engineers/{}/leaves", scene.engineer1);
    let days = json!({"from": "2026-12-24", "to": "2026-12-25", "kind": "annual"});
    let leave = format!("/v1/leaves/{}", scene.e1.post(&path, days).await.expect(201).id());
    stand_approval(&scene.e1, &scene.manager, &leave, state).await;
    leave
}

/// What one hands in and another answers.
async fn stand_approval(author: &Client, approver: &Client, record: &str, state: &str) {
    if state != "draft" {
        step(author, record, "submit", json!({})).await;
    }
    let because = || json!({"reason": "人手不足"});
    match state {
        "rejected" => step(approver, record, "reject", because()).await,
        "approved" => step(approver, record, "approve", json!({})).await,
        "cancelled" => {
            step(approver, record, "approve", json!({})).await;
            step(approver, record, "cancel", because()).await;
        }
        _ => {}
    }
}

async fn step(client: &Client, record: &str, action: &str, body: Value) {
    client.post(&format!("{record}/{action}"), body).await.expect(200);
}
