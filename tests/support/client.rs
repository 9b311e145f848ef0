//! The caller: every reply is checked against the published document before a test sees it.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{LazyLock, Mutex};

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use aftercare_api::http::contract::{CONTRACT, Found, validator};
use jsonschema::Validator;
use serde_json::Value;

type Call = dyn Fn(
    actix_http::Request,
) -> futures_util::future::LocalBoxFuture<
    'static,
    Result<ServiceResponse<BoxBody>, actix_web::Error>,
>;

/// A caller with one credential.
#[derive(Clone)]
pub struct Client {
    pub(super) service: Rc<Box<Call>>,
    pub(super) token: Option<String>,
    pub(super) language: &'static str,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Value,
    pub text: String,
    pub bytes: Vec<u8>,
}

/// One call in the making.
pub struct Request {
    client: Client,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    address: [u8; 4],
}

impl Client {
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request {
            client: self.clone(),
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
            address: [127, 0, 0, 1],
        }
    }

    pub fn in_language(mut self, language: &'static str) -> Client {
        self.language = language;
        self
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path).send().await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.request(Method::POST, path).json(&body).send().await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.request(Method::DELETE, path)
            .header("if-match", "*")
            .send()
            .await
    }

    /// A patch of whatever version there is.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.patch_at(path, "*", body).await
    }

    /// Creates or changes by another system's key, without a version.
    pub async fn upsert(&self, path: &str, body: Value) -> Reply {
        self.request(Method::PATCH, path)
            .header("content-type", "application/merge-patch+json")
            .bytes(body.to_string().into_bytes())
            .send()
            .await
    }

    pub async fn patch_at(&self, path: &str, version: &str, body: Value) -> Reply {
        self.request(Method::PATCH, path)
            .header("content-type", "application/merge-patch+json")
            .header("if-match", version)
            .bytes(body.to_string().into_bytes())
            .send()
            .await
    }
}

