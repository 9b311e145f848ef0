//! The public NYC 311 extract (A34): New York local times, one product for each agency, its complaint type as problem.

use chrono::{NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use serde_json::{Map, Value};

use super::CLOSED_BEFORE_CREATED;
use crate::customers::ExternalRef;
use crate::kernel::error::Place;
use crate::kernel::error::{INVALID_FORMAT, REQUIRED, TOO_LONG};
use crate::kernel::text::{Label64, MasterCode, Prose, Title, WordCode};
use crate::kernel::{Code, Error, Result, Time, Violation};

/// The name of the other system in keys of records.
pub const SYSTEM: &str = "nyc311";
/// How its times are written.
const FORM: &str = "%m/%d/%Y %I:%M:%S %p";
const KEY: &str = "Unique Key";
const CREATED: &str = "Created Date";
const CLOSED: &str = "Closed Date";
const AGENCY: &str = "Agency";
const COMPLAINT: &str = "Complaint Type";

/// The columns without which no row can be read.
pub const fn required_columns() -> &'static [&'static str] {
    &[KEY, CREATED, CLOSED, AGENCY, COMPLAINT]
}

/// One row of the extract, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its key there.
    pub key: ExternalRef,
    /// The agency, for example `NYPD`.
    pub agency: Label64,
    /// What the complaint is about, for example `HEATING`.
    pub complaint: Label64,
    /// Complaint and descriptor in one line.
    pub title: Title,
    /// Descriptor and place.
    pub description: Prose,
    /// Where in the city.
    pub borough: Option<Label64>,
    /// When it came in.
    pub created_at: Time,
    /// When it was closed; none while open.
    pub closed_at: Option<Time>,
    /// What is remarkable about it.
    pub remark: Option<Violation>,
}

impl Case {
    /// Reads a row by the names of its columns.
    ///
    /// Errors: `required`, `invalid_format`, `too_long` with the column as pointer.
    pub fn read(cells: &Map<String, Value>) -> Result<Case> {
        let mut wrong = Vec::new();
        let key = label(cells, KEY, &mut wrong);
        let agency = label(cells, AGENCY, &mut wrong);
        let complaint = label(cells, COMPLAINT, &mut wrong);
        let created = instant(cells, CREATED, &mut wrong);
        let closed = instant(cells, CLOSED, &mut wrong);
        if text(cells, CREATED).is_none() {
            wrong.push(REQUIRED.violation(place(CREATED)));
        }
        Error::all(wrong)?;
        let (Some(key), Some(agency), Some(complaint), Some(created_at)) = (key, agency, complaint, created)
        else {
            return Err(REQUIRED.violation(place(KEY)).into());
        };
        let descriptor = text(cells, "Descriptor");
        let mut title = complaint.to_string();
        if let Some(more) = descriptor {
            title = format!("{title}: {more}");
        }
        let mut description = descriptor.unwrap_or(complaint.as_str()).to_owned();
        for name in ["Location Type", "Incident Address", "City", "Incident Zip"] {
            if let Some(more) = text(cells, name) {
                description = format!("{description}\n{name}: {more}");
            }
        }
        let is_backwards = closed.is_some_and(|closed| closed < created_at);
        Ok(Case {
            key: ExternalRef {
                system: word(SYSTEM)?,
                external_id: key,
            },
            agency,
            complaint,
            title: fitting(Title::new(clean(&title, 200)), COMPLAINT)?,
            description: fitting(
                Prose::new(description.chars().take(5_000).collect::<String>()),
                "Descriptor",
            )?,
            borough: text(cells, "Borough").and_then(|name| Label64::new(name).ok()),
            created_at,
            // Clocks of two agencies disagreed: it counts as closed at once (A34).
            closed_at: closed.map(|closed| closed.max(created_at)),
            remark: is_backwards.then(|| CLOSED_BEFORE_CREATED.violation(place(CLOSED))),
        })
    }
}

/// A code made of a name: capitals and digits, the rest as dashes, 28 characters at most.
pub fn code_of(name: &str) -> String {
    let mut code = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            code.push(c.to_ascii_uppercase());
        } else if !code.is_empty() && !code.ends_with('-') {
            code.push('-');
        }
    }
    let code: String = code.chars().take(28).collect();
    let code = code.trim_end_matches('-');
    match MasterCode::new(code) {
        Ok(_) => code.to_owned(),
        Err(_) => format!("X-{code}").trim_end_matches('-').to_owned() + "-0",
    }
}

fn place(column: &str) -> Place {
    Place::Pointer(format!("#/{column}"))
}

fn text<'c>(cells: &'c Map<String, Value>, column: &str) -> Option<&'c str> {
    let text = cells.get(column)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

