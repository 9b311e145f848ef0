//! What the demo company did before its first morning: a request in each state, made by the same rules as every other.
//!
//! Everything is told again on every reset, with the same identifiers and instants.

mod reviews;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aftercare_domain::dispatch::rules::DispatchRule;
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Actor, IdSource, Ids, Result, Role, RoleSet, Stamp, Time};
use aftercare_domain::maintenance_proposals::MaintenanceProposal;
use aftercare_domain::performance::credit::moves;
use aftercare_domain::requests::{Context, Dossier, ServiceRequestId};
use aftercare_domain::work_orders::WorkOrderId;
use aftercare_persistence::installed_products::in_place;
use aftercare_persistence::requests::{keep, load};
use aftercare_persistence::seed::sandbox::{company, engineer};
use aftercare_persistence::{Tx, insert, numbers};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::first_users::sandbox_user_id;
use super::requests::Desk;
use super::{coverage, credit, dispatch, intake};

/// Identifiers in order: version 7 with the instant, numbered instead of random.
struct Numbered(AtomicU64);

impl IdSource for Numbered {
    fn next(&self, now: Time) -> Uuid {
        let n = u128::from(self.0.fetch_add(1, Ordering::Relaxed));
        let millis = u128::from(u64::try_from(now.millis()).unwrap_or_default());
        Uuid::from_u128((millis << 80) | 0x7000_8000_0000_0000_0000_u128 | n)
    }
}

fn internal(why: &str) -> aftercare_domain::kernel::Error {
    tracing::error!(why, "The demo company's story does not hold");
    INTERNAL.error()
}

fn cmd<T: DeserializeOwned>(said: Value) -> Result<T> {
    serde_json::from_value(said).map_err(|error| internal(&error.to_string()))
}

/// An instant of a day in November 2026, in China: `19 09:30`.
fn on(day_and_time: &str) -> Result<Time> {
    let text = format!("2026-11-{}:00+08:00", day_and_time.replace(' ', "T"));
    Time::parse(&text).ok_or_else(|| internal(day_and_time))
}

/// The person behind a sandbox sign-in name.
fn who(username: &str) -> Actor {
    let (role, place) = match username {
        "engineer" => ("engineer", Some(0)),
        "engineer2" => ("engineer", Some(1)),
        other => (other, None),
    };
    Actor {
        user_id: sandbox_user_id(username),
        name: username.to_owned(),
        roles: Role::ALL
            .iter()
            .copied()
            .filter(|known| known.as_str() == role)
            .collect::<RoleSet>(),
        engineer_id: place.and_then(engineer).map(|id| id.0),
        customer_id: None,
        outlet_id: None,
        key: None,
        is_system: false,
    }
}

/// How many units of a customer are looked through for the one that failed.
const UNITS: usize = 10;

/// The words of a request: customer's place, product, problem type, title, description, impact.
type Report<'a> = (usize, &'a str, &'a str, &'a str, &'a str, &'a str);

/// One request being told.
struct Story<'a, 'tx> {
    tx: &'a mut Tx<'tx>,
    ids: Ids,
    id: ServiceRequestId,
}

impl<'a, 'tx> Story<'a, 'tx> {
    fn stand(tx: &mut Tx<'_>, ids: &Ids, now: Time, actor: Actor) -> Stamp {
        let stamp = Stamp {
            now,
            actor: Arc::new(actor),
            ids: Arc::clone(ids),
        };
        tx.restamp(stamp.clone());
        stamp
    }

    async fn begin(tx: &'a mut Tx<'tx>, ids: &Ids, at: &str, report: Report<'_>) -> Result<Story<'a, 'tx>> {
        let (place, product, problem, title, description, impact) = report;
        Self::stand(tx, ids, on(at)?, who("customer_service"));
        let units = in_place(tx, company::customer(place), UNITS).await?;
        let unit = units
            .iter()
            .find(|unit| Some(unit.product_id) == company::product(product));
        let said = json!({
            "channel": "phone", "service_type": "repair", "customer_id": company::customer(place),
            "installed_product_id": unit.map(|unit| unit.id),
            "address_id": company::address(place), "product_id": company::product(product),
            "problem_type_id": company::problem_type(problem), "title": title, "description": description,
            "impact": impact, "urgency": "medium"
        });
        let (dossier, _) = intake::register(tx, cmd(said)?).await?;
        Ok(Story {
            tx,
            ids: Arc::clone(ids),
            id: dossier.request.id,
        })
    }

