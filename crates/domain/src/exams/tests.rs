//! Exams: the clock is strict, answers stay hidden, papers repeat, the best attempt counts.

use chrono_tz::Asia::Shanghai;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::attempts::*;
use super::questions::{Answer, draw};
use super::*;
use crate::approvals::tests::by;
use crate::kernel::error::Error;
use crate::kernel::stamp::tests::stamp;
use crate::requests::EngineerId;

const SITTER: EngineerId = EngineerId(Uuid::from_u128(7));

fn engineer(id: EngineerId) -> Stamp {
    let at = by(9, Role::Engineer);
    let mut actor = (*at.actor).clone();
    actor.engineer_id = Some(id.0);
    Stamp {
        actor: std::sync::Arc::new(actor),
        ..at
    }
}

fn question(n: u128, extra: Value) -> ExamQuestion {
    let mut cmd = json!({"kind": "multi", "stem": "问题", "options": ["甲", "乙", "丙", "丁"], "correct": [1, 3],
        "score": 5, "difficulty": 2});
    cmd.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    let question = ExamQuestion::add(serde_json::from_value(cmd).unwrap(), &stamp());
    ExamQuestion {
        id: ExamQuestionId(Uuid::from_u128(n)),
        ..question
    }
}

fn text(n: u128) -> ExamQuestion {
    question(
        n,
        json!({"kind": "text", "options": [], "correct": [], "score": 10, "model_answer": "先断电"}),
    )
}

fn exam(questions: &[ExamQuestion], extra: Value) -> Exam {
    let ids: Vec<ExamQuestionId> = questions.iter().map(|question| question.id).collect();
    let mut cmd = json!({"title": "上岗考试", "question_ids": ids, "opens_at": "2026-11-23T00:00:00Z",
        "closes_at": "2026-11-30T00:00:00Z", "minutes": 60, "pass_score": 5, "audience": "engineers",
        "is_mandatory": true});
    cmd.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    Exam::set(serde_json::from_value(cmd).unwrap(), &stamp())
}

fn sitter(before: &[ExamAttempt]) -> Sitter<'_> {
    Sitter {
        engineer_id: SITTER,
        is_of_outlet: false,
        before,
    }
}

fn answers(of: &[(u128, &[i64])]) -> SaveAnswers {
    let answers: Vec<Value> = of
        .iter()
        .map(|(n, choices)| json!({"question_id": Uuid::from_u128(*n), "choices": choices}))
        .collect();
    serde_json::from_value(json!({"answers": answers})).unwrap()
}

#[test]
fn an_answer_at_minute_sixty_one_is_refused_and_the_saved_ones_are_scored() {
    let bank = [question(1, json!({})), question(2, json!({}))];
    let exam = exam(&bank, json!({}));
    let at = engineer(SITTER);
    let mut attempt = ExamAttempt::start(&exam, &sitter(&[]), &bank, &at).unwrap();
    attempt
        .save(&answers(&[(1, &[3, 1])]), &bank, &at.at(at.now.plus_minutes(60)))
        .unwrap();
    let late = at.at(at.now.plus_minutes(61));
    assert_eq!(
        attempt
            .save(&answers(&[(2, &[1, 3])]), &bank, &late)
            .unwrap_err()
            .code
            .slug,
        "exam_time_over"
    );
    assert_eq!(
        attempt.submit(&exam, &bank, &late).unwrap_err().code.slug,
        "exam_time_over"
    );
    let event = attempt.run_out(&exam, &bank, &late).unwrap();
    assert_eq!(
        (attempt.score, attempt.passed, event.kind),
        (Some(5), Some(true), "exam.passed")
    );
    assert_eq!(attempt.submitted_at, Some(at.now.plus_minutes(60)));
}

#[test]
fn the_exam_closes_before_the_hour_is_over() {
    let bank = [question(1, json!({}))];
    let exam = exam(&bank, json!({"closes_at": "2026-11-23T01:30:00Z"}));
    let at = engineer(SITTER);
    let attempt = ExamAttempt::start(&exam, &sitter(&[]), &bank, &at).unwrap();
    assert_eq!(attempt.due_at, exam.closes_at);
    let closed = ExamAttempt::start(&exam, &sitter(&[]), &bank, &at.at(exam.closes_at));
    assert_eq!(closed.unwrap_err().code.slug, "exam_not_open");
}

