//! The search: greedy, regret insertion, then taking neighbours out and putting them back.

use std::cmp::Reverse;
use std::rc::Rc;

use super::Effort;
use super::ground::{Answer, Ground, Leg};
use super::route::Route;

/// How many jobs in a row are taken out of a route, how many altogether about, and how many left ones are tried again.
const MOST_IN_A_ROW: usize = 8;
const ABOUT_OUT: usize = 10;
const MOST_TRIED: usize = 10;
/// One place in so many is passed over, so that the same jobs do not always come back to the same places.
const BLINK: usize = 50;
/// What leaving undone and being late weigh in metres while a worse answer is let through.
const UNDONE: i64 = 5_000_000;
const LATE: i64 = 5_000;
/// What an iteration takes beside its looks at places, in such looks.
const BESIDE: u64 = 2_500;

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

    /// How much worse may be let through where the mean is so much: seldom much, often little.
    fn patience(&mut self, mean: i64) -> i64 {
        let rolled = self.roll();
        let halvings = i64::from(rolled.leading_zeros());
        let rest = i64::try_from(rolled & 0x3ff).unwrap_or(0);
        mean.saturating_mul(halvings * 1_024 + rest) / 1_400
    }
}

/// A place for a job: what it adds, whose route, and where.
type Place = (Leg, usize, usize);

