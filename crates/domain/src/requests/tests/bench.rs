//! A workbench: one request, its people, a clock that is moved by hand.

use std::sync::{Arc, LazyLock};

use serde_json::json;
use uuid::Uuid;

use crate::follow_ups::{CallResult, FollowUpId, FollowUpResult, LogAttempt, RecordFollowUp, Scores};
use crate::kernel::meta::UserId;
use crate::kernel::number::Series;
use crate::kernel::stamp::tests::Sequence;
use crate::kernel::text::{MasterCode, Number, Prose, Reason, WordCode};
use crate::kernel::{Actor, I18n, Result, Role, RoleSet, Stamp, Time};
use crate::requests::*;
use crate::sla::calendar::Calendar;
use crate::sla::policy::{
    AppliesWhen, CalendarId, SlaPolicy, SlaPolicyCreate, Target as Promised, TargetKind,
};
use crate::sla::priority::PriorityMatrix;
use crate::sla::timer::{SlaTimer, TimerKind};
use crate::sla::{AlwaysOpen, BusinessTime};
use crate::work_orders::{CompleteWorkOrder, Outcome, WorkOrder, WorkOrderId, WorkOrderStatus};

static CN_STD: LazyLock<Calendar> = LazyLock::new(|| {
    let day = json!([["08:30", "12:00"], ["13:30", "18:00"]]);
    let spec = json!({
        "time_zone": "Asia/Shanghai",
        "mode": "hours",
        "weekly": {"mon": day, "tue": day, "wed": day, "thu": day, "fri": day},
        "exceptions": [],
    });
    Calendar::new(serde_json::from_value(spec).unwrap()).unwrap()
});

pub const E1: Uuid = Uuid::from_u128(0xe1);
pub const E2: Uuid = Uuid::from_u128(0xe2);
pub const E3: Uuid = Uuid::from_u128(0xe3);

/// An instant of 2026 in China: `t("11-23 09:00")` or with seconds.
pub fn t(local: &str) -> Time {
    let (day, clock) = local.split_once(' ').unwrap();
    let clock = if clock.len() == 5 {
        format!("{clock}:00")
    } else {
        clock.to_owned()
    };
    Time::parse(&format!("2026-{day}T{clock}+08:00")).unwrap()
}

pub fn word(text: &str) -> WordCode {
    WordCode::new(text).unwrap()
}

pub fn why() -> BecauseOf {
    BecauseOf { reason: reason() }
}

pub fn reason() -> Reason {
    Reason::new("because").unwrap()
}

pub fn prose() -> Prose {
    Prose::new("some words").unwrap()
}

pub fn person(roles: &[Role]) -> Arc<Actor> {
    let first = roles.first().unwrap();
    let place = Role::ALL.iter().position(|role| role == first).unwrap();
    let user = Uuid::from_u128(u128::try_from(place).unwrap() + 0x100);
    Arc::new(Actor {
        user_id: Some(UserId(user)),
        name: first.to_string(),
        roles: roles.iter().copied().collect::<RoleSet>(),
        engineer_id: None,
        customer_id: None,
        outlet_id: None,
        key: None,
        is_system: false,
    })
}

pub fn engineer(id: Uuid, more: &[Role]) -> Arc<Actor> {
    let roles: Vec<Role> = [Role::Engineer].iter().chain(more).copied().collect();
    Arc::new(Actor {
        engineer_id: Some(id),
        ..(*person(&roles)).clone()
    })
}

pub fn manager() -> Arc<Actor> {
    person(&[Role::ServiceManager])
}

pub fn dispatcher() -> Arc<Actor> {
    person(&[Role::Dispatcher])
}

pub fn supervisor() -> Arc<Actor> {
    person(&[Role::Supervisor])
}

pub fn desk() -> Arc<Actor> {
    person(&[Role::CustomerService])
}

pub fn agent() -> Arc<Actor> {
    person(&[Role::FollowUpAgent])
}

pub fn customer() -> Arc<Actor> {
    person(&[Role::Customer])
}

/// Numbers without end.
#[derive(Default)]
pub struct Numbers(i64);

impl NumberSource for Numbers {
    fn draw(&mut self, series: Series) -> Result<Number> {
        self.0 += 1;
        let date = "2026-11-23".parse().unwrap();
        Ok(Number::new(series.format(date, self.0)).unwrap())
    }
}

