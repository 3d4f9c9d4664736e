//! A client's line into one session: the SDK's clients, and the one way every call takes.

use super::{
    account::{Account, Session},
    calls::Op,
    meter::Tally,
    retry::PagesAreFinal,
    settings::Settings,
    trouble,
    whole::Whole,
};
use crate::model::{Trouble, TroubleKind};
use aws_smithy_async::rt::sleep::{AsyncSleep, TokioSleep};
use aws_smithy_runtime_api::{client::result::SdkError, http::Response};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::region::Region;
use std::{
    collections::HashMap,
    error::Error,
    future::Future,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Everything a read or write needs.
#[derive(Debug)]
pub(super) struct Link {
    /// The environment.
    pub settings: Arc<Settings>,
    /// What it shares with others.
    pub account: Arc<Account>,
    /// Its session.
    pub session: Arc<Session>,
    /// Its counts.
    pub tally: Arc<Tally>,
    ecs: OnceLock<aws_sdk_ecs::Client>,
    apprunner: OnceLock<aws_sdk_apprunner::Client>,
    cloudwatch: OnceLock<aws_sdk_cloudwatch::Client>,
    logs: OnceLock<aws_sdk_cloudwatchlogs::Client>,
    elb: OnceLock<aws_sdk_elasticloadbalancingv2::Client>,
    sts: OnceLock<aws_sdk_sts::Client>,
    /// By region: an image may live in another region than the service.
    ecr: Mutex<HashMap<String, aws_sdk_ecr::Client>>,
}

impl Link {
    /// A line into a session.
    pub fn new(
        settings: Arc<Settings>,
        account: Arc<Account>,
        session: Arc<Session>,
        tally: Arc<Tally>,
    ) -> Self {
        Self {
            settings,
            account,
            session,
            tally,
            ecs: OnceLock::new(),
            apprunner: OnceLock::new(),
            cloudwatch: OnceLock::new(),
            logs: OnceLock::new(),
            elb: OnceLock::new(),
            sts: OnceLock::new(),
            ecr: Mutex::new(HashMap::new()),
        }
    }

    /// ECS.
    pub fn ecs(&self) -> &aws_sdk_ecs::Client {
        self.ecs.get_or_init(|| {
            let config = aws_sdk_ecs::config::Builder::from(&self.session.sdk)
                .interceptor(self.tally.interceptor())
                .interceptor(Whole)
                .retry_classifier(PagesAreFinal)
                .build();
            aws_sdk_ecs::Client::from_conf(config)
        })
    }

    /// App Runner.
    pub fn apprunner(&self) -> &aws_sdk_apprunner::Client {
        self.apprunner.get_or_init(|| {
            let config = aws_sdk_apprunner::config::Builder::from(&self.session.sdk)
                .interceptor(self.tally.interceptor())
                .interceptor(Whole)
                .retry_classifier(PagesAreFinal)
                .build();
            aws_sdk_apprunner::Client::from_conf(config)
        })
    }

    /// CloudWatch.
    pub fn cloudwatch(&self) -> &aws_sdk_cloudwatch::Client {
        self.cloudwatch.get_or_init(|| {
            let config = aws_sdk_cloudwatch::config::Builder::from(&self.session.sdk)
                .interceptor(self.tally.interceptor())
                .interceptor(Whole)
                .retry_classifier(PagesAreFinal)
                .build();
            aws_sdk_cloudwatch::Client::from_conf(config)
        })
    }

    /// CloudWatch Logs.
    pub fn logs(&self) -> &aws_sdk_cloudwatchlogs::Client {
        self.logs.get_or_init(|| {
            let config = aws_sdk_cloudwatchlogs::config::Builder::from(&self.session.sdk)
                .interceptor(self.tally.interceptor())
                .interceptor(Whole)
                .retry_classifier(PagesAreFinal)
                .build();
            aws_sdk_cloudwatchlogs::Client::from_conf(config)
        })
    }

    /// Elastic Load Balancing.
    pub fn elb(&self) -> &aws_sdk_elasticloadbalancingv2::Client {
        self.elb.get_or_init(|| {
            let config = aws_sdk_elasticloadbalancingv2::config::Builder::from(&self.session.sdk)
                .interceptor(self.tally.interceptor())
                .interceptor(Whole)
                .retry_classifier(PagesAreFinal)
                .build();
            aws_sdk_elasticloadbalancingv2::Client::from_conf(config)
        })
    }

    /// STS.
    pub fn sts(&self) -> &aws_sdk_sts::Client {
        self.sts.get_or_init(|| {
            let config = aws_sdk_sts::config::Builder::from(&self.session.sdk)
                .interceptor(self.tally.interceptor())
                .interceptor(Whole)
                .retry_classifier(PagesAreFinal)
                .build();
            aws_sdk_sts::Client::from_conf(config)
        })
    }

    /// ECR in a region.
    pub fn ecr(&self, region: &str) -> aws_sdk_ecr::Client {
        let mut clients = self.ecr.lock().unwrap_or_else(PoisonError::into_inner);
        clients
            .entry(region.to_owned())
            .or_insert_with(|| {
                let config = aws_sdk_ecr::config::Builder::from(&self.session.sdk)
                    .region(Region::new(region.to_owned()))
                    .interceptor(self.tally.interceptor())
                    .interceptor(Whole)
                    .retry_classifier(PagesAreFinal)
                    .build();
                aws_sdk_ecr::Client::from_conf(config)
            })
            .clone()
    }

    /// Makes a read: waits for its turn, counts it, and puts a failure into words.
    ///
    /// `make` makes the SDK's future here, on the heap: it is tens of kilobytes, and would grow every future
    /// that awaits this one.
    pub async fn call<T, E, F>(
        &self,
        op: &'static Op,
        on: &str,
        make: impl FnOnce() -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, SdkError<E, Response>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.send(op, on, true, make).await
    }

    /// Makes a change: like [`Link::call`], but never behind the reads that wait for a place.
    pub async fn change<T, E, F>(
        &self,
        op: &'static Op,
        on: &str,
        make: impl FnOnce() -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, SdkError<E, Response>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.send(op, on, false, make).await
    }

    async fn send<T, E, F>(
        &self,
        op: &'static Op,
        on: &str,
        gated: bool,
        make: impl FnOnce() -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, SdkError<E, Response>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let wait = self.session.pace().take(op.bucket);
        if !wait.is_zero() {
            TokioSleep::new().sleep(wait).await;
        }
        // after the pace: whoever waits for a token must not hold a place that others could use
        let pass = if gated { Some(self.account.gate.enter().await) } else { None };
        let underway = self.tally.begin(op.action);
        let answer = Box::pin(make()).await;
        drop((underway, pass));
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let mut trouble = trouble::from_sdk(op, on, &self.session.caller, &error);
                // a change is looked for before it is tried again, if it is at all
                if !gated && trouble.remedy == trouble::PASSES {
                    trouble.remedy.clear();
                }
                Err(trouble)
            }
        }
    }

    /// A failure that the gateway itself found in an answer.
    pub fn trouble(&self, op: &Op, on: &str, kind: TroubleKind, why: impl Into<String>) -> Trouble {
        self.session.caller.trouble(op, on, kind, why, "")
    }
}
