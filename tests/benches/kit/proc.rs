//! What /proc tells about processor time and memory. Times are seconds.

use std::fs;

/// Clock ticks a second; Linux has had no other value for user programs.
const TICKS: f64 = 100.0;

/// Processor time of a process and of the children it waited for.
pub fn cpu(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may hold blanks; the fields after it do not.
    let Some((_, fields)) = stat.rsplit_once(')') else {
        return 0.0;
    };
    let ticks = |n: usize| {
        fields
            .split_whitespace()
            .nth(n)
            .and_then(|field| field.parse::<f64>().ok())
    };
    (11..15).filter_map(ticks).sum::<f64>() / TICKS
}

/// Resident memory of a process, in MiB.
pub fn memory(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        .map_or(0.0, |kib| kib / 1_024.0)
}

/// Processor time of every PostgreSQL process of this machine.
pub fn postgres() -> f64 {
    let Ok(entries) = fs::read_dir("/proc") else {
        return 0.0;
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "postgres")
    })
    .map(cpu)
    .sum()
}

/// Processor time the whole machine spent.
pub fn machine() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    // user, nice, system, idle, iowait, irq, softirq
    let busy = [0, 1, 2, 5, 6];
    busy.iter().filter_map(|n| fields.get(*n)).sum::<f64>() / TICKS
}

/// The load averages as the system writes them.
pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}
