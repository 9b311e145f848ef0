//! A small company to tell stories in: one customer, one product, two engineers, the promises of SLA-7X24.

use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use super::app::App;
use super::client::{Client, Reply};

/// The company, and one caller for each part in the story.
pub struct Scene {
    pub app: App,
    pub manager: Client,
    pub supervisor: Client,
    pub agent: Client,
    pub dispatcher: Client,
    pub caller: Client,
    pub e1: Client,
    pub e2: Client,
    pub customer_id: String,
    pub product_id: String,
    pub problem_type_id: String,
    pub engineer1: String,
    pub engineer2: String,
}

impl Scene {
    /// Monday 2026-11-23 09:00 in China; every request gets 30 min / 4 h / 8 h, always (SLA-7X24).
    pub async fn open() -> Scene {
        let app = App::start().await;
        let admin = app.with_role(Role::Admin);
        let manager = app.with_role(Role::ServiceManager);
        let agent = app.with_role(Role::CustomerService);
        let customer = json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001"});
        let customer_id = agent.post("/v1/customers", customer).await.expect(201).id();
        let category = json!({"code": "AC", "name": {"zh": "空调", "en": "Air conditioners"}});
        let category_id = admin
            .post("/v1/product-categories", category)
            .await
            .expect(201)
            .id();
        let product = json!({"code": "KFR-35GW", "model": "KFR-35GW/2026", "name": {"zh": "壁挂空调"}, "category_id": category_id});
        let product_id = admin.post("/v1/products", product).await.expect(201).id();
        let problem = json!({"code": "NO-COOL", "name": {"zh": "不制冷", "en": "Does not cool"}});
        let problem_type_id = admin.post("/v1/problem-types", problem).await.expect(201).id();
        let mut engineers = Vec::new();
        for (name, phone) in [("张伟", "13900139001"), ("刘洋", "13900139002")] {
            engineers.push(
                admin
                    .post("/v1/engineers", json!({"name": name, "phone": phone}))
                    .await
                    .expect(201)
                    .id(),
            );
        }
        let [engineer1, engineer2] = [engineers[0].clone(), engineers[1].clone()];
        let policies = manager.get("/v1/sla-policies?limit=200").await.expect(200);
        let policy = policies.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|p| p["code"] == "SLA-7X24")
            .unwrap()
            .clone();
        let path = format!("/v1/sla-policies/{}", policy["id"].as_str().unwrap());
        let always = json!({"applies_when": {"service_type": "repair", "product_category_id": null, "customer_class": null, "emergency": null, "agreement_type": null}, "rank": 1});
        manager.patch(&path, always).await.expect(200);
        Scene {
            supervisor: app.with_role(Role::Supervisor),
            dispatcher: app.with_role(Role::Dispatcher),
            caller: app.with_role(Role::FollowUpAgent),
            e1: app.engineer("engineer", &engineer1),
            e2: app.engineer("engineer2", &engineer2),
            app,
            manager,
            agent,
            customer_id,
            product_id,
            problem_type_id,
            engineer1,
            engineer2,
        }
    }

    /// A valid request; members of `more` come on top.
    pub fn request(&self, more: Value) -> Value {
        let mut body = json!({
            "channel": "phone", "service_type": "repair", "customer_id": self.customer_id, "product_id": self.product_id,
            "problem_type_id": self.problem_type_id, "title": "空调不制冷", "description": "开机10分钟后停机，显示E6",
            "impact": "medium", "urgency": "medium"
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    /// Registers a request; its path.
    pub async fn register(&self, more: Value) -> String {
        let created = self
            .agent
            .post("/v1/service-requests", self.request(more))
            .await
            .expect(201);
        format!("/v1/service-requests/{}", created.id())
    }

    /// Puts the clock at an instant.
    pub fn at(&self, instant: &str) {
        self.app.clock.set(instant);
    }

    /// The request as it stands now.
    pub async fn now(&self, path: &str) -> Reply {
        self.manager.get(path).await.expect(200)
    }

    /// The path of the open work order.
    pub async fn order(&self, path: &str) -> String {
        let orders = self
            .manager
            .get(&format!("{path}/work-orders?limit=200"))
            .await
            .expect(200);
        let open = |o: &&Value| {
            !matches!(
                o["status"].as_str().unwrap(),
                "refused" | "completed" | "verified" | "rejected" | "cancelled"
            )
        };
        let order = orders.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(open)
            .expect("an open work order")
            .clone();
        format!("/v1/work-orders/{}", order["id"].as_str().unwrap())
    }

    /// The path of the open follow-up.
    pub async fn follow_up(&self, path: &str) -> String {
        let id = path.rsplit('/').next().unwrap();
        let calls = self
            .caller
            .get(&format!("/v1/follow-ups?service_request_id={id}&status=pending"))
            .await
            .expect(200);
        format!(
            "/v1/follow-ups/{}",
            calls.body["data"][0]["id"].as_str().expect("a pending follow-up")
        )
    }

    /// Assigns the first engineer, who accepts; the order's path.
    pub async fn accepted(&self, path: &str) -> String {
        let assign = json!({"engineer_id": self.engineer1});
        let assigned = self.dispatcher.post(&format!("{path}/assign"), assign).await;
        assigned.expect(200);
        let order = self.order(path).await;
        let accepted = self.e1.post(&format!("{order}/accept"), json!({})).await;
        accepted.expect(200);
        order
    }

    /// Assigns, arrives and completes; the order's path.
    pub async fn visit(&self, path: &str, engineer: &str, by: &Client, outcome: Value) -> String {
        let assigner = if self.now(path).await.body["status"] == "locked" {
            &self.manager
        } else {
            &self.dispatcher
        };
        assigner
            .post(&format!("{path}/assign"), json!({"engineer_id": engineer}))
            .await
            .expect(200);
        let order = self.order(path).await;
        by.post(&format!("{order}/accept"), json!({})).await.expect(200);
        by.post(&format!("{order}/arrive"), json!({})).await.expect(200);
        by.post(&format!("{order}/complete"), outcome).await.expect(200);
        order
    }

    /// The customer's word at the follow-up.
    pub async fn follow(&self, path: &str, result: &str) -> Reply {
        let call = self.follow_up(path).await;
        let reasons = if result == "dissatisfied" {
            json!(["not_solved"])
        } else {
            json!([])
        };
        self.caller
            .post(
                &format!("{call}/record"),
                json!({"result": result, "reasons": reasons}),
            )
            .await
    }
}

/// What `complete` needs when it is solved.
pub fn solved() -> Value {
    json!({
        "outcome": "resolved", "labor": [{"minutes": 60, "item": "检修"}], "cause_code": "board_fault",
        "remedy_code": "board_replaced", "customer_signature": "刘芳"
    })
}

/// What `complete` needs when it is not.
pub fn unsolved() -> Value {
    json!({"outcome": "unresolved", "unresolved_reason": "缺主板"})
}
