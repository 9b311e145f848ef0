//! The plan of a day: against the best possible on small days, against plain methods and the stated limit on large ones.
//!
//! What is exact, and what breaks a rule, is reckoned here from the question alone; nothing of the search is used for it.

use std::time::Instant;

use aftercare_domain::dispatch::plan::{Cost, Effort, Plan, PlanJob, PlanWorker, Question, Stop};
use aftercare_domain::kernel::{Spot, Time};
use aftercare_domain::requests::{EngineerId, ServiceRequestId};

use crate::oracles::Findings;

const HOUR: i64 = 60;
/// Small days against the exact answer.
const SMALL: u64 = 40;
/// So many of them are the best possible, and no other drives so much more, in thousandths.
const LEAST_BEST: u64 = 39;
const MOST_GAP: i64 = 10;
/// 500 requests and 60 engineers, on one core.
const MOST_SECONDS: f64 = 10.0;
/// A large day drives at least so many per cent less than the plain method.
const LEAST_GAIN: f64 = 15.0;

/// Chance for questions, apart from the chance of the search.
struct Luck(u64);

impl Luck {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % bound as u64) as i64
    }

    /// A place in Chengdu: most within the ring road, the rest in the counties around.
    fn spot(&mut self) -> Option<Spot> {
        let reach = if self.below(10) < 7 { 150_000 } else { 500_000 };
        Spot::at_micros(
            30_660_000 - reach / 2 + self.below(reach),
            104_065_000 - reach / 2 + self.below(reach),
        )
    }
}

fn at(minutes: i64) -> Time {
    "2026-11-23T00:00:00Z"
        .parse::<Time>()
        .unwrap()
        .plus_minutes(minutes)
}

fn minutes(at: Time) -> i64 {
    at.millis_since("2026-11-23T00:00:00Z".parse().unwrap()) / 60_000
}

