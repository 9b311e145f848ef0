//! Users: how they are kept and found, and their passwords beside them.

use aftercare_domain::auth::REMEMBERED_PASSWORDS;
use aftercare_domain::customers::CustomerId;
use aftercare_domain::kernel::text::{Username, search_fold};
use aftercare_domain::kernel::{Actor, Column as _, Raw, Result};
use aftercare_domain::roles::Roles;
use aftercare_domain::users::{DUPLICATE_USERNAME, User, UserFilter, UserId};

use crate::db::{FromRow, ListBy, Row, Sql, Table, Tx, Unique, Where, dialect, record, sql};

const TABLE: Table = Table::new("users", "user").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "users_username_key",
    columns: "users.username",
    code: &DUPLICATE_USERNAME,
    pointer: "#/username",
}];

record! { User: TABLE =>
    id, username, display_name, roles, engineer_id, customer_id, outlet_id, language, is_active,
    must_change_password; meta; search = text_of
}

impl ListBy<User> for UserFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "username", "display_name"];

    fn apply(&self, w: &mut Where) {
        w.eq("username", self.username.clone());
        if let Some(role) = self.role {
            // Both engines write the array's words in double quotes.
            let word = Raw::Text(Some(format!("%\"{role}\"%")));
            w.raw("cast(roles as text) like ?", Some(word));
        }
        w.eq("engineer_id", self.engineer_id);
        w.eq("customer_id", self.customer_id);
        w.eq("outlet_id", self.outlet_id);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn text_of(user: &User) -> String {
    search_fold(&[user.username.as_str(), user.display_name.as_str()])
}

/// The user of a row as one who acts; the row shows `id` and the columns an actor has.
pub(crate) fn actor_of(row: &Row<'_>) -> Result<Actor> {
    Ok(Actor {
        user_id: Some(row.get("id")?),
        name: row.get::<Username>("username")?.as_str().to_owned(),
        roles: row.get::<Roles>("roles")?.set(),
        engineer_id: row.get("engineer_id")?,
        customer_id: row.get::<Option<CustomerId>>("customer_id")?.map(|id| id.0),
        outlet_id: row.get("outlet_id")?,
        key: None,
        is_system: false,
    })
}

/// What a password is checked against; never leaves the server, shows nothing.
#[derive(Clone)]
pub struct Credential {
    /// Whose it is.
    pub user_id: UserId,
    /// Whether he may sign in at all.
    pub is_active: bool,
    /// The hash in PHC form.
    pub password_hash: String,
    /// Access tokens of an earlier epoch are refused.
    pub token_epoch: i64,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credential({})", self.user_id)
    }
}

impl FromRow for Credential {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Credential {
            user_id: row.get("user_id")?,
            is_active: row.get("is_active")?,
            password_hash: row.get("password_hash")?,
            token_epoch: row.get("token_epoch")?,
        })
    }
}

const CREDENTIAL: &str = "select c.user_id, u.is_active, c.password_hash, c.token_epoch
    from credentials c join users u on u.id = c.user_id where";

/// The credential behind a sign-in name.
pub async fn credential_by_name(tx: &mut Tx<'_>, username: &str) -> Result<Option<Credential>> {
    let text = format!("{CREDENTIAL} u.username = $1");
    tx.maybe(Sql::new(text, vec![Raw::Text(Some(username.to_owned()))]))
        .await
}

/// A user's credential; none for whoever never signs in.
pub async fn credential(tx: &mut Tx<'_>, user_id: UserId) -> Result<Option<Credential>> {
    let text = format!("{CREDENTIAL} c.user_id = $1");
    tx.maybe(Sql::new(text, vec![user_id.to_raw()])).await
}

/// A user's credential, which stays as it is until this unit ends: no session begins under a password just replaced.
pub async fn credential_for_update(tx: &mut Tx<'_>, user_id: UserId) -> Result<Option<Credential>> {
    let text = format!("{CREDENTIAL} c.user_id = $1{}", dialect::for_update(tx));
    tx.maybe(Sql::new(text, vec![user_id.to_raw()])).await
}

/// Whether there is any user yet.
pub async fn exist(tx: &mut Tx<'_>) -> Result<bool> {
    let count: i64 = tx
        .scalar(sql!(
            "select count(*) as value from (select 1 as one from users limit 1) as bounded"
        ))
        .await?;
    Ok(count > 0)
}

/// How many active administrators there are besides one user; they stay as they are until this unit ends.
///
/// Called before the user himself is locked: whoever demotes administrators takes the same rows in the same order,
/// so that two who demote each other neither both succeed nor wait for each other.
pub async fn other_admins(tx: &mut Tx<'_>, user_id: UserId) -> Result<i64> {
    let text = format!(
        "select id from users where is_active = $1 and cast(roles as text) like '%\"admin\"%' order by id{}",
        dialect::for_update(tx)
    );
    let admins: Vec<UserId> = tx
        .read(Sql::new(text, vec![Raw::Bool(Some(true))]), |row| row.get("id"))
        .await?;
    let others = admins.iter().filter(|id| **id != user_id).count();
    Ok(i64::try_from(others).unwrap_or(i64::MAX))
}

/// The hashes of the passwords a user may not take again, newest first.
pub async fn remembered_hashes(tx: &mut Tx<'_>, user_id: UserId) -> Result<Vec<String>> {
    tx.read(
        sql!(
            "select password_hash from password_history where user_id = $1
             order by changed_at desc, id desc limit $2",
            user_id,
            REMEMBERED_PASSWORDS
        ),
        |row| row.get("password_hash"),
    )
    .await
}

/// Sets a password, given as its hash, and forgets those too old to matter.
pub async fn set_password(tx: &mut Tx<'_>, user_id: UserId, hash: &str) -> Result<()> {
    let (wall, id) = (tx.wall(), tx.stamp().ids.next(tx.now()));
    tx.exec(sql!(
        "insert into credentials (user_id, password_hash, token_epoch, changed_at) values ($1, $2, 1, $3)
         on conflict (user_id) do update set
           password_hash = excluded.password_hash, changed_at = excluded.changed_at",
        user_id,
        hash.to_owned(),
        wall
    ))
    .await?;
    tx.exec(sql!(
        "insert into password_history (id, user_id, password_hash, changed_at) values ($1, $2, $3, $4)",
        id,
        user_id,
        hash.to_owned(),
        wall
    ))
    .await?;
    tx.exec(sql!(
        "delete from password_history where user_id = $1 and id not in (
           select id from password_history where user_id = $1 order by changed_at desc, id desc limit $2)",
        user_id,
        REMEMBERED_PASSWORDS
    ))
    .await?;
    tx.note("set_password", "user", user_id.0, serde_json::json!({}));
    Ok(())
}

/// Moves the token epoch: every access token out there is refused from now on (A19).
pub async fn raise_epoch(tx: &mut Tx<'_>, user_id: UserId) -> Result<()> {
    tx.exec(sql!(
        "update credentials set token_epoch = token_epoch + 1 where user_id = $1",
        user_id
    ))
    .await
    .map(|_| ())
}

/// Takes what users stand for away from them, for a reset that keeps users but not what they point at (A31).
pub async fn detach_all(tx: &mut Tx<'_>) -> Result<()> {
    tx.exec(sql!(
        "update users set engineer_id = null, customer_id = null, outlet_id = null"
    ))
    .await
    .map(|_| ())
}
