//! State machines: the tables that decide, to be read by whoever has to live with them.
//!
//! Everybody signed in may read them: they say what the business does, not what it did.

use crate::kernel::RoleSet;
use crate::kernel::machine::Machine;
use crate::{
    assessments, exams, follow_ups, installed_products, label, leaves, maintenance_proposals, outlets,
    performance, permissions, requests, service_agreements, shifts, work_orders,
};

label! {
    /// What has a state machine.
    pub enum MachineType {
        /// The service request (domain.md 4.3).
        ServiceRequest = "service_request",
        /// The work order (domain.md 3.11).
        WorkOrder = "work_order",
        /// The follow-up (domain.md 3.12).
        FollowUp = "follow_up",
        /// The service agreement (domain.md 3.23).
        ServiceAgreement = "service_agreement",
        /// The unit at a customer's (domain.md 3.2).
        InstalledProduct = "installed_product",
        /// The maintenance proposal.
        MaintenanceProposal = "maintenance_proposal",
        /// The service outlet (domain.md 3.23).
        ServiceOutlet = "service_outlet",
        /// The assessment of an outlet (domain.md 3.23).
        OutletAssessment = "outlet_assessment",
        /// The attempt at an exam (domain.md 3.23).
        ExamAttempt = "exam_attempt",
        /// The review of an engineer's month (domain.md 3.23).
        PerformanceReview = "performance_review",
        /// The roster of shifts (domain.md 3.23).
        Roster = "roster",
        /// The leave (domain.md 3.23).
        Leave = "leave",
    }
}

impl MachineType {
    /// The table the code runs.
    pub fn machine(self) -> &'static Machine {
        match self {
            MachineType::ServiceRequest => &requests::machine::MACHINE,
            MachineType::WorkOrder => &work_orders::machine::MACHINE,
            MachineType::FollowUp => &follow_ups::MACHINE,
            MachineType::ServiceAgreement => &service_agreements::MACHINE,
            MachineType::InstalledProduct => &installed_products::MACHINE,
            MachineType::MaintenanceProposal => &maintenance_proposals::MACHINE,
            MachineType::ServiceOutlet => &outlets::MACHINE,
            MachineType::OutletAssessment => &assessments::machine::MACHINE,
            MachineType::ExamAttempt => &exams::attempts::MACHINE,
            MachineType::PerformanceReview => &performance::reviews::MACHINE,
            MachineType::Leave => &leaves::MACHINE,
            MachineType::Roster => &shifts::rosters::MACHINE,
        }
    }
}

// ---- permissions: who may do what --------------------------------------------------------------------------------

permissions! {
    Read = "state_machines:read" for RoleSet::ALL;
}
