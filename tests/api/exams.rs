//! Exams: strict about time, silent about what is right, the best attempt counts.

use aftercare_api::jobs;
use aftercare_domain::kernel::Role;
use serde_json::{Value, json};

use crate::support::{Client, Reply, Scene};

/// What a good text says; nobody may read it before the exam closes.
const MODEL: &str = "先断电再检查电容";

fn editor(scene: &Scene) -> Client {
    scene.app.with_role(Role::KbEditor)
}

async fn question(scene: &Scene, more: Value) -> String {
    let mut body = json!({"kind": "single", "stem": "显示E6表示什么故障？", "options": ["通讯故障", "缺氟", "排水异常"],
        "correct": [1], "score": 5, "difficulty": 2});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    editor(scene)
        .post("/v1/exam-questions", body)
        .await
        .expect(201)
        .id()
}

async fn text(scene: &Scene) -> String {
    let more = json!({"kind": "text", "options": [], "correct": [], "score": 10, "model_answer": MODEL});
    question(scene, more).await
}

/// An exam of an hour in the week of the demo; its path.
async fn exam(scene: &Scene, questions: &[String], more: Value) -> String {
    let mut body = json!({"title": "上岗考试", "question_ids": questions, "opens_at": "2026-11-23T00:00:00.000Z",
        "closes_at": "2026-12-30T00:00:00.000Z", "minutes": 60, "pass_score": 5, "audience": "engineers"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = editor(scene).post("/v1/exams", body).await.expect(201);
    format!("/v1/exams/{}", made.id())
}

async fn started(client: &Client, exam: &str) -> Reply {
    client.post(&format!("{exam}/attempts"), json!({})).await
}

fn path_of(attempt: &Value) -> String {
    format!("/v1/exam-attempts/{}", attempt["id"].as_str().unwrap())
}

fn answer(question: &str, choices: &[i64]) -> Value {
    json!({"answers": [{"question_id": question, "choices": choices}]})
}

async fn act(client: &Client, attempt: &str, action: &str, body: Value) -> Reply {
    client.post(&format!("{attempt}/{action}"), body).await
}

/// An attempt of the first engineer in this state; its path.
pub async fn standing(scene: &Scene, state: &str) -> String {
    let asked = if state == "marking" {
        text(scene).await
    } else {
        question(scene, json!({})).await
    };
    let exam = exam(scene, std::slice::from_ref(&asked), json!({"minutes": 600})).await;
    let attempt = path_of(&started(&scene.e1, &exam).await.expect(201).body);
    if state == "marking" {
        let written = json!({"answers": [{"question_id": asked, "text": "断电"}]});
        act(&scene.e1, &attempt, "save", written).await.expect(200);
    }
    if state != "running" {
        act(&scene.e1, &attempt, "submit", json!({})).await.expect(200);
    }
    attempt
}

#[actix_web::test]
async fn ac_064_minute_sixty_one_is_refused_what_was_saved_is_scored_and_a_third_try_is_none() {
    let scene = Scene::open().await;
    let (one, two) = (
        question(&scene, json!({})).await,
        question(&scene, json!({})).await,
    );
    let exam = exam(&scene, &[one.clone(), two.clone()], json!({})).await;
    let begun = started(&scene.e1, &exam).await.expect(201).body;
    assert_eq!(
        (&begun["due_at"], &begun["allowed_actions"]),
        (&json!("2026-11-23T02:00:00.000Z"), &json!(["save", "submit"]))
    );
    started(&scene.e1, &exam).await.refused(409, "attempt_running");
    let attempt = path_of(&begun);
    scene.at("2026-11-23T02:00:00Z");
    act(&scene.e1, &attempt, "save", answer(&one, &[1]))
        .await
        .expect(200);
    scene.at("2026-11-23T02:01:00Z");
    let late = act(&scene.e1, &attempt, "save", answer(&two, &[1])).await;
    let late = late.refused(409, "exam_time_over");
    assert_eq!(late.body["current_status"], "scored");
    let scored = scene.e1.get(&attempt).await.expect(200).body;
    assert_eq!(
        (
            &scored["score"],
            &scored["full_score"],
            &scored["passed"],
            &scored["submitted_at"]
        ),
        (
            &json!(5),
            &json!(10),
            &json!(true),
            &json!("2026-11-23T02:00:00.000Z")
        )
    );
    act(&scene.e1, &attempt, "submit", json!({}))
        .await
        .refused(409, "exam_time_over");
    let second = path_of(&started(&scene.e1, &exam).await.expect(201).body);
    act(&scene.e1, &second, "submit", json!({})).await.expect(200);
    started(&scene.e1, &exam).await.refused(409, "attempts_exhausted");
    started(&scene.e2, &exam).await.expect(201);
    let all = scene.manager.get(&format!("{exam}/attempts")).await.expect(200);
    assert_eq!(all.body["data"].as_array().unwrap().len(), 3);
    let own = scene.e2.get(&format!("{exam}/attempts")).await.expect(200);
    assert_eq!(own.body["data"].as_array().unwrap().len(), 1);
    scene.e2.get(&attempt).await.refused(404, "not_found");
}

#[actix_web::test]
async fn what_nobody_hands_in_is_scored_by_the_clock_and_told() {
    let scene = Scene::open().await;
    let asked = question(&scene, json!({})).await;
    let exam = exam(&scene, std::slice::from_ref(&asked), json!({})).await;
    let attempt = path_of(&started(&scene.e1, &exam).await.expect(201).body);
    act(&scene.e1, &attempt, "save", answer(&asked, &[2]))
        .await
        .expect(200);
    scene.at("2026-11-23T03:00:00Z");
    jobs::clock::sweep(&scene.app.state).await.unwrap();
    aftercare_api::flows::sequencer::number(&scene.app.db)
        .await
        .unwrap();
    let admin = scene.app.with_role(Role::Admin);
    let told = admin.get("/v1/changes?types=exam.failed").await.expect(200);
    assert_eq!(told.body["data"][0]["href"], json!(attempt), "{}", told.text);
    // The same word as before the clock came.
    act(&scene.e1, &attempt, "save", answer(&asked, &[1]))
        .await
        .refused(409, "exam_time_over");
}

#[actix_web::test]
async fn what_is_right_is_in_no_answer_before_the_exam_closes() {
    let scene = Scene::open().await;
    let (single, written) = (question(&scene, json!({})).await, text(&scene).await);
    let exam = exam(&scene, &[single.clone(), written.clone()], json!({})).await;
    let begun = started(&scene.e1, &exam).await.expect(201);
    let attempt = path_of(&begun.body);
    let saved = json!({"answers": [{"question_id": single, "choices": [2]},
        {"question_id": written, "text": "断电"}]});
    let mut told = vec![
        begun,
        act(&scene.e1, &attempt, "save", saved).await.expect(200),
        act(&scene.e1, &attempt, "submit", json!({})).await.expect(200),
    ];
    let mark = json!({"question_id": written, "points": 8});
    for reader in [&scene.e1, &scene.manager, &editor(&scene)] {
        for path in [
            attempt.clone(),
            exam.clone(),
            format!("{exam}/attempts"),
            "/v1/exams".to_owned(),
        ] {
            told.push(reader.get(&path).await.expect(200));
        }
    }
    told.push(act(&editor(&scene), &attempt, "mark", mark).await.expect(200));
    told.push(scene.e1.get(&attempt).await.expect(200));
    scene
        .e1
        .get("/v1/exam-questions")
        .await
        .refused(403, "insufficient_scope");
    for reply in &told {
        let text = &reply.text;
        assert!(!text.contains("\"correct\":[") && !text.contains(MODEL), "{text}");
        let marks = reply.body["marks"].as_array().into_iter().flatten();
        assert!(
            marks
                .into_iter()
                .all(|mark| mark["question_id"] == written.as_str()),
            "{text}"
        );
    }
    scene.at("2026-12-29T23:59:59.999Z");
    assert!(!scene.e1.get(&attempt).await.expect(200).text.contains(MODEL));
    scene.at("2026-12-30T00:00:00Z");
    let after = scene.e1.get(&attempt).await.expect(200);
    assert!(after.text.contains(MODEL));
    assert_eq!(
        (
            &after.body["questions"][0]["correct"],
            &after.body["marks"][0]["points"]
        ),
        (&json!([1]), &json!(0))
    );
}

#[actix_web::test]
async fn a_text_waits_for_a_marker_who_is_not_its_writer() {
    let scene = Scene::open().await;
    let attempt = standing(&scene, "marking").await;
    let now = scene.manager.get(&attempt).await.expect(200).body;
    assert_eq!((&now["status"], &now["score"]), (&json!("marking"), &Value::Null));
    let written = now["question_ids"][0].clone();
    let mark = |points: i64| json!({"question_id": written, "points": points});
    act(&scene.e1, &attempt, "mark", mark(10))
        .await
        .refused(403, "insufficient_scope");
    let over = act(&editor(&scene), &attempt, "mark", mark(11)).await;
    over.refused(422, "out_of_range");
    let done = act(&editor(&scene), &attempt, "mark", mark(8))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&done["status"], &done["score"], &done["passed"]),
        (&json!("scored"), &json!(8), &json!(true))
    );
}