/// A policy with these minutes for every priority.
pub fn policy(targets: &[(TargetKind, i64)]) -> SlaPolicy {
    let targets = targets
        .iter()
        .map(|(kind, minutes)| Promised {
            kind: *kind,
            priority: None,
            minutes: Some(*minutes),
            working_days: None,
        })
        .collect();
    let cmd = SlaPolicyCreate {
        code: MasterCode::new("SLA-TEST").unwrap(),
        name: I18n {
            zh: crate::kernel::text::Label200::new("测试").unwrap(),
            en: None,
        },
        calendar_id: CalendarId(Uuid::nil()),
        targets,
        warn_pct: None,
        applies_when: AppliesWhen::default(),
        rank: None,
        is_default: true,
        allows_third_party: false,
    };
    SlaPolicy::establish(cmd, &crate::kernel::stamp::tests::stamp()).unwrap()
}

pub fn around_the_clock() -> SlaPolicy {
    policy(&[
        (TargetKind::Response, 30),
        (TargetKind::Arrival, 240),
        (TargetKind::Resolution, 480),
    ])
}

/// What never changes while one request lives.
pub struct World {
    pub default: &'static dyn BusinessTime,
    pub policy: Option<SlaPolicy>,
    pub sla: Box<dyn BusinessTime>,
    pub settings: LoopSettings,
    pub matrix: PriorityMatrix,
    pub numbers: Numbers,
    pub ids: Arc<Sequence>,
}

impl World {
    pub fn new() -> World {
        World {
            default: &*CN_STD,
            policy: Some(around_the_clock()),
            sla: Box::new(AlwaysOpen),
            settings: LoopSettings::default(),
            matrix: PriorityMatrix::default(),
            numbers: Numbers::default(),
            ids: Arc::new(Sequence::default()),
        }
    }

    pub fn stamp(&self, now: Time, actor: Arc<Actor>) -> Stamp {
        Stamp {
            now,
            actor,
            ids: self.ids.clone(),
        }
    }

    pub fn ctx(&mut self) -> Context<'_> {
        Context {
            default_calendar: self.default,
            sla_calendar: self.sla.as_ref(),
            policy: self.policy.as_ref(),
            matrix: &self.matrix,
            settings: &self.settings,
            numbers: &mut self.numbers,
        }
    }
}

/// A request to be registered.
pub fn fault() -> ServiceRequestCreate {
    serde_json::from_value(json!({
        "channel": "phone", "service_type": "repair",
        "customer_id": Uuid::from_u128(1), "product_id": Uuid::from_u128(2), "problem_type_id": Uuid::from_u128(3),
        "title": "空调不制冷", "description": "开机10分钟后停机", "impact": "medium", "urgency": "medium",
    }))
    .unwrap()
}

pub fn dated(required_by: &str, resolve_required_by: &str) -> ServiceRequestCreate {
    let date = |text: &str| (!text.is_empty()).then(|| When::Instant(t(text)));
    ServiceRequestCreate {
        required_by: date(required_by),
        resolve_required_by: date(resolve_required_by),
        ..fault()
    }
}

pub fn target(id: Uuid) -> Target {
    Target {
        engineer_id: EngineerId(id),
        outlet_id: None,
        unavailable: Vec::new(),
        mode: AssignmentMode::Manual,
        appointment: None,
    }
}

pub fn to(id: Uuid) -> AssignRequest {
    AssignRequest {
        engineer_id: EngineerId(id),
        kind: None,
        resolve_required_by: None,
        force: false,
    }
}

pub fn result(outcome: Outcome) -> CompleteWorkOrder {
    serde_json::from_value(json!({
        "outcome": outcome, "unresolved_reason": "no part", "labor": [{"minutes": 30, "item": "repair"}],
        "cause_code": "worn", "remedy_code": "replaced", "customer_signature": "刘芳",
    }))
    .unwrap()
}

pub fn answer(result: FollowUpResult) -> RecordFollowUp {
    RecordFollowUp {
        result,
        reasons: if result == FollowUpResult::Dissatisfied {
            vec![word("still_broken")]
        } else {
            Vec::new()
        },
        scores: (result == FollowUpResult::Satisfied).then_some(Scores {
            overall: Some(5),
            ..Scores::default()
        }),
        suggestion: None,
        comment: None,
    }
}

/// One request on the bench.
pub struct Bench {
    pub world: World,
    pub d: Dossier,
}

