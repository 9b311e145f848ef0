//! Notices: who is to be told what, in the transaction that caused it; channels deliver them later.

use aftercare_domain::kernel::Result;
use aftercare_domain::requests::{Notice, Recipient, ServiceRequestId};

use crate::db::{Tx, sql};

/// Keeps one notice about a request.
pub(crate) async fn keep(tx: &mut Tx<'_>, request: ServiceRequestId, notice: &Notice) -> Result<()> {
    let id = tx.stamp().ids.next(tx.now());
    let (role, engineer, customer) = match notice.to {
        Recipient::Role(role) => (Some(role.as_str().to_owned()), None, None),
        Recipient::Engineer(engineer) => (None, Some(engineer), None),
        Recipient::Customer(customer) => (None, None, Some(customer)),
    };
    tx.exec(sql!(
        "insert into notices (id, service_request_id, kind, role, engineer_id, customer_id, subject_id, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        request,
        notice.kind,
        role,
        engineer,
        customer,
        notice.subject_id,
        notice.at
    ))
    .await
    .map(|_| ())
}
