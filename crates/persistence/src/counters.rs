//! Counters: how they are found; `platform::counters` raises them.

use std::collections::HashMap;

use aftercare_domain::counters::{Counter, CounterFilter, CounterId, CounterScope};
use aftercare_domain::kernel::{I18n, Raw, Result, Time};
use aftercare_domain::problem_types::{ProblemType, ProblemTypeId};
use aftercare_domain::products::{Product, ProductId};
use uuid::Uuid;

use crate::db::{ListBy, Listing, PageRequest, Record, Sql, Table, Tx, Where, list, marks, record};

/// A counter as it is kept: the product or type it counts, and the type beside the product in a pair.
#[derive(Clone)]
pub struct Row {
    id: CounterId,
    scope: CounterScope,
    scope_id: Uuid,
    pair_id: Uuid,
    occurrences: i64,
    reclassified_out: i64,
    cancelled: i64,
    last_at: Option<Time>,
}

record! { Row: Table::new("counters", "counter") =>
    id, scope, scope_id, pair_id, occurrences, reclassified_out, cancelled, last_at
}

impl ListBy<Row> for CounterFilter {
    const SORTS: &'static [&'static str] = &["occurrences", "reclassified_out", "cancelled"];

    fn apply(&self, w: &mut Where) {
        w.eq("scope", self.scope);
        if let Some(id) = self.product_id {
            w.raw("scope in ('product', 'product_problem')", None);
            w.eq("scope_id", Some(id));
        }
        if let Some(id) = self.problem_type_id {
            w.raw(
                "case scope when 'problem_type' then scope_id when 'product_problem' then pair_id end = ?",
                Some(Raw::Uuid(Some(id.0))),
            );
        }
    }
}

impl Row {
    fn product(&self) -> Option<Uuid> {
        (self.scope != CounterScope::ProblemType).then_some(self.scope_id)
    }

    fn problem_type(&self) -> Option<Uuid> {
        match self.scope {
            CounterScope::Product => None,
            CounterScope::ProblemType => Some(self.scope_id),
            CounterScope::ProductProblem => Some(self.pair_id),
        }
    }
}

/// One page of counters with the names of what they count.
pub async fn page(tx: &mut Tx<'_>, filter: &CounterFilter, page: &PageRequest) -> Result<Listing<Counter>> {
    let found: Listing<Row> = list(tx, filter, page).await?;
    let products = names::<Product>(tx, found.rows.iter().filter_map(Row::product)).await?;
    let types = names::<ProblemType>(tx, found.rows.iter().filter_map(Row::problem_type)).await?;
    let counter = |row: Row| {
        let (product, problem_type) = (row.product(), row.problem_type());
        Counter {
            id: row.id,
            scope: row.scope,
            product_id: product.map(ProductId),
            product_name: product.and_then(|id| products.get(&id).cloned()),
            problem_type_id: problem_type.map(ProblemTypeId),
            problem_type_name: problem_type.and_then(|id| types.get(&id).cloned()),
            occurrences: row.occurrences,
            reclassified_out: row.reclassified_out,
            cancelled: row.cancelled,
            net: row.occurrences.saturating_sub(row.reclassified_out),
            last_at: row.last_at,
        }
    };
    Ok(found.map(counter))
}

async fn names<T: Record>(tx: &mut Tx<'_>, ids: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, I18n>> {
    let args: Vec<Raw> = ids.map(|id| Raw::Uuid(Some(id))).collect();
    if args.is_empty() {
        return Ok(HashMap::new());
    }
    let places = marks(1, args.len());
    let text = format!(
        "select id, name_zh, name_en from {} where id in ({})",
        T::TABLE.name,
        places
    );
    let found = tx
        .read(Sql::new(text, args), |row| Ok((row.get("id")?, row.get("name")?)))
        .await?;
    Ok(found.into_iter().collect())
}
