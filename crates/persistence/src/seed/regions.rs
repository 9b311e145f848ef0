//! The administrative divisions of China, mainland provinces down to counties.

use std::collections::HashSet;

use aftercare_domain::kernel::text::{Label200, RegionCode};
use aftercare_domain::kernel::{I18n, Result};
use aftercare_domain::regions::{Region, RegionCreate};
use serde_json::json;
use uuid::Uuid;

use crate::db::{Db, Tx, Work, seed, sql};

/// One line for each region: code, blank, Chinese name; in order of code.
const DIVISIONS: &str = include_str!("regions.txt");

/// Brings a database to the regions of this release; two servers that start together do not mind each other.
pub async fn run(db: &Db) -> Result<()> {
    db.write(&Work::system("seed"), async |tx: &mut Tx<'_>| {
        load(tx).await.map(|_| ())
    })
    .await
}

/// Adds the regions that are missing; how many these were. What stands is left alone, so a second call adds nothing.
pub async fn load(tx: &mut Tx<'_>) -> Result<usize> {
    let known: HashSet<String> = tx
        .read(sql!("select code from regions"), |row| row.get("code"))
        .await?
        .into_iter()
        .collect();
    let stamp = tx.stamp();
    let missing: Vec<Region> = DIVISIONS
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(code, _)| !known.contains(*code))
        .filter_map(|(code, name)| {
            Some(RegionCreate {
                code: RegionCode::new(code).ok()?,
                name: I18n {
                    zh: Label200::new(name).ok()?,
                    en: None,
                },
                grade: None,
            })
        })
        .map(|cmd| Region::add(cmd, &stamp))
        .collect();
    seed(tx, &missing).await?;
    if !missing.is_empty() {
        // One line for all of them: three thousand say no more.
        tx.note("seed", "region", Uuid::nil(), json!({ "count": missing.len() }));
    }
    Ok(missing.len())
}