#[test]
fn a_third_attempt_of_two_is_refused() {
    let bank = [question(1, json!({}))];
    let exam = exam(&bank, json!({}));
    let at = engineer(SITTER);
    let mut done = Vec::new();
    for _ in 0..2 {
        let mut attempt = ExamAttempt::start(&exam, &sitter(&done), &bank, &at).unwrap();
        let mut with = done.clone();
        with.push(attempt.clone());
        let twice = ExamAttempt::start(&exam, &sitter(&with), &bank, &at).unwrap_err();
        assert!(["attempt_running", "attempts_exhausted"].contains(&twice.code.slug));
        attempt.submit(&exam, &bank, &at).unwrap();
        done.push(attempt);
    }
    let third = ExamAttempt::start(&exam, &sitter(&done), &bank, &at).unwrap_err();
    assert_eq!(third.code.slug, "attempts_exhausted");
}

#[test]
fn what_is_right_is_told_only_when_the_exam_closed() {
    let question = text(1);
    let exam = exam(std::slice::from_ref(&question), json!({}));
    let before = serde_json::to_value(question.on_paper(&exam, exam.closes_at.plus_millis(-1))).unwrap();
    assert!(before["correct"].is_null() && before["model_answer"].is_null());
    let after = serde_json::to_value(question.on_paper(&exam, exam.closes_at)).unwrap();
    assert_eq!(after["model_answer"], "先断电");
}

#[test]
fn a_part_of_a_set_gives_half_and_anything_wrong_nothing() {
    let multi = question(1, json!({}));
    let points = |choices: &[i64]| {
        let answer = Answer {
            question_id: multi.id,
            choices: choices.to_vec(),
            text: None,
        };
        multi.mark(Some(&answer))
    };
    let given: [&[i64]; 6] = [&[1, 3], &[3, 1, 1], &[1], &[1, 2], &[1, 2, 3], &[]];
    assert_eq!(
        given.map(points),
        [Some(5), Some(5), Some(2), Some(0), Some(0), Some(0)]
    );
    assert_eq!(multi.mark(None), Some(0));
}

#[test]
fn an_exam_passes_with_no_more_than_its_questions_give_and_asks_each_once() {
    let bank = [question(1, json!({})), question(2, json!({"score": 7})), text(3)];
    let named = exam(&bank[..2], json!({"pass_score": 13}));
    let fault = named.unreachable(&bank).unwrap();
    assert_eq!(fault.code.slug, "out_of_range");
    let enough = exam(&bank[..2], json!({"pass_score": 12}));
    assert!(enough.unreachable(&bank).is_none());
    let twice = exam(&[bank[0].clone(), bank[1].clone(), bank[0].clone()], json!({}));
    let faults = twice.faults();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].place, Place::Pointer("#/question_ids/2".to_owned()));
    // The best two of three; four are more than there are, and may come to anything.
    for (count, most) in [(2, 17), (4, 400)] {
        let draw = json!([{"count": count}]);
        let drawn = |pass: i64| exam(&[], json!({"draw": draw, "pass_score": pass}));
        assert!(drawn(most).unreachable(&bank).is_none());
        assert!(drawn(most + 1).unreachable(&bank).is_some());
    }
}

#[test]
fn a_text_waits_for_its_marker_who_is_not_the_sitter() {
    let bank = [question(1, json!({})), text(2)];
    let exam = exam(&bank, json!({"pass_score": 13}));
    let at = engineer(SITTER);
    let mut attempt = ExamAttempt::start(&exam, &sitter(&[]), &bank, &at).unwrap();
    let mut saved = answers(&[(1, &[1, 3]), (2, &[])]);
    saved.answers[1].text = Some(crate::kernel::text::Prose::new("断电").unwrap());
    attempt.save(&saved, &bank, &at).unwrap();
    assert_eq!(attempt.submit(&exam, &bank, &at).unwrap(), None);
    assert_eq!((attempt.status, attempt.score), (AttemptStatus::Marking, None));
    let mark = |n: u128, points: i64| -> MarkAnswer {
        serde_json::from_value(json!({"question_id": Uuid::from_u128(n), "points": points})).unwrap()
    };
    let editor = by(3, Role::KbEditor);
    assert_eq!(
        attempt
            .mark(&mark(1, 5), &exam, &bank, &editor)
            .unwrap_err()
            .code
            .slug,
        "not_to_mark"
    );
    assert_eq!(
        attempt
            .mark(&mark(2, 11), &exam, &bank, &editor)
            .unwrap_err()
            .code
            .slug,
        "out_of_range"
    );
    attempt.mark(&mark(2, 8), &exam, &bank, &editor).unwrap().unwrap();
    assert_eq!((attempt.score, attempt.passed), (Some(13), Some(true)));
    assert_eq!(
        attempt.save(&saved, &bank, &at).unwrap_err().code.slug,
        "invalid_transition"
    );
}

