//! What only a sandbox does: keep its clock, and start over (A11, A31).

use aftercare_domain::kernel::{Result, Time};

use crate::db::{Sql, Tx, sql};
use crate::platform::sequencer;

/// Everything a reset empties, in an order foreign keys allow; users, sessions and keys stay.
pub const EMPTIED: &[&str] = &[
    "import_rows",
    "imports",
    "attachment_blobs",
    "attachments",
    "daily_figures",
    "notices",
    "activities",
    "lock_records",
    "surveys",
    "follow_ups",
    "attempts",
    "alarms",
    "sla_timers",
    "labor_spells",
    "offline_operations",
    "work_orders",
    "usages",
    "service_requests",
    "entitlements",
    "service_agreements",
    "agreement_templates",
    "exam_attempts",
    "exams",
    "exam_questions",
    "assessment_evidence",
    "outlet_assessments",
    "assessment_schemes",
    "dispatch_rules",
    "awards",
    "credit_entries",
    "performance_reviews",
    "performance_schemes",
    "leaves",
    "training_needs",
    "training_courses",
    "shifts",
    "rosters",
    "shift_templates",
    "engineer_regions",
    "engineer_skills",
    "engineers",
    "skills",
    "outlet_accounts",
    "outlet_regions",
    "outlet_categories",
    "service_outlets",
    "external_refs",
    "warranty_ends",
    "installed_products",
    "addresses",
    "contacts",
    "maintenance_proposals",
    "purchase_records",
    "customers",
    "custom_fields",
    "fault_codes",
    "service_items",
    "service_types",
    "products",
    "problem_types",
    "product_categories",
    "sla_policy_versions",
    "warranty_policies",
    "sla_policies",
    "priority_matrices",
    "calendar_recounts",
    "business_calendars",
    "dictionary_items",
    "dictionaries",
    "counters",
    "number_blocks",
    "idempotency_keys",
    "outbox",
    "audit_logs",
];

/// What a reset leaves: who signs in and by what, the divisions of the country, the schema itself.
pub const KEPT: &[&str] = &[
    "api_key_secrets",
    "api_keys",
    "bootstrap_tokens",
    "bootstraps",
    "credentials",
    "dispatch_turns",
    "password_history",
    "refresh_tokens",
    "regions",
    "sandbox_clock",
    "schema_migrations",
    "secrets",
    "sequencer",
    "sessions",
    "sign_in_failures",
    "signing_keys",
    "users",
];

/// Where the clock stands, and whether nothing happened since the last reset.
pub async fn clock(tx: &mut Tx<'_>) -> Result<Option<(Time, bool)>> {
    let found = tx
        .read(
            sql!("select frozen_at, is_reset from sandbox_clock where id = 1"),
            |row| Ok((row.get("frozen_at")?, row.get("is_reset")?)),
        )
        .await?;
    Ok(found.into_iter().next())
}

/// Stands the clock at an instant.
pub async fn set_clock(tx: &mut Tx<'_>, at: Time, is_reset: bool) -> Result<()> {
    tx.exec(sql!(
        "insert into sandbox_clock (id, frozen_at, is_reset) values (1, $1, $2)
         on conflict (id) do update set frozen_at = excluded.frozen_at, is_reset = excluded.is_reset",
        at,
        is_reset
    ))
    .await
    .map(|_| ())
}

/// Empties every table a reset empties.
pub async fn wipe(tx: &mut Tx<'_>) -> Result<()> {
    sequencer::start_over(tx).await?;
    // Rows may point at each other within their own table.
    tx.exec(sql!(
        "update service_requests set repeat_of = null where repeat_of is not null"
    ))
    .await?;
    tx.exec(sql!(
        "update work_orders set successor_of = null, team_of = null
         where successor_of is not null or team_of is not null"
    ))
    .await?;
    tx.exec(sql!(
        "update installed_products set replaces_id = null where replaces_id is not null"
    ))
    .await?;
    tx.exec(sql!(
        "update customers set merged_into_id = null where merged_into_id is not null"
    ))
    .await?;
    for table in EMPTIED {
        tx.exec(Sql::new(format!("delete from {table}"), Vec::new()))
            .await?;
    }
    tx.restart_numbers();
    Ok(())
}

/// The first instant at which something is due in any request.
pub async fn first_due(tx: &mut Tx<'_>) -> Result<Option<Time>> {
    tx.scalar(sql!("select min(next_due_at) as value from service_requests"))
        .await
}
