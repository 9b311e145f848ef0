//! What a client knows for certain: written and synced before it sends, and again once it was answered.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

/// A registration: its title is its own, so that it is found in the database without its identifier.
#[derive(Clone)]
pub struct Entry {
    pub key: String,
    pub title: String,
    pub body: Value,
    /// Identifier and number once acknowledged.
    pub ack: Option<(String, String)>,
}

/// The journal of all clients of an experiment.
pub struct Journal {
    file: File,
    entries: BTreeMap<String, Entry>,
}

impl Journal {
    /// An empty journal.
    pub fn create(folder: &Path) -> Journal {
        Journal {
            file: File::create(folder.join("journal")).unwrap(),
            entries: BTreeMap::new(),
        }
    }

    fn line(&mut self, text: &str) {
        writeln!(self.file, "{text}").unwrap();
        self.file.sync_data().unwrap();
    }

    /// Before a request leaves.
    pub fn sends(&mut self, key: &str, body: &Value) {
        self.line(&format!("sends {key} {body}"));
        let entry = Entry {
            key: key.to_owned(),
            title: body["title"].as_str().unwrap().to_owned(),
            body: body.clone(),
            ack: None,
        };
        self.entries.insert(key.to_owned(), entry);
    }

    /// Once it was answered 201.
    pub fn acknowledged(&mut self, key: &str, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).unwrap();
        let of = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let ack = (of("id"), of("number"));
        self.line(&format!("acknowledged {key} {} {}", ack.0, ack.1));
        if let Some(entry) = self.entries.get_mut(key) {
            entry.ack = Some(ack);
        }
    }

    /// Everything sent under keys that begin so.
    pub fn of(&self, prefix: &str) -> Vec<Entry> {
        let mine = self
            .entries
            .values()
            .filter(|entry| entry.key.starts_with(prefix));
        mine.cloned().collect()
    }
}
