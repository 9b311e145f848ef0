//! Assessments of outlets over HTTP: routes, then handlers in URL order.

use actix_web::{get, post};
use aftercare_domain::assessments::machine::can;
use aftercare_domain::assessments::{
    AdjustAssessment, AssessmentEvidence, AssessmentEvidenceFilter, AssessmentReason, DecideAppeal, Line,
    OutletAssessment, OutletAssessmentCreate, OutletAssessmentFilter, OutletAssessmentId,
};
use aftercare_domain::kernel::text::Label64;
use aftercare_domain::kernel::{Figure, Meta, Permission, Result, Stamp};
use aftercare_domain::requests::Nothing;
use aftercare_persistence::assessments::{EvidenceOf, of_period};
use aftercare_persistence::{self as persistence, ListBy, Tx};
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::assessments;
use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, IntoAnswer as _, Paging, PathId, Plain, ProblemResult,
    Versioned,
};
use crate::openapi::Routes;
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(generate).service(get);
    cfg.service(list_evidence).service(recount).service(list_actions);
    cfg.service(adjust).service(submit);
    cfg.service(approve).service(reject);
    cfg.service(appeal).service(decide_appeal);
}

/// How an outlet did in a period.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OutletAssessment)]
pub struct OutletAssessmentView {
    /// The record.
    #[serde(flatten)]
    pub record: OutletAssessment,
    /// The lines after what was changed by hand.
    #[schema(max_items = 50)]
    pub lines: Vec<Line>,
    /// What the caller may do with it now.
    #[schema(max_items = 10, value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

page!(OutletAssessmentPage, OutletAssessmentView; AssessmentEvidencePage, AssessmentEvidence);

/// An assessment counted again.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssessmentRecount {
    /// What the rules gave then.
    pub content_hash: Label64,
    /// What they give now.
    pub recounted_hash: Label64,
    /// Whether both are the same, to the last byte.
    pub is_same: bool,
    /// The score the rules give now, before anything is changed by hand.
    pub score: Figure,
    /// The lines they give now.
    #[schema(max_items = 50)]
    pub lines: Vec<Line>,
}

impl OutletAssessmentView {
    /// The assessment as a caller sees it.
    fn of(record: OutletAssessment, at: &Stamp) -> OutletAssessmentView {
        OutletAssessmentView {
            lines: record.lines(),
            allowed_actions: record.allowed_actions(at),
            record,
        }
    }
}

impl Resource for OutletAssessmentView {
    fn path(&self) -> String {
        format!("/v1/outlet-assessments/{}", self.record.id)
    }

    fn meta(&self) -> &Meta {
        &self.record.meta
    }
}

/// List assessments of outlets.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `period`, `score`: `sort=-score` with a period ranks.
#[utoipa::path(tag = "outlet_assessments", operation_id = "listOutletAssessments",
    params(OutletAssessmentFilter, PageParams),
    security(("bearer" = ["outlet_assessments:read"])), responses((status = 200, body = OutletAssessmentPage)))]
#[get("/outlet-assessments")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<OutletAssessmentFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    let page = ctx.page_request(
        &paging,
        <OutletAssessmentFilter as ListBy<OutletAssessment>>::SORTS,
    )?;
    let listing = ctx
        .load(async |tx| {
            let found = persistence::list::<OutletAssessment>(tx, &filter.0, &page).await?;
            let at = tx.stamp();
            let view = |record| OutletAssessmentView::of(record, &at);
            Ok(found.map(view))
        })
        .await?;
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(OutletAssessmentPage::from(rows)).into_answer()?)
}

/// Assess an outlet for a period that is over.
///
/// Jobs, arrivals, first fixes, satisfaction and exams are counted from the records; `facts` tells what is not kept here
/// yet, each with the record that shows it: one that exists (422 `unknown_reference`), of this outlet
/// (`evidence_elsewhere`) and of this period (`evidence_outside_period`), and a fact the scheme looks at (`unknown_fact`).
/// Below the `min_jobs` of the scheme there are no stars and the outlet keeps those it has. 200 with the assessment there is when the outlet was assessed for the period
/// before: nothing is counted twice.
#[utoipa::path(tag = "outlet_assessments", operation_id = "createOutletAssessment",
    request_body = OutletAssessmentCreate, security(("bearer" = ["outlet_assessments:generate"])),
    responses((status = 200, body = OutletAssessmentView), (status = 201, body = OutletAssessmentView)))]
