//! Questions about promises that concern no single record.

use actix_web::post;
use aftercare_domain::kernel::error::UNKNOWN_REFERENCE;
use aftercare_domain::kernel::{Error, error::NOT_FOUND};
use aftercare_domain::sla::policy::can;
use aftercare_domain::sla::preview::{Preview, PreviewQuestion, Subject};
use aftercare_persistence::{business_calendars, sla_policies};

use crate::http::{Answer, Body, Ctx, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(preview);
}

/// Preview what would be promised.
///
/// Due and warning instants for a bare target on a calendar, or for what a policy promises at a priority. Nothing is kept.
#[utoipa::path(tag = "sla", operation_id = "previewSla", request_body = PreviewQuestion,
    security(("bearer" = ["sla_policies:read"])), responses((status = 200, body = Preview)))]
#[post("/sla/preview")]
async fn preview(ctx: Ctx<can::Read>, question: Body<PreviewQuestion>) -> ProblemResult<Answer> {
    let question = question.0;
    ctx.read(async |tx| {
        let (policy, calendar_id) = match question.subject()? {
            Subject::Calendar(id) => (None, id),
            Subject::Policy(id) => {
                let policy = sla_policies::known(tx, id).await?;
                let policy = policy.ok_or_else(|| UNKNOWN_REFERENCE.at("#/sla_policy_id"))?;
                let calendar_id = policy.calendar_id;
                (Some(policy), calendar_id)
            }
        };
        let unknown = |error: Error| match error.code == &NOT_FOUND {
            true => UNKNOWN_REFERENCE.at("#/calendar_id"),
            false => error,
        };
        let calendar = business_calendars::compiled(tx, calendar_id)
            .await
            .map_err(unknown)?;
        question.answer(policy.as_ref(), &calendar).map(Plain)
    })
    .await
}
