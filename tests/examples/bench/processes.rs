//! What the browser's processes have spent, from `/proc`: time of the processor, which other programs
//! on the machine do not lengthen.

use std::fs;

/// A part of the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Process {
    /// The process that draws, here in software: all its threads.
    Gpu,
    /// The thread on which a page's scripts run.
    RendererMainThread,
}

/// Milliseconds of processor time so far, of all such processes below `ancestor`: those that do
/// not belong to the page add nothing while they are idle.
///
/// # Panics
/// Where there is no `/proc` as Linux has it.
pub(crate) fn cpu_ms(ancestor: u32, process: Process) -> f64 {
    let kind = match process {
        Process::Gpu => "--type=gpu-process",
        Process::RendererMainThread => "--type=renderer",
    };
    let all: Vec<(u32, u32)> = fs::read_dir("/proc")
        .expect("/proc")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|id| Some((id, stat(id)?.parent)))
        .collect();
    let mut family = vec![ancestor];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        family.extend(all.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
        next += 1;
    }
    let is_wanted = |id: &&u32| {
        let command = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        // Some write their arguments with blanks between them.
        command.split(['\0', ' ']).any(|argument| argument == kind)
    };
    let wanted = family.iter().filter(is_wanted);
    wanted
        .map(|&id| match process {
            Process::Gpu => stat(id).map_or(0.0, |stat| stat.cpu_ms),
            Process::RendererMainThread => main_thread_ms(id).unwrap_or(0.0),
        })
        .sum()
}

struct Stat {
    parent: u32,
    /// Of all threads, those that have ended too.
    cpu_ms: f64,
}

/// See proc_pid_stat(5). Times are in hundredths of a second, whatever the kernel's own clock.
fn stat(id: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(Stat { parent: fields.get(1)?.parse().ok()?, cpu_ms: 10.0 * ticks })
}

/// Of the thread that has the process's own number, to the nanosecond.
fn main_thread_ms(id: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{id}/task/{id}/schedstat")).ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e6)
}