#[actix_web::test]
async fn a_paper_is_drawn_by_its_rules_and_stays_as_it_was_drawn() {
    let scene = Scene::open().await;
    for n in 0..8 {
        let more = json!({"stem": format!("第{n}题"), "difficulty": 1 + n % 2});
        question(&scene, more).await;
    }
    let wanted = |count: i64| json!({"question_ids": [], "draw": [{"difficulty": 1, "count": 2}, {"difficulty": 2, "count": count}]});
    let drawn = exam(&scene, &[], wanted(2)).await;
    let begun = started(&scene.e1, &drawn).await.expect(201).body;
    let paper = begun["question_ids"].as_array().unwrap();
    let mut distinct: Vec<&str> = paper.iter().map(|id| id.as_str().unwrap()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!((paper.len(), distinct.len()), (4, 4));
    let again = scene.e1.get(&path_of(&begun)).await.expect(200).body;
    assert_eq!(again["question_ids"], begun["question_ids"]);
    let greedy = exam(&scene, &[], wanted(5)).await;
    started(&scene.e1, &greedy).await.refused(409, "bank_too_small");
}

#[actix_web::test]
async fn an_exam_is_for_its_audience_and_its_days() {
    let scene = Scene::open().await;
    let asked = question(&scene, json!({})).await;
    let asked = std::slice::from_ref(&asked);
    let outlets = exam(&scene, asked, json!({"audience": "outlets"})).await;
    started(&scene.e1, &outlets)
        .await
        .refused(403, "not_the_audience");
    started(&scene.manager, &outlets)
        .await
        .refused(403, "not_the_audience");
    let later = exam(&scene, asked, json!({"opens_at": "2026-12-01T00:00:00.000Z"})).await;
    started(&scene.e1, &later).await.refused(409, "exam_not_open");
    let open = scene
        .e1
        .get("/v1/exams?open_at=2026-11-23T01:00:00.000Z")
        .await
        .expect(200);
    assert_eq!(open.body["data"].as_array().unwrap().len(), 1);
    let wrong = json!({"title": "上岗考试", "question_ids": ["0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"],
        "draw": [{"count": 1}], "opens_at": "2026-11-23T00:00:00.000Z", "closes_at": "2026-11-23T00:00:00.000Z",
        "minutes": 60, "pass_score": 5, "audience": "engineers"});
    let refused = editor(&scene)
        .post("/v1/exams", wrong)
        .await
        .refused(422, "validation_failed");
    let mut pointers = refused.pointers();
    pointers.sort_unstable();
    assert_eq!(pointers, ["#/closes_at", "#/draw", "#/question_ids/0"]);
    let bad = json!({"kind": "bool", "stem": "?", "correct": [3], "score": 5, "difficulty": 1});
    editor(&scene)
        .post("/v1/exam-questions", bad)
        .await
        .refused(422, "answer_mismatch");
}

/// The last day an engineer is certified in a skill.
async fn certified(scene: &Scene, engineer: &str, skill: &str) -> Value {
    let path = format!("/v1/engineers/{engineer}/skills");
    let held = scene.manager.get(&path).await.expect(200).body;
    let rows = held["data"].as_array().unwrap().iter();
    let row = rows.clone().find(|row| row["skill_id"] == skill);
    row.map_or(json!("no such skill"), |row| row["certified_until"].clone())
}

#[actix_web::test]
async fn who_passes_is_certified_and_who_fails_a_mandatory_exam_for_good_is_not_any_more() {
    let scene = Scene::open().await;
    let skill = json!({"code": "AC-REPAIR", "name": {"zh": "空调维修"}});
    let skill = scene.manager.post("/v1/skills", skill).await.expect(201).id();
    let held = json!({"skill_id": skill, "level": "0.8", "certified_until": "2026-12-31"});
    for engineer in [&scene.engineer1, &scene.engineer2] {
        let path = format!("/v1/engineers/{engineer}/skills");
        if engineer == &scene.engineer2 {
            scene.manager.post(&path, held.clone()).await.expect(201);
        }
    }
    let asked = question(&scene, json!({})).await;
    let set = json!({"skill_id": skill, "is_mandatory": true});
    let first = exam(&scene, std::slice::from_ref(&asked), set.clone()).await;
    let passed = path_of(&started(&scene.e1, &first).await.expect(201).body);
    act(&scene.e1, &passed, "save", answer(&asked, &[1]))
        .await
        .expect(200);
    act(&scene.e1, &passed, "submit", json!({})).await.expect(200);
    assert_eq!(certified(&scene, &scene.engineer1, &skill).await, "2027-11-23");
    // One attempt of two: he may try again, until the exam closes.
    let failed = path_of(&started(&scene.e2, &first).await.expect(201).body);
    act(&scene.e2, &failed, "submit", json!({})).await.expect(200);
    assert_eq!(certified(&scene, &scene.engineer2, &skill).await, "2026-12-31");
    scene.at("2026-12-30T00:00:00Z");
    jobs::clock::sweep(&scene.app.state).await.unwrap();
    assert_eq!(certified(&scene, &scene.engineer2, &skill).await, Value::Null);
    assert_eq!(certified(&scene, &scene.engineer1, &skill).await, "2027-11-23");
    jobs::clock::sweep(&scene.app.state).await.unwrap();
    let unknown = json!({"skill_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"});
    let mut body = json!({"title": "上岗考试", "question_ids": [asked], "opens_at": "2026-11-23T00:00:00.000Z",
        "closes_at": "2027-12-30T00:00:00.000Z", "minutes": 60, "pass_score": 5, "audience": "engineers"});
    body["skill_id"] = unknown["skill_id"].clone();
    editor(&scene)
        .post("/v1/exams", body)
        .await
        .refused(422, "unknown_reference");
}

#[actix_web::test]
async fn an_exam_asks_each_question_once_and_passes_with_what_it_gives() {
    let scene = Scene::open().await;
    let asked = question(&scene, json!({})).await;
    let two = question(&scene, json!({"difficulty": 5, "score": 7})).await;
    let set = async |more: Value| {
        let mut body = json!({"title": "上岗考试", "opens_at": "2026-11-23T00:00:00.000Z",
            "closes_at": "2026-12-30T00:00:00.000Z", "minutes": 60, "audience": "engineers"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        editor(&scene).post("/v1/exams", body).await
    };
    let twice = set(json!({"question_ids": [asked, asked], "pass_score": 5})).await;
    let twice = twice.refused(422, "question_twice");
    assert_eq!(twice.body["errors"][0]["pointer"], "#/question_ids/1");
    let named = |pass: i64| json!({"question_ids": [asked, two], "pass_score": pass});
    let above = set(named(13)).await.refused(422, "out_of_range");
    assert_eq!(above.body["errors"][0]["pointer"], "#/pass_score");
    set(named(12)).await.expect(201);
    let drawn = |count: i64, pass: i64| json!({"draw": [{"count": count}], "pass_score": pass});
    set(drawn(1, 8)).await.refused(422, "out_of_range");
    set(drawn(1, 7)).await.expect(201);
    // What a bank that is still filled will give is not known; a hundred points a question at most.
    set(drawn(3, 300)).await.expect(201);
    set(drawn(3, 301)).await.refused(422, "out_of_range");
}

#[actix_web::test]
async fn a_choice_the_question_does_not_have_is_refused_at_its_place() {
    let scene = Scene::open().await;
    let (single, truth) = (
        question(&scene, json!({})).await,
        question(&scene, json!({"kind": "bool", "options": [], "correct": [2]})).await,
    );
    let written = text(&scene).await;
    let questions = [single.clone(), truth.clone(), written.clone()];
    let exam = exam(&scene, &questions, json!({})).await;
    let attempt = path_of(&started(&scene.e1, &exam).await.expect(201).body);
    for (asked, choices, place) in [
        (&single, vec![1, 4], "#/answers/0/choices/1"),
        (&truth, vec![3], "#/answers/0/choices/0"),
        (&written, vec![1], "#/answers/0/choices/0"),
    ] {
        let refused = act(&scene.e1, &attempt, "save", answer(asked, &choices)).await;
        let refused = refused.refused(422, "not_an_option");
        assert_eq!(refused.body["errors"][0]["pointer"], place);
    }
    let saved = act(&scene.e1, &attempt, "save", answer(&truth, &[2])).await;
    assert_eq!(saved.expect(200).body["answers"].as_array().unwrap().len(), 1);
}
