//! The rows of a file: looked over before it is taken, then read one after the other.

use actix_web::http::Method;
use actix_web::web::Bytes;
use aftercare_domain::imports::{
    COLUMNS_MISSING, IMPORT_EMPTY, ImportMapping, ImportOrder, MALFORMED_ROW, MALFORMED_ROWS, MOST_ROWS,
    TOO_MANY_ROWS, required_columns,
};
use aftercare_domain::kernel::error::{INTERNAL, INVALID_FORMAT, INVALID_VALUE, REQUIRED};
use aftercare_domain::kernel::{Error, Result, Time};
use aftercare_domain::requests::ServiceRequestCreate;
use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value, json};

use crate::http::contract::{CONTRACT, Found};
use crate::http::shape;
use crate::http::wording::both;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object on each line.
    Ndjson,
    /// Comma-separated, under a line of column names.
    Csv,
}

/// A file to import.
#[derive(Clone, Debug)]
pub struct File {
    /// How its rows are written.
    pub form: Form,
    /// Its content.
    pub bytes: Bytes,
}

/// A row as text: its members by name.
pub type Cells = Map<String, Value>;

/// A row and where it begins; else why it cannot be read.
pub struct Line {
    /// The line of the file.
    pub no: i64,
    /// Its members.
    pub cells: Result<Cells>,
}

/// Columns without which no row in our own form can be read.
const OWN_COLUMNS: &[&str] = &[
    "channel",
    "service_type",
    "customer_id",
    "problem_type_id",
    "title",
    "description",
    "impact",
    "urgency",
    "created_at",
    "external_system",
    "external_id",
];

impl File {
    /// Looks the whole file over: text, columns, and how many rows.
    ///
    /// Errors: `malformed_rows`, `columns_missing`, `import_empty`, `too_many_rows`.
    pub fn check(&self, order: &ImportOrder) -> Result<()> {
        let text = self.text()?;
        let count = match self.form {
            Form::Ndjson => text.lines().filter(|line| !line.trim().is_empty()).count(),
            Form::Csv => {
                let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
                let headers = reader.headers().map_err(|e| unreadable(&e))?;
                let wanted = match order.mapping {
                    ImportMapping::Nyc311 => required_columns(),
                    ImportMapping::None => OWN_COLUMNS,
                };
                let is_there = |name: &str| headers.iter().any(|header| header.trim() == name);
                let missing: Vec<&str> = wanted.iter().copied().filter(|name| !is_there(name)).collect();
                if !missing.is_empty() && !headers.is_empty() {
                    let names = missing.join(", ");
                    return Err(COLUMNS_MISSING.because(
                        format!("The first line does not name {names}."),
                        format!("首行缺少以下列：{names}。"),
                    ));
                }
                reader.byte_records().count()
            }
        };
        match count {
            0 => Err(IMPORT_EMPTY.error()),
            count if count > MOST_ROWS => Err(TOO_MANY_ROWS.error()),
            _ => Ok(()),
        }
    }

    fn text(&self) -> Result<&str> {
        let text = std::str::from_utf8(&self.bytes)
            .map_err(|e| MALFORMED_ROWS.because(format!("Not UTF-8: {e}."), "不是有效的 UTF-8 文本。"))?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// The rows, one after the other.
    pub fn lines(&self) -> Result<Box<dyn Iterator<Item = Line> + '_>> {
        let text = self.text()?;
        Ok(match self.form {
            Form::Ndjson => Box::new(
                text.lines()
                    .zip(1_i64..)
                    .filter(|(line, _)| !line.trim().is_empty())
                    .map(|(line, no)| Line {
                        no,
                        cells: object(line),
                    }),
            ),
            Form::Csv => {
                let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
                let headers = reader.headers().map_err(|e| unreadable(&e))?.clone();
                Box::new(reader.into_records().map(move |record| match record {
                    Ok(record) => Line {
                        no: line_of(record.position()),
                        cells: Ok(named(&headers, &record)),
                    },
                    Err(error) => Line {
                        no: line_of(error.position()),
                        cells: Err(MALFORMED_ROW.because(error.to_string(), "该行的列数与首行不符。")),
                    },
                }))
            }
        })
    }
}

