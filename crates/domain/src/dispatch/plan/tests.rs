//! Plans: no hard rule is ever broken, and little is lost against the best possible.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const HOUR: i64 = 60;

fn at(minutes: i64) -> Time {
    "2026-11-23T00:00:00Z"
        .parse::<Time>()
        .unwrap()
        .plus_minutes(minutes)
}

fn engineer(n: usize) -> EngineerId {
    EngineerId(Uuid::from_u128(u128::try_from(n).unwrap() + 1))
}

fn request(n: usize) -> ServiceRequestId {
    ServiceRequestId(Uuid::from_u128(u128::try_from(n).unwrap() + 1_000))
}

/// Chance for questions, apart from the chance of the search.
struct Luck(u64);

impl Luck {
    fn below(&mut self, bound: u64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % bound).unwrap()
    }

    /// A place within some 30 km of Chengdu.
    fn spot(&mut self) -> Option<Spot> {
        Spot::at_micros(
            30_500_000 + self.below(300_000),
            103_900_000 + self.below(300_000),
        )
    }
}

fn question(seed: u64, jobs: usize, workers: usize) -> Question {
    let mut luck = Luck(seed);
    let workers: Vec<PlanWorker> = (0..workers)
        .map(|n| PlanWorker {
            id: engineer(n),
            home: luck.spot(),
            free: vec![
                (at(8 * HOUR), at(12 * HOUR)),
                (at(13 * HOUR), at(17 * HOUR + luck.below(120))),
            ],
            capacity: 3 + luck.below(8),
        })
        .collect();
    let jobs = (0..jobs)
        .map(|n| {
            let from = 8 * HOUR + luck.below(6) * HOUR;
            let length = 1 + luck.below(6);
            PlanJob {
                id: request(n),
                spot: luck.spot(),
                minutes: 20 + luck.below(60),
                from: at(from),
                to: at(from + length * HOUR),
                due_at: (luck.below(2) == 0).then(|| at(from + luck.below(180))),
                weight: 1 + luck.below(4),
                allowed: workers
                    .iter()
                    .filter(|_| luck.below(10) < 6)
                    .map(|worker| worker.id)
                    .collect(),
            }
        })
        .collect();
    Question {
        jobs,
        workers,
        metres_per_minute: 500,
    }
}

/// Every hard rule, looked at from outside.
fn broken(question: &Question, plan: &Plan) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen: Vec<ServiceRequestId> = plan
        .undone
        .iter()
        .map(|undone| undone.service_request_id)
        .collect();
    for worker in &question.workers {
        let stops: Vec<&Stop> = plan
            .stops
            .iter()
            .filter(|stop| stop.engineer_id == worker.id)
            .collect();
        if i64::try_from(stops.len()).unwrap() > worker.capacity {
            wrong.push("capacity".to_owned());
        }
        let (mut here, mut since) = (worker.home, worker.free[0].0);
        for (index, stop) in stops.iter().enumerate() {
            let job = question
                .jobs
                .iter()
                .find(|job| job.id == stop.service_request_id)
                .unwrap();
            seen.push(job.id);
            let metres = here.unwrap().metres_to(job.spot.unwrap());
            if stop.start_at.millis_since(since) < metres * 60_000 / question.metres_per_minute {
                wrong.push(format!("no time to get to {}", job.id));
            }
            let is_within = |(from, to): &(Time, Time)| *from <= stop.start_at && stop.end_at <= *to;
            let rules = [
                (stop.position == i64::try_from(index).unwrap() + 1, "position"),
                (stop.travel_m == metres, "metres"),
                (job.allowed.contains(&worker.id), "allowed"),
                (job.from <= stop.start_at && stop.start_at <= job.to, "window"),
                (worker.free.iter().any(is_within), "shift"),
                (
                    stop.end_at.millis_since(stop.start_at) == job.minutes * 60_000,
                    "minutes",
                ),
            ];
            wrong.extend(
                rules
                    .iter()
                    .filter(|(kept, _)| !kept)
                    .map(|(_, rule)| format!("{rule} of {}", job.id)),
            );
            (here, since) = (job.spot, stop.end_at);
        }
    }
    seen.sort_unstable();
    let all: Vec<ServiceRequestId> = question.jobs.iter().map(|job| job.id).collect();
    if seen != all {
        wrong.push("a request is planned twice or forgotten".to_owned());
    }
    wrong
}

