//! A small company, made over HTTP: who asks, and what requests point at.

use serde_json::{Value, json};

use super::http::Conn;
use super::server::Server;

const FIRST: &str = "First-Day-2026-xq";
const PASSWORD: &str = "Second-Day-2026-xq";

/// The company.
pub struct Company {
    /// An agent's access token.
    pub token: String,
    pub customers: Vec<String>,
    pub products: Vec<String>,
    pub problem_types: Vec<String>,
}

impl Company {
    /// Makes a company on a fresh server.
    pub async fn found(server: &Server, products: usize) -> Company {
        let mut conn = Conn::open(server.address).await.unwrap();
        let said = server.said();
        let token = said
            .split_whitespace()
            .find(|word| word.starts_with("abt_"))
            .unwrap();
        let first = json!({"token": token, "username": "root", "password": FIRST});
        conn.json(201, "POST", "/v1/auth/bootstrap", "", Some(&first))
            .await;
        let admin = sign_in(&mut conn, "root", FIRST).await;
        let user = json!({"username": "agent", "display_name": "赵燕", "roles": ["customer_service"], "password": FIRST});
        conn.json(201, "POST", "/v1/users", &admin, Some(&user)).await;
        let waiting = sign_in(&mut conn, "agent", FIRST).await;
        let change = json!({"current_password": FIRST, "new_password": PASSWORD});
        conn.json(200, "POST", "/v1/auth/password", &waiting, Some(&change))
            .await;
        let token = sign_in(&mut conn, "agent", PASSWORD).await;
        let mut company = Company {
            token,
            customers: Vec::new(),
            products: Vec::new(),
            problem_types: Vec::new(),
        };
        company.fill(&mut conn, &admin, products).await;
        company
    }

    async fn fill(&mut self, conn: &mut Conn, admin: &str, products: usize) {
        let category = json!({"code": "AC", "name": {"zh": "空调", "en": "Air conditioners"}});
        let category = conn
            .json(201, "POST", "/v1/product-categories", admin, Some(&category))
            .await;
        for n in 0..products {
            let product = json!({"code": format!("KFR-{n}"), "model": format!("KFR-{n}/2026"),
                "name": {"zh": "壁挂空调"}, "category_id": category["id"]});
            let made = conn
                .json(201, "POST", "/v1/products", admin, Some(&product))
                .await;
            self.products.push(id(&made));
        }
        for n in 0..20 {
            let problem =
                json!({"code": format!("NO-COOL-{n}"), "name": {"zh": "不制冷", "en": "Does not cool"}});
            let made = conn
                .json(201, "POST", "/v1/problem-types", admin, Some(&problem))
                .await;
            self.problem_types.push(id(&made));
        }
        for n in 0..50 {
            let customer = json!({"kind": "consumer", "name": format!("刘芳{n}"), "phone": format!("138001380{:02}", n)});
            let made = conn
                .json(201, "POST", "/v1/customers", &self.token, Some(&customer))
                .await;
            self.customers.push(id(&made));
        }
    }

    /// Signs the agent in anew, before his token dies.
    pub async fn renew(&mut self, server: &Server) {
        let mut conn = Conn::open(server.address).await.unwrap();
        self.token = sign_in(&mut conn, "agent", PASSWORD).await;
    }

    /// The body of the n-th request: spread over products and problem types, or all on one.
    pub fn body(&self, n: u64, is_spread: bool) -> Value {
        let pick = |ids: &[String]| {
            let places = u64::try_from(ids.len()).unwrap();
            let at = if is_spread { n % places } else { 0 };
            ids[usize::try_from(at).unwrap()].clone()
        };
        let customers = u64::try_from(self.customers.len()).unwrap();
        json!({
            "channel": "phone", "service_type": "repair",
            "customer_id": self.customers[usize::try_from(n % customers).unwrap()],
            "product_id": pick(&self.products), "problem_type_id": pick(&self.problem_types),
            "title": format!("空调不制冷 {n}"), "description": "开机10分钟后停机，显示E6",
            "impact": "medium", "urgency": "medium"
        })
    }
}

async fn sign_in(conn: &mut Conn, username: &str, password: &str) -> String {
    let login = json!({"username": username, "password": password});
    let tokens = conn.json(200, "POST", "/v1/auth/login", "", Some(&login)).await;
    tokens["access_token"].as_str().unwrap().to_owned()
}

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}
