//! The search: greedy, regret insertion, then taking neighbours out and putting them back.

use super::Effort;
use super::ground::{Answer, Ground, Leg};

/// How many jobs are taken out at once at most, and how many left ones are tried again.
const MOST_OUT: usize = 24;
const MOST_TRIED: usize = 24;
/// Up to how many jobs the search may leave its valley by a worse answer, and for how long before it goes back.
const FEW: usize = 40;
const PATIENCE: u32 = 40;

/// Chance that repeats: SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound; nothing below nothing.
    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(self.roll() % bound).unwrap_or(0)
    }
}

impl Ground<'_> {
    fn nothing(&self) -> Answer {
        Answer {
            routes: vec![Vec::new(); self.vans.len()],
            legs: vec![Leg::default(); self.vans.len()],
            left: (0..self.tasks.len()).collect(),
        }
    }

    /// One job after the other, heaviest and most urgent first, to whoever is cheapest.
    pub fn greedy(&self) -> Answer {
        let mut answer = self.nothing();
        let mut order = std::mem::take(&mut answer.left);
        order.sort_by_key(|number| {
            let task = self.tasks.get(*number);
            (task.map(|task| (-task.weight, task.due.min(task.to))), *number)
        });
        for task in order {
            self.put_cheapest(&mut answer, task);
        }
        answer
    }

    /// The best answer found.
    pub fn improve(&self, effort: Effort) -> Answer {
        let mut dice = Dice(effort.seed);
        let mut now = self.nothing();
        let all = std::mem::take(&mut now.left);
        self.put_back(&mut now, all);
        let greedy = self.greedy();
        if greedy.cost(self) < now.cost(self) {
            now = greedy;
        }
        let mut best = now.clone();
        let mut best_cost = best.cost(self);
        let mut since_best = 0;
        for _ in 0..effort.iterations {
            let mut next = now.clone();
            let out = self.take_out(&mut next, &mut dice);
            if dice.below(3) == 0 {
                self.put_by_chance(&mut next, out, &mut dice);
            } else {
                self.put_back(&mut next, out);
            }
            let (cost, before) = (next.cost(self), now.cost(self));
            if cost < best_cost {
                best = next.clone();
                best_cost = cost;
                since_best = 0;
            } else {
                since_best += 1;
            }
            // A little more driving is let through, so that the search leaves its valley.
            let is_close = cost.undone == best_cost.undone
                && cost.lateness == best_cost.lateness
                && cost.travel_m <= best_cost.travel_m.saturating_add(best_cost.travel_m / 50);
            let is_dared = self.tasks.len() <= FEW && dice.below(12) == 0;
            if since_best > PATIENCE {
                now = best.clone();
                since_best = 0;
            } else if cost <= before || is_close || is_dared {
                now = next;
            }
        }
        best
    }

    fn put(&self, answer: &mut Answer, van: usize, at: usize, task: usize) {
        if let Some(route) = answer.routes.get_mut(van) {
            route.insert(at.min(route.len()), task);
        }
        self.measure(answer, van);
    }

    fn measure(&self, answer: &mut Answer, van: usize) {
        let route = answer.routes.get(van).map_or(&[][..], Vec::as_slice);
        let leg = self
            .follow(van, route.iter().copied(), |_| {})
            .unwrap_or_default();
        if let Some(kept) = answer.legs.get_mut(van) {
            *kept = leg;
        }
    }

    /// Takes a job with its neighbours out, or some by chance; with them some of those left before.
    fn take_out(&self, answer: &mut Answer, dice: &mut Dice) -> Vec<usize> {
        let mut planned: Vec<usize> = answer.routes.iter().flatten().copied().collect();
        planned.sort_unstable();
        let most = MOST_OUT.min(planned.len() / 3 + 4);
        let count = 1 + dice.below(most);
        let mut out: Vec<usize> = Vec::new();
        if !planned.is_empty() {
            let centre = planned.get(dice.below(planned.len())).copied().unwrap_or(0);
            if dice.below(4) > 0 {
                planned.sort_by_key(|task| (self.apart(centre, *task), *task));
                out.extend(planned.iter().take(count));
            } else {
                for _ in 0..count {
                    out.extend(planned.get(dice.below(planned.len())));
                }
                out.sort_unstable();
                out.dedup();
            }
        }
        for van in 0..answer.routes.len() {
            let Some(route) = answer.routes.get_mut(van) else {
                continue;
            };
            let before = route.len();
            route.retain(|task| !out.contains(task));
            if route.len() != before {
                self.measure(answer, van);
            }
        }
        let mut left = std::mem::take(&mut answer.left);
        for _ in 0..MOST_TRIED.min(left.len()) {
            out.push(left.swap_remove(dice.below(left.len())));
        }
        answer.left = left;
        out
    }

    /// Puts jobs in an order of chance where each costs least.
    fn put_by_chance(&self, answer: &mut Answer, mut waiting: Vec<usize>, dice: &mut Dice) {
        while !waiting.is_empty() {
            let task = waiting.swap_remove(dice.below(waiting.len()));
            self.put_cheapest(answer, task);
        }
        answer.left.sort_unstable();
    }

    /// Puts one job where it costs least, or leaves it.
    fn put_cheapest(&self, answer: &mut Answer, task: usize) {
        let places = answer.routes.iter().zip(&answer.legs).enumerate();
        let best = places
            .filter_map(|(van, (route, leg))| {
                self.best_place(van, route, *leg, task)
                    .map(|(more, at)| (more, van, at))
            })
            .min();
        match best {
            Some((_, van, at)) => self.put(answer, van, at, task),
            None => answer.left.push(task),
        }
    }

    /// Puts jobs where they cost least, those first that would suffer most from waiting (regret).
    fn put_back(&self, answer: &mut Answer, mut waiting: Vec<usize>) {
        waiting.sort_unstable();
        let mut table: Vec<Vec<Option<(Leg, usize)>>> = waiting
            .iter()
            .map(|task| {
                let places = answer.routes.iter().zip(&answer.legs).enumerate();
                places
                    .map(|(van, (route, leg))| self.best_place(van, route, *leg, *task))
                    .collect()
            })
            .collect();
        while !waiting.is_empty() {
            let chosen = waiting
                .iter()
                .zip(&table)
                .enumerate()
                .filter_map(|(index, (task, places))| {
                    let (regret, van, at) = regret_of(places)?;
                    // Heavier first, then the greater regret, then the lower number.
                    Some(((self.weight(*task), regret, std::cmp::Reverse(index)), van, at))
                })
                .max();
            let Some(((_, _, std::cmp::Reverse(index)), van, at)) = chosen else {
                break;
            };
            let task = waiting.remove(index);
            table.remove(index);
            self.put(answer, van, at, task);
            let (Some(route), Some(leg)) = (answer.routes.get(van), answer.legs.get(van)) else {
                break;
            };
            for (task, places) in waiting.iter().zip(&mut table) {
                if let Some(place) = places.get_mut(van) {
                    *place = self.best_place(van, route, *leg, *task);
                }
            }
        }
        answer.left.extend(waiting);
        answer.left.sort_unstable();
    }
}

/// What the second best place costs more than the best, with the best; a job with one place only goes before all.
fn regret_of(places: &[Option<(Leg, usize)>]) -> Option<(Leg, usize, usize)> {
    let mut best: Option<(Leg, usize, usize)> = None;
    let mut second: Option<Leg> = None;
    for (van, place) in places.iter().enumerate() {
        let Some((more, at)) = *place else { continue };
        match best {
            Some((least, _, _)) if more >= least => {
                second = Some(second.map_or(more, |second| second.min(more)));
            }
            _ => {
                second = best.map(|(least, _, _)| least).or(second);
                best = Some((more, van, at));
            }
        }
    }
    const ALONE: Leg = Leg {
        late: i64::MAX,
        metres: i64::MAX,
    };
    best.map(|(least, van, at)| (second.map_or(ALONE, |second| second.less(least)), van, at))
}