const EFFORT: Effort = Effort {
    seed: 7,
    iterations: 200,
    time_limit_seconds: 10,
};

/// The best possible cost: every set of jobs in every order for every engineer, then every split.
fn exact(question: &Question) -> Cost {
    use super::ground::{Ground, Leg};
    fn extend(ground: &Ground<'_>, van: usize, route: &mut Vec<usize>, best: &mut [Option<Leg>]) {
        let Some(leg) = ground.follow(van, route.iter().copied(), |_| {}) else {
            return;
        };
        let mask = route.iter().map(|task| 1 << task).sum::<usize>();
        best[mask] = Some(best[mask].map_or(leg, |known| known.min(leg)));
        for task in 0..ground.tasks.len() {
            if !route.contains(&task) {
                route.push(task);
                extend(ground, van, route, best);
                route.pop();
            }
        }
    }
    let ground = Ground::new(question);
    let sets = 1 << ground.tasks.len();
    let per_van: Vec<Vec<Option<Leg>>> = (0..ground.vans.len())
        .map(|van| {
            let mut best = vec![None; sets];
            extend(&ground, van, &mut Vec::new(), &mut best);
            best
        })
        .collect();
    let mut reached: Vec<Option<Leg>> = vec![None; sets];
    reached[0] = Some(Leg::default());
    for best in &per_van {
        let mut next: Vec<Option<Leg>> = vec![None; sets];
        for done in 0..sets {
            let Some(before) = reached[done] else { continue };
            for more in (0..sets).filter(|more| more & done == 0) {
                let Some(leg) = best[more] else { continue };
                let sum = Leg {
                    late: before.late + leg.late,
                    metres: before.metres + leg.metres,
                };
                let known = &mut next[done | more];
                *known = Some(known.map_or(sum, |known| known.min(sum)));
            }
        }
        reached = next;
    }
    let costs = reached.iter().enumerate().filter_map(|(done, leg)| {
        let left = (0..ground.tasks.len()).filter(|task| done & (1 << task) == 0);
        leg.map(|leg| Cost {
            undone: left.map(|task| ground.weight(task)).sum(),
            lateness: leg.late,
            travel_m: leg.metres,
        })
    });
    costs.min().unwrap()
}

#[test]
fn small_days_are_planned_as_well_as_possible() {
    let (mut best, mut found, mut greedy, mut hits) = (0, 0, 0, 0);
    for seed in 0..40 {
        let question = question(seed, 6, 3);
        let exact = exact(&question);
        let plan = question.plan(EFFORT).unwrap();
        assert!(
            exact <= plan.cost,
            "nothing is better than the best: {exact:?} {:?}",
            plan.cost
        );
        assert_eq!(exact.undone, plan.cost.undone, "seed {seed}");
        assert_eq!(exact.lateness, plan.cost.lateness, "seed {seed}");
        hits += i64::from(exact == plan.cost);
        best += exact.travel_m;
        found += plan.cost.travel_m;
        greedy += plan.greedy.travel_m;
    }
    println!("optimal in {hits} of 40; metres exact {best}, found {found}, greedy {greedy}");
    assert!(
        (found - best) * 1_000 <= best * 5,
        "at most half a percent more driving than needed"
    );
    assert!(hits >= 36, "{hits} of 40 are the best possible");
}

#[test]
fn the_same_seed_gives_the_same_plan_and_never_a_worse_one_than_greedy() {
    for seed in 0..4 {
        let question = question(100 + seed, 40, 6);
        let effort = Effort {
            seed,
            iterations: 60,
            ..EFFORT
        };
        let plan = question.plan(effort).unwrap();
        assert_eq!(plan, question.plan(effort).unwrap());
        assert!(plan.cost <= plan.greedy);
        assert_eq!(plan.greedy, question.plan_greedily().unwrap().cost);
    }
}

