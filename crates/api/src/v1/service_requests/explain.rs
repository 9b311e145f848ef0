//! Why a promise stands where it stands: its policy and why it applied, its calendar, and every stretch of time
//! that counted or did not, with the sum so far (SL-1 to SL-5).

use actix_web::get;
use aftercare_domain::business_calendars::{BusinessCalendar, BusinessCalendarId};
use aftercare_domain::customers::Customer;
use aftercare_domain::kernel::error::NOT_FOUND;
use aftercare_domain::kernel::text::{Label64, MasterCode};
use aftercare_domain::kernel::{I18n, Result, Time};
use aftercare_domain::label;
use aftercare_domain::products::Product;
use aftercare_domain::requests::{Activity, Dossier, ServiceRequest, ServiceRequestId, can};
use aftercare_domain::sla::calendar::{Pause, Segment, SegmentKind};
use aftercare_domain::sla::escalation::{Escalation, schedule, third_party_right};
use aftercare_domain::sla::policy::explain::{ConditionCheck, OtherPolicy, PolicyChoice, others};
use aftercare_domain::sla::policy::{Facts, SlaPolicyId};
use aftercare_domain::sla::timer::{TimerKind, TimerPause, TimerStatus};
use aftercare_domain::sla::{CALENDAR_HORIZON, MINUTE, SlaTimer, outside};
use aftercare_domain::users::UserId;
use aftercare_persistence::requests::activities_of;
use aftercare_persistence::{Tx, business_calendars, find, get as read, product_categories, sla_policies};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::flows::coverage;
use crate::http::language::Lang;
use crate::http::{Answer, Ctx, PathId, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(explain_timer);
}

label! {
    /// Why a stretch of time counted or did not.
    pub enum StretchKind {
        /// Ordinary open time.
        Counted = "counted",
        /// Closed time of an ordinary day.
        Outside = "outside",
        /// A holiday.
        Holiday = "holiday",
        /// Open time of a make-up day; counts.
        MakeUp = "make_up",
        /// The clock stood still.
        Paused = "paused",
    }
}

impl From<SegmentKind> for StretchKind {
    fn from(kind: SegmentKind) -> StretchKind {
        match kind {
            SegmentKind::Counted => StretchKind::Counted,
            SegmentKind::Outside => StretchKind::Outside,
            SegmentKind::Holiday => StretchKind::Holiday,
            SegmentKind::MakeUp => StretchKind::MakeUp,
            SegmentKind::Paused => StretchKind::Paused,
        }
    }
}

/// The customer's right to a repair by somebody else at the company's cost (SL-9).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainedRight {
    /// The broken promise it comes from.
    pub kind: TimerKind,
    /// Since when.
    pub since: Time,
}

/// Somebody's choice of a policy (T27).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PolicyPick {
    /// Who.
    #[schema(required)]
    pub by: Option<UserId>,
    /// The name then.
    #[schema(max_length = 100)]
    pub by_name: String,
    /// When.
    pub at: Time,
    /// Why.
    #[schema(required, max_length = 5_000)]
    pub reason: Option<String>,
}

impl PolicyPick {
    fn of(line: &Activity) -> PolicyPick {
        PolicyPick {
            by: line.actor_id,
            by_name: line.actor_name.clone(),
            at: line.at,
            reason: line.comment.clone(),
        }
    }

    fn in_words(&self, lang: Lang, zone: Tz) -> String {
        let (by, reason) = (&self.by_name, self.reason.as_deref().unwrap_or_default());
        let on = self.at.date_in(zone);
        let en = format!("Picked by {by} on {on}: {reason}");
        let zh = format!("由 {by} 于 {on} 指定：{reason}");
        lang.pick(&en, &zh).to_owned()
    }
}

/// The policy that promised it, and why it applied.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainedPolicy {
    /// The policy.
    pub id: SlaPolicyId,
    /// Its code.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// Its rank; the smallest of the policies whose conditions hold wins.
    #[schema(minimum = 0, maximum = 9999)]
    pub rank: i64,
    /// Whether it catches what no other policy takes.
    pub is_default: bool,
    /// Which version of it promised.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: i64,
    /// Its conditions; none means it applies to everything.
    #[schema(max_items = 10)]
    pub conditions: Vec<ConditionCheck>,
    /// Why it applies.
    pub chosen_by: PolicyChoice,
    /// Why it applies, in the caller's language.
    #[schema(max_length = 6_000)]
    pub because: String,
    /// Who picked it; null if nobody did.
    #[schema(required)]
    pub picked: Option<PolicyPick>,
    /// The other policies as they read today, the smallest rank first.
    #[schema(max_items = 200)]
    pub others: Vec<OtherPolicy>,
}

