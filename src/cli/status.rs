//! `flightdeck status`: every service, once, without a screen.

mod commits;
mod reading;
mod shown;

pub use reading::{Reading, Readings};
pub use shown::joined;

use super::{
    args::Common,
    fail::{self, Failure, LOST, USAGE},
    load,
};
use crate::runtime::signals;
use crate::{
    app::judged,
    aws::{Client, Gateway},
    model::{Answer, Ask, EnvironmentName, Service, Trouble, TroubleKind},
    runtime::{
        clock::wall,
        credential_process,
        routes::{ASKED_FOR, Discovery, Made, Routes},
    },
};
use reading::undescribed;
use shown::{to_json, to_text};
use std::{
    collections::BTreeMap,
    io::Write as _,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Reads and prints.
pub fn print(common: &Common, json: bool) -> Result<u8, Failure> {
    let loaded = load::load(common, &load::flags(common))?;
    load::check_aws(&loaded.settings)?;
    let routes = Routes::of(&loaded.settings, &common.environments);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let readings =
        runtime.block_on(signals::or_ended(read_all(&credential_process::gateway(), routes, true)));
    runtime.shutdown_background();
    let readings = match readings {
        Ok(readings) => readings,
        Err(trouble) => return nothing(&trouble, json),
    };
    let now = wall();
    fail::print(&if json { to_json(&readings, now) } else { to_text(&readings, now) })?;
    let in_part = readings.in_part();
    if in_part.is_empty() && readings.troubles.is_empty() {
        return Ok(0);
    }
    // a pipe takes the rows; whoever looks at it must not take them for all
    let mut err = std::io::stderr().lock();
    if !in_part.is_empty() {
        let _ = writeln!(err, "flightdeck: incomplete: {}", in_part.join(", "));
    }
    for trouble in &readings.troubles {
        let _ = writeln!(err, "flightdeck: environments may be missing: {trouble}");
    }
    Ok(LOST)
}

/// No environment could even be found.
fn nothing(trouble: &Trouble, json: bool) -> Result<u8, Failure> {
    if json {
        let none = Readings { environments: Vec::new(), troubles: vec![trouble.clone()] };
        fail::print(&to_json(&none, wall()))?;
    }
    Err(not_found(trouble))
}

/// The failure when environments were looked for: a mistake where one that was asked for is not there.
pub fn not_found(trouble: &Trouble) -> Failure {
    let mistaken = trouble.what == ASKED_FOR && trouble.kind == TroubleKind::NotFound;
    Failure::new(if mistaken { USAGE } else { LOST }, trouble.to_string())
}

/// Reads every environment, all at once.
///
/// # Errors
/// When there is no environment because looking for them failed.
pub async fn read(gateway: &Gateway, routes: Routes) -> Result<Readings, Trouble> {
    read_all(gateway, routes, false).await
}

/// The same, with the commits behind tags that move.
///
/// # Errors
/// As [`read`].
pub async fn read_named(gateway: &Gateway, routes: Routes) -> Result<Readings, Trouble> {
    read_all(gateway, routes, true).await
}

/// The same; `named` has the commits behind tags that move looked up too.
async fn read_all(gateway: &Gateway, routes: Routes, named: bool) -> Result<Readings, Trouble> {
    let (routes, troubles) = match routes {
        Routes::Known(routes) => (routes, Vec::new()),
        Routes::Discovered(discovery) => {
            let made = discover(gateway, &discovery).await?;
            (made.routes, made.gaps)
        }
        Routes::Made(_) => (Vec::new(), Vec::new()),
    };
    let readings = routes.into_iter().map(|route| one(gateway.connect(route.access), route.name, named));
    Ok(Readings { environments: futures_util::future::join_all(readings).await, troubles })
}

/// Looks for environments, and no longer than somebody waits for it.
///
/// # Errors
/// As [`Discovery::find`].
pub async fn discover(gateway: &Gateway, discovery: &Discovery) -> Result<Made, Trouble> {
    match tokio::time::timeout(SILENCE, discovery.find(gateway)).await {
        Ok(made) => made,
        Err(_) => {
            Err(silent("find the environments", discovery.base().region.as_deref().unwrap_or_default()))
        }
    }
}

/// Nothing said for so long is told as a trouble: whoever runs this waits for it.
const SILENCE: Duration = Duration::from_secs(10);

fn silent(what: &str, on: &str) -> Trouble {
    Trouble {
        kind: TroubleKind::TimedOut,
        what: what.into(),
        on: on.into(),
        why: format!("AWS said nothing for {} seconds", SILENCE.as_secs()),
        remedy: "check the network and the endpoint, then run it again".into(),
    }
}

/// Asks, as long as AWS says something at least every ten seconds. Calls that are held back to keep within half of the
/// account's rates are not AWS's silence: ten thousand services take minutes.
pub(super) async fn patient(
    client: &Client,
    ask: Ask,
    name: &EnvironmentName,
    keep: &(dyn Fn(Answer) + Send + Sync),
) -> Result<Answer, Trouble> {
    let began = Instant::now();
    let silence = || client.silence().min(began.elapsed());
    let mut answer = std::pin::pin!(client.ask(ask, keep));
    loop {
        let left = SILENCE.saturating_sub(silence());
        match tokio::time::timeout(left, &mut answer).await {
            Ok(answer) => return answer,
            Err(_) if silence() < SILENCE => {}
            Err(_) => return Err(silent("read the environment", name.as_str())),
        }
    }
}

pub(super) async fn one(client: Client, name: EnvironmentName, named: bool) -> Reading {
    let rows = Mutex::new(BTreeMap::new());
    let keep = |answer: Answer| {
        if let Answer::Rows(services) = answer {
            let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
            rows.extend(services.into_iter().map(|service| (service.key.clone(), service)));
        }
    };
    let mut reading = Reading {
        account: client.settings().account.clone(),
        region: client.settings().region.clone(),
        ..Reading::nothing(name)
    };
    match patient(&client, Ask::Identity, &reading.name, &|_| ()).await {
        Ok(Answer::Identity(identity)) => reading.account = Some(identity.account),
        Ok(_) => {}
        Err(trouble) => {
            reading.troubles.push(trouble);
            return reading;
        }
    }
    let mut listed = Vec::new();
    match patient(&client, Ask::Fleet, &reading.name, &keep).await {
        Ok(Answer::FleetDone { keys, gaps, beside }) => {
            listed = keys;
            reading.troubles.extend(gaps);
            reading.beside.extend(beside);
        }
        Ok(_) => {}
        Err(trouble) => reading.troubles.push(trouble),
    }
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    for key in listed {
        // it is there, and nobody told more than its name
        rows.entry(key.clone()).or_insert_with(|| Service::named(key, String::new()));
    }
    let unread = rows.values().filter(|row| row.seen_at.0 == 0).count();
    if unread > 0 && reading.troubles.is_empty() {
        reading.troubles.push(undescribed(unread, reading.name.as_str()));
    }
    reading.services = rows.into_values().collect();
    match patient(&client, Ask::Alarms { names: Vec::new() }, &reading.name, &|_| ()).await {
        Ok(Answer::Alarms(alarms)) => reading.alarms = Some(judged(&mut reading.services, &alarms)),
        Ok(_) => {}
        // without leave to read alarms a status is still a status
        Err(trouble) if matches!(trouble.kind, TroubleKind::Denied | TroubleKind::Unsupported) => {
            reading.beside.push(trouble);
        }
        Err(trouble) => reading.troubles.push(trouble),
    }
    if named {
        reading.commits = commits::read(&client, &reading.services).await;
    }
    if reading.region.is_none() {
        // The fourth field of an ARN.
        reading.region = reading.services.iter().find_map(|s| s.arn.split(':').nth(3).map(str::to_owned));
    }
    reading
}
