//! Failed sign-ins, counted per account and network address over a sliding window of real time (A18).
//!
//! An attempt is counted before the password is looked at, so that parallel guesses on several replicas cannot
//! exceed the limit; whoever gets in has his count cleared.

use aftercare_domain::auth::{FAILURE_WINDOW_MINUTES, FAILURES_ALLOWED};
use aftercare_domain::kernel::{Result, Time};

use crate::db::{Tx, sql};

/// Whose failures: the account as a hash of the name as typed, and where from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Hash of the folded sign-in name; it may not exist.
    pub account: String,
    /// The network address of the caller.
    pub address: String,
}

/// How many seconds the pair must wait, or none if it may try.
pub async fn wait_secs(tx: &mut Tx<'_>, pair: &Pair) -> Result<Option<i64>> {
    let wall = tx.wall();
    let found: Vec<Vec<Time>> = tx
        .read(
            sql!(
                "select recent from sign_in_failures where account = $1 and address = $2",
                pair.account.clone(),
                pair.address.clone()
            ),
            |row| row.get("recent"),
        )
        .await?;
    Ok(found
        .into_iter()
        .next()
        .and_then(|recent| wait(&in_window(recent, wall), wall)))
}

/// Counts an attempt, or says how many seconds the pair must wait.
pub async fn attempt(tx: &mut Tx<'_>, pair: &Pair) -> Result<Option<i64>> {
    let wall = tx.wall();
    let expires_at = wall.plus_minutes(FAILURE_WINDOW_MINUTES);
    // The row is locked by this: others for the same pair wait.
    let found: Vec<Vec<Time>> = tx
        .read(
            sql!(
                "insert into sign_in_failures (account, address, recent, expires_at) values ($1, $2, $3, $4)
                 on conflict (account, address) do update set expires_at = excluded.expires_at
                 returning recent",
                pair.account.clone(),
                pair.address.clone(),
                Vec::<Time>::new(),
                expires_at
            ),
            |row| row.get("recent"),
        )
        .await?;
    let mut recent = in_window(found.into_iter().next().unwrap_or_default(), wall);
    if let Some(secs) = wait(&recent, wall) {
        return Ok(Some(secs));
    }
    recent.push(wall);
    tx.exec(sql!(
        "update sign_in_failures set recent = $1 where account = $2 and address = $3",
        recent,
        pair.account.clone(),
        pair.address.clone()
    ))
    .await?;
    Ok(None)
}

/// Clears the count of a pair that got in.
pub async fn clear(tx: &mut Tx<'_>, pair: &Pair) -> Result<()> {
    tx.exec(sql!(
        "delete from sign_in_failures where account = $1 and address = $2",
        pair.account.clone(),
        pair.address.clone()
    ))
    .await
    .map(|_| ())
}

/// Forgets counts whose window is over, five hundred at a time.
pub async fn forget(tx: &mut Tx<'_>, wall: Time) -> Result<u64> {
    tx.exec(sql!(
        "delete from sign_in_failures where (account, address) in (
           select account, address from sign_in_failures
           where expires_at <= $1 order by expires_at limit 500)",
        wall
    ))
    .await
}

fn in_window(recent: Vec<Time>, wall: Time) -> Vec<Time> {
    let begin = wall.plus_minutes(FAILURE_WINDOW_MINUTES.saturating_neg());
    recent.into_iter().filter(|at| *at > begin).collect()
}

fn wait(recent: &[Time], wall: Time) -> Option<i64> {
    // The oldest of the last five leaves the window first.
    let oldest = recent.iter().rev().nth(FAILURES_ALLOWED.saturating_sub(1))?;
    let free_at = oldest.plus_minutes(FAILURE_WINDOW_MINUTES);
    Some(
        free_at
            .millis_since(wall)
            .saturating_add(999)
            .div_euclid(1_000)
            .max(1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_attempt_waits_until_the_first_failure_leaves_the_window() {
        let start = Time::from_millis(1_000_000_000_000);
        let five: Vec<Time> = (0..5).map(|n| start.plus_minutes(n)).collect();
        let wall = start.plus_minutes(5);
        assert_eq!(wait(&in_window(five.clone(), wall), wall), Some(600));
        let later = start.plus_minutes(15);
        assert_eq!(wait(&in_window(five.clone(), later), later), None);
        assert_eq!(wait(&in_window(five[..4].to_vec(), wall), wall), None);
    }
}