#[post("/outlet-assessments")]
async fn generate(ctx: Ctx<can::Generate>, cmd: Body<OutletAssessmentCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        if let Some(known) = of_period(tx, cmd.0.outlet_id, &cmd.0.period).await? {
            return Versioned(OutletAssessmentView::of(known, &tx.stamp())).into_answer();
        }
        let made = assessments::generate(tx, cmd.0).await?;
        Created(OutletAssessmentView::of(made, &tx.stamp())).into_answer()
    })
    .await
}

/// Get an assessment of an outlet.
#[utoipa::path(tag = "outlet_assessments", operation_id = "getOutletAssessment",
    params(("outlet_assessment_id" = OutletAssessmentId, Path)),
    security(("bearer" = ["outlet_assessments:read"])), responses((status = 200, body = OutletAssessmentView)))]
#[get("/outlet-assessments/{outlet_assessment_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<OutletAssessmentId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let found = persistence::get(tx, id.0).await?;
        Ok(Versioned(OutletAssessmentView::of(found, &tx.stamp())))
    })
    .await
}

/// List the records an assessment rests on.
///
/// Newest first. Sortable by `indicator`, `fact`. At most 5 000 for each line; `evidence_count` says how many there were. An
/// indicator the assessment has no line of is 422 `unknown_line`.
#[utoipa::path(tag = "outlet_assessments", operation_id = "listOutletAssessmentEvidence",
    params(("outlet_assessment_id" = OutletAssessmentId, Path), AssessmentEvidenceFilter, PageParams),
    security(("bearer" = ["outlet_assessments:read"])), responses((status = 200, body = AssessmentEvidencePage)))]
#[get("/outlet-assessments/{outlet_assessment_id}/evidence")]
async fn list_evidence(
    ctx: Ctx<can::Read>,
    id: PathId<OutletAssessmentId>,
    filter: Filter<AssessmentEvidenceFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    let page = ctx.page_request(&paging, <EvidenceOf as ListBy<AssessmentEvidence>>::SORTS)?;
    let of = EvidenceOf {
        assessment_id: id.0,
        filter: filter.0,
    };
    let listing = ctx
        .load(async |tx| {
            let found: OutletAssessment = persistence::get(tx, id.0).await?;
            found.check_line(of.filter.indicator.as_ref())?;
            persistence::list::<AssessmentEvidence>(tx, &of, &page).await
        })
        .await?;
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(AssessmentEvidencePage::from(rows)).into_answer()?)
}

/// Count an assessment again, and compare.
///
/// From the records as they are now and the facts told then, under the same version of the scheme. Nothing is kept.
#[utoipa::path(tag = "outlet_assessments", operation_id = "recountOutletAssessment",
    params(("outlet_assessment_id" = OutletAssessmentId, Path)),
    security(("bearer" = ["outlet_assessments:read"])), responses((status = 200, body = AssessmentRecount)))]
#[get("/outlet-assessments/{outlet_assessment_id}/recount")]
async fn recount(ctx: Ctx<can::Read>, id: PathId<OutletAssessmentId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let known: OutletAssessment = persistence::get(tx, id.0).await?;
        let mut again = assessments::recount(tx, &known).await?;
        again.take_evidence(&tx.stamp());
        Ok(Plain(AssessmentRecount {
            is_same: again.content_hash == known.content_hash,
            content_hash: known.content_hash,
            recounted_hash: again.content_hash,
            score: again.tally.score,
            lines: again.tally.lines,
        }))
    })
    .await
}

/// Say which actions are open on an assessment, and why the others are not.
#[utoipa::path(tag = "outlet_assessments", operation_id = "listOutletAssessmentActions",
    params(("outlet_assessment_id" = OutletAssessmentId, Path)),
    security(("bearer" = ["outlet_assessments:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/outlet-assessments/{outlet_assessment_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<OutletAssessmentId>) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read(async |tx| {
        let found: OutletAssessment = persistence::get(tx, id.0).await?;
        Ok(Plain(reasons_of(found.action_reasons(&tx.stamp()), lang)))
    })
    .await
}

/// One action: the assessment is loaded, decided upon and kept, and answered as it stands.
async fn act<P: Permission>(
    ctx: Ctx<P>,
    id: OutletAssessmentId,
    seen: IfMatchHeader,
    decide: impl AsyncFnOnce(&mut Tx<'_>, &mut OutletAssessment, &Stamp) -> Result<()> + Send + 'static,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut found: OutletAssessment = persistence::get_for_update(tx, id, &seen.0).await?;
        let at = tx.stamp();
        decide(tx, &mut found, &at).await?;
        persistence::update(tx, &mut found).await?;
        Ok(Versioned(OutletAssessmentView::of(found, &at)))
    })
    .await
}