impl Request {
    pub fn header(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Calls from another network address.
    pub fn at_address(mut self, address: [u8; 4]) -> Request {
        self.address = address;
        self
    }

    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Request {
        self.body = Some(body.into());
        self
    }

    pub fn json(self, body: &Value) -> Request {
        self.header("content-type", "application/json")
            .bytes(body.to_string().into_bytes())
    }

    pub async fn send(self) -> Reply {
        let mut request = TestRequest::with_uri(&self.path)
            .method(self.method.clone())
            .peer_addr((self.address, 9).into());
        if let Some(token) = &self.client.token {
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        if !self.headers.iter().any(|(name, _)| name == "accept-language") {
            request = request.insert_header(("accept-language", self.client.language));
        }
        for (name, value) in &self.headers {
            request = request.insert_header((name.as_str(), value.as_str()));
        }
        if let Some(body) = self.body.clone() {
            request = request.set_payload(body);
        }
        let response = match (self.client.service)(request.to_request()).await {
            Ok(response) => response.into_parts().1.map_into_boxed_body(),
            Err(error) => error.error_response(),
        };
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let bytes = actix_web::body::to_bytes(response.into_body())
            .await
            .unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let reply = Reply {
            status,
            headers,
            body,
            text,
            bytes: bytes.to_vec(),
        };
        conforms(&self.method, &self.path, &reply);
        speaks(&reply);
        reply
    }
}

impl Reply {
    /// Asserts the status and hands the reply on.
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Asserts a refusal and its code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Reply {
        let reply = self.expect(status);
        assert_eq!(reply.body["code"], code, "{}", reply.text);
        reply
    }

    pub fn id(&self) -> String {
        self.str("id")
    }

    #[track_caller]
    pub fn str(&self, member: &str) -> String {
        self.body[member]
            .as_str()
            .unwrap_or_else(|| panic!("no text {member} in {}", self.text))
            .to_owned()
    }

    /// What a refusal points at, in its order.
    #[track_caller]
    pub fn pointers(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().expect("errors");
        errors.iter().filter_map(|e| e["pointer"].as_str()).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Fails a test whose reply the document does not describe: status, media type, headers, body.
#[track_caller]
fn conforms(method: &Method, uri: &str, reply: &Reply) {
    let path = uri.split('?').next().unwrap_or_default();
    let asked = if method == Method::HEAD {
        Method::GET
    } else {
        method.clone()
    };
    let Found::Operation(operation, _) = CONTRACT.find(&asked, path) else {
        return;
    };
    let place = format!("{method} {path} → {}", reply.status);
    if reply.status == 304 {
        assert!(reply.text.is_empty(), "{place}: 304 has no body");
        return;
    }
    let pointer = format!(
        "/paths/{}/{}/responses/{}",
        operation.path.replace('~', "~0").replace('/', "~1"),
        asked.as_str().to_lowercase(),
        reply.status
    );
    let mut said = CONTRACT
        .document
        .pointer(&pointer)
        .unwrap_or_else(|| panic!("{place} is not documented: {}", reply.text));
    if let Some(reference) = said.get("$ref").and_then(Value::as_str) {
        said = CONTRACT
            .document
            .pointer(reference.trim_start_matches('#'))
            .unwrap();
    }
    for (name, header) in said
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let header = match header["$ref"].as_str() {
            Some(link) => CONTRACT
                .document
                .pointer(link.trim_start_matches('#'))
                .expect("a header of the document"),
            None => header,
        };
        let sent = reply.header(&name.to_lowercase());
        assert!(
            sent.is_some() || header["required"] != true,
            "{place}: the header {name} is missing"
        );
        if let Some(sent) = sent {
            let is_right = with_validator(&format!("{pointer} {name}"), &header["schema"], |v| {
                v.is_valid(&Value::String(sent.to_owned()))
            });
            assert!(is_right, "{place}: the header {name} says {sent:?}");
        }
    }
    let media = reply
        .header("content-type")
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .to_owned();
    let Some(content) = said.get("content").and_then(Value::as_object) else {
        assert!(reply.text.is_empty(), "{place}: a body where none is documented");
        return;
    };
    // Files are of any media type.
    let schema = content
        .get(&media)
        .or_else(|| content.get("*/*"))
        .unwrap_or_else(|| panic!("{place}: media type {media:?} is not documented"));
    if !media.ends_with("json") {
        return;
    }
    let errors: Vec<String> = with_validator(&pointer, &schema["schema"], |v| {
        v.iter_errors(&reply.body)
            .map(|e| format!("{} at {}", e, e.instance_path()))
            .collect()
    });
    let said: String = reply.text.chars().take(2_000).collect();
    assert!(errors.is_empty(), "{place}: {errors:#?}\n{said}");
}

/// Fails a test whose refusal says a sentence in another language than it announces.
#[track_caller]
fn speaks(reply: &Reply) {
    let is_problem = reply
        .header("content-type")
        .is_some_and(|media| media.starts_with("application/problem+json"));
    if !is_problem || reply.text.is_empty() {
        return;
    }
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let said = |value: &Value, member: &str| value[member].as_str().unwrap_or_default().to_owned();
    let title = said(&reply.body, "title");
    if reply.header("content-language") == Some("en") {
        assert!(!is_chinese(&title), "Chinese in English: {}", reply.text);
        return;
    }
    let errors = reply.body["errors"].as_array().cloned().unwrap_or_default();
    let details = errors.iter().map(|error| said(error, "detail"));
    for text in details.chain([title, said(&reply.body, "detail")]) {
        assert!(is_chinese(&text), "no Chinese in {text:?}: {}", reply.text);
    }
}

/// Schemas are closed in the copy the tests validate against: an undocumented member fails.
fn with_validator<T>(pointer: &str, schema: &Value, use_it: impl FnOnce(&Validator) -> T) -> T {
    static STRICT: LazyLock<Value> = LazyLock::new(|| {
        let mut schemas = CONTRACT.document["components"]["schemas"].clone();
        close(&mut schemas);
        schemas
    });
    static KNOWN: LazyLock<Mutex<HashMap<String, &'static Validator>>> = LazyLock::new(Mutex::default);
    let known = KNOWN
        .lock()
        .unwrap_or_else(|e| e.into_inner())
        .get(pointer)
        .copied();
    let found = known.unwrap_or_else(|| {
        let mut schema = schema.clone();
        close(&mut schema);
        let made: &'static Validator = Box::leak(Box::new(
            validator(&schema, &STRICT).expect("a schema of the document"),
        ));
        KNOWN
            .lock()
            .unwrap_or_else(|e| e.into_inner())
            .insert(pointer.to_owned(), made);
        made
    });
    use_it(found)
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.contains_key("properties") && !object.contains_key("additionalProperties") {
                object.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            object.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
