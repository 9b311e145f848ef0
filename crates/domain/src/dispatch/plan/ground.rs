//! The question in numbers: minutes, distances, who may go; and what a route costs.

use std::cell::Cell;
use std::rc::Rc;

use super::route::Route;
use super::{Cost, Effort, Plan, PlanJob, Question, Stop, Undone, UndoneReason};
use crate::kernel::{Spot, Time};

/// How far a place is that nobody knows.
const UNKNOWN: i64 = 10_000;

/// A job in minutes after the plan's beginning.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub minutes: i64,
    pub from: i64,
    pub to: i64,
    pub due: i64,
    pub weight: i64,
    pub allowed: Vec<bool>,
    /// The numbers of those allowed.
    pub vans: Vec<usize>,
}

/// An engineer in minutes after the plan's beginning.
#[derive(Clone, Debug)]
pub(super) struct Van {
    pub free: Vec<(i64, i64)>,
    pub capacity: usize,
}

/// The question in numbers.
pub(super) struct Ground<'a> {
    question: &'a Question,
    begins: Time,
    pub tasks: Vec<Task>,
    pub vans: Vec<Van>,
    /// Metres and minutes from each place to each job; the jobs first, then the homes.
    ways: Vec<(i32, i32)>,
    /// The jobs from each job, the nearest first.
    near: Vec<Vec<usize>>,
    /// How many places were looked at.
    pub looks: Cell<u64>,
}

/// What a route costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Leg {
    pub late: i64,
    pub metres: i64,
}

impl Leg {
    pub fn less(self, other: Leg) -> Leg {
        Leg {
            late: self.late - other.late,
            metres: self.metres - other.metres,
        }
    }
}

/// When a job of a route begins, and how far it was.
pub(super) struct Visit {
    pub task: usize,
    pub start: i64,
    pub metres: i64,
}

/// Routes of every engineer, and what is left; a copy shares the routes that are not changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub routes: Vec<Rc<Route>>,
    pub left: Vec<usize>,
}

impl Answer {
    pub fn cost(&self, ground: &Ground<'_>) -> Cost {
        Cost {
            undone: self.left.iter().map(|task| ground.weight(*task)).sum(),
            lateness: self.routes.iter().map(|route| route.leg.late).sum(),
            travel_m: self.routes.iter().map(|route| route.leg.metres).sum(),
        }
    }
}

