//! Who pays for a request: judged with what is known, kept with the first job done (AG-2, AG-3).

use serde_json::json;

use super::dossier::Dossier;
use super::members::{RequestStatus, VerificationStatus};
use super::refs::{InstalledProductId, ProductId};
use crate::coverage::{CoverageRecord, CoverageVerdict, Handling, OverrideCoverage};
use crate::kernel::text::WordCode;
use crate::kernel::{Error, Result, Stamp};
use crate::work_orders::{Outcome, WorkOrderKind};

/// How a request stands with what its agreement grants (AG-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaClaim {
    /// It takes nothing.
    None,
    /// Somebody is on it: one is set aside.
    Held,
    /// The work is verified: one is used.
    Used,
}

/// What a verdict about a request rests on; while it stays the same, so does the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageFooting {
    /// How the job is done.
    pub handling: Handling,
    /// How it stands with what its agreement grants.
    pub claim: QuotaClaim,
    /// A cause that is never free, as an engineer found it.
    pub exclusion: Option<WordCode>,
    /// Whether a job was done: from then on the verdict is kept.
    pub is_done: bool,
    /// The product.
    pub product_id: Option<ProductId>,
    /// The very unit, whose warranty may pay.
    pub installed_product_id: Option<InstalledProductId>,
}

/// Service types nobody comes for.
const FROM_AFAR: [&str; 4] = ["consult", "suggestion", "complaint", "remote_debug"];

/// Routine maintenance, which no warranty includes.
pub const MAINTENANCE: &str = "maintain";

impl Handling {
    /// How a job of a service type is done, as long as nobody has it.
    pub fn expected(service_type: &WordCode) -> Handling {
        if FROM_AFAR.contains(&service_type.as_str()) {
            Handling::Remote
        } else {
            Handling::OnSite
        }
    }
}

impl From<WorkOrderKind> for Handling {
    fn from(kind: WorkOrderKind) -> Handling {
        match kind {
            WorkOrderKind::OnSite => Handling::OnSite,
            WorkOrderKind::Remote => Handling::Remote,
            WorkOrderKind::Depot => Handling::Depot,
        }
    }
}

impl Dossier {
    /// What a verdict rests on as the request stands now.
    pub fn coverage_footing(&self) -> CoverageFooting {
        let is_done = self
            .orders
            .iter()
            .any(|order| order.leads() && order.outcome.is_some_and(Outcome::is_attempt));
        let last = self
            .open_order()
            .or_else(|| self.orders.iter().rfind(|order| order.leads()));
        CoverageFooting {
            handling: last.map_or_else(
                || Handling::expected(&self.request.service_type),
                |order| order.kind.into(),
            ),
            claim: self.quota_claim(is_done),
            exclusion: self
                .orders
                .iter()
                .rev()
                .find_map(|order| order.exclusion_cause.clone()),
            is_done,
            product_id: self.request.product_id,
            installed_product_id: self.request.installed_product_id,
        }
    }

    /// Reserved with the assignment, used with the verification, given back when nobody comes after all (AG-2).
    fn quota_claim(&self, is_done: bool) -> QuotaClaim {
        let is_verified = matches!(
            &self.request.verification,
            Some(v) if v.status == VerificationStatus::Verified
        );
        match self.request.status {
            RequestStatus::Cancelled => QuotaClaim::None,
            _ if is_done && is_verified => QuotaClaim::Used,
            _ if is_done || self.open_order().is_some() => QuotaClaim::Held,
            _ => QuotaClaim::None,
        }
    }

    /// Whether the verdict may still change.
    pub fn is_coverage_open(&self) -> bool {
        let record = self.request.coverage_record.as_ref();
        record.is_none_or(|record| record.frozen_at.is_none())
    }

    /// Takes the rule's verdict, and keeps it for good once a job was done (AG-3).
    ///
    /// Errors: `coverage_frozen`.
    pub fn judge_coverage(&mut self, verdict: CoverageVerdict, is_done: bool, at: &Stamp) -> Result<()> {
        let mut record = match self.request.coverage_record.take() {
            Some(mut record) => {
                record.rejudge(verdict, at)?;
                record
            }
            None => CoverageRecord::judge(verdict, at),
        };
        if is_done {
            record.freeze(at);
        }
        let before = self.request.coverage;
        let now = Some(record.coverage());
        self.request.coverage = now;
        self.request.coverage_record = Some(record);
        if before != now {
            let status = self.request.status;
            self.log("coverage", status, None, json!({"old": before, "new": now}), at);
        }
        Ok(())
    }

    /// The manager's word against the rule, also when the verdict is kept (AG-3).
    ///
    /// Errors: `no_agreement`.
    pub fn override_coverage(
        &mut self,
        cmd: OverrideCoverage,
        ruled: CoverageRecord,
        at: &Stamp,
    ) -> Result<()> {
        Error::all(cmd.faults(self.request.agreement_id.is_some()))?;
        let mut record = self.request.coverage_record.take().unwrap_or(ruled);
        let (before, reason) = (self.request.coverage, cmd.reason.to_string());
        record.set_aside(cmd, at);
        self.request.coverage = Some(record.coverage());
        let data = json!({"old": before, "new": self.request.coverage});
        self.request.coverage_record = Some(record);
        let status = self.request.status;
        self.log("override_coverage", status, Some(reason), data, at);
        Ok(())
    }
}
