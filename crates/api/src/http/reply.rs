//! What a handler answers: the whole resource, its version and its place.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::{Meta, Result};
use aftercare_persistence::platform::idempotency;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// An answer, serialised once: these bytes are stored for replays and sent (A27).
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// `"v7"`, where the resource has a version.
    pub etag: Option<String>,
    /// Where the new resource stands.
    pub location: Option<String>,
    /// JSON, or nothing.
    pub body: String,
    /// Whether the work was done by an earlier call with the same key.
    pub is_replayed: bool,
}

/// What can be answered.
pub trait IntoAnswer {
    /// Serialises the answer.
    fn into_answer(self) -> Result<Answer>;
}

/// A resource as it stands on the wire: where it is, and which version it has.
pub trait Resource: Serialize {
    /// Its path, for `Location`.
    fn path(&self) -> String;
    /// Version and times.
    fn meta(&self) -> &Meta;
}

/// Says where a resource stands: `resource!(Customer, "/v1/customers");`
macro_rules! resource {
    ($($type:ty, $collection:literal);* $(;)?) => {$(
        impl $crate::http::reply::Resource for $type {
            fn path(&self) -> String {
                format!(concat!($collection, "/{}"), self.id)
            }
            fn meta(&self) -> &aftercare_domain::kernel::Meta {
                &self.meta
            }
        }
    )*};
}
pub(crate) use resource;

/// One page of a list as a named schema: `page!(CustomerPage, Customer);`
macro_rules! page {
    ($($page:ident, $item:ty);* $(;)?) => {$(
        #[doc = concat!("One page of a list of `", stringify!($item), "`.")]
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub struct $page {
            /// The rows of this page.
            #[schema(max_items = 200)]
            pub data: Vec<$item>,
            /// Where this page stands in the list.
            pub page: $crate::http::PageInfo,
        }
        impl From<(Vec<$item>, $crate::http::PageInfo)> for $page {
            fn from((data, page): (Vec<$item>, $crate::http::PageInfo)) -> Self {
                Self { data, page }
            }
        }
    )*};
}
pub(crate) use page;

/// Where a page stands in its list (A5).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"next_cursor": null, "has_more": false, "limit": 50}))]
pub struct PageInfo {
    /// Start of the next page; null on the last one.
    #[schema(required, max_length = 2000)]
    pub next_cursor: Option<String>,
    /// Whether rows follow.
    pub has_more: bool,
    /// The limit that was applied.
    #[schema(minimum = 1, maximum = 200)]
    pub limit: i64,
    /// How many rows match, exact up to 10 000; only with `with_total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10_000, nullable = false)]
    pub total: Option<i64>,
    /// Whether more than `total` rows match; only with `with_total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub total_capped: Option<bool>,
}

/// 200 with the resource and its `ETag`.
pub struct Versioned<T>(pub T);

/// 201 with the resource, its `ETag` and its `Location`.
pub struct Created<T>(pub T);

/// 201 with a value that has no version, and where it stands.
pub struct Placed<T>(pub T, pub String);

/// 202 with the job that goes on, and its `Location`.
pub struct Accepted<T>(pub T);

/// 200 with a value that has no version.
pub struct Plain<T>(pub T);

/// 204.
pub struct NoContent;

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| {
        tracing::error!(error = %e, "An answer cannot be serialised");
        INTERNAL.error()
    })
}

fn etag(meta: &Meta) -> Option<String> {
    Some(format!("\"v{}\"", meta.version))
}

impl<T: Resource> IntoAnswer for Versioned<T> {
    fn into_answer(self) -> Result<Answer> {
        let body = json(&self.0)?;
        Ok(Answer {
            status: 200,
            etag: etag(self.0.meta()),
            location: None,
            body,
            is_replayed: false,
        })
    }
}

impl<T: Resource> IntoAnswer for Created<T> {
    fn into_answer(self) -> Result<Answer> {
        let body = json(&self.0)?;
        let location = Some(self.0.path());
        Ok(Answer {
            status: 201,
            etag: etag(self.0.meta()),
            location,
            body,
            is_replayed: false,
        })
    }
}

impl<T: Serialize> IntoAnswer for Placed<T> {
    fn into_answer(self) -> Result<Answer> {
        Ok(Answer {
            status: 201,
            etag: None,
            location: Some(self.1),
            body: json(&self.0)?,
            is_replayed: false,
        })
    }
}

impl<T: Resource> IntoAnswer for Accepted<T> {
    fn into_answer(self) -> Result<Answer> {
        let body = json(&self.0)?;
        let location = Some(self.0.path());
        Ok(Answer {
            status: 202,
            etag: None,
            location,
            body,
            is_replayed: false,
        })
    }
}

impl<T: Serialize> IntoAnswer for Plain<T> {
    fn into_answer(self) -> Result<Answer> {
        Ok(Answer {
            status: 200,
            etag: None,
            location: None,
            body: json(&self.0)?,
            is_replayed: false,
        })
    }
}

impl IntoAnswer for NoContent {
    fn into_answer(self) -> Result<Answer> {
        Ok(Answer {
            status: 204,
            etag: None,
            location: None,
            body: String::new(),
            is_replayed: false,
        })
    }
}

impl IntoAnswer for Answer {
    fn into_answer(self) -> Result<Answer> {
        Ok(self)
    }
}

impl Answer {
    /// The answer as it is stored under an idempotency key.
    pub fn stored(&self) -> idempotency::Answer {
        idempotency::Answer {
            status: self.status.into(),
            headers: json!({ "etag": self.etag, "location": self.location }),
            body: self.body.clone(),
        }
    }

    /// The answer of the first call, given again.
    pub fn replayed(stored: idempotency::Answer) -> Answer {
        let header = |name: &str| {
            stored
                .headers
                .get(name)
                .and_then(|v| v.as_str())
                .map(str::to_owned)
        };
        Answer {
            status: u16::try_from(stored.status).unwrap_or(200),
            etag: header("etag"),
            location: header("location"),
            body: stored.body,
            is_replayed: true,
        }
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK));
        let headers = [(header::ETAG, self.etag), (header::LOCATION, self.location)];
        for (name, value) in headers {
            if let Some(value) = value.and_then(|v| HeaderValue::from_str(&v).ok()) {
                response.insert_header((name, value));
            }
        }
        if self.is_replayed {
            response.insert_header((HeaderName::from_static("idempotent-replayed"), "true"));
        }
        if self.body.is_empty() {
            return response.finish();
        }
        response.insert_header((header::CONTENT_TYPE, "application/json; charset=utf-8"));
        response.body(self.body)
    }
}
