//! What was measured, on what: without it the figures say nothing.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::Plan;
use crate::report::millis;

pub async fn describe(plan: &Plan) -> anyhow::Result<String> {
    let folder = TempDir::new()?;
    let (p50, p99) = sync_times(folder.path())?;
    let sqlite: String = {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await?;
        sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut connection).await?
    };
    let postgres = match std::env::var("THREADLINE_TEST_POSTGRES") {
        Ok(url) => {
            let mut connection = PgConnection::connect(&url).await?;
            let version: String = sqlx::query_scalar("SHOW server_version").fetch_one(&mut connection).await?;
            format!("{version}, on the same machine")
        }
        Err(_) => "not measured".to_owned(),
    };
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments = if arguments.is_empty() { String::new() } else { format!(" -- {}", arguments.join(" ")) };
    Ok(format!(
        "| | |\n|---|---|\n\
         | command | `cargo bench --bench figures{arguments}` |\n\
         | commit | {commit} |\n\
         | compiler | {rustc} |\n\
         | processor | {cpu}, {cores} cores |\n\
         | kernel | Linux {kernel} |\n\
         | disk | {disk}; 4 KiB written and synced in {p50} ms (p50), {p99} ms (p99) |\n\
         | SQLite | {sqlite}, WAL, synchronous=FULL |\n\
         | PostgreSQL | {postgres} |\n\
         | each figure | {seconds} s after a warm-up of {warm_up} s |\n",
        commit = commit(),
        rustc = said("rustc", &["--version"]).unwrap_or_default(),
        cpu = cpu().unwrap_or_default(),
        cores = std::thread::available_parallelism()?,
        kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?.trim(),
        disk = file_system(folder.path()).unwrap_or_default(),
        p50 = millis(p50),
        p99 = millis(p99),
        seconds = plan.measured.as_secs_f64(),
        warm_up = plan.warm_up.as_secs_f64(),
    ))
}

fn commit() -> String {
    let commit = said("git", &["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let changed = said("git", &["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
    if changed { format!("{commit}, with changes") } else { commit }
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn cpu() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The type of the file system that holds `path`: of the mounts that hold it, the deepest.
fn file_system(path: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/mounts").ok()?;
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let holding = mounts.filter(|(at, _)| path.starts_with(at));
    holding.max_by_key(|(at, _)| at.len()).map(|(_, kind)| kind.to_owned())
}

/// How long the disk takes to keep one page, p50 and p99: no commit is faster.
fn sync_times(folder: &Path) -> anyhow::Result<(Duration, Duration)> {
    let mut file = File::create(folder.join("sync"))?;
    let mut times = Vec::new();
    for _ in 0..500 {
        file.write_all(&[1; 4096])?;
        let began = Instant::now();
        file.sync_data()?;
        times.push(began.elapsed());
    }
    times.sort();
    Ok((times[250], times[495]))
}
