//! The four walks: the main job, the lock after two failures, a planned day, the missed date (domain.md 6.3).

use serde_json::{Value, json};

use super::client::Failure;
use super::{Person, Walk};

/// The first telephone number of the demo.
const PHONE: &str = "13800138001";

/// A row of a list, or what is missing.
fn row<'a>(rows: &'a Value, is_it: impl Fn(&Value) -> bool, what: &str) -> Result<&'a Value, Failure> {
    rows.pointer("/data")
        .and_then(Value::as_array)
        .and_then(|rows| rows.iter().find(|row| is_it(row)))
        .ok_or_else(|| {
            Failure(format!(
                "{what} is not there; start from the demo company: POST /v1/sandbox/reset {{\"dataset\": \"demo\"}}"
            ))
        })
}

fn member<'a>(record: &'a Value, name: &str) -> &'a str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn is(name: &'static str, value: &'static str) -> impl Fn(&Value) -> bool {
    move |record| member(record, name) == value
}

/// Whose work the story needs, and the records it is about.
struct Cast<'a> {
    agent: Person<'a>,
    dispatcher: Person<'a>,
    engineer: Person<'a>,
    engineer2: Person<'a>,
    engineer_id: String,
    engineer2_id: String,
    customer_id: String,
    product_id: String,
    problem_type_id: String,
}

