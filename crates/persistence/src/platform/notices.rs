//! Notices: who is to be told what, in the transaction that caused it; channels deliver them later.

use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::requests::{Notice, Recipient, ServiceRequestId};

use crate::db::{Tx, add};

/// Keeps one notice about a request.
pub(crate) async fn keep(tx: &mut Tx<'_>, request: ServiceRequestId, notice: &Notice) -> Result<()> {
    let id = tx.stamp().ids.next(tx.now());
    let (role, engineer, customer) = match notice.to {
        Recipient::Role(role) => (Some(role.as_str().to_owned()), None, None),
        Recipient::Engineer(engineer) => (None, Some(engineer), None),
        Recipient::Customer(customer) => (None, None, Some(customer)),
    };
    let head =
        "insert into notices (id, service_request_id, kind, role, engineer_id, customer_id, subject_id, at)";
    let values = vec![
        id.to_raw(),
        request.to_raw(),
        notice.kind.to_raw(),
        role.to_raw(),
        engineer.to_raw(),
        customer.to_raw(),
        notice.subject_id.to_raw(),
        notice.at.to_raw(),
    ];
    add(tx, head, values.len(), values).await
}
