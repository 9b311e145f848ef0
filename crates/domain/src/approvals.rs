//! Approval: what one person hands in, another one lets through (domain.md 3.0, 3.23).
//!
//! Leaves and schedules share one table; a document carries an [`Approval`] and passes every action through it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::machine::{Machine, Section, Transition};
use crate::kernel::meta::UserId;
use crate::kernel::text::Reason;
use crate::kernel::{Actor, Column, Raw, RawKind, Result, RoleSet, Stamp, Stored, Time};
use crate::requests::gate::Gate;
use crate::service_agreements::{NOT_THE_AUTHOR, SELF_APPROVAL};
use crate::{codes, label};

label! {
    /// Where an approvable document stands.
    pub enum ApprovalStatus {
        /// 草稿
        Draft = "draft",
        /// 已提交
        Submitted = "submitted",
        /// 已批准
        Approved = "approved",
        /// 已驳回
        Rejected = "rejected",
        /// 已取消
        Cancelled = "cancelled",
    }
}

/// Every state of an approvable document.
pub const STATES: &[&str] = &["draft", "submitted", "approved", "rejected", "cancelled"];
/// Those without a way out.
pub const FINALS: &[&str] = &["cancelled"];

/// Who handed a document in and who let it through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Approval {
    /// Where it stands; changes only by actions.
    pub status: ApprovalStatus,
    /// Who handed it in.
    #[schema(required)]
    pub submitted_by: Option<UserId>,
    /// Who approved it.
    #[schema(required)]
    pub approved_by: Option<UserId>,
    /// When.
    #[schema(required)]
    pub approved_at: Option<Time>,
    /// Why it was rejected or cancelled last.
    #[schema(required)]
    pub status_reason: Option<Reason>,
}

/// The rows of an approvable document.
pub const fn rows(writers: RoleSet, approvers: RoleSet) -> [Transition; 8] {
    [
        SECTION.row(&[], "create", writers, &["draft"], ""),
        SECTION.row(&["draft"], "submit", writers, &["submitted"], "author only"),
        SECTION.row(
            &["submitted"],
            "withdraw",
            writers,
            &["draft"],
            "whoever submitted it",
        ),
        SECTION.row(
            &["submitted"],
            "approve",
            approvers,
            &["approved"],
            "not the author",
        ),
        SECTION.row(
            &["submitted"],
            "reject",
            approvers,
            &["rejected"],
            "not the author; reason",
        ),
        SECTION.row(&["rejected"], "revise", writers, &["draft"], "author only"),
        SECTION.row(
            &["approved"],
            "cancel",
            writers.union(approvers),
            &["cancelled"],
            "before it begins; reason",
        ),
        SECTION.row(
            &["draft", "rejected"],
            "discard",
            writers,
            &["cancelled"],
            "author only",
        ),
    ]
}

const SECTION: Section = Section("3.23");

impl Default for Approval {
    fn default() -> Approval {
        Approval {
            status: ApprovalStatus::Draft,
            submitted_by: None,
            approved_by: None,
            approved_at: None,
            status_reason: None,
        }
    }
}

impl Approval {
    /// What an action that was let through changes.
    pub fn take(&mut self, action: &str, reason: Option<&Reason>, at: &Stamp) {
        match action {
            "submit" => {
                self.status = ApprovalStatus::Submitted;
                self.submitted_by = at.actor.user_id;
                self.status_reason = None;
            }
            "withdraw" | "revise" => self.status = ApprovalStatus::Draft,
            "approve" => {
                self.status = ApprovalStatus::Approved;
                self.approved_by = at.actor.user_id;
                self.approved_at = Some(at.now);
            }
            "reject" => {
                self.status = ApprovalStatus::Rejected;
                self.status_reason = reason.cloned();
            }
            "cancel" | "discard" => {
                self.status = ApprovalStatus::Cancelled;
                self.status_reason = reason.cloned();
            }
            _ => {}
        }
    }

    /// The document at the gate: two people for one document, and what must hold `also`.
    ///
    /// Errors of its actions: `insufficient_scope`, `invalid_transition`, `not_the_author`, `self_approval`.
    pub fn gate<'a>(
        &'a self,
        machine: &'static Machine,
        author: Option<UserId>,
        actor: &'a Actor,
        also: impl Fn(&str) -> Result<()> + 'a,
    ) -> Gate<'a, impl Fn(&str) -> Result<()> + 'a> {
        Gate {
            machine,
            state: self.status.as_str(),
            actor,
            guard: move |action: &str| {
                self.guard(action, author, actor)?;
                also(action)
            },
        }
    }

    /// Two people for one document.
    fn guard(&self, action: &str, author: Option<UserId>, actor: &Actor) -> Result<()> {
        let is = |who: Option<UserId>| actor.user_id.is_some() && actor.user_id == who;
        match action {
            _ if actor.is_system => Ok(()),
            "submit" | "revise" | "discard" if author.is_some() && !is(author) => Err(NOT_THE_AUTHOR.error()),
            "withdraw" if !is(self.submitted_by) => Err(NOT_THE_AUTHOR.error()),
            "approve" | "reject" if is(author) || is(self.submitted_by) => Err(SELF_APPROVAL.error()),
            _ => Ok(()),
        }
    }
}

codes! {
    ALREADY_BEGUN: Conflict = "already_begun", "What has begun is not cancelled any more", "已开始的不能再取消";
}

impl Stored for Approval {
    const PARTS: &'static [(&'static str, RawKind)] = &[
        ("=status", RawKind::Text),
        ("=submitted_by", RawKind::Uuid),
        ("=approved_by", RawKind::Uuid),
        ("=approved_at", RawKind::Time),
        ("=status_reason", RawKind::Text),
    ];

    fn put(&self, keep: &mut dyn FnMut(Raw)) {
        keep(self.status.to_raw());
        keep(self.submitted_by.to_raw());
        keep(self.approved_by.to_raw());
        keep(self.approved_at.to_raw());
        keep(self.status_reason.to_raw());
    }

    fn take(next: &mut dyn FnMut(&'static str, RawKind) -> Result<Raw, String>) -> Result<Self, String> {
        Ok(Approval {
            status: ApprovalStatus::from_raw(next("=status", RawKind::Text)?)?,
            submitted_by: Option::from_raw(next("=submitted_by", RawKind::Uuid)?)?,
            approved_by: Option::from_raw(next("=approved_by", RawKind::Uuid)?)?,
            approved_at: Option::from_raw(next("=approved_at", RawKind::Time)?)?,
            status_reason: Option::from_raw(next("=status_reason", RawKind::Text)?)?,
        })
    }
}

/// Stamps of people for unit tests.
#[cfg(test)]
pub mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::kernel::Role;
    use crate::kernel::stamp::tests::stamp;

    /// The demo instant, by somebody in one role.
    pub fn by(user: u128, role: Role) -> Stamp {
        let actor = Actor {
            user_id: Some(UserId(uuid::Uuid::from_u128(user))),
            roles: RoleSet::of(&[role]),
            is_system: false,
            ..Actor::system()
        };
        Stamp {
            actor: Arc::new(actor),
            ..stamp()
        }
    }
}
