//! What is true: the rules of after-sales service.
//!
//! No I/O, no clock, no randomness: every rule is a function of values and a [`kernel::Stamp`].

pub mod addresses;
pub mod agreement_templates;
pub mod api_keys;
pub mod approvals;
pub mod assessments;
pub mod attachments;
pub mod audit_logs;
pub mod auth;
pub mod business_calendars;
pub mod changes;
pub mod contacts;
pub mod counters;
pub mod coverage;
pub mod custom_fields;
pub mod customers;
pub mod dictionaries;
pub mod dispatch;
pub mod engineers;
pub mod exams;
pub mod fault_codes;
pub mod follow_ups;
pub mod imports;
pub mod installed_products;
pub mod kernel;
pub mod leaves;
pub mod maintenance_proposals;
pub mod notifications;
pub mod outlets;
pub mod performance;
pub mod problem_types;
pub mod product_categories;
pub mod products;
pub mod purchase_records;
pub mod recommendations;
pub mod regions;
pub mod requests;
pub mod roles;
pub mod sandbox;
pub mod service_agreements;
pub mod service_history;
pub mod service_items;
pub mod service_types;
pub mod shifts;
pub mod skills;
pub mod sla;
pub mod state_machines;
pub mod surveys;
pub mod training_courses;
pub mod users;
pub mod warranty_policies;
pub mod work_orders;

use kernel::{Code, Grant};

/// Every permission of every module: roles, the sweep of rights and the contract are made from it.
pub fn grants() -> impl Iterator<Item = &'static Grant> {
    let modules = [
        addresses::GRANTS,
        agreement_templates::GRANTS,
        api_keys::GRANTS,
        assessments::machine::GRANTS,
        assessments::schemes::GRANTS,
        attachments::GRANTS,
        audit_logs::GRANTS,
        business_calendars::GRANTS,
        changes::GRANTS,
        contacts::GRANTS,
        coverage::GRANTS,
        counters::GRANTS,
        custom_fields::GRANTS,
        customers::GRANTS,
        dictionaries::GRANTS,
        dispatch::rules::GRANTS,
        fault_codes::GRANTS,
        engineers::GRANTS,
        exams::GRANTS,
        exams::attempts::GRANTS,
        exams::questions::GRANTS,
        follow_ups::GRANTS,
        imports::GRANTS,
        installed_products::GRANTS,
        leaves::GRANTS,
        maintenance_proposals::GRANTS,
        notifications::GRANTS,
        outlets::GRANTS,
        performance::awards::GRANTS,
        performance::credit::GRANTS,
        performance::reviews::GRANTS,
        performance::schemes::GRANTS,
        problem_types::GRANTS,
        product_categories::GRANTS,
        products::GRANTS,
        purchase_records::GRANTS,
        regions::GRANTS,
        requests::GRANTS,
        roles::GRANTS,
        service_agreements::GRANTS,
        service_items::GRANTS,
        service_types::GRANTS,
        shifts::GRANTS,
        shifts::rosters::GRANTS,
        shifts::templates::GRANTS,
        skills::GRANTS,
        sandbox::GRANTS,
        sla::policy::GRANTS,
        sla::priority::GRANTS,
        state_machines::GRANTS,
        surveys::GRANTS,
        training_courses::GRANTS,
        users::GRANTS,
        warranty_policies::GRANTS,
        work_orders::GRANTS,
    ];
    modules.into_iter().flatten().copied()
}

/// Every refusal code of the domain: the catalogue of problems is made from it.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    let modules = [
        addresses::CODES,
        agreement_templates::CODES,
        approvals::CODES,
        api_keys::CODES,
        assessments::CODES,
        attachments::CODES,
        auth::CODES,
        business_calendars::CODES,
        changes::CODES,
        contacts::CODES,
        coverage::CODES,
        custom_fields::CODES,
        customers::CODES,
        customers::merge::CODES,
        dictionaries::CODES,
        dispatch::CODES,
        engineers::CODES,
        exams::CODES,
        follow_ups::CODES,
        imports::CODES,
        installed_products::CODES,
        kernel::error::CODES,
        leaves::CODES,
        maintenance_proposals::CODES,
        outlets::CODES,
        performance::CODES,
        requests::CODES,
        sandbox::CODES,
        service_agreements::CODES,
        shifts::CODES,
        skills::CODES,
        sla::CODES,
        sla::policy::CODES,
        sla::preview::CODES,
        training_courses::CODES,
        users::CODES,
        warranty_policies::CODES,
        work_orders::CODES,
        work_orders::offline::CODES,
    ];
    modules.into_iter().flatten().copied()
}