/// A day: shifts with a break, windows of two to four hours for a third, three in ten urgent, skills of a third.
fn question(seed: u64, jobs: usize, workers: usize) -> Question {
    let mut luck = Luck(seed);
    let workers: Vec<PlanWorker> = (0..workers)
        .map(|n| {
            let lunch = 12 * HOUR + luck.below(60);
            let free = vec![
                (at(8 * HOUR + luck.below(60)), at(lunch)),
                (at(lunch + 45), at(17 * HOUR + luck.below(120))),
            ];
            PlanWorker {
                id: EngineerId(uuid::Uuid::from_u128(n as u128 + 1)),
                home: luck.spot(),
                free,
                capacity: 5 + luck.below(6),
            }
        })
        .collect();
    let few = workers.len() <= 4;
    let jobs = (0..jobs)
        .map(|n| {
            let opens = 8 * HOUR + luck.below(8) * HOUR;
            let (from, to) = if luck.below(3) == 0 {
                (opens, opens + (2 + luck.below(3)) * HOUR)
            } else {
                (8 * HOUR, 19 * HOUR)
            };
            let is_urgent = luck.below(10) < 3;
            PlanJob {
                id: ServiceRequestId(uuid::Uuid::from_u128(n as u128 + 10_000)),
                spot: luck.spot(),
                minutes: 20 + luck.below(40),
                from: at(from),
                to: at(to),
                due_at: is_urgent.then(|| at(from + 60 + luck.below(180))),
                weight: if is_urgent { 4 } else { 1 } + luck.below(3),
                allowed: workers
                    .iter()
                    .filter(|_| luck.below(6) < if few { 4 } else { 2 })
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

/// Lateness and metres of a route begun as early as can be; nothing if a rule is broken.
fn reckon(question: &Question, worker: &PlanWorker, route: &[usize]) -> Option<(i64, i64)> {
    if route.len() as i64 > worker.capacity {
        return None;
    }
    let (mut here, mut now) = (worker.home?, minutes(worker.free.first()?.0));
    let (mut late, mut driven) = (0, 0);
    for number in route {
        let job = &question.jobs[*number];
        if !job.allowed.contains(&worker.id) {
            return None;
        }
        let metres = here.metres_to(job.spot?);
        now += metres / question.metres_per_minute + i64::from(metres % question.metres_per_minute > 0);
        now = now.max(minutes(job.from));
        let begins = worker.free.iter().find_map(|(from, to)| {
            let begins = now.max(minutes(*from));
            (begins + job.minutes <= minutes(*to)).then_some(begins)
        })?;
        if begins > minutes(job.to) {
            return None;
        }
        late += job.due_at.map_or(0, |due| (begins - minutes(due)).max(0)) * job.weight;
        driven += metres;
        now = begins + job.minutes;
        here = job.spot?;
    }
    Some((late, driven))
}

/// The best possible: every order of every set for every engineer, then every way to share the requests out.
fn exact(question: &Question) -> Cost {
    fn orders(
        question: &Question,
        worker: &PlanWorker,
        route: &mut Vec<usize>,
        best: &mut [Option<(i64, i64)>],
    ) {
        let Some(cost) = reckon(question, worker, route) else {
            return;
        };
        let set: usize = route.iter().map(|number| 1 << number).sum();
        best[set] = Some(best[set].map_or(cost, |known| known.min(cost)));
        for number in 0..question.jobs.len() {
            if !route.contains(&number) {
                route.push(number);
                orders(question, worker, route, best);
                route.pop();
            }
        }
    }
    let sets = 1_usize << question.jobs.len();
    let mut shared: Vec<Option<(i64, i64)>> = vec![None; sets];
    shared[0] = Some((0, 0));
    for worker in &question.workers {
        let mut best = vec![None; sets];
        orders(question, worker, &mut Vec::new(), &mut best);
        let mut next = shared.clone();
        for (done, before) in shared.iter().enumerate() {
            let Some((late, driven)) = before else { continue };
            for (more, cost) in best.iter().enumerate().filter(|(more, _)| more & done == 0) {
                let Some((more_late, more_driven)) = cost else {
                    continue;
                };
                let sum = (late + more_late, driven + more_driven);
                let known = &mut next[done | more];
                *known = Some(known.map_or(sum, |known| known.min(sum)));
            }
        }
        shared = next;
    }
    let costs = shared.iter().enumerate().filter_map(|(done, cost)| {
        let left = question
            .jobs
            .iter()
            .enumerate()
            .filter(|(n, _)| done & (1 << n) == 0);
        cost.map(|(lateness, travel_m)| Cost {
            undone: left.map(|(_, job)| job.weight).sum(),
            lateness,
            travel_m,
        })
    });
    costs.min().unwrap()
}

/// What of a plan breaks a rule, or is told otherwise than it is.
fn broken(question: &Question, plan: &Plan) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut told = Cost::default();
    let mut seen: Vec<ServiceRequestId> = plan
        .undone
        .iter()
        .map(|undone| undone.service_request_id)
        .collect();
    told.undone = question
        .jobs
        .iter()
        .filter(|job| seen.contains(&job.id))
        .map(|job| job.weight)
        .sum();
    for worker in &question.workers {
        let stops: Vec<&Stop> = plan
            .stops
            .iter()
            .filter(|stop| stop.engineer_id == worker.id)
            .collect();
        if stops.len() as i64 > worker.capacity {
            wrong.push(format!("{} has {} visits", worker.id, stops.len()));
        }
        let (mut here, mut since) = (worker.home, worker.free[0].0);
        for stop in stops {
            let job = question
                .jobs
                .iter()
                .find(|job| job.id == stop.service_request_id)
                .unwrap();
            seen.push(job.id);
            let metres = here.unwrap().metres_to(job.spot.unwrap());
            let drive = metres * 60_000 / question.metres_per_minute;
            let late = job
                .due_at
                .map_or(0, |due| (minutes(stop.start_at) - minutes(due)).max(0));
            let rules = [
                ("way", stop.start_at.millis_since(since) >= drive),
                ("metres", stop.travel_m == metres),
                ("skill", job.allowed.contains(&worker.id)),
                ("window", job.from <= stop.start_at && stop.start_at <= job.to),
                (
                    "shift",
                    worker
                        .free
                        .iter()
                        .any(|(from, to)| *from <= stop.start_at && stop.end_at <= *to),
                ),
                (
                    "length",
                    stop.end_at.millis_since(stop.start_at) == job.minutes * 60_000,
                ),
                ("lateness", stop.late_minutes == late),
            ];
            let faults = rules.iter().filter(|(_, holds)| !holds);
            wrong.extend(faults.map(|(rule, _)| format!("{rule} of {}", job.id)));
            told.lateness += late * job.weight;
            told.travel_m += metres;
            (here, since) = (job.spot, stop.end_at);
        }
    }
    seen.sort_unstable();
    if seen != question.jobs.iter().map(|job| job.id).collect::<Vec<_>>() {
        wrong.push("a request is planned twice or forgotten".to_owned());
    }
    if told != plan.cost {
        wrong.push(format!("costs {told:?}, not {:?}", plan.cost));
    }
    wrong
}

fn percent(less: i64, than: i64) -> f64 {
    if than == 0 {
        0.0
    } else {
        (than - less) as f64 * 100.0 / than as f64
    }
}

/// Small days against the best possible, member by member of the cost.
fn small(findings: &mut Findings) {
    let (mut undone, mut lateness, mut travel, mut all) = (0, 0, 0, 0);
    let (mut worst, mut sum) = (0, 0);
    for seed in 0..SMALL {
        let question = question(seed, 6 + (seed % 2) as usize, 2 + (seed % 3 > 0) as usize);
        let best = exact(&question);
        let plan = question.plan(Effort::of(seed, &question)).unwrap();
        findings.check(broken(&question, &plan).is_empty(), || {
            format!("small {seed}: {:?}", broken(&question, &plan))
        });
        findings.check(best <= plan.cost, || {
            format!("small {seed}: {best:?} is not the best")
        });
        undone += u64::from(plan.cost.undone == best.undone);
        lateness += u64::from(plan.cost.undone == best.undone && plan.cost.lateness == best.lateness);
        all += u64::from(plan.cost == best);
        if (plan.cost.undone, plan.cost.lateness) == (best.undone, best.lateness) {
            travel += 1;
            let gap = (plan.cost.travel_m - best.travel_m) * 1_000 / best.travel_m.max(1);
            worst = worst.max(gap);
            sum += gap;
        }
    }
    println!(
        "{SMALL} small days: undone best in {undone}, lateness in {lateness}, all three in {all}; \
         travel over the best by {:.2} % on average, {:.1} % at worst",
        sum as f64 / f64::from(travel.max(1)) / 10.0,
        worst as f64 / 10.0
    );
    findings.check(undone == SMALL && lateness == SMALL, || {
        format!("undone or lateness worse than the best possible: {undone}, {lateness} of {SMALL}")
    });
    findings.check(all >= LEAST_BEST && worst <= MOST_GAP, || {
        format!("only {all} of {SMALL} are the best possible, {worst} thousandths at worst")
    });
    findings
        .facts
        .push(format!("{all} of {SMALL} small days best possible"));
}

/// One large day: seconds, and what the plain methods cost.
fn large(findings: &mut Findings, seed: u64, jobs: usize, workers: usize) {
    let question = question(1_000 + seed, jobs, workers);
    let inserted = question
        .plan(Effort {
            iterations: 0,
            ..Effort::of(seed, &question)
        })
        .unwrap();
    let start = Instant::now();
    let plan = question.plan(Effort::of(seed, &question)).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let cost = |cost: Cost| format!("{}/{}/{}", cost.undone, cost.lateness, cost.travel_m / 1_000);
    let gain = percent(plan.cost.travel_m, plan.greedy.travel_m);
    println!(
        "{:>4} x {:>2}  {seed}  {seconds:>5.1} s  {:>7} iterations  {:>16}  {:>16}  {:>16}  {:>6.1} %  {:>6.1} %",
        jobs,
        workers,
        plan.effort.iterations,
        cost(plan.greedy),
        cost(inserted.cost),
        cost(plan.cost),
        percent(plan.cost.lateness, plan.greedy.lateness),
        gain,
    );
    let name = format!("{jobs} x {workers}, seed {seed}");
    findings.check(broken(&question, &plan).is_empty(), || {
        format!("{name}: {:?}", broken(&question, &plan))
    });
    findings.check(plan.cost <= inserted.cost && inserted.cost <= plan.greedy, || {
        format!("{name}: the search made it worse")
    });
    findings.check(seconds <= MOST_SECONDS, || format!("{name} took {seconds:.1} s"));
    findings.check(gain >= LEAST_GAIN, || format!("{name} gains {gain:.1} % only"));
    if seed == 0 && jobs <= 100 {
        let again = question.plan(Effort::of(seed, &question)).unwrap();
        findings.check(again == plan, || {
            format!("{name} is planned otherwise the second time")
        });
    }
    if jobs == 500 {
        findings.facts.push(format!(
            "500 x 60 in {seconds:.1} s, {gain:.0} % less driven than greedy"
        ));
    }
}

/// Small days, then large ones of several seeds.
pub fn run() -> Findings {
    let mut findings = Findings::of("plans of a day");
    small(&mut findings);
    println!(
        "{:>9}  s  {:>7}  {:>18}  {:>16}  {:>16}  {:>16}  {:>8}  {:>8}",
        "requests", "time", "", "greedy u/l/km", "inserted", "searched", "less late", "driven"
    );
    for (jobs, workers) in [(100, 15), (250, 30), (500, 60)] {
        for seed in 0..3 {
            large(&mut findings, seed, jobs, workers);
        }
    }
    findings
}