/// Change the points of a line by hand.
///
/// With a reason; what the rules gave stays readable in `tally`, every change in `adjustments`.
#[utoipa::path(tag = "outlet_assessments", operation_id = "adjustOutletAssessment",
    params(("outlet_assessment_id" = OutletAssessmentId, Path)), request_body = AdjustAssessment,
    security(("bearer" = ["outlet_assessments:adjust"])), responses((status = 200, body = OutletAssessmentView)))]
#[post("/outlet-assessments/{outlet_assessment_id}/adjust")]
async fn adjust(
    ctx: Ctx<can::Adjust>,
    id: PathId<OutletAssessmentId>,
    seen: IfMatchHeader,
    cmd: Body<AdjustAssessment>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |_, found, at| {
        found.adjust(&cmd.0, at)
    })
    .await
}

/// Hand an assessment in for approval.
#[utoipa::path(tag = "outlet_assessments", operation_id = "submitOutletAssessment",
    params(("outlet_assessment_id" = OutletAssessmentId, Path)), request_body = Nothing,
    security(("bearer" = ["outlet_assessments:submit"])), responses((status = 200, body = OutletAssessmentView)))]
#[post("/outlet-assessments/{outlet_assessment_id}/submit")]
async fn submit(
    ctx: Ctx<can::Submit>,
    id: PathId<OutletAssessmentId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async |_, found, at| found.submit(at)).await
}

/// Approve an assessment.
///
/// Nobody approves what he submitted. The outlet gets its stars; stars and coefficient hold for its statements from
/// `valid_from`. One star is put right within 30 days; the second in a row proposes a suspension.
#[utoipa::path(tag = "outlet_assessments", operation_id = "approveOutletAssessment",
    params(("outlet_assessment_id" = OutletAssessmentId, Path)), request_body = Nothing,
    security(("bearer" = ["outlet_assessments:approve"])), responses((status = 200, body = OutletAssessmentView)))]
#[post("/outlet-assessments/{outlet_assessment_id}/approve")]
async fn approve(
    ctx: Ctx<can::Approve>,
    id: PathId<OutletAssessmentId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async |tx, found, at| {
        let (before, today) = (assessments::band_before(tx, found).await?, tx.today());
        let told = found.approve(before, today, at)?;
        assessments::settled(tx, found, told).await
    })
    .await
}

/// Send an assessment back.
#[utoipa::path(tag = "outlet_assessments", operation_id = "rejectOutletAssessment",
    params(("outlet_assessment_id" = OutletAssessmentId, Path)), request_body = AssessmentReason,
    security(("bearer" = ["outlet_assessments:reject"])), responses((status = 200, body = OutletAssessmentView)))]
#[post("/outlet-assessments/{outlet_assessment_id}/reject")]
async fn reject(
    ctx: Ctx<can::Reject>,
    id: PathId<OutletAssessmentId>,
    seen: IfMatchHeader,
    cmd: Body<AssessmentReason>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |_, found, at| {
        found.reject(&cmd.0, at)
    })
    .await
}

/// Appeal against an assessment.
///
/// The outlet itself, within seven days and once (422 `too_late`).
#[utoipa::path(tag = "outlet_assessments", operation_id = "appealOutletAssessment",
    params(("outlet_assessment_id" = OutletAssessmentId, Path)), request_body = AssessmentReason,
    security(("bearer" = ["outlet_assessments:appeal"])), responses((status = 200, body = OutletAssessmentView)))]
#[post("/outlet-assessments/{outlet_assessment_id}/appeal")]
async fn appeal(
    ctx: Ctx<can::Appeal>,
    id: PathId<OutletAssessmentId>,
    seen: IfMatchHeader,
    cmd: Body<AssessmentReason>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |_, found, at| {
        found.appeal(&cmd.0, at)
    })
    .await
}

/// Decide an appeal.
///
/// Lines that change make a new revision; none keeps everything.
#[utoipa::path(tag = "outlet_assessments", operation_id = "decideOutletAssessment",
    params(("outlet_assessment_id" = OutletAssessmentId, Path)), request_body = DecideAppeal,
    security(("bearer" = ["outlet_assessments:decide"])), responses((status = 200, body = OutletAssessmentView)))]
#[post("/outlet-assessments/{outlet_assessment_id}/decide")]
async fn decide_appeal(
    ctx: Ctx<can::Decide>,
    id: PathId<OutletAssessmentId>,
    seen: IfMatchHeader,
    cmd: Body<DecideAppeal>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, async move |tx, found, at| {
        let (before, today) = (assessments::band_before(tx, found).await?, tx.today());
        let told = found.decide(&cmd.0, before, today, at)?;
        assessments::settled(tx, found, told).await
    })
    .await
}
