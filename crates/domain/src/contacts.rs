//! Contacts: the people we speak to at a customer.
//!
//! A contact can be reached by telephone, by e-mail or by both. Of all contacts of a customer exactly one is the
//! primary one: the first becomes it, and it hands over only to another.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::customers::{CustomerId, KEEPERS, READERS};
use crate::kernel::patch::replace;
use crate::kernel::text::{Email, Label64, Name, Phone};
use crate::kernel::{Meta, Patch, Result, Stamp};
use crate::{codes, id, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(ContactId);

/// A contact of a customer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Contact {
    /// Machine identifier.
    pub id: ContactId,
    /// The customer.
    pub customer_id: CustomerId,
    /// Name of the person.
    pub name: Name,
    /// What the person is there, for example `设备主管`.
    #[schema(required)]
    pub title: Option<Label64>,
    /// Telephone.
    #[schema(required)]
    pub phone: Option<Phone>,
    /// E-mail address.
    #[schema(required)]
    pub email: Option<Email>,
    /// WeChat account.
    #[schema(required)]
    pub wechat: Option<Label64>,
    /// Whether this is the one contact we turn to first.
    pub is_primary: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add a contact; telephone or e-mail address or both.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "王建林", "title": "设备主管", "phone": "13800138002"}))]
pub struct ContactCreate {
    /// Name of the person.
    pub name: Name,
    /// What the person is there.
    #[serde(default)]
    pub title: Option<Label64>,
    /// Telephone.
    #[serde(default)]
    pub phone: Option<Phone>,
    /// E-mail address.
    #[serde(default)]
    pub email: Option<Email>,
    /// WeChat account.
    #[serde(default)]
    pub wechat: Option<Label64>,
    /// Makes it the primary one; the first contact always is.
    #[serde(default)]
    pub is_primary: bool,
}

/// What may change on a contact; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"is_primary": true}))]
pub struct ContactPatch {
    /// Name of the person.
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// What the person is there.
    #[schema(value_type = Option<Label64>)]
    pub title: Patch<Label64>,
    /// Telephone.
    #[schema(value_type = Option<Phone>)]
    pub phone: Patch<Phone>,
    /// E-mail address.
    #[schema(value_type = Option<Email>)]
    pub email: Patch<Email>,
    /// WeChat account.
    #[schema(value_type = Option<Label64>)]
    pub wechat: Patch<Label64>,
    /// True makes it the primary one; false is refused on the primary one.
    #[schema(nullable = false)]
    pub is_primary: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl Contact {
    /// A new contact; the first of a customer is the primary one.
    ///
    /// # Errors
    /// `reach_required` without telephone and e-mail address.
    pub fn add(cmd: ContactCreate, customer_id: CustomerId, is_first: bool, at: &Stamp) -> Result<Contact> {
        let contact = Contact {
            id: ContactId::next(at),
            customer_id,
            name: cmd.name,
            title: cmd.title,
            phone: cmd.phone,
            email: cmd.email,
            wechat: cmd.wechat,
            is_primary: cmd.is_primary || is_first,
            meta: Meta::new(at),
        };
        contact.reachable()
    }

    /// Applies a patch.
    ///
    /// # Errors
    /// `reach_required` without telephone and e-mail address, `primary_required` if nobody would be primary.
    pub fn revise(self, patch: ContactPatch) -> Result<Contact> {
        if self.is_primary && patch.is_primary == Some(false) {
            return Err(PRIMARY_REQUIRED.at("#/is_primary"));
        }
        let mut contact = self;
        replace(patch.name, &mut contact.name);
        patch.title.onto(&mut contact.title);
        patch.phone.onto(&mut contact.phone);
        patch.email.onto(&mut contact.email);
        patch.wechat.onto(&mut contact.wechat);
        replace(patch.is_primary, &mut contact.is_primary);
        contact.reachable()
    }

    /// Whether it may be removed, with so many others at the same customer.
    ///
    /// # Errors
    /// `primary_required` for the primary one while others exist.
    pub fn may_leave(&self, others: usize) -> Result<()> {
        if self.is_primary && others > 0 {
            return Err(PRIMARY_REQUIRED.error());
        }
        Ok(())
    }

    fn reachable(self) -> Result<Contact> {
        if self.phone.is_none() && self.email.is_none() {
            return Err(REACH_REQUIRED.at("#/phone"));
        }
        Ok(self)
    }
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    PRIMARY_REQUIRED: Conflict = "primary_required", "One contact must be the primary one; make another primary first", "必须有一位首要联系人，请先指定其他联系人";
    REACH_REQUIRED: Invalid = "reach_required", "A contact needs a phone or an e-mail address", "联系人须有电话或邮箱";
}

// ---- permissions: who may do what (domain.md 3.0, row "customers") ----------------------------------------------

permissions! {
    Read = "contacts:read" for READERS;
    Create = "contacts:create" for KEEPERS;
    Update = "contacts:update" for KEEPERS;
    Delete = "contacts:delete" for KEEPERS;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::kernel::stamp::tests::stamp;

    fn add(body: serde_json::Value, is_first: bool) -> Result<Contact> {
        let customer_id = CustomerId(Uuid::from_u128(9));
        Contact::add(
            serde_json::from_value(body).unwrap(),
            customer_id,
            is_first,
            &stamp(),
        )
    }

    #[test]
    fn the_first_contact_is_primary_and_stays_so_until_another_is() {
        let first = add(json!({"name": "王建林", "phone": "13800138002"}), true).unwrap();
        assert!(first.is_primary);
        assert_eq!(first.may_leave(1).unwrap_err().code.slug, "primary_required");
        assert!(first.may_leave(0).is_ok());
        let down = serde_json::from_value(json!({"is_primary": false})).unwrap();
        assert_eq!(first.revise(down).unwrap_err().code.slug, "primary_required");
    }

    #[test]
    fn who_cannot_be_reached_is_no_contact() {
        assert_eq!(
            add(json!({"name": "王"}), true).unwrap_err().code.slug,
            "reach_required"
        );
        let by_mail = add(json!({"name": "王", "email": "w@example.org"}), false).unwrap();
        assert!(!by_mail.is_primary);
        let gone = serde_json::from_value(json!({"email": null})).unwrap();
        assert_eq!(by_mail.revise(gone).unwrap_err().code.slug, "reach_required");
    }
}
