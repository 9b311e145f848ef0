//! Agreements ready to be told of: templates, and agreements in force.

use serde_json::{Value, json};

use super::scene::Scene;

impl Scene {
    /// A template; members of `more` come on top. Its identifier.
    pub async fn template(&self, code: &str, kind: &str, more: Value) -> String {
        let mut body = json!({"code": code, "name": {"zh": code}, "agreement_type": kind, "fee_mode": "fixed_annual",
            "price": {"amount": "365.00", "currency": "CNY"}});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let made = self.manager.post("/v1/agreement-templates", body).await;
        made.expect(201).id()
    }

    /// What drafts an agreement of the scene's customer for all he has.
    pub fn agreement(&self, template: &str, from: &str, to: &str) -> Value {
        json!({"customer_id": self.customer_id, "template_id": template, "covers": {"scope": "all"},
            "starts_on": from, "ends_on": to})
    }

    /// An agreement as an agent drafted it; its path.
    pub async fn draft(&self, body: Value) -> String {
        let made = self.agent.post("/v1/service-agreements", body).await.expect(201);
        format!("/v1/service-agreements/{}", made.id())
    }

    /// An agreement drafted and submitted by an agent and approved by the manager; its path.
    pub async fn signed(&self, body: Value) -> String {
        let path = self.draft(body).await;
        self.agent
            .post(&format!("{path}/submit"), json!({}))
            .await
            .expect(200);
        self.manager
            .post(&format!("{path}/approve"), json!({}))
            .await
            .expect(200);
        path
    }

    /// A service item; its identifier.
    pub async fn item(&self, code: &str) -> String {
        let body = json!({"code": code, "name": {"zh": code}, "unit": "job", "std_minutes": 60});
        let admin = self.app.with_role(aftercare_domain::kernel::Role::Admin);
        admin.post("/v1/service-items", body).await.expect(201).id()
    }
}
