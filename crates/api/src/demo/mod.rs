//! `aftercare demo`: walks the main job against a sandbox and prints each step, 中文 and English (domain.md 6.3).

mod client;
mod story;

use client::{Answer, Failure, Server};
use serde_json::Value;

/// How much of an answer is shown, in characters.
const SHOWN: usize = 400;

/// The members worth showing of a record, in this order.
const TELLING: &[&str] = &[
    "number",
    "code",
    "status",
    "priority",
    "cycle_no",
    "unresolved_attempts",
    "missed_count",
    "lock",
    "resolution_due_at",
    "assignment_due_at",
    "satisfaction",
    "outcome",
    "result",
    "name",
    "title",
    "model",
    "purchased_on",
    "occurrences",
    "now",
    "fired",
    "send_at",
    "action",
    "from",
    "to",
    "at",
    "detail",
    "rank",
    "is_eligible",
    "score",
    "distance_m",
    "travel_m",
    "late_minutes",
    "start_at",
];

/// The lists a body may be.
const LISTS: &[&str] = &["/data", "/candidates", "/stops"];

/// Walks the story against the server there.
///
/// Errors: the first answer that is not what the story says, or no server there.
pub fn run(url: &str, password: &str) -> Result<(), Failure> {
    let walk = Walk {
        server: Server::at(url)?,
        password: password.to_owned(),
    };
    walk.title(&format!("{url} 上的演示"), &format!("A walk through {url}"));
    story::main_job(&walk)?;
    story::double_failure(&walk)?;
    story::a_planned_day(&walk)?;
    story::missed_date(&walk)?;
    walk.title("演示完成", "The walk is complete");
    Ok(())
}

/// Who walks where.
struct Walk {
    server: Server,
    password: String,
}

/// Somebody who signed in.
struct Person<'a> {
    walk: &'a Walk,
    username: &'static str,
    token: String,
}

impl Walk {
    fn title(&self, zh: &str, en: &str) {
        println!("\n=== {zh} · {en} ===");
    }

    fn step(&self, zh: &str, en: &str) {
        println!("\n■ {zh}\n  {en}");
    }

    /// Signs somebody in.
    fn sign_in(&self, username: &'static str) -> Result<Person<'_>, Failure> {
        let said = serde_json::json!({"username": username, "password": self.password});
        let answer = self.server.call("POST", "/v1/auth/login", None, Some(&said))?;
        if answer.status != 200 {
            return Err(Failure(format!(
                "{username} cannot sign in ({} {}): is the server a sandbox, and the password its password?",
                answer.status,
                answer.text("/code")
            )));
        }
        Ok(Person {
            walk: self,
            username,
            token: answer.text("/access_token").to_owned(),
        })
    }
}

impl Person<'_> {
    fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.call("GET", path, None, 200)
    }

    fn post(&self, path: &str, said: &Value, status: u16) -> Result<Answer, Failure> {
        self.call("POST", path, Some(said), status)
    }

    /// One call, shown; its status must be the story's.
    fn call(&self, method: &str, path: &str, said: Option<&Value>, status: u16) -> Result<Answer, Failure> {
        let shown = said.map(|said| format!(" {said}")).unwrap_or_default();
        println!("  {} → {method} {path}{}", self.username, cut(&shown));
        let answer = self.walk.server.call(method, path, Some(&self.token), said)?;
        println!("  ← {} {}", answer.status, cut(&telling(&answer.body)));
        if answer.status == status {
            Ok(answer)
        } else {
            Err(Failure(format!(
                "{method} {path}: expected {status}, found {}",
                answer.status
            )))
        }
    }
}

/// What a body says, in short.
fn telling(body: &Value) -> String {
    let lists = LISTS.iter().filter_map(|list| body.pointer(list));
    if let Some(rows) = lists.filter_map(Value::as_array).next() {
        let rows: Vec<String> = rows.iter().map(telling).collect();
        return format!("[{}]", rows.join(", "));
    }
    let members: Vec<String> = TELLING
        .iter()
        .filter_map(|name| Some((name, body.get(name)?)))
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| format!("{name}: {}", plain(value)))
        .collect();
    format!("{{{}}}", members.join(", "))
}

/// A value without what only machines need.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) if members.contains_key("zh") => {
            let say = |lang| members.get(lang).and_then(Value::as_str).unwrap_or_default();
            format!("{} {}", say("zh"), say("en")).trim().to_owned()
        }
        Value::Object(members) if members.contains_key("case") => {
            members.get("case").map(plain).unwrap_or_default()
        }
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_is_told_by_what_matters() {
        let body = json!({"id": "x", "number": "SR-1", "status": "locked", "lock": {"case": "unresolved_twice", "at": "t"}});
        assert_eq!(
            telling(&body),
            "{number: SR-1, status: locked, lock: unresolved_twice}"
        );
        assert_eq!(
            telling(&json!({"data": [{"name": {"zh": "空调", "en": "AC"}}, {"name": "刘芳"}]})),
            "[{name: 空调 AC}, {name: 刘芳}]"
        );
    }
}
