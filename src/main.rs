//! The commands, and nothing else.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use threadline::commands;
use threadline::config::Environment;

/// A support team texts its customers from Discord.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    /// The configuration
    #[arg(long, global = true, env = "THREADLINE_CONFIG", default_value = "threadline.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the bridge
    Serve(commands::serve::Options),
    /// Try everything without an account: simulators of Vonage and Discord, and the real bridge between them
    #[cfg(feature = "sandbox")]
    Sandbox(commands::sandbox::Options),
    /// Show, rent and link the Vonage account's numbers: the first step of a new installation
    Numbers {
        #[command(subcommand)]
        command: commands::numbers::Command,
    },
    /// Show, try again or drop what was given up on, and texts that wait for a desk
    DeadLetters {
        #[command(subcommand)]
        command: commands::dead_letters::Command,
    },
    /// Check the configuration, and show what it comes to
    CheckConfig,
    /// Check everything that has to fit together: configuration, database, Vonage, webhooks, Discord
    Doctor,
    /// Bring the database up to date, and do nothing else
    Migrate,
    /// Ask the running bridge whether it is well (for Docker's HEALTHCHECK)
    Healthcheck,
    /// Send the running bridge one text, as Vonage would
    SimulateInbound(commands::simulate_inbound::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let matches = Arguments::command().get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match run(arguments, config_source(&matches)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("threadline: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Where the name of the configuration comes from. The option may stand before the command and after it.
fn config_source(matches: &ArgMatches) -> Option<ValueSource> {
    let after = matches.subcommand().and_then(|(_, matches)| matches.value_source("config"));
    after.max(matches.value_source("config"))
}

#[cfg_attr(
    not(feature = "sandbox"),
    expect(unused_variables, reason = "only the sandbox asks where the name comes from")
)]
async fn run(Arguments { config, command }: Arguments, config_source: Option<ValueSource>) -> anyhow::Result<()> {
    match command {
        Command::Serve(options) => commands::serve::run(&config, &environment()?, options).await,
        // It has a configuration of its own, so a broken one is not in its way, and another one has no effect.
        #[cfg(feature = "sandbox")]
        Command::Sandbox(options) => {
            if config_source == Some(ValueSource::CommandLine) {
                anyhow::bail!(
                    "the sandbox has a configuration of its own and reads no other: leave --config out \
                     (`threadline check-config --config {0}` checks {0})",
                    config.display()
                );
            }
            if config_source == Some(ValueSource::EnvVariable) {
                eprintln!(
                    "threadline: the sandbox has a configuration of its own; {} (THREADLINE_CONFIG) is not read",
                    config.display()
                );
            }
            commands::sandbox::run(options).await
        }
        Command::Numbers { command } => commands::numbers::run(&config, &environment()?, command).await,
        Command::DeadLetters { command } => commands::dead_letters::run(&config, &environment()?, command).await,
        Command::Doctor => commands::doctor::run(&config, &environment()?).await,
        Command::CheckConfig => commands::check_config(&config, &environment()?),
        Command::Migrate => commands::migrate(&config, &environment()?).await,
        Command::Healthcheck => commands::healthcheck(&config, &environment()?).await,
        Command::SimulateInbound(options) => commands::simulate_inbound::run(&config, &environment()?, options).await,
    }
}

/// What the process was started with. From here on it logs.
fn environment() -> anyhow::Result<Environment> {
    let env = Environment::from_process()?;
    threadline::telemetry::init(&env);
    Ok(env)
}
