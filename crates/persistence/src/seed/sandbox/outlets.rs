//! The demo company's outlets and the exam their engineers sit (domain.md 6.2).

use aftercare_domain::exams::questions::ExamQuestionCreate;
use aftercare_domain::exams::{Exam, ExamCreate, ExamId, ExamQuestion, ExamQuestionId};
use aftercare_domain::kernel::text::Label64;
use aftercare_domain::kernel::{Date, Figure, Result, Stamp};
use aftercare_domain::outlets::{OutletStatus, ServiceOutlet, ServiceOutletCreate};
use aftercare_domain::requests::OutletId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::company::numbered;
use crate::seed::base::text;
use crate::{Tx, insert_all, service_outlets};

/// An outlet: code, name, county, what it serves, grade, stars (none while it is tried), coefficient in hundredths.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<i64>,
    i64,
);

const OUTLETS: &[Row] = &[
    ("CD01", "成都锦江网点", "510104", "510100", "A", Some(4), 100),
    ("CD02", "成都武侯网点", "510107", "510107", "B", Some(3), 95),
    ("BJ01", "北京朝阳网点", "110105", "110000", "A", Some(5), 105),
    ("SH01", "上海浦东网点", "310115", "310000", "A", Some(4), 100),
    ("GZ01", "广州天河网点", "440106", "440100", "B", Some(4), 100),
    ("WH01", "武汉洪山网点", "420111", "420100", "B", Some(3), 95),
    ("XA01", "西安雁塔网点", "610113", "610100", "B", Some(3), 95),
    ("HZ01", "杭州西湖网点", "330106", "330100", "A", Some(5), 105),
    ("FZ01", "福州鼓楼网点", "350102", "350100", "C", Some(3), 95),
    ("SY01", "沈阳和平网点", "210102", "210100", "C", None, 100),
];

/// A question: kind, what is asked, options, the right ones, what a good text says, points, difficulty.
type Asked = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [i64],
    Option<&'static str>,
    i64,
    i64,
);

const QUESTIONS: &[Asked] = &[
    (
        "single",
        "空调显示E6，首先检查什么？",
        &["室内外机通讯线", "制冷剂压力", "排水管"],
        &[1],
        None,
        20,
        1,
    ),
    (
        "multi",
        "维修电热水器前必须做哪些准备？",
        &["断电", "验电", "排空内胆压力", "直接拆盖"],
        &[1, 2, 3],
        None,
        20,
        2,
    ),
    (
        "bool",
        "更换压缩机后可以不抽真空直接加注制冷剂。",
        &[],
        &[2],
        None,
        20,
        1,
    ),
    (
        "single",
        "客户不在家时应当怎样处理？",
        &["自行离开", "登记客户不在并重新预约", "在门口等候两小时"],
        &[2],
        None,
        20,
        1,
    ),
    (
        "text",
        "简述上门维修完工后应向客户说明的内容。",
        &[],
        &[],
        Some("故障原因、更换的配件与旧件去向、收费依据、保修期限、使用注意事项"),
        20,
        3,
    ),
];

/// The identifier of an outlet of the demo company, by its code.
pub fn outlet(code: &str) -> Option<OutletId> {
    let place = OUTLETS.iter().position(|row| row.0 == code)?;
    Some(OutletId(numbered(50, place)))
}

/// Adds outlets, questions and the exam.
pub(super) async fn keep(tx: &mut Tx<'_>) -> Result<()> {
    let at = tx.stamp();
    let outlets = outlets(&at)?;
    insert_all(tx, &outlets).await?;
    for (place, outlet) in outlets.iter().enumerate() {
        service_outlets::add_reach(tx, outlet).await?;
        let account = text(Label64::new(account(place)))?;
        service_outlets::keep_account(tx, outlet.id, Some(&account)).await?;
    }
    let questions = questions(&at)?;
    insert_all(tx, &questions).await?;
    insert_all(tx, &[exam(&questions, &at)?]).await
}

fn said<T: DeserializeOwned>(body: Value) -> Result<T> {
    text(serde_json::from_value(body).map_err(|error| error.to_string()))
}

fn day(on: &str) -> Result<Date> {
    text(on.parse::<Date>().map_err(|_| format!("no date {on}")))
}

fn account(place: usize) -> String {
    format!("62220202001122{place:02}")
}

fn outlets(at: &Stamp) -> Result<Vec<ServiceOutlet>> {
    let mut made = Vec::new();
    for (place, (code, name, county, serves, level, star, coefficient)) in OUTLETS.iter().enumerate() {
        let cmd: ServiceOutletCreate = said(json!({
            "code": code, "name": name, "level": level, "region_code": county, "service_regions": [serves],
            "license_no": format!("9{county}MA61R3K{place}"), "deposit": {"amount": "20000.00", "currency": "CNY"},
            "bank_account": account(place), "contract_from": "2026-01-01",
            "contract_to": "2027-12-31"
        }))?;
        let is_tried = star.is_none();
        made.push(ServiceOutlet {
            id: OutletId(numbered(50, place)),
            status: if is_tried {
                OutletStatus::Trial
            } else {
                OutletStatus::Active
            },
            trial_since: Some(day(if is_tried { "2026-10-08" } else { "2026-01-01" })?),
            confirmed_on: if is_tried { None } else { Some(day("2026-04-01")?) },
            star: *star,
            settlement_coefficient: Some(Figure::hundredths(*coefficient)),
            ..ServiceOutlet::apply(cmd, at)
        });
    }
    Ok(made)
}

fn questions(at: &Stamp) -> Result<Vec<ExamQuestion>> {
    let mut made = Vec::new();
    for (place, (kind, stem, options, correct, model_answer, score, difficulty)) in
        QUESTIONS.iter().enumerate()
    {
        let cmd: ExamQuestionCreate = said(json!({
            "kind": kind, "stem": stem, "options": options, "correct": correct, "model_answer": model_answer,
            "score": score, "difficulty": difficulty
        }))?;
        made.push(ExamQuestion {
            id: ExamQuestionId(numbered(51, place)),
            ..ExamQuestion::add(cmd, at)
        });
    }
    Ok(made)
}

fn exam(questions: &[ExamQuestion], at: &Stamp) -> Result<Exam> {
    let ids: Vec<ExamQuestionId> = questions.iter().map(|question| question.id).collect();
    let cmd: ExamCreate = said(json!({
        "title": "2026年第四季度上岗考试", "question_ids": ids, "opens_at": "2026-11-16T01:00:00.000Z",
        "closes_at": "2026-12-14T01:00:00.000Z", "minutes": 60, "pass_score": 60, "audience": "engineers"
    }))?;
    Ok(Exam {
        id: ExamId(numbered(52, 0)),
        ..Exam::set(cmd, at)
    })
}