impl<'a> Ground<'a> {
    pub fn new(question: &'a Question) -> Ground<'a> {
        let froms = question.jobs.iter().map(|job| job.from);
        let shifts = question
            .workers
            .iter()
            .flat_map(|worker| worker.free.iter().map(|free| free.0));
        let begins = froms.chain(shifts).min().unwrap_or(Time::MIN);
        // A beginning is rounded up and an end down: what fits in minutes fits in truth.
        let down = |at: Time| at.millis_since(begins).div_euclid(60_000);
        let up = |at: Time| (at.millis_since(begins) + 59_999).div_euclid(60_000);
        let task = |job: &PlanJob| {
            let may = question
                .workers
                .iter()
                .map(|worker| job.allowed.contains(&worker.id));
            let allowed: Vec<bool> = may.collect();
            let numbers = allowed.iter().enumerate().filter(|(_, may)| **may);
            Task {
                minutes: job.minutes.max(1),
                from: up(job.from),
                to: down(job.to),
                due: job.due_at.map_or(i64::MAX, down),
                weight: job.weight.max(1),
                vans: numbers.map(|(van, _)| van).collect(),
                allowed,
            }
        };
        let tasks = question.jobs.iter().map(task).collect();
        let vans = question
            .workers
            .iter()
            .map(|worker| {
                let mut free: Vec<(i64, i64)> = worker
                    .free
                    .iter()
                    .map(|(from, to)| (up(*from), down(*to)))
                    .collect();
                free.sort_unstable();
                Van {
                    free,
                    capacity: usize::try_from(worker.capacity).unwrap_or(0),
                }
            })
            .collect();
        let homes = question.workers.iter().map(|worker| worker.home);
        let places: Vec<Option<Spot>> = question.jobs.iter().map(|job| job.spot).chain(homes).collect();
        let speed = question.metres_per_minute.max(1);
        let way = |from: &Option<Spot>, to: &Option<Spot>| {
            let metres = match (from, to) {
                (Some(from), Some(to)) => from.metres_to(*to),
                _ => UNKNOWN,
            };
            let minutes = (metres + speed - 1) / speed;
            let narrow = |figure: i64| i32::try_from(figure).unwrap_or(i32::MAX);
            (narrow(metres), narrow(minutes))
        };
        let jobs: Vec<Option<Spot>> = question.jobs.iter().map(|job| job.spot).collect();
        let ways = places
            .iter()
            .flat_map(|from| jobs.iter().map(move |to| way(from, to)))
            .collect();
        let mut ground = Ground {
            question,
            begins,
            tasks,
            vans,
            ways,
            near: Vec::new(),
            looks: Cell::new(0),
        };
        let numbers = 0..ground.tasks.len();
        let near = |centre: usize| {
            let mut all: Vec<usize> = numbers.clone().collect();
            all.sort_by_key(|task| (ground.way(centre, *task).0, *task));
            all
        };
        ground.near = numbers.clone().map(near).collect();
        ground
    }

    /// The jobs from a job, the nearest first.
    pub fn near(&self, centre: usize) -> &[usize] {
        self.near.get(centre).map_or(&[], Vec::as_slice)
    }

    /// Metres and minutes from a place to a job; the jobs are the first places, then come the homes.
    pub fn way(&self, place: usize, task: usize) -> (i64, i64) {
        let at = place.saturating_mul(self.tasks.len()).saturating_add(task);
        let (metres, minutes) = self.ways.get(at).copied().unwrap_or_default();
        (i64::from(metres), i64::from(minutes))
    }

    /// When an engineer's day begins.
    pub fn begins_at(&self, van: usize) -> Option<i64> {
        Some(self.vans.get(van)?.free.first()?.0)
    }

    pub fn home(&self, van: usize) -> usize {
        self.tasks.len().saturating_add(van)
    }

    pub fn weight(&self, task: usize) -> i64 {
        self.tasks.get(task).map_or(0, |task| task.weight)
    }

    /// Follows a route and says when each job begins; nothing if a hard rule would be broken.
    pub fn follow<I: Iterator<Item = usize>>(
        &self,
        van: usize,
        route: I,
        mut visit: impl FnMut(Visit),
    ) -> Option<Leg> {
        let Van { free, capacity } = self.vans.get(van)?;
        let mut here = self.home(van);
        let mut now = free.first()?.0;
        let mut spans = free.iter().peekable();
        let mut leg = Leg::default();
        for (taken, number) in route.enumerate() {
            let task = self.tasks.get(number)?;
            if taken >= *capacity || !task.allowed.get(van).copied().unwrap_or(false) {
                return None;
            }
            let (metres, minutes) = self.way(here, number);
            let earliest = (now + minutes).max(task.from);
            let start = loop {
                let (from, to) = **spans.peek()?;
                let start = earliest.max(from);
                if start + task.minutes <= to {
                    break start;
                }
                spans.next();
            };
            if start > task.to {
                return None;
            }
            leg.late += (start - task.due).max(0) * task.weight;
            leg.metres += metres;
            visit(Visit {
                task: number,
                start,
                metres,
            });
            now = start + task.minutes;
            here = number;
        }
        Some(leg)
    }

    fn at(&self, minutes: i64) -> Time {
        self.begins.plus_minutes(minutes)
    }

    /// The answer in words a dispatcher reads.
    pub fn tell(&self, answer: &Answer, effort: Effort, greedy: Cost) -> Plan {
        let mut stops = Vec::new();
        for ((van, route), worker) in answer.routes.iter().enumerate().zip(&self.question.workers) {
            let mut position = 0;
            self.follow(van, route.tasks.iter().copied(), |visit| {
                let (Some(task), Some(job)) =
                    (self.tasks.get(visit.task), self.question.jobs.get(visit.task))
                else {
                    return;
                };
                position += 1;
                let (alternatives, saves_m) = self.alternatives(answer, van, visit.task);
                stops.push(Stop {
                    service_request_id: job.id,
                    engineer_id: worker.id,
                    position,
                    travel_m: visit.metres,
                    start_at: self.at(visit.start),
                    end_at: self.at(visit.start + task.minutes),
                    late_minutes: (visit.start - task.due).max(0),
                    alternatives,
                    saves_m,
                });
            });
        }
        let undone = answer.left.iter().filter_map(|left| {
            let (task, job) = (self.tasks.get(*left)?, self.question.jobs.get(*left)?);
            let reason = if task.allowed.iter().any(|may| *may) {
                UndoneReason::NoRoom
            } else {
                UndoneReason::NobodyAllowed
            };
            Some(Undone {
                service_request_id: job.id,
                reason,
            })
        });
        let mut undone: Vec<Undone> = undone.collect();
        undone.sort_by_key(|undone| undone.service_request_id);
        Plan {
            effort,
            stops,
            undone,
            cost: answer.cost(self),
            greedy,
        }
    }

    /// Who else could take a job as the plan stands, and what the next best of them would drive more.
    fn alternatives(&self, answer: &Answer, van: usize, task: usize) -> (i64, Option<i64>) {
        let saved = answer.routes.get(van).and_then(|route| {
            let rest = route.tasks.iter().copied().filter(|other| *other != task);
            Some(route.leg.less(self.follow(van, rest, |_| {})?))
        });
        let others = self.tasks.get(task).into_iter().flat_map(|task| &task.vans);
        let found: Vec<Leg> = others
            .filter(|other| **other != van)
            .filter_map(|other| self.best_place(*other, answer.routes.get(*other)?, task))
            .map(|(more, _)| more)
            .collect();
        let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
        let as_late = |more: &&Leg| saved.is_some_and(|saved| more.late <= saved.late);
        let next = found.iter().filter(as_late).min();
        (
            count,
            next.zip(saved).map(|(more, saved)| more.metres - saved.metres),
        )
    }
}
