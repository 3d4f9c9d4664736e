//! The simulator.

use super::{
    args::{Sim, World as Options},
    fail::{self, FAILED, Failure},
};
use crate::{
    model::text::line,
    runtime::{clock::Clock, signals},
    sim::{
        engine::Engine,
        server::{self, Options as Serving},
        untidy::layer::Untidy,
        world::World,
    },
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::mpsc,
    thread,
};

/// Serves until interrupted.
pub fn serve(sim: &Sim) -> Result<u8, Failure> {
    let world = world(&sim.world)?;
    let start = clock_seconds(Clock::WALL);
    let engine = Untidy::over(Engine::new(world, sim.world.seed, start), sim.world.untidy);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let serving = Serving { listen: sim.listen, speed: sim.speed, start: Some(start) };
        let running = server::serve(engine, serving).await.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => Failure::usage(error.to_string()),
            _ => Failure::new(FAILED, error.to_string()),
        })?;
        fail::print(&format!("listening on {}\n", running.url()))?;
        signals::asked_to_end().await?;
        running.shutdown();
        Ok(0)
    })
}

/// The world of that name, or in that file: a path has a `/` or ends in `.toml`.
pub fn world(options: &Options) -> Result<World, Failure> {
    let (name, services) = (&options.name, options.services);
    let world = if name.contains('/') || Path::new(name).extension().is_some_and(|end| end == "toml") {
        let text = crate::config::regular::read_to_string(name.as_ref()).map_err(|error| {
            Failure::usage(line(&format!("--world {name}: the file cannot be read: {error}")))
        })?;
        // it tells the file's name and the place in it
        World::from_template(&text, name, services).map_err(|error| error.to_string())
    } else {
        World::named(name, services).map_err(|error| {
            let file = format!("{name}.toml");
            let hint = if Path::new(&file).is_file() {
                format!("; for the file write --world ./{file}")
            } else {
                String::new()
            };
            format!("--world {name}: {error}, or a file of your own (./mine.toml){hint}")
        })
    };
    let world = world.map_err(|error| Failure::usage(line(&error)))?;
    if services.is_some() && !world.template {
        return Err(Failure::usage(line(&format!(
            "--services: the world {name} has the services it has; choose --world fleet, or a file with [fleet]"
        ))));
    }
    Ok(world)
}

/// Serves a world on a free loopback port, on a thread of its own that ends with the program; its clock shows
/// what `clock` shows. Gives the address.
pub fn embed(world: World, options: &Options, speed: f64, clock: Clock) -> io::Result<String> {
    let (seed, untidy) = (options.seed, options.untidy);
    let (tell, hear) = mpsc::sync_channel(1);
    thread::Builder::new().name("sim".into()).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(tell.send(Err(error))),
        };
        let engine = Untidy::over(Engine::new(world, seed, clock_seconds(clock)), untidy);
        runtime.block_on(async {
            let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let start = Some(clock_seconds(clock));
            match server::serve(engine, Serving { listen, speed, start }).await {
                Ok(running) => {
                    let _ = tell.send(Ok(running.url()));
                    running.wait().await;
                }
                Err(error) => drop(tell.send(Err(error))),
            }
        });
    })?;
    hear.recv().map_err(|_| io::Error::other("the simulator ended before it answered"))?
}

#[allow(clippy::cast_precision_loss)] // milliseconds of this millennium fit
fn clock_seconds(clock: Clock) -> f64 {
    clock.now().0 as f64 / 1000.0
}
