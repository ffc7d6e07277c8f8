//! `qmqtt`: MQTT over a Quectel modem on a serial port, from the command line.

mod cli;
mod failure;
mod input;
mod output;
mod publish;
mod raw;
mod session;
mod stop;
mod subscribe;
mod tls;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::{
    cli::{Cli, Command},
    failure::Failed,
    stop::Stop,
};

fn main() -> ExitCode {
    let cli = Cli::read();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = runtime
        .map_err(|error| Failed::new("start", error))
        .and_then(|runtime| runtime.block_on(run(&cli)));
    match result {
        Ok(status) => ExitCode::from(status),
        Err(failed) => {
            // Where standard error is closed, the status has to do.
            let _ = writeln!(io::stderr(), "{failed}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> Result<u8, Failed> {
    let mut stop = Stop::new().map_err(|error| Failed::new("start", error))?;
    let connection = &cli.connection;
    match &cli.command {
        Command::Pub(arguments) => publish::run(connection, arguments, &mut stop).await,
        Command::Sub(arguments) => subscribe::run(connection, arguments, &mut stop).await,
        Command::At(arguments) => raw::run(connection, arguments, &mut stop).await,
    }
}
