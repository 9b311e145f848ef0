//! A service request on the wire: the record, its promises, and what the caller may do with it (A33, A43).

use aftercare_domain::kernel::Meta;
use aftercare_domain::kernel::text::Number;
use aftercare_domain::requests::{Dossier, ServiceRequest, ServiceRequestId, SimilarRequest};
use aftercare_domain::sla::deadline::{DueChange, EffectiveDue};
use aftercare_domain::sla::timer::{TimerKind, TimerStatus};
use aftercare_domain::{kernel::Time, sla::SlaTimer};
use aftercare_persistence::Tx;
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::requests;
use crate::http::reply::Resource;

/// A promise as a request shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RequestTimer {
    /// What is promised.
    pub kind: TimerKind,
    /// How it stands.
    pub status: TimerStatus,
    /// Within how many business minutes.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub target_minutes: i64,
    /// Until when.
    pub due_at: Time,
    /// When people are warned.
    pub warn_at: Time,
    /// When it was stopped.
    #[schema(required)]
    pub stopped_at: Option<Time>,
    /// When it was broken.
    #[schema(required)]
    pub breached_at: Option<Time>,
    /// Business minutes that counted until it was stopped.
    #[schema(required, minimum = 0, maximum = 100_000_000)]
    pub elapsed_minutes: Option<i64>,
}

impl From<&SlaTimer> for RequestTimer {
    fn from(timer: &SlaTimer) -> RequestTimer {
        RequestTimer {
            kind: timer.kind,
            status: timer.status,
            target_minutes: timer.target_minutes,
            due_at: timer.due_at,
            warn_at: timer.warn_at,
            stopped_at: timer.stopped_at,
            breached_at: timer.breached_at,
            elapsed_minutes: timer.elapsed_minutes,
        }
    }
}

/// The deadline of a promise that binds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RequestDue {
    /// What is promised.
    pub kind: TimerKind,
    /// The deadline.
    #[serde(flatten)]
    pub due: EffectiveDue,
}

/// A service request.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ServiceRequest)]
pub struct ServiceRequestView {
    /// The record.
    #[serde(flatten)]
    pub request: ServiceRequest,
    /// Its promises.
    #[schema(max_items = 10)]
    pub timers: Vec<RequestTimer>,
    /// Until when somebody must be there and until when it must be solved, whoever set it; the earliest binds.
    #[schema(max_items = 2)]
    pub effective_due: Vec<RequestDue>,
    /// What the caller may do with it now.
    #[schema(max_items = 50)]
    #[schema(value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

/// A hint that comes with a new request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RequestWarning {
    /// `possible_duplicate`.
    #[schema(max_length = 40, example = "possible_duplicate")]
    pub code: &'static str,
    /// The number of the other request.
    pub number: Number,
    /// The other request.
    pub id: ServiceRequestId,
}

/// A service request just registered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ServiceRequestCreated {
    /// The request.
    #[serde(flatten)]
    pub request: ServiceRequestView,
    /// Hints, never refusals.
    #[schema(max_items = 20)]
    pub warnings: Vec<RequestWarning>,
}

/// What became of the promises of a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SlaRecomputation {
    /// Whether it was only asked what would become of them.
    pub dry_run: bool,
    /// Each promise, as it was and as it is.
    #[schema(max_items = 10)]
    pub timers: Vec<DueChange>,
    /// The request as it stands now.
    pub service_request: ServiceRequestView,
}

impl SlaRecomputation {
    /// As the caller of this unit of work sees it.
    pub fn of(dossier: &Dossier, dry_run: bool, timers: Vec<DueChange>, tx: &Tx<'_>) -> SlaRecomputation {
        SlaRecomputation {
            dry_run,
            timers,
            service_request: ServiceRequestView::of(dossier, tx),
        }
    }
}

impl Resource for SlaRecomputation {
    fn path(&self) -> String {
        self.service_request.path()
    }

    fn meta(&self) -> &Meta {
        self.service_request.meta()
    }
}

impl ServiceRequestView {
    /// The request as the caller of this unit of work sees it.
    pub fn of(dossier: &Dossier, tx: &Tx<'_>) -> ServiceRequestView {
        ServiceRequestView {
            request: dossier.request.clone(),
            timers: dossier.timers.iter().map(RequestTimer::from).collect(),
            effective_due: dossier
                .effective_dues()
                .into_iter()
                .map(|(kind, due)| RequestDue { kind, due })
                .collect(),
            allowed_actions: requests::allowed(dossier, &tx.stamp().actor, tx),
        }
    }
}

impl ServiceRequestCreated {
    /// The new request, and what may be the same report.
    pub fn of(dossier: &Dossier, similar: &[SimilarRequest], tx: &Tx<'_>) -> ServiceRequestCreated {
        let warn = |other: &SimilarRequest| RequestWarning {
            code: "possible_duplicate",
            number: other.number.clone(),
            id: other.id,
        };
        ServiceRequestCreated {
            request: ServiceRequestView::of(dossier, tx),
            warnings: similar.iter().map(warn).collect(),
        }
    }
}

impl Resource for ServiceRequestView {
    fn path(&self) -> String {
        format!("/v1/service-requests/{}", self.request.id)
    }

    fn meta(&self) -> &Meta {
        &self.request.meta
    }
}

impl Resource for ServiceRequestCreated {
    fn path(&self) -> String {
        self.request.path()
    }

    fn meta(&self) -> &Meta {
        self.request.meta()
    }
}
