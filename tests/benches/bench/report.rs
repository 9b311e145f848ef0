//! What was measured, and whether it meets the targets.

use std::collections::BTreeMap;
use std::process::ExitCode;

use crate::kit::load::Outcome;
use crate::kit::proc;

/// Foreign load, in cores, above which a measurement does not count.
const NOISE: f64 = 0.5;

/// Whether a figure must reach or must not exceed.
#[derive(Clone, Copy, PartialEq)]
pub enum Direction {
    /// Ratio of rates, at least.
    AtLeast,
    /// Ratio of processor times, at most.
    CpuAtMost,
    /// A figure by itself, at most.
    AtMost,
}

/// A target of performance.md.
pub struct Target {
    pub id: &'static str,
    pub of: &'static str,
    pub to: Option<&'static str>,
    pub floor: f64,
    pub goal: f64,
    pub direction: Direction,
}

impl Target {
    /// A ratio of rates.
    pub const fn rate(id: &'static str, of: &'static str, to: &'static str, floor: f64, goal: f64) -> Target {
        let direction = Direction::AtLeast;
        Target {
            id,
            of,
            to: Some(to),
            floor,
            goal,
            direction,
        }
    }

    /// A ratio of the server's processor times.
    pub const fn cpu(id: &'static str, of: &'static str, to: &'static str, floor: f64, goal: f64) -> Target {
        let direction = Direction::CpuAtMost;
        Target {
            id,
            of,
            to: Some(to),
            floor,
            goal,
            direction,
        }
    }
}

/// One measurement.
#[derive(Default, Clone)]
struct Sample {
    rate: f64,
    p50: f64,
    p99: f64,
    server: f64,
    database: f64,
    own: f64,
    memory: f64,
    foreign: f64,
}

/// Everything measured, by name.
#[derive(Default)]
pub struct Report {
    samples: BTreeMap<&'static str, Vec<Sample>>,
    figures: BTreeMap<&'static str, f64>,
    order: Vec<&'static str>,
    has_failed: bool,
}

/// Processor times at the beginning of a measurement.
pub struct Meter {
    server: Option<u32>,
    begun: std::time::Instant,
    cpu: [f64; 4],
}

fn cpu(server: Option<u32>) -> [f64; 4] {
    [
        server.map_or(0.0, proc::cpu),
        proc::postgres(),
        proc::cpu(std::process::id()),
        proc::machine(),
    ]
}

impl Meter {
    /// Begins to measure.
    pub fn begin(server: Option<u32>) -> Meter {
        Meter {
            server,
            begun: std::time::Instant::now(),
            cpu: cpu(server),
        }
    }
}

impl Report {
    /// Keeps what a run of the load came to.
    pub fn keep(&mut self, name: &'static str, meter: &Meter, outcome: &Outcome) {
        if outcome.refused > 0 {
            println!(
                "bench: {name}: {} of {} refused, for example {}",
                outcome.refused, outcome.count, outcome.example
            );
            self.has_failed = true;
        }
        let (p50, p99) = (outcome.percentile(0.50), outcome.percentile(0.99));
        self.keep_rate(name, meter, outcome.count as f64, outcome.rate(), (p50, p99));
    }

    /// Keeps a rate measured otherwise.
    pub fn keep_rate(
        &mut self,
        name: &'static str,
        meter: &Meter,
        count: f64,
        rate: f64,
        (p50, p99): (f64, f64),
    ) {
        let now = cpu(meter.server);
        let spent: Vec<f64> = now.iter().zip(meter.cpu).map(|(now, then)| now - then).collect();
        let per = 1_000_000.0 / count.max(1.0);
        let foreign = (spent[3] - spent[0] - spent[1] - spent[2]) / meter.begun.elapsed().as_secs_f64();
        let sample = Sample {
            rate,
            p50,
            p99,
            server: spent[0] * per,
            database: spent[1] * per,
            own: spent[2] * per,
            memory: meter.server.map_or(0.0, proc::memory),
            foreign: foreign.max(0.0),
        };
        println!(
            "bench: {name}: {rate:.0} per s, foreign load {:.1}",
            sample.foreign
        );
        if !self.samples.contains_key(name) {
            self.order.push(name);
        }
        self.samples.entry(name).or_default().push(sample);
    }

    /// Keeps a figure that stands for itself.
    pub fn figure(&mut self, name: &'static str, value: f64) {
        self.figures.insert(name, value);
    }

    fn median(&self, name: &str, of: impl Fn(&Sample) -> f64) -> Option<f64> {
        let mut values: Vec<f64> = self.samples.get(name)?.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }

    fn noisy(&self, name: &str) -> usize {
        let of = |samples: &Vec<Sample>| samples.iter().filter(|s| s.foreign > NOISE).count();
        self.samples.get(name).map_or(0, of)
    }

    /// Prints everything; fails when a target is missed on a quiet machine, or an answer was refused.
    pub fn print(&self, targets: &[Target]) -> ExitCode {
        println!(
            "\n{:<32} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>6}",
            "medians", "per s", "p50 ms", "p99 ms", "srv µs", "db µs", "own µs", "MiB", "noisy"
        );
        for name in &self.order {
            let of = |f: fn(&Sample) -> f64| self.median(name, f).unwrap_or(0.0);
            println!(
                "{name:<32} {:>9.0} {:>8.2} {:>8.2} {:>8.1} {:>8.1} {:>8.1} {:>7.1} {:>6}",
                of(|s| s.rate),
                of(|s| s.p50),
                of(|s| s.p99),
                of(|s| s.server),
                of(|s| s.database),
                of(|s| s.own),
                of(|s| s.memory),
                format!("{}/{}", self.noisy(name), self.samples[name].len()),
            );
        }
        println!(
            "\n{:<12} {:<30} {:<30} {:>8} {:>8} {:>8}",
            "target", "of", "to", "is", "floor", "goal"
        );
        let (mut missed, mut noisy) = (0, 0);
        for target in targets {
            let Some(value) = self.value(target) else { continue };
            let is_met = |limit: f64| match target.direction {
                Direction::AtLeast => value >= limit,
                Direction::CpuAtMost | Direction::AtMost => value <= limit,
            };
            let loud = self.noisy(target.of) + target.to.map_or(0, |to| self.noisy(to));
            let verdict = match (is_met(target.goal), is_met(target.floor), loud > 0) {
                (true, ..) => "goal",
                (_, true, _) => "floor",
                (_, _, true) => "MISSED (noisy)",
                (_, _, false) => "MISSED",
            };
            missed += usize::from(verdict == "MISSED");
            noisy += usize::from(verdict == "MISSED (noisy)");
            println!(
                "{:<12} {:<30} {:<30} {value:>8.2} {:>8.2} {:>8.2}  {verdict}",
                target.id,
                target.of,
                target.to.unwrap_or(""),
                target.floor,
                target.goal
            );
        }
        println!(
            "\nP7, P10: the static answer is smaller than a request's; P9, P10: over the requests this run made, not \
             1 000 000. Load average {}. Missed: {missed}, and {noisy} on a noisy machine.",
            proc::load_average()
        );
        if missed > 0 || self.has_failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }

    fn value(&self, target: &Target) -> Option<f64> {
        let Some(to) = target.to else {
            return self.figures.get(target.of).copied();
        };
        let of: fn(&Sample) -> f64 = match target.direction {
            Direction::CpuAtMost => |s| s.server,
            Direction::AtLeast | Direction::AtMost => |s| s.rate,
        };
        let (mine, limit) = (self.median(target.of, of)?, self.median(to, of)?);
        (limit > 0.0).then_some(mine / limit)
    }
}