#[test]
fn what_is_left_says_why() {
    let mut question = question(1, 3, 2);
    question.jobs[0].allowed.clear();
    question.jobs[1].allowed = vec![engineer(0)];
    question.jobs[1].minutes = 600;
    question.jobs[2].allowed = vec![engineer(0), engineer(1)];
    let plan = question.plan(EFFORT).unwrap();
    let reasons: Vec<UndoneReason> = plan.undone.iter().map(|undone| undone.reason).collect();
    assert_eq!(reasons.first(), Some(&UndoneReason::NobodyAllowed));
    assert_eq!(reasons.get(1), Some(&UndoneReason::NoRoom));
}

#[test]
fn two_plans_are_compared_request_by_request() {
    let question = question(5, 30, 5);
    let (first, second) = (question.plan_greedily().unwrap(), question.plan(EFFORT).unwrap());
    let compared = first.compare(&second);
    assert_eq!(compared.is_better, second.cost < first.cost);
    assert_eq!(compared.travel_m, second.cost.travel_m - first.cost.travel_m);
    assert_eq!(first.compare(&first).moved, []);
    assert!(!compared.moved.is_empty());
}

#[test]
fn a_question_too_large_is_refused() {
    let mut large = question(1, 2, 2);
    large.jobs = std::iter::repeat_n(large.jobs[0].clone(), 1_001).collect();
    assert_eq!(large.plan(EFFORT).unwrap_err().code.slug, "plan_too_large");
}

#[test]
fn the_limit_of_time_is_a_limit_of_work_and_ends_the_search_at_the_same_place() {
    let question = question(9, 30, 5);
    let long = Effort {
        iterations: 1_000_000,
        time_limit_seconds: 1,
        ..EFFORT
    };
    let plan = question.plan(long).unwrap();
    assert!(
        0 < plan.effort.iterations && plan.effort.iterations < 100_000,
        "{:?}",
        plan.effort
    );
    let longer = question
        .plan(Effort {
            time_limit_seconds: 2,
            ..long
        })
        .unwrap();
    let twice = i64::from(longer.effort.iterations) - 2 * i64::from(plan.effort.iterations);
    assert!(
        twice.abs() < i64::from(plan.effort.iterations) / 10,
        "{:?} {:?}",
        plan.effort,
        longer.effort
    );
}

#[test]
fn the_usual_effort_grows_with_the_question() {
    assert_eq!(Effort::of(3, &question(1, 0, 2)).iterations, 0);
    assert_eq!(Effort::of(3, &question(1, 30, 2)).iterations, 6_000);
    let mut large = question(1, 2, 2);
    large.jobs = std::iter::repeat_n(large.jobs[0].clone(), 1_000).collect();
    assert_eq!(
        Effort::of(3, &large),
        Effort {
            seed: 3,
            iterations: 100_000,
            time_limit_seconds: 10
        }
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_plan_never_breaks_a_hard_rule(seed in any::<u64>(), jobs in 0_usize..25, workers in 0_usize..6) {
        let question = question(seed, jobs, workers);
        let plan = question.plan(Effort { seed, iterations: 30, ..EFFORT }).unwrap();
        prop_assert_eq!(broken(&question, &plan), Vec::<String>::new());
        let greedy = question.plan_greedily().unwrap();
        prop_assert_eq!(broken(&question, &greedy), Vec::<String>::new());
    }

    #[test]
    fn the_cheapest_place_is_that_of_following_every_place(seed in any::<u64>()) {
        use super::ground::Ground;
        use super::route::Route;
        let question = question(seed, 12, 3);
        let ground = Ground::new(&question);
        for van in 0..3 {
            let mut route = Route::default();
            for task in 0..12 {
                let place = |at: usize| {
                    let mut with = route.tasks.clone();
                    with.insert(at, task);
                    let leg = ground.follow(van, with.into_iter(), |_| {})?;
                    Some((leg.less(route.leg), at))
                };
                let best = (0..=route.tasks.len()).filter_map(place).min();
                prop_assert_eq!(ground.best_place(van, &route, task), best);
                if let Some((_, at)) = best {
                    route.tasks.insert(at, task);
                    ground.measure(van, &mut route);
                    let followed = ground.follow(van, route.tasks.iter().copied(), |_| {});
                    prop_assert_eq!(Some(route.leg), followed);
                }
            }
        }
    }
}
