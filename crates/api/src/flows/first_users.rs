//! The first users: one administrator by a one-time token, or one user per role in a sandbox (A10, A12).

use aftercare_domain::auth::{ALREADY_BOOTSTRAPPED, Bootstrap, INVALID_CREDENTIALS};
use aftercare_domain::customers::Language;
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::text::{Name, Username};
use aftercare_domain::kernel::{Meta, Result, Role};
use aftercare_domain::roles::Roles;
use aftercare_domain::users::{User, UserId};
use aftercare_persistence::platform::bootstrap;
use aftercare_persistence::{self as persistence, Db, Work, users};
use uuid::Uuid;

use crate::flows::sign_in::Origin;
use crate::http::auth::{Passwords, secrets};
use crate::state::State;

/// How long a printed token is good, in hours; a restart prints another.
const TOKEN_HOURS: i64 = 24;

/// A one-time token to be printed, if there is no user yet.
pub async fn prepare_bootstrap(db: &Db) -> Result<Option<String>> {
    let work = Work::system("bootstrap");
    if db.read(&work, async |tx| users::exist(tx).await).await? {
        return Ok(None);
    }
    let token = secrets::random("abt_")?;
    let hash = secrets::digest(&token);
    db.write(&work, async move |tx| {
        let expires_at = tx.wall().plus_minutes(TOKEN_HOURS * 60);
        bootstrap::offer(tx, &hash, expires_at).await
    })
    .await?;
    Ok(Some(token))
}

/// Makes the first administrator, once.
///
/// Errors: `already_bootstrapped`, `invalid_credentials`, `weak_password`.
pub async fn redeem_bootstrap(state: &State, origin: &Origin, cmd: Bootstrap) -> Result<User> {
    let work = Work {
        trace_id: origin.trace_id.clone(),
        ..Work::system("bootstrap")
    };
    let token_hash = secrets::digest(cmd.token.reveal());
    state
        .db
        .read(&work, async |tx| {
            if users::exist(tx).await? {
                return Err(ALREADY_BOOTSTRAPPED.error());
            }
            if !bootstrap::is_offered(tx, &token_hash).await? {
                return Err(INVALID_CREDENTIALS.error());
            }
            Ok(())
        })
        .await?;
    cmd.password.check(&cmd.username, "#/password")?;
    let hash = state.passwords.turn().await?.hash(cmd.password.reveal()).await?;
    state
        .db
        .write(&work, async move |tx| {
            let display_name = Name::new(cmd.username.as_str()).map_err(|_| INTERNAL.error())?;
            let user = User::first_admin(cmd.username, display_name, &tx.stamp());
            // Whoever comes second waits here and finds the place taken.
            if !bootstrap::seal(tx, user.id).await? || users::exist(tx).await? {
                return Err(ALREADY_BOOTSTRAPPED.error());
            }
            persistence::insert(tx, &user).await?;
            users::set_password(tx, user.id, &hash).await?;
            Ok(user)
        })
        .await
}

/// A password for sandbox users, where none is configured.
pub fn sandbox_password() -> Result<String> {
    let random = secrets::random("")?;
    Ok(format!("Sandbox-{}", random.chars().take(16).collect::<String>()))
}

/// The people of domain.md 6.1, one for each role, a second engineer and a second manager; sign-in name and name.
const PEOPLE: &[(&str, Role, &str)] = &[
    ("admin", Role::Admin, "系统管理员"),
    ("service_manager", Role::ServiceManager, "王建林"),
    ("supervisor", Role::Supervisor, "李敏"),
    ("customer_service", Role::CustomerService, "赵燕"),
    ("dispatcher", Role::Dispatcher, "钱芳"),
    ("engineer", Role::Engineer, "张伟"),
    ("engineer2", Role::Engineer, "刘洋"),
    ("follow_up_agent", Role::FollowUpAgent, "孙悦"),
    ("complaint_officer", Role::ComplaintOfficer, "周磊"),
    ("repair_specialist", Role::RepairSpecialist, "吴昊"),
    ("outlet_manager", Role::OutletManager, "何明"),
    ("parts_clerk", Role::PartsClerk, "郑娟"),
    ("finance", Role::Finance, "冯涛"),
    ("kb_editor", Role::KbEditor, "陈琪"),
    ("analyst", Role::Analyst, "韩旭"),
    ("executive", Role::Executive, "蒋东"),
    ("integration", Role::Integration, "erp-bridge"),
    ("customer", Role::Customer, "刘芳"),
    // Nobody approves what he handed in himself.
    ("service_manager2", Role::ServiceManager, "郭敏"),
];