    /// What was due happens first, then somebody does something.
    async fn act(
        &mut self,
        at: &str,
        username: &str,
        action: &str,
        decide: impl FnOnce(&mut Dossier, &mut Context<'_>, &Stamp) -> Result<()>,
    ) -> Result<()> {
        let now = on(at)?;
        let system = Self::stand(self.tx, &self.ids, now, Actor::system());
        let mut dossier = load(self.tx, self.id).await?;
        if dossier.request.next_due_at.is_some_and(|due| due <= now) {
            let mut desk = Desk::of(self.tx, &dossier.request, "catch_up").await?;
            let footing = dossier.coverage_footing();
            let moved = moves(&dossier);
            dossier.catch_up(&mut desk.context(), &system)?;
            coverage::follow(self.tx, &mut dossier, &footing).await?;
            keep(self.tx, &mut dossier).await?;
            credit::follow(self.tx, &dossier, &moved).await?;
            dossier = load(self.tx, self.id).await?;
        }
        let stamp = Self::stand(self.tx, &self.ids, now, who(username));
        let mut desk = Desk::of(self.tx, &dossier.request, action).await?;
        let footing = dossier.coverage_footing();
        let moved = moves(&dossier);
        decide(&mut dossier, &mut desk.context(), &stamp)?;
        coverage::follow(self.tx, &mut dossier, &footing).await?;
        keep(self.tx, &mut dossier).await?;
        credit::follow(self.tx, &dossier, &moved).await
    }

    async fn assign(&mut self, at: &str, place: usize) -> Result<()> {
        let id = engineer(place).ok_or_else(|| internal("no such engineer"))?;
        // An engineer sees himself only; whoever assigns sees all of them.
        Self::stand(self.tx, &self.ids, on(at)?, who("dispatcher"));
        let dossier = load(self.tx, self.id).await?;
        let target = dispatch::target(self.tx, id, "#/engineer_id", &dossier.request).await?;
        let said = cmd(json!({"engineer_id": id}))?;
        self.act(at, "dispatcher", "assign", |dossier, ctx, stamp| {
            dossier.assign(&said, &target, ctx, stamp)
        })
        .await
    }

    async fn accept(&mut self, at: &str, username: &str) -> Result<()> {
        self.act(at, username, "accept", |dossier, ctx, stamp| {
            dossier.accept_order(open_order(dossier)?, ctx, stamp)
        })
        .await
    }

    async fn arrive(&mut self, at: &str, username: &str) -> Result<()> {
        let said = cmd(json!({}))?;
        self.act(at, username, "arrive", |dossier, ctx, stamp| {
            dossier.arrive_order(open_order(dossier)?, &said, ctx, stamp)
        })
        .await
    }

    async fn complete(&mut self, at: &str, username: &str, said: Value) -> Result<()> {
        let said = cmd(said)?;
        self.act(at, username, "complete", |dossier, ctx, stamp| {
            dossier.complete_order(open_order(dossier)?, &said, ctx, stamp)
        })
        .await
    }

    async fn follow_up(&mut self, at: &str, said: Value) -> Result<()> {
        let said = cmd(said)?;
        self.act(at, "follow_up_agent", "record", |dossier, ctx, stamp| {
            let call = dossier.follow_ups.last().map(|call| call.id);
            let call = call.ok_or_else(|| internal("no follow-up"))?;
            dossier.record_call(call, &said, ctx, stamp)
        })
        .await
    }

    async fn verify(&mut self, at: &str) -> Result<()> {
        self.act(at, "supervisor", "verify", |dossier, ctx, stamp| {
            dossier.verify(ctx, stamp)
        })
        .await
    }

    /// A whole visit: accepted, arrived, completed.
    async fn visit(&mut self, username: &str, at: [&str; 3], result: Value) -> Result<()> {
        let [accepted, arrived, completed] = at;
        self.accept(accepted, username).await?;
        self.arrive(arrived, username).await?;
        self.complete(completed, username, result).await
    }
}

fn open_order(dossier: &Dossier) -> Result<WorkOrderId> {
    let order = dossier.open_order().map(|order| order.id);
    order.ok_or_else(|| internal("no open order"))
}

fn solved(item: &str, cause: &str, remedy: &str) -> Value {
    json!({"outcome": "resolved", "labor": [{"minutes": 60, "item": item}], "cause_code": cause,
        "remedy_code": remedy, "customer_signature": "客户签字",
        "checklist": [{"code": "power_off", "text": "断电后再检修", "is_required": true, "is_ok": true}],
        "expenses": [{"fee_item": "parking", "amount": {"amount": "10.00", "currency": "CNY"}, "payer": "company"}]})
}

fn unsolved(why: &str) -> Value {
    json!({"outcome": "unresolved", "unresolved_reason": why})
}

/// Tells what happened before Monday 2026-11-23 09:00.
pub async fn tell(tx: &mut Tx<'_>) -> Result<()> {
    let today = tx.stamp();
    let ids: Ids = Arc::new(Numbered(AtomicU64::new(1)));
    served(tx, &ids).await?;
    under_way(tx, &ids).await?;
    offered(tx, &ids).await?;
    ruled(tx, &ids).await?;
    reviews::tell(tx, &ids).await?;
    tx.restamp(today);
    Ok(())
}

/// What waits for a customer's answer.
async fn offered(tx: &mut Tx<'_>, ids: &Ids) -> Result<()> {
    let at = Story::stand(tx, ids, on("20 10:00")?, who("customer_service"));
    let said = json!({
        "customer_id": company::customer(0), "title": "2027年度设备保养建议书",
        "visits": [{"on": "2027-04-15", "content": "清洗滤网与换热器，检查制冷剂压力"}, {"on": "2027-10-15", "content": "换季检查与试运行"}],
        "emergency_service": "7×24小时受理，4小时到场", "training": "每年一次操作与日常保养培训",
        "customer_duties": "提供停机窗口与登高设备", "price": {"amount": "4800.00", "currency": "CNY"},
        "valid_until": "2026-12-31"
    });
    let number = numbers::next(tx, Series::MaintenanceProposal).await?;
    let mut proposal = MaintenanceProposal::draft(cmd(said)?, number, &at);
    let event = proposal.send(tx.today(), &at)?;
    insert(tx, &proposal).await?;
    tx.emit(event);
    Ok(())
}

/// What the system might give out by itself; dispatchers decide until the rule is set to `auto`.
async fn ruled(tx: &mut Tx<'_>, ids: &Ids) -> Result<()> {
    let at = Story::stand(tx, ids, on("20 11:00")?, who("service_manager"));
    let said = json!({
        "code": "AUTO-REPAIR", "name": {"zh": "维修自动派工", "en": "Repairs"}, "sort": 10,
        "service_types": ["repair"], "mode": "manual", "least_score": "60"
    });
    insert(tx, &DispatchRule::add(cmd(said)?, &at)).await
}

/// Requests whose service has ended.
async fn served(tx: &mut Tx<'_>, ids: &Ids) -> Result<()> {
    let report = (
        0,
        "BCD-468",
        "NOISE",
        "冰箱异响",
        "夜里压缩机启动时有明显震动声",
        "low",
    );
    let mut story = Story::begin(tx, ids, "10 09:00", report).await?;
    story.assign("10 09:30", 0).await?;
    let visit = ["10 09:40", "10 14:00", "10 15:10"];
    story
        .visit(
            "engineer",
            visit,
            solved("调平与紧固", "loose_fixing", "fixing_tightened"),
        )
        .await?;
    story
        .follow_up("11 10:00", json!({"result": "satisfied", "scores": {"speed": 5, "quality": 5, "attitude": 5, "price": 5, "overall": 5}}))
        .await?;
    story.verify("11 16:00").await?;

    let report = (
        0,
        "HQ-A1",
        "WEAK-COOL",
        "空调制冷差",
        "设定26度，开机一小时仍有29度",
        "medium",
    );
    let mut story = Story::begin(tx, ids, "16 09:10", report).await?;
    story.assign("16 09:30", 1).await?;
    let visit = ["16 09:35", "16 13:40", "16 14:50"];
    story
        .visit(
            "engineer2",
            visit,
            solved("清洗滤网与冷凝器", "dirty_condenser", "condenser_cleaned"),
        )
        .await?;
    story
        .follow_up("17 10:00", json!({"result": "satisfied"}))
        .await?;

    let report = (
        4,
        "F60-HQ3",
        "NO-HEAT",
        "热水器不加热",
        "通电后指示灯亮，水一直是凉的",
        "medium",
    );
    let mut story = Story::begin(tx, ids, "20 13:40", report).await?;
    story.assign("20 14:00", 0).await?;
    let visit = ["20 14:10", "20 15:00", "20 16:00"];
    story
        .visit(
            "engineer",
            visit,
            solved("更换加热管", "heating_rod_burnt", "heating_rod_replaced"),
        )
        .await
}

/// Requests somebody still has to do something about.
async fn under_way(tx: &mut Tx<'_>, ids: &Ids) -> Result<()> {
    let report = (
        5,
        "HQ-B2",
        "FAULT-CODE",
        "柜机显示E8",
        "开机几分钟后显示E8并停机",
        "high",
    );
    let mut story = Story::begin(tx, ids, "19 09:00", report).await?;
    story.assign("19 09:20", 0).await?;
    let visit = ["19 09:25", "19 10:30", "19 11:30"];
    story
        .visit("engineer", visit, unsolved("缺少室内风机电机"))
        .await?;
    story.assign("19 13:40", 1).await?;
    let visit = ["19 13:50", "19 15:00", "19 16:00"];
    story
        .visit("engineer2", visit, unsolved("更换电机后故障依旧"))
        .await?;

    let report = (
        6,
        "XQG100",
        "DRAINAGE",
        "洗衣机排水不畅",
        "脱水前排水要二十多分钟",
        "medium",
    );
    let mut story = Story::begin(tx, ids, "20 16:30", report).await?;
    story.assign("20 16:50", 0).await?;
    story.accept("20 17:00", "engineer").await?;

    let report = (
        1,
        "HQ-B2",
        "WATER-LEAK",
        "客房柜机漏水",
        "八楼三间客房的空调漏水",
        "medium",
    );
    let mut story = Story::begin(tx, ids, "20 17:00", report).await?;
    story.assign("20 17:20", 1).await?;

    let report = (
        7,
        "JSQ30",
        "IGNITION",
        "燃气热水器点不着火",
        "打火有声音但点不着",
        "medium",
    );
    let mut story = Story::begin(tx, ids, "20 17:10", report).await?;
    let said = cmd(json!({"reason": "awaiting_customer"}))?;
    story
        .act("20 17:30", "dispatcher", "hold", |dossier, ctx, stamp| {
            dossier.hold(&said, true, ctx, stamp)
        })
        .await?;

    let report = (
        8,
        "TV-65Q7",
        "NO-POWER",
        "电视不通电",
        "按遥控器没有反应，指示灯不亮",
        "low",
    );
    let mut story = Story::begin(tx, ids, "20 17:20", report).await?;
    let said = cmd(json!({"reason": "客户自行发现插座松动"}))?;
    story
        .act("20 17:40", "customer_service", "cancel", |dossier, ctx, stamp| {
            dossier.cancel(&said, ctx, stamp)
        })
        .await?;

    let report = (
        9,
        "RO-600",
        "WATER-LEAK",
        "净水器接口渗水",
        "更换滤芯后接口处渗水",
        "medium",
    );
    Story::begin(tx, ids, "23 08:40", report).await?;
    Ok(())
}