fn unreadable(error: &csv::Error) -> Error {
    MALFORMED_ROWS.because(error.to_string(), "首行无法读取。")
}

fn line_of(position: Option<&csv::Position>) -> i64 {
    position
        .and_then(|position| i64::try_from(position.line()).ok())
        .map_or(1, |line| line.max(1))
}

fn object(line: &str) -> Result<Cells> {
    match serde_json::from_str(line) {
        Ok(Value::Object(cells)) => Ok(cells),
        Ok(_) => Err(MALFORMED_ROW.because("Expected a JSON object.", "应为 JSON 对象。")),
        Err(error) => Err(MALFORMED_ROW.because(error.to_string(), "不是有效的 JSON。")),
    }
}

fn named(headers: &StringRecord, record: &StringRecord) -> Cells {
    let cells = headers.iter().zip(record.iter());
    cells
        .map(|(name, cell)| (name.trim().to_owned(), cell.trim()))
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(name, cell)| (name, Value::from(cell)))
        .collect()
}

/// A row in our own form, understood.
pub struct Own {
    /// The request.
    pub request: ServiceRequestCreate,
    /// When it was registered.
    pub created_at: Time,
    /// When it was closed; none while open.
    pub closed_at: Option<Time>,
}

impl Own {
    /// Reads a row: the members of a new service request, and its two instants.
    ///
    /// Errors: `required`, `invalid_format`, `validation_failed` with every member that is wrong.
    pub fn read(mut cells: Cells, form: Form) -> Result<Own> {
        if form == Form::Csv {
            cells = unflattened(cells);
        }
        let created_at = instant(&mut cells, "created_at")?.ok_or_else(|| REQUIRED.at("#/created_at"))?;
        let closed_at = instant(&mut cells, "closed_at")?;
        let body = Value::Object(cells);
        let Found::Operation(operation, _) = CONTRACT.find(&Method::POST, "/v1/service-requests") else {
            return Err(INTERNAL.error());
        };
        let rule = operation.body.as_ref().ok_or_else(|| INTERNAL.error())?;
        let validator = CONTRACT.of_body(rule).ok_or_else(|| INTERNAL.error())?;
        let mut wrong = shape::violations(validator, &body);
        wrong.extend(shape::control_character(&body));
        if !wrong.is_empty() {
            return Err(shape::refusal(wrong, false));
        }
        let request: ServiceRequestCreate = serde_json::from_value(body).map_err(|e| {
            let (en, zh) = both(&e.to_string());
            INVALID_VALUE.because(en, zh)
        })?;
        if request.external_refs.is_empty() {
            return Err(REQUIRED.at("#/external_refs"));
        }
        Ok(Own {
            request,
            created_at,
            closed_at,
        })
    }
}

fn instant(cells: &mut Cells, name: &str) -> Result<Option<Time>> {
    match cells.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_str()
            .and_then(Time::parse)
            .map(Some)
            .ok_or_else(|| INVALID_FORMAT.at(&format!("#/{name}"))),
    }
}

/// Cells of text as the members they stand for.
fn unflattened(mut cells: Cells) -> Cells {
    let key = (cells.remove("external_system"), cells.remove("external_id"));
    if let (Some(system), Some(external_id)) = key {
        let refs = json!([{ "system": system, "external_id": external_id }]);
        cells.insert("external_refs".to_owned(), refs);
    }
    for name in ["emergency", "severity"] {
        let plain = cells.get(name).and_then(Value::as_str);
        let plain = plain.and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let Some(value) = plain {
            cells.insert(name.to_owned(), value);
        }
    }
    cells
}