/// The user of a sandbox sign-in name; the same on every sandbox.
pub fn sandbox_user_id(username: &str) -> Option<UserId> {
    let place = PEOPLE.iter().position(|(name, ..)| *name == username)?;
    let place = u128::try_from(place).ok()?;
    // A well-formed UUIDv7 of the demo instant, numbered.
    Some(UserId(Uuid::from_u128(
        0x019a_ae16_8a80_7000_8000_0000_0000_0001_u128.saturating_add(place),
    )))
}

/// Makes the sandbox users that are missing and gives all of them the password.
///
/// Engineers and customers are linked by whoever makes their records.
pub async fn make_sandbox_users(db: &Db, passwords: &Passwords, password: &str) -> Result<()> {
    let work = Work::system("sandbox");
    let admin = sandbox_user_id("admin").ok_or_else(|| INTERNAL.error())?;
    let known = db
        .read(&work, async move |tx| users::credential(tx, admin).await)
        .await?;
    let known = known.map(|credential| credential.password_hash);
    let is_same = match &known {
        Some(hash) => passwords.turn().await?.is_right(password, Some(hash)).await?,
        None => false,
    };
    // Hashed once for all: these users exist to be tried out.
    let hash = match known.filter(|_| is_same) {
        Some(hash) => hash,
        None => passwords.turn().await?.hash(password).await?,
    };
    db.write(&work, async move |tx| {
        for (username, role, name) in PEOPLE {
            let id = sandbox_user_id(username).ok_or_else(|| INTERNAL.error())?;
            if persistence::find::<User>(tx, id.0).await?.is_none() {
                let user = User {
                    id,
                    username: Username::new(*username).map_err(|_| INTERNAL.error())?,
                    display_name: Name::new(*name).map_err(|_| INTERNAL.error())?,
                    roles: Roles::one(*role),
                    engineer_id: None,
                    customer_id: None,
                    outlet_id: None,
                    language: Language::Zh,
                    is_active: true,
                    must_change_password: false,
                    meta: Meta::new(&tx.stamp()),
                };
                persistence::insert(tx, &user).await?;
            }
            let stands = users::credential(tx, id).await?;
            if stands.is_none_or(|credential| credential.password_hash != hash) {
                users::set_password(tx, id, &hash).await?;
            }
        }
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use aftercare_domain::kernel::machine::Transition;
    use aftercare_domain::state_machines::MachineType;

    use super::*;

    #[test]
    fn whatever_takes_a_second_pair_of_hands_has_two_users_who_may() {
        // An order's other pair of hands is its engineer's, who judges none.
        let documents = MachineType::ALL
            .iter()
            .filter(|kind| **kind != MachineType::WorkOrder);
        for machine in documents.map(|kind| kind.machine()) {
            let second = |row: &&Transition| matches!(row.action, "approve" | "reject") && row.is_built;
            for row in machine.rows.iter().filter(second) {
                let may = PEOPLE.iter().filter(|(_, role, _)| row.actors.has(*role)).count();
                assert!(may >= 2, "{} {}: {may}", machine.name, row.action);
            }
        }
    }

    #[test]
    fn every_role_has_a_sandbox_user_named_after_it() {
        for role in Role::ALL {
            assert!(sandbox_user_id(role.as_str()).is_some(), "{role}");
        }
        assert_eq!(PEOPLE.len(), Role::ALL.len() + 2);
        assert_ne!(sandbox_user_id("engineer"), sandbox_user_id("engineer2"));
    }
}
