//! Notifications: who is to be told what about a request (domain.md 3.21, CH-3).
//!
//! One is left in the transaction that caused it and waits as `queued` until a channel delivers it. Read-only: they
//! come with what happens.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::kernel::{Column as _, Csv, Raw, RawKind, Role, Stamp, Stored, Time};
use crate::requests::rights::READERS;
use crate::requests::{CustomerId, EngineerId, Notice, NoticeKind, Recipient, ServiceRequestId};
use crate::{id, label, permissions};

// ---- entity: what a caller sees ---------------------------------------------------------------------------------

id!(NotificationId);

label! {
    /// Where a notification stands on its way.
    pub enum NotificationStatus {
        /// Waits for a channel.
        Queued = "queued",
    }
}

label! {
    /// A way a notification must take.
    pub enum NoticeChannel {
        /// By telephone, at once.
        Phone = "phone",
    }
}

impl NoticeKind {
    /// The way it must take; none for whichever the recipient prefers. An emergency is called out (WO-4).
    pub fn channel(self) -> Option<NoticeChannel> {
        (self == NoticeKind::Emergency).then_some(NoticeChannel::Phone)
    }
}

/// Who is told; exactly one of the three is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NotificationRecipient {
    /// Everybody with this role.
    #[schema(required)]
    pub role: Option<Role>,
    /// One engineer.
    #[schema(required)]
    pub engineer_id: Option<EngineerId>,
    /// The customer.
    #[schema(required)]
    pub customer_id: Option<CustomerId>,
}

/// A notification.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Notification {
    /// Machine identifier.
    pub id: NotificationId,
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// What is told.
    pub kind: NoticeKind,
    /// Who is told.
    pub recipient: NotificationRecipient,
    /// The record it is about: the request, or one of its work orders, follow-ups, surveys or SLA timers.
    pub subject_id: Uuid,
    /// Where it stands on its way.
    pub status: NotificationStatus,
    /// The way it must take; null for whichever the recipient prefers.
    #[schema(required)]
    pub channel: Option<NoticeChannel>,
    /// When it happened; the due instant for what the clock did.
    pub at: Time,
}

impl From<Recipient> for NotificationRecipient {
    fn from(to: Recipient) -> NotificationRecipient {
        let (role, engineer_id, customer_id) = match to {
            Recipient::Role(role) => (Some(role), None, None),
            Recipient::Engineer(engineer) => (None, Some(engineer), None),
            Recipient::Customer(customer) => (None, None, Some(customer)),
        };
        NotificationRecipient {
            role,
            engineer_id,
            customer_id,
        }
    }
}

impl Stored for NotificationRecipient {
    const PARTS: &'static [(&'static str, RawKind)] = &[
        ("=role", RawKind::Text),
        ("=engineer_id", RawKind::Uuid),
        ("=customer_id", RawKind::Uuid),
    ];

    fn put(&self, keep: &mut dyn FnMut(Raw)) {
        keep(self.role.to_raw());
        keep(self.engineer_id.to_raw());
        keep(self.customer_id.to_raw());
    }

    fn take(next: &mut dyn FnMut(&'static str, RawKind) -> Result<Raw, String>) -> Result<Self, String> {
        Ok(NotificationRecipient {
            role: Option::from_raw(next("=role", RawKind::Text)?)?,
            engineer_id: Option::from_raw(next("=engineer_id", RawKind::Uuid)?)?,
            customer_id: Option::from_raw(next("=customer_id", RawKind::Uuid)?)?,
        })
    }
}

impl Notification {
    /// What a decision about a request left behind.
    pub fn of(request: ServiceRequestId, notice: &Notice, at: &Stamp) -> Notification {
        Notification {
            id: NotificationId::next(at),
            service_request_id: request,
            kind: notice.kind,
            recipient: notice.to.into(),
            subject_id: notice.subject_id,
            status: NotificationStatus::Queued,
            channel: notice.kind.channel(),
            at: notice.at,
        }
    }
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of notifications; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct NotificationFilter {
    /// The request.
    #[param(nullable = false)]
    pub service_request_id: Option<ServiceRequestId>,
    /// One or more kinds, comma-separated.
    #[param(value_type = Option<Vec<NoticeKind>>, style = Form, explode = false, nullable = false)]
    pub kind: Option<Csv<NoticeKind>>,
    /// To everybody with this role.
    #[param(nullable = false)]
    pub role: Option<Role>,
    /// To this engineer.
    #[param(nullable = false)]
    pub engineer_id: Option<EngineerId>,
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<NotificationStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<NotificationStatus>>,
}

// ---- permissions: who sees requests sees what was told about them -----------------------------------------------

permissions! {
    Read = "notifications:read" for READERS;
}
