//! The SDK's clients of one session, and the one way every call takes.

use super::{
    account::Account, calls::Op, empty_answers::RefuseEmptyAnswers, json::Speaker, meter::Tally,
    retry::PagesAreFinal, s3::S3Clients, session::Session, settings::Settings, signed::Of, trouble,
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

/// A client of the SDK, set up as all of them are; their builders have no trait in common.
macro_rules! client {
    ($clients:expr, $sdk:ident $(, $region:expr)?) => {{
        let config = $sdk::config::Builder::from(&$clients.session.sdk)
            $(.region($region))?
            .interceptor($clients.tally.interceptor())
            .interceptor(RefuseEmptyAnswers)
            .retry_classifier(PagesAreFinal)
            .build();
        $sdk::Client::from_conf(config)
    }};
}

/// Everything a read or write needs.
#[derive(Debug)]
pub(super) struct Clients {
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
    elb: OnceLock<aws_sdk_elasticloadbalancingv2::Client>,
    sts: OnceLock<aws_sdk_sts::Client>,
    /// By region: an image may live in another region than the service.
    ecr: Mutex<HashMap<String, aws_sdk_ecr::Client>>,
    /// By region: a log may be kept in another region than what writes it.
    logs: Mutex<HashMap<String, aws_sdk_cloudwatchlogs::Client>>,
    /// S3, by bucket and region.
    pub s3: S3Clients,
    /// Application Auto Scaling.
    pub scaling: Speaker,
    /// CloudTrail.
    pub trail: Speaker,
}

impl Clients {
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
            elb: OnceLock::new(),
            sts: OnceLock::new(),
            ecr: Mutex::new(HashMap::new()),
            logs: Mutex::new(HashMap::new()),
            s3: S3Clients::default(),
            scaling: Speaker::scaling(),
            trail: Speaker::trail(),
        }
    }

    /// Whose calls these are, for those that are signed here.
    pub fn of(&self) -> Of<'_> {
        Of { settings: &self.settings, sdk: &self.session.sdk, tally: &self.tally }
    }

    /// ECS.
    pub fn ecs(&self) -> &aws_sdk_ecs::Client {
        self.ecs.get_or_init(|| client!(self, aws_sdk_ecs))
    }

    /// App Runner.
    pub fn apprunner(&self) -> &aws_sdk_apprunner::Client {
        self.apprunner.get_or_init(|| client!(self, aws_sdk_apprunner))
    }

    /// CloudWatch.
    pub fn cloudwatch(&self) -> &aws_sdk_cloudwatch::Client {
        self.cloudwatch.get_or_init(|| client!(self, aws_sdk_cloudwatch))
    }

    /// CloudWatch Logs in a region; none for the environment's own.
    pub fn logs(&self, region: Option<&str>) -> aws_sdk_cloudwatchlogs::Client {
        let mut clients = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            if let Some(region) = region {
                return client!(self, aws_sdk_cloudwatchlogs, Region::new(region.to_owned()));
            }
            client!(self, aws_sdk_cloudwatchlogs)
        };
        clients.entry(region.unwrap_or_default().to_owned()).or_insert_with(make).clone()
    }

    /// Elastic Load Balancing.
    pub fn elb(&self) -> &aws_sdk_elasticloadbalancingv2::Client {
        self.elb.get_or_init(|| client!(self, aws_sdk_elasticloadbalancingv2))
    }

    /// STS.
    pub fn sts(&self) -> &aws_sdk_sts::Client {
        self.sts.get_or_init(|| client!(self, aws_sdk_sts))
    }

    /// ECR in a region.
    pub fn ecr(&self, region: &str) -> aws_sdk_ecr::Client {
        let mut clients = self.ecr.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || client!(self, aws_sdk_ecr, Region::new(region.to_owned()));
        clients.entry(region.to_owned()).or_insert_with(make).clone()
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

    /// Makes a change: like [`Clients::call`], but never behind the reads that wait for a place.
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
        let wait = self.session.rate_limit().take(op.bucket);
        if !wait.is_zero() {
            let held = self.account.silence.hold();
            TokioSleep::new().sleep(wait).await;
            drop(held);
        }
        // after the rate limit: whoever waits for a token must not hold a place that others could use
        let pass = if gated { Some(self.account.concurrency.acquire().await) } else { None };
        let underway = self.tally.begin(op.action);
        let calling = self.account.silence.call();
        let answer = Box::pin(make()).await;
        drop((calling, underway, pass));
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
