//! A route with what looking for a place in it needs: nothing is followed twice that did not change.

use super::ground::{Ground, Leg, Task, Van};

/// A visit of a route.
#[derive(Clone, Copy, Debug)]
struct Visit {
    task: usize,
    /// Metres and minutes to get there.
    metres: i64,
    drive: i64,
    start: i64,
    end: i64,
    /// Whoever arrives later than this breaks a hard rule, here or further on.
    latest: i64,
    late: i64,
}

/// The jobs of an engineer in their order, and what they cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub tasks: Vec<usize>,
    pub leg: Leg,
    visits: Vec<Visit>,
}

impl Van {
    /// When a job begins for whoever is there at an instant.
    fn begin(&self, at: i64, minutes: i64) -> Option<i64> {
        let begins = self.free.iter().map(|(from, to)| (at.max(*from), *to));
        begins
            .filter(|(begins, to)| begins + minutes <= *to)
            .map(|(begins, _)| begins)
            .next()
    }

    /// The last instant at which a job may begin that begins by then.
    fn last_begin(&self, by: i64, minutes: i64) -> Option<i64> {
        let ends = self
            .free
            .iter()
            .rev()
            .map(|(from, to)| (*from, by.min(to - minutes)));
        ends.filter(|(from, last)| from <= last)
            .map(|(_, last)| last)
            .next()
    }
}

impl Task {
    fn late(&self, start: i64) -> i64 {
        (start - self.due).max(0) * self.weight
    }
}

impl Ground<'_> {
    /// Reckons a route anew after its jobs changed; only jobs that fit are put in one.
    pub fn measure(&self, van: usize, route: &mut Route) {
        let visits = &mut route.visits;
        visits.clear();
        route.leg = Leg::default();
        let (Some(van_of), Some(mut now)) = (self.vans.get(van), self.begins_at(van)) else {
            return;
        };
        let mut here = self.home(van);
        for number in &route.tasks {
            let Some(task) = self.tasks.get(*number) else {
                continue;
            };
            let (metres, drive) = self.way(here, *number);
            let arrival = (now + drive).max(task.from);
            let start = van_of.begin(arrival, task.minutes).unwrap_or(arrival);
            let late = task.late(start);
            now = start + task.minutes;
            here = *number;
            route.leg.late += late;
            route.leg.metres += metres;
            visits.push(Visit {
                task: *number,
                metres,
                drive,
                start,
                end: now,
                latest: 0,
                late,
            });
        }
        let mut leave_by = i64::MAX;
        for visit in visits.iter_mut().rev() {
            let Some(task) = self.tasks.get(visit.task) else {
                continue;
            };
            let by = task.to.min(leave_by.saturating_sub(task.minutes));
            visit.latest = van_of.last_begin(by, task.minutes).unwrap_or(i64::MIN);
            leave_by = visit.latest.saturating_sub(visit.drive);
        }
    }

    /// The cheapest place for a job in a route: what it adds, and where.
    ///
    /// Whoever is put between two others can only delay those after him, so what he is late and drives more is the least a
    /// place costs; only where that is little is the rest of the route looked at.
    pub fn best_place(&self, van: usize, route: &Route, number: usize) -> Option<(Leg, usize)> {
        let (task, van_of) = (self.tasks.get(number)?, self.vans.get(van)?);
        let may = task.allowed.get(van).copied().unwrap_or(false);
        if !may || route.tasks.len() >= van_of.capacity {
            return None;
        }
        let mut best: Option<(Leg, usize)> = None;
        let (mut here, mut now) = (self.home(van), self.begins_at(van)?);
        let mut nexts = route.visits.iter();
        for at in 0..=route.visits.len() {
            // Later places only begin later.
            if now > task.to {
                break;
            }
            let next = nexts.next();
            let (to, drive) = self.way(here, number);
            let (on, drive_on) = next.map_or((0, 0), |next| self.way(number, next.task));
            let driven = to + on - next.map_or(0, |next| next.metres);
            let is_worth = |more: &Leg| best.is_none_or(|(least, _)| *more < least);
            let begin = || {
                let arrival = (now + drive).max(task.from);
                let start = van_of.begin(arrival, task.minutes)?;
                let arrives = start + task.minutes + drive_on;
                let is_kept = start <= task.to && next.is_none_or(|next| arrives <= next.latest);
                is_kept.then_some((task.late(start), arrives))
            };
            let more = Some(Leg {
                late: 0,
                metres: driven,
            })
            .filter(is_worth)
            .and_then(|_| begin())
            .filter(|(late, _)| {
                is_worth(&Leg {
                    late: *late,
                    metres: driven,
                })
            })
            .map(|(late, arrives)| {
                let rest = route.visits.get(at..).unwrap_or_default();
                Leg {
                    late: late + self.delay(van_of, rest, arrives),
                    metres: driven,
                }
            })
            .filter(is_worth);
            best = more.map(|more| (more, at)).or(best);
            let Some(next) = next else { break };
            (here, now) = (next.task, next.end);
        }
        best
    }

    /// How much later the rest of a route is if its first job is reached at an instant; no hard rule is broken by it.
    fn delay(&self, van: &Van, rest: &[Visit], mut arrives: i64) -> i64 {
        let mut late = 0;
        let mut nexts = rest.iter().skip(1);
        for visit in rest {
            let Some(task) = self.tasks.get(visit.task) else {
                break;
            };
            let arrival = arrives.max(task.from);
            let start = van.begin(arrival, task.minutes).unwrap_or(arrival);
            if start <= visit.start {
                break;
            }
            late += task.late(start) - visit.late;
            arrives = start + task.minutes + nexts.next().map_or(0, |next| next.drive);
        }
        late
    }
}