fn label(cells: &Map<String, Value>, column: &str, wrong: &mut Vec<Violation>) -> Option<Label64> {
    let mut refuse = |code: &'static Code| wrong.push(code.violation(place(column)));
    let Some(text) = text(cells, column) else {
        refuse(&REQUIRED);
        return None;
    };
    match Label64::new(text) {
        Ok(label) => Some(label),
        Err(_) if text.chars().count() > 64 => {
            refuse(&TOO_LONG);
            None
        }
        Err(_) => {
            refuse(&INVALID_FORMAT);
            None
        }
    }
}

/// A New York local time. The hour a clock change skips is read as the one after it, the doubled one as its first.
fn instant(cells: &Map<String, Value>, column: &str, wrong: &mut Vec<Violation>) -> Option<Time> {
    let text = text(cells, column)?;
    let zone = chrono_tz::America::New_York;
    let read = NaiveDateTime::parse_from_str(text, FORM).ok().and_then(|local| {
        let later = local.checked_add_signed(TimeDelta::hours(1))?;
        let at = zone.from_local_datetime(&local).earliest();
        at.or_else(|| zone.from_local_datetime(&later).earliest())
    });
    let read = read.map(|at| Time::from_utc(at.with_timezone(&Utc)));
    let read = read.filter(|at| (Time::MIN..=Time::MAX).contains(at));
    if read.is_none() {
        let wanted = (
            "expected MM/DD/YYYY hh:mm:ss AM or PM".to_owned(),
            "应为 MM/DD/YYYY hh:mm:ss AM/PM".to_owned(),
        );
        wrong.push(Violation {
            detail: Some(wanted),
            ..INVALID_FORMAT.violation(place(column))
        });
    }
    read
}

fn clean(text: &str, most: usize) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most)
        .collect()
}

fn fitting<T>(read: Result<T, String>, column: &str) -> Result<T> {
    read.map_err(|why| Error::from(INVALID_FORMAT.violation(place(column))).because(why, INVALID_FORMAT.zh))
}

fn word(text: &str) -> Result<WordCode> {
    crate::requests::promises::word(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(more: Value) -> Map<String, Value> {
        let mut row = json!({"Unique Key": "26984072", "Created Date": "12/25/2013 11:59:08 PM",
            "Closed Date": "12/26/2013 01:15:00 AM", "Agency": "NYPD", "Complaint Type": "Blocked Driveway",
            "Descriptor": "No Access", "Borough": "BROOKLYN"});
        for (name, value) in more.as_object().unwrap() {
            row[name] = value.clone();
        }
        row.as_object().unwrap().clone()
    }

    #[test]
    fn times_are_those_of_new_york() {
        let case = Case::read(&row(json!({}))).unwrap();
        assert_eq!(case.created_at.to_string(), "2013-12-26T04:59:08.000Z");
        assert_eq!(case.title.as_str(), "Blocked Driveway: No Access");
        let summer = Case::read(&row(
            json!({"Created Date": "07/01/2013 12:00:00 PM", "Closed Date": ""}),
        ))
        .unwrap();
        assert_eq!(summer.created_at.to_string(), "2013-07-01T16:00:00.000Z");
        assert_eq!(summer.closed_at, None);
        let skipped = Case::read(&row(json!({"Created Date": "03/10/2013 02:30:00 AM"}))).unwrap();
        assert_eq!(skipped.created_at.to_string(), "2013-03-10T07:30:00.000Z");
    }

    #[test]
    fn closed_before_created_is_closed_at_once_and_remarked() {
        let case = Case::read(&row(json!({"Closed Date": "12/25/2013 12:00:00 AM"}))).unwrap();
        assert_eq!(case.closed_at, Some(case.created_at));
        assert_eq!(case.remark.unwrap().code, &CLOSED_BEFORE_CREATED);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = Case::read(&row(json!({"Created Date": "2013-12-25", "Agency": " "}))).unwrap_err();
        let places: Vec<&Place> = error.errors.iter().map(|violation| &violation.place).collect();
        assert_eq!(places, [&place(AGENCY), &place(CREATED)]);
    }

    #[test]
    fn codes_keep_the_form_of_codes() {
        for (name, code) in [
            ("HEATING", "HEATING"),
            ("General Construction/Plumbing", "GENERAL-CONSTRUCTION-PLUMBIN"),
            (
                "Missed Collection (All Materials)",
                "MISSED-COLLECTION-ALL-MATERI",
            ),
            ("噪音", "X-0"),
        ] {
            assert_eq!(code_of(name), code);
            assert!(MasterCode::new(code_of(name)).is_ok());
        }
    }
}