impl<'a> Cast<'a> {
    /// Signs everybody in and looks the records up, quietly.
    fn of(walk: &'a Walk) -> Result<Cast<'a>, Failure> {
        let agent = walk.sign_in("customer_service")?;
        let look = |path: &str, is_it: &dyn Fn(&Value) -> bool, what: &str| -> Result<String, Failure> {
            let rows = walk.server.call("GET", path, Some(&agent.token), None)?;
            Ok(member(row(&rows.body, is_it, what)?, "id").to_owned())
        };
        let any = |_: &Value| true;
        let customer_id = look(&format!("/v1/customers?phone={PHONE}"), &any, "The customer 刘芳")?;
        let product_id = look("/v1/products?code=HQ-A1", &any, "The product HQ-A1")?;
        let problem_type_id = look("/v1/problem-types?code=NO-COOL", &any, "The problem type NO-COOL")?;
        let engineers = "/v1/engineers?limit=200";
        let engineer_id = look(engineers, &is("phone", "13900139001"), "The engineer 张伟")?;
        let engineer2_id = look(engineers, &is("phone", "13900139002"), "The engineer 刘洋")?;
        Ok(Cast {
            dispatcher: walk.sign_in("dispatcher")?,
            engineer: walk.sign_in("engineer")?,
            engineer2: walk.sign_in("engineer2")?,
            agent,
            engineer_id,
            engineer2_id,
            customer_id,
            product_id,
            problem_type_id,
        })
    }

    /// Registers a request; its path.
    fn register(&self, title: &str, description: &str, more: &Value) -> Result<String, Failure> {
        let mut said = json!({
            "channel": "phone", "service_type": "repair", "customer_id": self.customer_id,
            "product_id": self.product_id, "problem_type_id": self.problem_type_id, "title": title,
            "description": description, "impact": "medium", "urgency": "medium"
        });
        if let (Some(said), Some(more)) = (said.as_object_mut(), more.as_object()) {
            said.extend(more.clone());
        }
        let made = self.agent.post("/v1/service-requests", &said, 201)?;
        Ok(format!("/v1/service-requests/{}", made.text("/id")))
    }

    fn assign(&self, path: &str, engineer_id: &str) -> Result<(), Failure> {
        let said = json!({"engineer_id": engineer_id});
        self.dispatcher.post(&format!("{path}/assign"), &said, 200)?;
        Ok(())
    }

    /// The path of the newest work order.
    fn order(&self, path: &str) -> Result<String, Failure> {
        let rows = self.dispatcher.walk.server.call(
            "GET",
            &format!("{path}/work-orders"),
            Some(&self.dispatcher.token),
            None,
        )?;
        let open = |order: &Value| {
            matches!(
                member(order, "status"),
                "dispatched" | "accepted" | "en_route" | "on_site" | "in_progress"
            )
        };
        let order = row(&rows.body, open, "An open work order")?;
        Ok(format!("/v1/work-orders/{}", member(order, "id")))
    }
}

fn visit(by: &Person<'_>, order: &str, result: &Value) -> Result<(), Failure> {
    by.post(&format!("{order}/accept"), &json!({}), 200)?;
    by.post(&format!("{order}/arrive"), &json!({}), 200)?;
    by.post(&format!("{order}/complete"), result, 200)?;
    Ok(())
}

fn unsolved(why: &str) -> Value {
    json!({"outcome": "unresolved", "unresolved_reason": why})
}

fn solved() -> Value {
    json!({"outcome": "resolved", "labor": [{"minutes": 60, "item": "更换主板"}], "cause_code": "board_fault",
        "remedy_code": "board_replaced", "customer_signature": "刘芳"})
}

/// From the telephone call to the archive.
pub(super) fn main_job(walk: &Walk) -> Result<(), Failure> {
    walk.title("一、服务请求闭环", "1. The life of a request");
    let cast = Cast::of(walk)?;
    walk.step(
        "来电：先看客户是谁、买过什么、修过什么",
        "A call: who is it, what did she buy, what did we do for her",
    );
    cast.agent.get(&format!("/v1/customers?phone={PHONE}"))?;
    cast.agent
        .get(&format!("/v1/customers/{}/purchase-records", cast.customer_id))?;
    cast.agent
        .get(&format!("/v1/service-requests?customer_id={}", cast.customer_id))?;

    walk.step(
        "登记请求；同类问题的计数随之加一",
        "The request is registered; the counters rise with it",
    );
    let counters = format!(
        "/v1/counters?scope=product_problem&product_id={}&problem_type_id={}",
        cast.product_id, cast.problem_type_id
    );
    cast.agent.get(&counters)?;
    let path = cast.register("空调不制冷，显示E6", "开机10分钟后停机，显示E6", &json!({}))?;
    cast.agent.get(&counters)?;

    walk.step("派给张伟", "It is given to Zhang Wei");
    cast.assign(&path, &cast.engineer_id)?;
    walk.step(
        "张伟接单、到场；缺主板，未解决，回到分配",
        "He accepts, arrives, lacks a board: unresolved, back to allocation",
    );
    visit(&cast.engineer, &cast.order(&path)?, &unsolved("缺主板"))?;
    cast.agent.get(&path)?;

    walk.step("改派刘洋，解决", "Liu Yang is sent and solves it");
    cast.assign(&path, &cast.engineer2_id)?;
    visit(&cast.engineer2, &cast.order(&path)?, &solved())?;
    cast.agent.get(&path)?;

    walk.step(
        "回访：满意，关闭；满意度调查已排定",
        "The follow-up: satisfied, closed; a survey is scheduled",
    );
    let caller = walk.sign_in("follow_up_agent")?;
    let id = path.rsplit('/').next().unwrap_or_default();
    let calls = caller.get(&format!("/v1/follow-ups?service_request_id={id}&status=pending"))?;
    let call = member(row(&calls.body, |_| true, "A follow-up")?, "id").to_owned();
    let said = json!({"result": "satisfied", "scores": {"speed": 4, "quality": 5, "attitude": 5, "price": 5, "overall": 5}});
    caller.post(&format!("/v1/follow-ups/{call}/record"), &said, 200)?;
    let manager = walk.sign_in("service_manager")?;
    manager.get(&format!("/v1/surveys?service_request_id={id}"))?;

    walk.step(
        "核销，归档；历史留下每一步",
        "Verified and archived; the history keeps every step",
    );
    let supervisor = walk.sign_in("supervisor")?;
    supervisor.post(&format!("{path}/verify"), &json!({}), 200)?;
    manager.get(&format!("{path}/activities?sort=seq&limit=200"))?;
    Ok(())
}

/// Two failures lock a request; only the service manager goes on.
pub(super) fn double_failure(walk: &Walk) -> Result<(), Failure> {
    walk.title("二、两次未解决即锁定", "2. Two failures lock it");
    let cast = Cast::of(walk)?;
    let path = cast.register("空调间歇性停机", "每天下午停机两三次", &json!({}))?;
    walk.step("第一次：未解决", "First: unresolved");
    cast.assign(&path, &cast.engineer_id)?;
    visit(&cast.engineer, &cast.order(&path)?, &unsolved("故障未复现"))?;
    walk.step(
        "第二次，换人：仍未解决，锁定",
        "Second, another engineer: unresolved again, locked",
    );
    cast.assign(&path, &cast.engineer2_id)?;
    visit(
        &cast.engineer2,
        &cast.order(&path)?,
        &unsolved("更换传感器后依旧"),
    )?;
    cast.agent.get(&path)?;
    walk.step("调度员再派：被拒绝", "The dispatcher tries again: refused");
    let said = json!({"engineer_id": cast.engineer_id});
    cast.dispatcher.post(&format!("{path}/assign"), &said, 403)?;
    walk.step("服务经理派单：允许", "The service manager assigns: allowed");
    let manager = walk.sign_in("service_manager")?;
    manager.post(&format!("{path}/assign"), &said, 200)?;
    visit(&cast.engineer, &cast.order(&path)?, &solved())
}

/// Whom the system would send, and why; then a whole day at once.
pub(super) fn a_planned_day(walk: &Walk) -> Result<(), Failure> {
    walk.title(
        "三、派工：候选人与一天的计划",
        "3. Dispatch: candidates, and the plan of a day",
    );
    let cast = Cast::of(walk)?;
    let homes = cast
        .agent
        .get(&format!("/v1/customers/{}/addresses", cast.customer_id))?;
    let home = member(row(&homes.body, |_| true, "An address of 刘芳")?, "id").to_owned();
    let there = json!({"address_id": home});
    let first = cast.register("空调不制冷", "室外机不转", &there)?;
    walk.step(
        "候选人：每条硬规则是否满足，再按技能、距离、负荷、绩效打分",
        "Candidates: every hard rule, kept or broken; then skill, distance, load and performance",
    );
    let said = json!({"service_request_id": first.rsplit('/').next(), "limit": 5});
    cast.dispatcher.post("/v1/dispatch/candidates", &said, 200)?;
    walk.step(
        "由系统选派得分最高者",
        "The system sends whoever has the highest score",
    );
    cast.dispatcher
        .post(&format!("{first}/auto-assign"), &json!({}), 200)?;

    walk.step(
        "又来三个请求；明天的计划先试算，同一种子得同一计划",
        "Three more; tomorrow is planned without keeping it: the same seed gives the same plan",
    );
    for title in ["空调漏水", "空调噪音大", "空调遥控失灵"] {
        cast.register(title, "请明天上门", &there)?;
    }
    let admin = walk.sign_in("admin")?;
    let clock = admin.get("/v1/sandbox/clock")?;
    let Some(date) = later(clock.text("/now"), 24 * 60).and_then(|day| day.get(..10).map(str::to_owned))
    else {
        return Err(Failure("the sandbox clock tells no instant".to_owned()));
    };
    let mut day = json!({"date": date, "region_code": "510100", "seed": 7, "dry_run": true});
    let tried = cast.dispatcher.post("/v1/dispatch/plan", &day, 200)?;
    walk.step(
        "再算一次并执行：每次上门都再核对一遍硬规则",
        "Planned again and kept: every visit is checked once more",
    );
    if let Some(keep) = day.get_mut("dry_run") {
        *keep = json!(false);
    }
    let kept = cast.dispatcher.post("/v1/dispatch/plan", &day, 200)?;
    if tried.body.get("stops") != kept.body.get("stops") {
        return Err(Failure("one seed gave two plans".to_owned()));
    }
    let given = kept
        .body
        .get("assigned")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    if given < 3 {
        return Err(Failure(format!("{given} of three visits were given out")));
    }
    Ok(())
}

/// A date the customer asked for passes; the request returns and no attempt is counted.
pub(super) fn missed_date(walk: &Walk) -> Result<(), Failure> {
    walk.title("四、客户要求日期已过", "4. The customer's date passes");
    let cast = Cast::of(walk)?;
    let admin = walk.sign_in("admin")?;
    let clock = admin.get("/v1/sandbox/clock")?;
    let now = clock.text("/now").to_owned();
    let (Some(date), Some(after)) = (later(&now, 8 * 60), later(&now, 8 * 60 + 1)) else {
        return Err(Failure(format!("{now}: not an instant")));
    };
    let dates = json!({"required_by": date, "resolve_required_by": date});
    let path = cast.register("空调不制冷", "今天必须修好，晚上有客人", &dates)?;
    walk.step("派给张伟，他接单但没有出发", "Zhang Wei accepts, but does not go");
    cast.assign(&path, &cast.engineer_id)?;
    let order = cast.order(&path)?;
    cast.engineer.post(&format!("{order}/accept"), &json!({}), 200)?;
    walk.step(
        "沙箱时钟走过那个日期；到期的事依次发生",
        "The sandbox clock passes that date; all that is due happens in order",
    );
    admin.post("/v1/sandbox/clock/advance", &json!({"to": after}), 200)?;
    walk.step(
        "请求回到分配，记一次误期，不计失败",
        "It is back in allocation: one missed date, no failed attempt",
    );
    cast.agent.get(&path)?;
    cast.dispatcher.get(&order)?;
    Ok(())
}

/// An instant some minutes later, as the wire writes it.
fn later(instant: &str, minutes: i64) -> Option<String> {
    let at = aftercare_domain::kernel::Time::parse(instant)?.plus_minutes(minutes);
    Some(at.to_string())
}