/// The calendar time is counted by.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainedCalendar {
    /// The calendar.
    pub id: BusinessCalendarId,
    /// Its code.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// The zone its hours are read in.
    pub time_zone: Label64,
}

/// A stretch of time of one kind, `[from, to)`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainedStretch {
    /// From.
    pub from: Time,
    /// To.
    pub to: Time,
    /// Why it counts or does not.
    pub kind: StretchKind,
    /// Milliseconds of it that count: all or none.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub counted_ms: i64,
    /// Milliseconds counted from the start to its end.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub running_ms: i64,
    /// What the holiday or make-up day is called, or why the clock stood still.
    #[schema(required, max_length = 64)]
    pub name: Option<String>,
}

/// A promise, explained.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimerExplanation {
    /// What is promised.
    pub kind: TimerKind,
    /// How it stands.
    pub status: TimerStatus,
    /// The policy.
    pub policy: ExplainedPolicy,
    /// The calendar.
    pub calendar: ExplainedCalendar,
    /// Within how many business minutes.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub target_minutes: i64,
    /// When counting began.
    pub started_at: Time,
    /// Until when it was explained: where it stopped, else now.
    pub explained_until: Time,
    /// Until when it must be kept.
    pub due_at: Time,
    /// Every stretch of time, in order and without gaps.
    #[schema(max_items = 2_000)]
    pub segments: Vec<ExplainedStretch>,
    /// Where the list of stretches ends, if it is too long to be told.
    #[schema(required)]
    pub truncated_at: Option<Time>,
    /// Milliseconds that counted: what the stretches add up to.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub elapsed_ms: i64,
    /// The same in whole minutes, rounded down.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub elapsed_minutes: i64,
    /// Milliseconds left; negative when it is late.
    #[schema(minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64)]
    pub remaining_ms: i64,
    /// Who is told, and when, if nothing happens in between; what has been told stands there too.
    #[schema(max_items = 5)]
    pub escalations: Vec<Escalation>,
    /// The right to a third party that came from breaking it.
    #[schema(required)]
    pub third_party_right: Option<ExplainedRight>,
}

/// Which promise of which request.
#[derive(Clone, Copy, Debug, Deserialize)]
struct TimerPath {
    service_request_id: ServiceRequestId,
    kind: TimerKind,
}

/// Explain a promise.
///
/// Which policy made it and why, by which calendar time counts, and every stretch of time since it began: counted,
/// outside hours, holiday, make-up day or paused, with the running total. One still open is explained up to now. Also
/// whom its escalations tell, before they come, and why no other policy was taken.
#[utoipa::path(tag = "service_requests", operation_id = "explainServiceRequestTimer",
    params(("service_request_id" = ServiceRequestId, Path), ("kind" = TimerKind, Path)),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = TimerExplanation)))]
#[get("/service-requests/{service_request_id}/timers/{kind}/explain")]
async fn explain_timer(ctx: Ctx<can::Read>, path: PathId<TimerPath>) -> ProblemResult<Answer> {
    let (
        TimerPath {
            service_request_id,
            kind,
        },
        lang,
    ) = (path.0, ctx.call.lang);
    ctx.read_request(service_request_id, async |tx, dossier| {
        let timer = timer_of(&dossier, kind)?;
        let pinned = sla_policies::pinned(tx, timer.policy_id, timer.policy_version).await?;
        let policy = pinned.ok_or_else(|| NOT_FOUND.error())?;
        let calendar: BusinessCalendar = read(tx, policy.calendar_id).await?;
        let (facts, agreed) = facts(tx, &dossier.request).await?;
        let pick = pick(tx, &dossier.request, timer).await?;
        let chosen_by = match &pick {
            Some(_) => PolicyChoice::Picked,
            None => PolicyChoice::of(&policy, &facts, agreed),
        };
        let because = match &pick {
            Some(pick) => pick.in_words(lang, tx.zone()),
            None => lang.pick(chosen_by.words().0, chosen_by.words().1).to_owned(),
        };
        let told = ExplainedPolicy {
            id: policy.id,
            code: policy.code.clone(),
            name: policy.name.clone(),
            rank: policy.rank,
            is_default: policy.is_default,
            version: policy.meta.version,
            conditions: policy.applies_when.checks(&facts),
            chosen_by,
            because,
            picked: pick,
            others: others(&sla_policies::all(tx).await?, &facts, agreed, policy.id),
        };
        let compiled = business_calendars::compiled(tx, policy.calendar_id).await?;
        let until = timer.stopped_at.unwrap_or_else(|| tx.now()).max(timer.started_at);
        let breakdown = compiled
            .segments(timer.started_at.millis(), until.millis(), &pauses(timer, until))
            .map_err(|_| outside(CALENDAR_HORIZON.error()))?;
        let right = third_party_right(&policy, std::slice::from_ref(timer));
        Ok(Plain(TimerExplanation {
            escalations: schedule(timer, compiled.as_ref())?,
            third_party_right: right.map(|right| ExplainedRight {
                kind,
                since: right.since,
            }),
            kind,
            status: timer.status,
            policy: told,
            calendar: ExplainedCalendar {
                id: calendar.id,
                code: calendar.code,
                name: calendar.name,
                time_zone: calendar.time_zone,
            },
            target_minutes: timer.target_minutes,
            started_at: timer.started_at,
            explained_until: until,
            due_at: timer.due_at,
            segments: breakdown
                .segments
                .into_iter()
                .map(|segment| stretch(segment, &timer.pauses))
                .collect(),
            truncated_at: breakdown.truncated_at.map(Time::from_millis),
            elapsed_ms: breakdown.counted_ms,
            elapsed_minutes: breakdown.counted_ms / MINUTE,
            remaining_ms: timer.target_minutes.saturating_mul(MINUTE) - breakdown.counted_ms,
        }))
    })
    .await
}