impl Ground<'_> {
    fn nothing(&self) -> Answer {
        Answer {
            routes: vec![Rc::default(); self.vans.len()],
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
            self.put_cheapest(&mut answer, task, None);
        }
        answer
    }

    /// The best answer found, and how often something was taken out and put back.
    pub fn improve(&self, effort: Effort) -> (Answer, Effort) {
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
        let mut score = self.score(&now);
        let stops = i64::try_from(self.tasks.len()).unwrap_or(1).max(1);
        let hottest = best_cost.travel_m / stops / 2;
        let (most, budget) = (u64::from(effort.iterations.max(1)), effort.looks().max(1));
        self.looks.set(0);
        let mut made = 0;
        while made < effort.iterations && self.looks.get() < budget {
            let spent = (u64::from(made) * 1_000 / most).max(self.looks.get() * 1_000 / budget);
            let ahead = 1_000 - i64::try_from(spent).unwrap_or(1_000);
            made += 1;
            self.looks.set(self.looks.get() + BESIDE);
            let mut next = now.clone();
            let out = self.take_out(&mut next, &mut dice);
            if dice.below(8) == 0 {
                self.put_back(&mut next, out);
            } else {
                self.put_one_by_one(&mut next, out, &mut dice);
            }
            let cost = next.cost(self);
            let next_score = self.score(&next);
            // A worse answer is let through, the less the nearer the end: so the search leaves its valleys.
            let warmth = hottest * ahead / 1_000 * ahead / 1_000 * ahead / 1_000;
            let is_let_through = next_score <= score + dice.patience(warmth);
            if cost < best_cost {
                best = next.clone();
                best_cost = cost;
            }
            if is_let_through {
                now = next;
                score = next_score;
            }
        }
        let made = Effort {
            iterations: made,
            ..effort
        };
        (best, made)
    }

    /// A cost as one figure.
    fn score(&self, answer: &Answer) -> i64 {
        let cost = answer.cost(self);
        cost.undone * UNDONE + cost.lateness * LATE + cost.travel_m
    }

    fn put(&self, answer: &mut Answer, van: usize, at: usize, task: usize) {
        if let Some(route) = answer.routes.get_mut(van).map(Rc::make_mut) {
            route.tasks.insert(at.min(route.tasks.len()), task);
            self.measure(van, route);
        }
    }

    /// Takes jobs near one another out, some in a row of each route around; with them some of those left before.
    fn take_out(&self, answer: &mut Answer, dice: &mut Dice) -> Vec<usize> {
        let mut of: Vec<Option<usize>> = vec![None; self.tasks.len()];
        for (van, route) in answer.routes.iter().enumerate() {
            for task in &route.tasks {
                if let Some(of) = of.get_mut(*task) {
                    *of = Some(van);
                }
            }
        }
        let mut out: Vec<usize> = Vec::new();
        let centre = dice.below(self.tasks.len());
        let longest = 1 + dice.below(MOST_IN_A_ROW);
        let most = 1 + dice.below(2 * ABOUT_OUT);
        let is_scattered = dice.below(6) == 0;
        let mut touched: Vec<usize> = Vec::new();
        for near in self.near(centre) {
            if out.len() >= most {
                break;
            }
            let Some(van) = of.get(*near).copied().flatten() else {
                continue;
            };
            if touched.contains(&van) && !is_scattered {
                continue;
            }
            let Some(route) = answer.routes.get_mut(van).map(Rc::make_mut) else {
                continue;
            };
            let Some(at) = route.tasks.iter().position(|task| task == near) else {
                continue;
            };
            let count = if is_scattered {
                1
            } else {
                1 + dice.below(longest.min(route.tasks.len()))
            };
            let first = at
                .saturating_sub(dice.below(count))
                .min(route.tasks.len().saturating_sub(count));
            out.extend(
                route
                    .tasks
                    .drain(first..first.saturating_add(count).min(route.tasks.len())),
            );
            touched.push(van);
        }
        touched.sort_unstable();
        touched.dedup();
        for van in touched {
            if let Some(route) = answer.routes.get_mut(van).map(Rc::make_mut) {
                self.measure(van, route);
            }
        }
        for _ in 0..MOST_TRIED.min(answer.left.len()) {
            let one = dice.below(answer.left.len());
            out.push(answer.left.swap_remove(one));
        }
        out
    }

    /// Puts jobs in one of several orders where each costs least.
    fn put_one_by_one(&self, answer: &mut Answer, mut waiting: Vec<usize>, dice: &mut Dice) {
        for last in (1..waiting.len()).rev() {
            waiting.swap(last, dice.below(last + 1));
        }
        let order = dice.below(8);
        waiting.sort_by_key(|number| {
            let Some(task) = self.tasks.get(*number) else {
                return (0, 0);
            };
            let heavy = -task.weight;
            match order {
                0 | 1 => (0, 0),
                2 => (heavy, 0),
                3 => (heavy, task.due.min(task.to)),
                4 => (heavy, task.to - task.from),
                5 => (heavy, i64::try_from(task.vans.len()).unwrap_or(0)),
                6 => (task.from, 0),
                _ => (-task.minutes, 0),
            }
        });
        for task in waiting {
            self.put_cheapest(answer, task, Some(dice));
        }
        answer.left.sort_unstable();
    }

    /// Puts one job where it costs least, or leaves it; with dice it passes over a route now and then.
    fn put_cheapest(&self, answer: &mut Answer, task: usize, mut dice: Option<&mut Dice>) {
        let vans = self.tasks.get(task).into_iter().flat_map(|task| &task.vans);
        let mut best: Option<Place> = None;
        for van in vans {
            if dice.as_mut().is_some_and(|dice| dice.below(BLINK) == 0) {
                continue;
            }
            if let Some(place) = self.place(answer, *van, task)
                && best.is_none_or(|best| place < best)
            {
                best = Some(place);
            }
        }
        match best {
            Some((_, van, at)) => self.put(answer, van, at, task),
            None => answer.left.push(task),
        }
    }

    fn place(&self, answer: &Answer, van: usize, task: usize) -> Option<Place> {
        let route: &Route = answer.routes.get(van)?;
        let looks = self.looks.get() + 1 + u64::try_from(route.tasks.len()).unwrap_or(0);
        self.looks.set(looks);
        let (more, at) = self.best_place(van, route, task)?;
        Some((more, van, at))
    }

    /// Puts jobs where they cost least, those first that would suffer most from waiting (regret).
    fn put_back(&self, answer: &mut Answer, mut waiting: Vec<usize>) {
        waiting.sort_unstable();
        let mut rows: Vec<Vec<Place>> = waiting
            .iter()
            .map(|task| {
                let vans = self.tasks.get(*task).into_iter().flat_map(|task| &task.vans);
                vans.filter_map(|van| self.place(answer, *van, *task)).collect()
            })
            .collect();
        let mut regrets: Vec<_> = rows.iter().map(|row| regret_of(row)).collect();
        loop {
            let known = waiting.iter().zip(&regrets).enumerate();
            let chosen = known
                .filter_map(|(index, (task, regret))| {
                    let (regret, van, at) = (*regret)?;
                    // Heavier first, then the greater regret, then the lower number.
                    Some(((self.weight(*task), regret, Reverse(index)), van, at))
                })
                .max();
            let Some(((_, _, Reverse(index)), van, at)) = chosen else {
                break;
            };
            let task = waiting.remove(index);
            rows.remove(index);
            regrets.remove(index);
            self.put(answer, van, at, task);
            for ((task, row), regret) in waiting.iter().zip(&mut rows).zip(&mut regrets) {
                let Some(at) = row.iter().position(|(_, other, _)| *other == van) else {
                    continue;
                };
                match self.place(answer, van, *task) {
                    Some(place) => row.iter_mut().skip(at).take(1).for_each(|kept| *kept = place),
                    None => {
                        row.remove(at);
                    }
                }
                *regret = regret_of(row);
            }
        }
        answer.left.extend(waiting);
        answer.left.sort_unstable();
    }
}

/// What the second best place costs more than the best, with the best; a job with one place only goes before all.
fn regret_of(row: &[Place]) -> Option<Place> {
    const ALONE: Leg = Leg {
        late: i64::MAX,
        metres: i64::MAX,
    };
    let (least, van, at) = *row.iter().min()?;
    let others = row.iter().filter(|(_, other, _)| *other != van);
    let second = others.map(|(more, _, _)| *more).min();
    Some((second.map_or(ALONE, |second| second.less(least)), van, at))
}
