//! What a sandbox prints when it stands: where it is, who can sign in, and three calls to try.

use aftercare_persistence::seed::sandbox::{company, engineer};

/// The sign-in names worth trying first.
const USERS: &str = "admin, service_manager, service_manager2 (approves what the first hands in), customer_service, \
                     dispatcher, engineer, engineer2, follow_up_agent, supervisor, customer (one for each role)";

/// The text, for a server at `url`; a configured password is its owner's to know, so only a generated one is shown.
pub fn text(url: &str, generated: Option<&str>) -> String {
    let (password, in_json, in_shell) = match generated {
        Some(password) => (password, password.to_owned(), format!("'{password}'")),
        None => (
            "the one in AFTERCARE_SANDBOX_PASSWORD",
            r#"'"$AFTERCARE_SANDBOX_PASSWORD"'"#.to_owned(),
            r#""$AFTERCARE_SANDBOX_PASSWORD""#.to_owned(),
        ),
    };
    let body = serde_json::json!({
        "channel": "phone", "service_type": "repair", "customer_id": company::customer(0),
        "product_id": company::product("HQ-A1"), "problem_type_id": company::problem_type("NO-COOL"),
        "title": "空调不制冷，显示E6", "description": "开机10分钟后停机，显示E6", "impact": "medium", "urgency": "medium"
    });
    let given = serde_json::json!({ "engineer_id": engineer(0) });
    let sign_in = format!(r#"{{"username":"service_manager","password":"{in_json}"}}"#);
    format!(
        r#"
aftercare sandbox: {url} (API description: {url}/openapi.json)
Users:    {USERS}
Password: {password}

Three calls to try in a second shell: sign in, register a request, assign it.

TOKEN=$(curl -s {url}/v1/auth/login -H 'Content-Type: application/json' -d '{sign_in}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')

ID=$(curl -s {url}/v1/service-requests -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{body}' | tee /dev/stderr | sed 's/^{{"id":"\([^"]*\)".*/\1/')

curl -s {url}/v1/service-requests/$ID/assign -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{given}'

Or let the whole story be told:  AFTERCARE_SANDBOX_PASSWORD={in_shell} make demo URL={url}
"#
    )
}
