//! One question or one change, carried out: by AWS, or on this machine. What the cockpit's executor and the
//! headless driver have in common.

use super::{clock::Follower, local_command, panic_hook, process, turn::Turn};
use crate::{
    aws::Client,
    model::{
        Answer, Armed, Ask, EnvironmentName, Service, Stamp, Trouble, TroubleKind, Write, Written,
        process::Heard,
    },
};
use futures_util::FutureExt;
use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc};

/// The ways to the environments, and the clock that follows theirs; cheap to clone.
#[derive(Debug, Clone)]
pub struct Clients {
    clock: Follower,
    clients: Arc<HashMap<EnvironmentName, Client>>,
}

/// What takes what is heard of a local command.
pub type Printed = Box<dyn Fn(Heard) + Send + Sync>;

impl Clients {
    /// No environment yet.
    pub fn new(clock: Follower) -> Self {
        Self { clock, clients: Arc::default() }
    }

    /// Adds the way to an environment.
    pub fn add(&mut self, name: EnvironmentName, client: Client) {
        Arc::make_mut(&mut self.clients).insert(name, client);
    }

    /// The way to an environment.
    pub fn client(&self, name: &EnvironmentName) -> Option<&Client> {
        self.clients.get(name)
    }

    /// The clock.
    pub fn clock(&self) -> &Follower {
        &self.clock
    }

    /// Now.
    pub fn now(&self) -> Stamp {
        self.clock.clock().now()
    }

    /// Makes a read. A panic in it is a trouble of this one question.
    ///
    /// # Errors
    /// As [`Client::ask`], and where the environment is not known.
    pub async fn ask(
        &self,
        environment: &EnvironmentName,
        ask: Ask,
        parts: &(dyn Fn(Answer) + Send + Sync),
    ) -> Result<Answer, Trouble> {
        if let Ask::Process(process) = &ask {
            return Ok(Answer::Process(process::life(process)));
        }
        let Some(client) = self.clients.get(environment) else { return Err(no_route(environment)) };
        let told = |answer: Answer| {
            self.hear(environment, client);
            parts(stamped(answer, &self.clock));
        };
        let result = contained(client.ask(ask, &told), environment).await;
        self.hear(environment, client);
        result.map(|answer| stamped(answer, &self.clock))
    }

    /// Makes a change, or runs a local command; what is heard of it goes to `printed` as it comes.
    ///
    /// # Errors
    /// As [`Client::write`], and where the environment is not known.
    pub async fn write(&self, armed: Armed, printed: Printed) -> Result<Written, Trouble> {
        let environment = armed.key().environment.clone();
        if let Write::RunLocal { command, environment: variables, timeout_s, application } = armed.write() {
            let turn = Turn::take(armed.key(), application)?;
            let order = local_command::Order { command, environment: variables, timeout_s: *timeout_s };
            let line = |line| printed(Heard::Line(line));
            let began = |process| {
                turn.began(&process);
                printed(Heard::Began(process));
            };
            return contained(local_command::run(order, &self.clock, &line, &began), &environment).await;
        }
        let Some(client) = self.clients.get(&environment) else { return Err(no_route(&environment)) };
        let result = contained(client.write(armed), &environment).await;
        self.hear(&environment, client);
        result
    }

    /// Takes in what the newest answers told of AWS's clock.
    fn hear(&self, environment: &EnvironmentName, client: &Client) {
        for (at, told, skew) in client.meter().dates {
            self.clock.hear(environment, (at, told), skew);
        }
    }
}

/// The result of a future; a panic in it is a trouble of this one question.
async fn contained<T>(
    future: impl Future<Output = Result<T, Trouble>>,
    environment: &EnvironmentName,
) -> Result<T, Trouble> {
    AssertUnwindSafe(future).catch_unwind().await.unwrap_or_else(|_| {
        Err(Trouble {
            kind: TroubleKind::Unreadable,
            what: "work on an answer".into(),
            on: environment.to_string(),
            why: format!("flightdeck made a mistake: {}", crate::model::text::line(&panic_hook::contained())),
            remedy: "please report it; everything else continues".into(),
        })
    })
}

fn no_route(environment: &EnvironmentName) -> Trouble {
    Trouble {
        kind: TroubleKind::NotFound,
        what: "reach the environment".into(),
        on: environment.to_string(),
        why: "it is not among the environments".into(),
        remedy: "start flightdeck again".into(),
    }
}

/// Ages are told by the cockpit's clock, which is AWS's where that is another than the machine's.
fn stamped(mut answer: Answer, clock: &Follower) -> Answer {
    let now = clock.clock().now();
    let stamp = |service: &mut Service| {
        if service.seen_at.0 != 0 {
            service.seen_at = now;
        }
    };
    match &mut answer {
        Answer::Rows(rows) => rows.iter_mut().for_each(stamp),
        Answer::Detail(detail) => {
            stamp(&mut detail.service);
            detail.seen_at = now;
        }
        Answer::Object(Some(object)) => {
            object.date_in_doubt = object.read_at.is_some_and(|told| clock.doubts(told));
        }
        _ => {}
    }
    answer
}
