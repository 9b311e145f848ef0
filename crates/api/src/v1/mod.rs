//! Version 1 of the API: one line for each module.

use crate::openapi::Routes;

mod addresses;
mod api_keys;
mod attachments;
mod audit_logs;
mod auth;
mod business_calendars;
mod changes;
mod contacts;
mod counters;
mod custom_fields;
mod customer_value;
mod customers;
mod dictionaries;
mod engineers;
mod fault_codes;
mod follow_ups;
mod history;
mod imports;
mod installed_products;
mod meta;
mod notifications;
mod priority_matrix;
mod problem_types;
mod product_categories;
mod products;
mod purchase_records;
mod regions;
mod roles;
mod sandbox;
mod service_items;
mod service_requests;
mod service_types;
mod sla;
mod sla_policies;
mod sla_timers;
mod surveys;
mod users;
mod warranty_policies;
mod work_orders;

/// Registers every operation under `/v1`.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    // Asked for most often, found first.
    cfg.configure(service_requests::routes);
    cfg.configure(addresses::routes);
    cfg.configure(api_keys::routes);
    cfg.configure(attachments::routes);
    cfg.configure(audit_logs::routes);
    cfg.configure(auth::routes);
    cfg.configure(business_calendars::routes);
    cfg.configure(changes::routes);
    cfg.configure(contacts::routes);
    cfg.configure(counters::routes);
    cfg.configure(custom_fields::routes);
    cfg.configure(customer_value::routes);
    cfg.configure(customers::routes);
    cfg.configure(dictionaries::routes);
    cfg.configure(engineers::routes);
    cfg.configure(fault_codes::routes);
    cfg.configure(follow_ups::routes);
    cfg.configure(history::routes);
    cfg.configure(imports::routes);
    cfg.configure(installed_products::routes);
    cfg.configure(meta::routes);
    cfg.configure(notifications::routes);
    cfg.configure(priority_matrix::routes);
    cfg.configure(problem_types::routes);
    cfg.configure(product_categories::routes);
    cfg.configure(products::routes);
    cfg.configure(purchase_records::routes);
    cfg.configure(regions::routes);
    cfg.configure(roles::routes);
    cfg.configure(sandbox::routes);
    cfg.configure(service_items::routes);
    cfg.configure(service_types::routes);
    cfg.configure(sla::routes);
    cfg.configure(sla_policies::routes);
    cfg.configure(sla_timers::routes);
    cfg.configure(surveys::routes);
    cfg.configure(users::routes);
    cfg.configure(warranty_policies::routes);
    cfg.configure(work_orders::routes);
}
