//! Contacts: how they are kept and found.

use aftercare_domain::contacts::{Contact, ContactId};
use aftercare_domain::customers::CustomerId;
use aftercare_domain::kernel::{Column as _, Result};

use crate::customers::{OfCustomer, of_visible};
use crate::db::{ListBy, Table, Tx, Where, many, record, remember, update};

const TABLE: Table = Table::new("contacts", "contact").scoped(of_visible);

record! { Contact: TABLE => id, customer_id, name, title, phone, email, wechat, is_primary; meta }

impl ListBy<Contact> for OfCustomer {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "name"];

    fn apply(&self, w: &mut Where) {
        w.eq("customer_id", Some(self.0));
    }
}

/// How many contacts a customer has besides one.
pub async fn others(tx: &mut Tx<'_>, customer_id: CustomerId, but: Option<ContactId>) -> Result<usize> {
    let all: Vec<Contact> = many(
        tx,
        "customer_id = $1 order by id limit 2",
        vec![customer_id.to_raw()],
    )
    .await?;
    Ok(all.iter().filter(|contact| Some(contact.id) != but).count())
}

/// The primary contact steps down, so that another can step up.
pub async fn step_down(tx: &mut Tx<'_>, customer_id: CustomerId, for_whom: ContactId) -> Result<()> {
    let primary: Vec<Contact> =
        many(tx, "customer_id = $1 and is_primary", vec![customer_id.to_raw()]).await?;
    for mut contact in primary.into_iter().filter(|contact| contact.id != for_whom) {
        remember(tx, &contact);
        contact.is_primary = false;
        update(tx, &mut contact).await?;
    }
    Ok(())
}