fn timer_of(dossier: &Dossier, kind: TimerKind) -> Result<&SlaTimer> {
    let found = dossier.timers.iter().find(|timer| timer.kind == kind);
    found.ok_or_else(|| NOT_FOUND.error())
}

/// The pauses as the calendar takes them; one still open lasts until the end of the explanation.
fn pauses(timer: &SlaTimer, until: Time) -> Vec<Pause> {
    let closed = |pause: &TimerPause| Pause {
        from: pause.from.millis(),
        to: pause.to.unwrap_or(until).max(pause.from).millis(),
    };
    timer.pauses.iter().map(closed).collect()
}

fn stretch(segment: Segment, pauses: &[TimerPause]) -> ExplainedStretch {
    let from = Time::from_millis(segment.from);
    let covers = |pause: &&TimerPause| pause.from <= from && pause.to.is_none_or(|to| from < to);
    let name = match segment.kind {
        SegmentKind::Paused => pauses.iter().find(covers).map(|pause| pause.reason.to_string()),
        _ => segment.name,
    };
    ExplainedStretch {
        from,
        to: Time::from_millis(segment.to),
        kind: segment.kind.into(),
        counted_ms: segment.counted_ms,
        running_ms: segment.running_ms,
        name,
    }
}

/// What a policy is chosen by, as the request stands now, and the policy its agreement names.
async fn facts(tx: &mut Tx<'_>, request: &ServiceRequest) -> Result<(Facts, Option<SlaPolicyId>)> {
    let product: Option<Product> = match request.product_id {
        Some(id) => find(tx, id.0).await?,
        None => None,
    };
    let product_category_ids = match product {
        Some(product) => product_categories::lineage(tx, product.category_id).await?,
        None => Vec::new(),
    };
    let customer: Option<Customer> = find(tx, request.customer_id.0).await?;
    let template = coverage::template_of(tx, request.agreement_id).await?;
    let agreed = template.as_ref().and_then(|template| template.sla_policy_id);
    let facts = Facts {
        service_type: request.service_type.clone(),
        product_category_ids,
        customer_class: customer.map(|customer| customer.class),
        emergency: request.emergency,
        agreement_type: template.and_then(|template| template.agreement_type.word()),
    };
    Ok((facts, agreed))
}

/// Who picked the policy of a promise, if somebody did before the promise was settled.
async fn pick(tx: &mut Tx<'_>, request: &ServiceRequest, timer: &SlaTimer) -> Result<Option<PolicyPick>> {
    let settled = timer.breached_at.or(timer.stopped_at);
    let lines = activities_of(tx, request.id, "recompute_sla").await?;
    let is_it = |line: &&Activity| {
        let change = |place: &str| line.data.pointer(place);
        let (was, is) = (change("/sla_policy_id/0"), change("/sla_policy_id/1"));
        // Lines from before it was written down tell it by the change alone.
        let is_picked = change("/is_picked").and_then(Value::as_bool);
        is_picked.unwrap_or(was != is)
            && is == Some(&json!(timer.policy_id))
            && settled.is_none_or(|at| line.at <= at)
    };
    Ok(lines.iter().find(is_it).map(PolicyPick::of))
}