impl Bench {
    pub fn register_in(mut world: World, cmd: ServiceRequestCreate, at: &str) -> Result<Bench> {
        let stamp = world.stamp(t(at), desk());
        let number = world.numbers.draw(Series::ServiceRequest).unwrap();
        let refs = Registration {
            number,
            hold_pauses_sla: true,
            agreement_id: None,
            verdict: None,
        };
        let d = Dossier::register(cmd, refs, &mut world.ctx(), &stamp)?;
        Ok(Bench { world, d })
    }

    pub fn register(cmd: ServiceRequestCreate, at: &str) -> Bench {
        Bench::register_in(World::new(), cmd, at).unwrap()
    }

    /// Catches up and acts, as the flow does: a refusal leaves the caught-up request alone.
    pub fn act(
        &mut self,
        at: Time,
        who: Arc<Actor>,
        deed: impl FnOnce(&mut Dossier, &mut Context<'_>, &Stamp) -> Result<()>,
    ) -> Result<()> {
        let stamp = self.world.stamp(at, who);
        let mut ctx = self.world.ctx();
        self.d.catch_up(&mut ctx, &stamp).unwrap();
        let mut next = self.d.clone();
        deed(&mut next, &mut ctx, &stamp)?;
        self.d = next;
        Ok(())
    }

    /// Reads at an instant: only the clock acts.
    pub fn read(&mut self, at: &str) -> &mut Self {
        self.act(t(at), desk(), |_, _, _| Ok(())).unwrap();
        self
    }

    pub fn assign(&mut self, at: &str, who: Arc<Actor>, id: Uuid) -> Result<()> {
        self.act(t(at), who, |d, ctx, at| d.assign(&to(id), &target(id), ctx, at))
    }

    pub fn order_id(&self) -> WorkOrderId {
        self.d.open_order().unwrap().id
    }

    pub fn on_order(
        &mut self,
        at: &str,
        deed: impl FnOnce(&mut Dossier, WorkOrderId, &mut Context<'_>, &Stamp) -> Result<()>,
    ) -> Result<()> {
        self.read(at);
        let order = self.d.open_order().unwrap();
        let (id, who) = (order.id, engineer(order.engineer_id.0, &[]));
        self.act(t(at), who, |d, ctx, at| deed(d, id, ctx, at))
    }

    pub fn accept(&mut self, at: &str) -> &mut Self {
        self.on_order(at, |d, id, ctx, at| d.accept_order(id, ctx, at))
            .unwrap();
        self
    }

    pub fn arrive(&mut self, at: &str) -> &mut Self {
        self.on_order(at, |d, id, ctx, at| {
            d.arrive_order(id, &Default::default(), ctx, at)
        })
        .unwrap();
        self
    }

    pub fn complete(&mut self, at: &str, outcome: Outcome) -> &mut Self {
        self.on_order(at, |d, id, ctx, at| {
            d.complete_order(id, &result(outcome), ctx, at)
        })
        .unwrap();
        self
    }

    /// Accepts, arrives, completes, at three instants.
    pub fn visit(&mut self, arrive: &str, complete: &str, outcome: Outcome) -> &mut Self {
        if self.d.open_order().unwrap().status == WorkOrderStatus::Dispatched {
            self.accept(arrive);
        }
        self.arrive(arrive).complete(complete, outcome)
    }

    pub fn follow_up_id(&self) -> FollowUpId {
        self.d.follow_ups.last().unwrap().id
    }

    pub fn record(&mut self, at: &str, who: Arc<Actor>, word: FollowUpResult) -> Result<()> {
        let id = self.follow_up_id();
        self.act(t(at), who, |d, ctx, at| d.record_call(id, &answer(word), ctx, at))
    }

    pub fn no_answer(&mut self, at: &str) {
        let id = self.follow_up_id();
        let cmd = LogAttempt {
            channel: word("phone"),
            result: CallResult::NoAnswer,
        };
        self.act(t(at), agent(), |d, ctx, at| d.log_call(id, &cmd, ctx, at))
            .unwrap();
    }

    pub fn status(&self) -> RequestStatus {
        self.d.request.status
    }

    pub fn timer(&self, kind: TimerKind) -> &SlaTimer {
        self.d.timers.iter().find(|timer| timer.kind == kind).unwrap()
    }

    pub fn last_order(&self) -> &WorkOrder {
        self.d.orders.last().unwrap()
    }

    pub fn lock_case(&self) -> Option<LockCase> {
        self.d.request.lock.as_ref().map(|lock| lock.case)
    }
}

/// The code of a refusal.
pub fn code(refusal: Result<()>) -> &'static str {
    refusal.expect_err("it should have been refused").code.slug
}
