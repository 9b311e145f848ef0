//! How lists of the loop are narrowed.

use aftercare_domain::attachments::{Attachment, AttachmentFilter, AttachmentId};
use aftercare_domain::follow_ups::FollowUp;
use aftercare_domain::kernel::{Column as _, Csv, Result};
use aftercare_domain::notifications::{Notification, NotificationFilter};
use aftercare_domain::products::ProductId;
use aftercare_domain::requests::filters::{
    ActivityFilter, AttemptFilter, CommentFilter, FollowUpFilter, LockFilter, ServiceRequestFilter,
    SlaTimerFilter, SurveyFilter, WorkOrderFilter,
};
use aftercare_domain::requests::{
    Activity, Attempt, CommentKind, LockRecord, ServiceRequest, ServiceRequestId,
};
use aftercare_domain::sla::SlaTimer;
use aftercare_domain::surveys::Survey;
use aftercare_domain::work_orders::WorkOrder;

use crate::db::{ListBy, Tx, Where, many, sql};

impl ListBy<ServiceRequest> for ServiceRequestFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "priority", "number"];

    fn apply(&self, w: &mut Where) {
        w.any("status", self.status.as_ref());
        w.eq("number", self.number.clone());
        w.eq("customer_id", self.customer_id);
        w.eq("product_id", self.product_id);
        w.eq("agreement_id", self.agreement_id);
        w.any("coverage", self.coverage.as_ref());
        w.eq("installed_product_id", self.installed_product_id);
        w.eq("problem_type_id", self.problem_type_id);
        w.eq("assignee_id", self.assignee_id);
        w.eq("channel", self.channel.clone());
        w.eq("service_type", self.service_type.clone());
        w.eq("origin", self.origin);
        w.eq("priority", self.priority);
        w.eq("is_overdue", self.is_overdue);
        w.between("created_at", self.created_at_gte, self.created_at_lt);
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

impl ListBy<WorkOrder> for WorkOrderFilter {
    const SORTS: &'static [&'static str] = &["created_at", "dispatched_at", "number"];

    fn apply(&self, w: &mut Where) {
        w.any("status", self.status.as_ref());
        w.eq("service_request_id", self.service_request_id);
        w.eq("engineer_id", self.engineer_id);
        w.eq("outlet_id", self.outlet_id);
        w.eq("team_of", self.team_of);
        w.eq("number", self.number.clone());
    }
}

impl ListBy<FollowUp> for FollowUpFilter {
    const SORTS: &'static [&'static str] = &["created_at", "due_at", "number"];

    fn apply(&self, w: &mut Where) {
        w.any("status", self.status.as_ref());
        w.eq("service_request_id", self.service_request_id);
        w.eq("is_overdue", self.is_overdue);
    }
}

impl ListBy<Survey> for SurveyFilter {
    const SORTS: &'static [&'static str] = &["created_at", "send_at"];

    fn apply(&self, w: &mut Where) {
        w.any("status", self.status.as_ref());
        w.eq("service_request_id", self.service_request_id);
    }
}

impl ListBy<SlaTimer> for SlaTimerFilter {
    const SORTS: &'static [&'static str] = &["due_at", "started_at"];

    fn apply(&self, w: &mut Where) {
        w.any("status", self.status.as_ref());
        w.any("kind", self.kind.as_ref());
        w.eq("subject_id", self.service_request_id.map(|id| id.0));
        w.compare("due_at", "<", self.due_at_lt);
    }
}

impl ListBy<Activity> for ActivityFilter {
    const SORTS: &'static [&'static str] = &["seq", "at"];

    fn apply(&self, w: &mut Where) {
        w.eq("service_request_id", Some(self.service_request_id));
    }
}

impl ListBy<Activity> for CommentFilter {
    const SORTS: &'static [&'static str] = &["seq", "at"];

    fn apply(&self, w: &mut Where) {
        w.eq("service_request_id", Some(self.service_request_id));
        w.any("action", Some(&Csv(CommentKind::ALL.to_vec())));
    }
}

impl ListBy<Attempt> for AttemptFilter {
    const SORTS: &'static [&'static str] = &["no"];

    fn apply(&self, w: &mut Where) {
        w.eq("service_request_id", Some(self.service_request_id));
    }
}

impl ListBy<LockRecord> for LockFilter {
    const SORTS: &'static [&'static str] = &["at"];

    fn apply(&self, w: &mut Where) {
        w.eq("service_request_id", Some(self.service_request_id));
    }
}

/// How many files a request has.
pub async fn attachments_of(tx: &mut Tx<'_>, request: ServiceRequestId) -> Result<i64> {
    tx.scalar(sql!(
        "select count(*) as value from attachments where service_request_id = $1",
        request
    ))
    .await
}

/// How many files a product has.
pub async fn attachments_of_product(tx: &mut Tx<'_>, product: ProductId) -> Result<i64> {
    tx.scalar(sql!(
        "select count(*) as value from attachments where product_id = $1",
        product
    ))
    .await
}

/// The lines of a request's history that tell of one action, the newest first and no more than a hundred.
pub async fn activities_of(
    tx: &mut Tx<'_>,
    request: ServiceRequestId,
    action: &str,
) -> Result<Vec<Activity>> {
    let condition = "service_request_id = $1 and action = $2 order by seq desc limit 100";
    let args = vec![request.to_raw(), action.to_owned().to_raw()];
    many(tx, condition, args).await
}

/// Whether a file is one of the request's, whoever asks.
pub async fn has_attachment(tx: &mut Tx<'_>, request: ServiceRequestId, id: AttachmentId) -> Result<bool> {
    let found: i64 = tx
        .scalar(sql!(
            "select count(*) as value from attachments where service_request_id = $1 and id = $2",
            request,
            id
        ))
        .await?;
    Ok(found > 0)
}

impl ListBy<Attachment> for AttachmentFilter {
    const SORTS: &'static [&'static str] = &["created_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("service_request_id", self.service_request_id);
        w.eq("product_id", self.product_id);
    }
}

impl ListBy<Notification> for NotificationFilter {
    const SORTS: &'static [&'static str] = &["at"];

    fn apply(&self, w: &mut Where) {
        w.eq("service_request_id", self.service_request_id);
        w.any("kind", self.kind.as_ref());
        w.eq("role", self.role);
        w.eq("engineer_id", self.engineer_id);
        w.any("status", self.status.as_ref());
    }
}
