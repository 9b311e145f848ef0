//! Exams from the first question to what they certify (OU-3, OU-4).

use aftercare_domain::exams::{
    Certification, Exam, ExamAttempt, ExamAttemptId, ExamQuestion, NOT_THE_AUDIENCE, Sitter,
};
use aftercare_domain::kernel::{Error, Event, Result};
use aftercare_domain::product_categories::ProductCategory;
use aftercare_domain::requests::EngineerId;
use aftercare_domain::skills::{EngineerSkill, Skill, SkillId};
use aftercare_persistence::exams as kept;
use aftercare_persistence::platform::references::refer;
use aftercare_persistence::{self as persistence, Db, IfMatch, Tx, Work, engineers, skills};

/// How many one round of the clock hands in.
const ROUND: i64 = 100;

/// Refuses what is wrong with an exam by itself, and every question or category that is unknown or inactive.
pub async fn fit(tx: &mut Tx<'_>, exam: &Exam) -> Result<()> {
    let mut wrong = exam.faults();
    let mut named = Vec::new();
    for (place, id) in exam.question_ids.iter().enumerate() {
        let pointer = format!("#/question_ids/{place}");
        named.extend(refer::<ExamQuestion>(tx, *id, &pointer, &mut wrong).await?);
    }
    for (place, rule) in exam.draw.iter().enumerate() {
        if let Some(id) = rule.category_id {
            let pointer = format!("#/draw/{place}/category_id");
            refer::<ProductCategory>(tx, id, &pointer, &mut wrong).await?;
        }
    }
    if let Some(id) = exam.skill_id {
        refer::<Skill>(tx, id, "#/skill_id", &mut wrong).await?;
    }
    // What its questions give is known once they are.
    if wrong.is_empty() {
        let bank = bank_of(tx, exam, named).await?;
        wrong.extend(exam.unreachable(&bank));
    }
    Error::all(wrong)
}

/// What a paper is made of: the questions named, or the bank they are drawn from.
async fn bank_of(tx: &mut Tx<'_>, exam: &Exam, named: Vec<ExamQuestion>) -> Result<Vec<ExamQuestion>> {
    match exam.draw.is_empty() {
        true => Ok(named),
        false => kept::bank(tx).await,
    }
}

/// Starts an attempt of the caller and draws its paper.
///
/// # Errors
/// `not_the_audience` for whoever is no engineer, and as [`ExamAttempt::start`].
pub async fn start(tx: &mut Tx<'_>, exam: &Exam) -> Result<ExamAttempt> {
    let at = tx.stamp();
    let engineer_id = at.actor.engineer_id.map(EngineerId);
    let engineer_id = engineer_id.ok_or_else(|| NOT_THE_AUDIENCE.error())?;
    let engineer = engineers::refer(tx, engineer_id, "", &mut Vec::new()).await?;
    let engineer = engineer.ok_or_else(|| NOT_THE_AUDIENCE.error())?;
    let bank = if exam.draw.is_empty() {
        kept::questions(tx, &exam.question_ids).await?
    } else {
        kept::bank(tx).await?
    };
    let before = kept::attempts_of(tx, exam.id, engineer_id).await?;
    let sitter = Sitter {
        engineer_id,
        is_of_outlet: engineer.outlet_id.is_some(),
        before: &before,
    };
    let attempt = ExamAttempt::start(exam, &sitter, &bank, &at)?;
    persistence::insert(tx, &attempt).await?;
    Ok(attempt)
}

/// Keeps an attempt after an action; once it is scored, what it does to the certification follows.
pub async fn keep(
    tx: &mut Tx<'_>,
    attempt: &mut ExamAttempt,
    exam: &Exam,
    scored: Option<Event>,
) -> Result<()> {
    persistence::update(tx, attempt).await?;
    if let Some(event) = scored {
        tx.emit(event);
        certify(tx, exam, attempt.engineer_id).await?;
    }
    Ok(())
}

/// What the attempts of an engineer do to the skill the exam certifies: passed, he is certified; failed for good, a
/// mandatory one takes the certification away (OU-4).
pub async fn certify(tx: &mut Tx<'_>, exam: &Exam, engineer_id: EngineerId) -> Result<()> {
    let Some(skill_id) = exam.skill_id else {
        return Ok(());
    };
    let attempts = kept::attempts_of(tx, exam.id, engineer_id).await?;
    let verdict = exam.certification(&attempts, tx.now(), tx.zone());
    if verdict == Certification::Unchanged {
        return Ok(());
    }
    // The rule decides, not the caller: an engineer keeps no skills, and a marker may not see his.
    let system = tx.stamp().as_system();
    let caller = tx.restamp(system);
    let done = apply(tx, verdict, engineer_id, skill_id).await;
    tx.restamp(caller);
    done
}

async fn apply(
    tx: &mut Tx<'_>,
    verdict: Certification,
    engineer_id: EngineerId,
    skill_id: SkillId,
) -> Result<()> {
    let known = skills::held(tx, engineer_id, skill_id).await?;
    let mut held: EngineerSkill = match (known, verdict) {
        (Some(known), _) => persistence::get_for_update(tx, known.id, &IfMatch::internal()).await?,
        (None, Certification::Until(until)) => {
            let held = EngineerSkill::certified(engineer_id, skill_id, until, &tx.stamp());
            return persistence::insert(tx, &held).await;
        }
        (None, _) => return Ok(()),
    };
    match verdict {
        Certification::Until(until) => held.certify(until),
        Certification::Revoked => held.decertify(),
        Certification::Unchanged => {}
    }
    persistence::update(tx, &mut held).await
}

/// Hands an attempt in whose time is over: what was saved counts.
pub async fn catch_up(db: &Db, id: ExamAttemptId) -> Result<()> {
    let unit = async move |tx: &mut Tx<'_>| {
        let mut attempt: ExamAttempt = persistence::get_for_update(tx, id, &IfMatch::internal()).await?;
        if !attempt.is_overdue(tx.now()) {
            return Ok(());
        }
        let exam: Exam = persistence::get(tx, attempt.exam_id).await?;
        let paper = kept::questions(tx, &attempt.question_ids).await?;
        let scored = attempt.run_out(&exam, &paper, &tx.stamp());
        keep(tx, &mut attempt, &exam, scored).await
    };
    db.write(&Work::system("exams"), unit).await
}

/// Hands in every attempt whose time is over, and lets the end of exams do what it does; how many there were.
pub async fn sweep(db: &Db) -> Result<usize> {
    let work = Work::system("exams");
    let (overdue, closed) = db
        .read(&work, async |tx| {
            let now = tx.now();
            let overdue = kept::overdue(tx, now, ROUND).await?;
            Ok((overdue, kept::closed(tx, now, ROUND).await?))
        })
        .await?;
    for id in &overdue {
        catch_up(db, *id).await?;
    }
    for id in &closed {
        let id = *id;
        let unit = async move |tx: &mut Tx<'_>| {
            let mut exam: Exam = persistence::get_for_update(tx, id, &IfMatch::internal()).await?;
            for engineer_id in kept::sitters(tx, id).await? {
                certify(tx, &exam, engineer_id).await?;
            }
            exam.is_settled = true;
            persistence::update(tx, &mut exam).await
        };
        db.write(&work, unit).await?;
    }
    Ok(overdue.len().saturating_add(closed.len()))
}
