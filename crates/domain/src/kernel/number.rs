//! Numbers people read aloud: `SR-20261123-000001` (A7, A35).

use super::Date;
use crate::label;

label! {
    /// A series of document numbers.
    pub enum Series {
        /// Service requests.
        ServiceRequest = "SR",
        /// Work orders.
        WorkOrder = "WO",
        /// Follow-ups.
        FollowUp = "FU",
        /// Customers.
        Customer = "CU",
        /// Engineers.
        Engineer = "EN",
        /// Imports.
        Import = "IM",
        /// Service agreements.
        Agreement = "AG",
        /// Maintenance proposals.
        MaintenanceProposal = "MP",
    }
}

impl Series {
    /// The number in this series for a local date and its daily sequence.
    pub fn format(self, on: Date, sequence: i64) -> String {
        format!("{self}-{}-{sequence:06}", on.0.format("%Y%m%d"))
    }
}