#[test]
fn failing_a_mandatory_exam_for_good_takes_the_certification_away() {
    let bank = [question(1, json!({}))];
    let exam = exam(&bank, json!({}));
    let at = engineer(SITTER);
    let mut failed = ExamAttempt::start(&exam, &sitter(&[]), &bank, &at).unwrap();
    failed.submit(&exam, &bank, &at).unwrap();
    let one = [failed.clone()];
    assert_eq!(
        exam.certification(&one, at.now, Shanghai),
        Certification::Unchanged
    );
    assert_eq!(
        exam.certification(&one, exam.closes_at, Shanghai),
        Certification::Revoked
    );
    assert_eq!(
        exam.certification(&[failed.clone(), failed.clone()], at.now, Shanghai),
        Certification::Revoked
    );
    let mut passed = ExamAttempt::start(&exam, &sitter(&one), &bank, &at).unwrap();
    passed.save(&answers(&[(1, &[1, 3])]), &bank, &at).unwrap();
    passed.submit(&exam, &bank, &at).unwrap();
    let both = [passed, failed];
    let until = Certification::Until("2027-11-23".parse().unwrap());
    assert_eq!(exam.certification(&both, exam.closes_at, Shanghai), until);
    assert_eq!(best(&both).unwrap().score, Some(5));
}

#[test]
fn questions_and_exams_that_make_no_sense_are_refused() {
    let wrong = [
        json!({"correct": [5]}),
        json!({"correct": []}),
        json!({"correct": [1, 1]}),
        json!({"kind": "single"}),
        json!({"kind": "bool"}),
        json!({"kind": "text"}),
    ];
    for extra in wrong {
        assert_eq!(question(1, extra.clone()).faults().len(), 1, "{extra}");
    }
    assert!(question(1, json!({})).faults().is_empty() && text(1).faults().is_empty());
    let neither = exam(&[], json!({"closes_at": "2026-11-23T00:00:00Z"}));
    assert_eq!(Error::all(neither.faults()).unwrap_err().errors.len(), 2);
    let other = engineer(EngineerId(Uuid::from_u128(8)));
    let bank = [question(1, json!({}))];
    let exam = exam(&bank, json!({"audience": "outlets"}));
    let refused = ExamAttempt::start(&exam, &sitter(&[]), &bank, &other).unwrap_err();
    assert_eq!(refused.code.slug, "not_the_audience");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_paper_is_the_same_for_its_seed_and_keeps_its_rules(seed in any::<u64>(), order in Just((1_u128..40).collect::<Vec<_>>()).prop_shuffle()) {
        let make = |n: &u128| question(*n, json!({"difficulty": 1 + n % 3}));
        let rules = json!({"question_ids": [], "draw": [{"difficulty": 1, "count": 4}, {"count": 10}]});
        let exam = exam(&[], rules);
        let bank: Vec<ExamQuestion> = order.iter().map(make).collect();
        let sorted: Vec<ExamQuestion> = (1..40).map(|n| make(&n)).collect();
        let paper = draw(&exam, &bank, seed).unwrap();
        prop_assert_eq!(&paper, &draw(&exam, &sorted, seed).unwrap());
        let mut distinct = paper.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert_eq!((paper.len(), distinct.len()), (14, 14));
        prop_assert!(paper.iter().take(4).all(|id| id.0.as_u128() % 3 == 0));
        let small = draw(&exam, &bank[..10], seed);
        prop_assert!(small.is_err());
    }
}
