//! The simulated AWS as what answers behind the wire: every service's calls go to their own.

use super::api::{Answer, Aws, Backend, Call};
use super::engine::Engine;
use super::{apprunner, cloudwatch, ecr, ecs, elb, s3, scaling, sts, trail};

impl Backend for Engine {
    fn advance(&mut self, now: f64) {
        self.run_until(now);
    }

    fn handle(&mut self, call: &Call) -> Answer {
        let answer = match call.service {
            Aws::Ecs => ecs::dispatch::handle(self, call),
            Aws::AppRunner => apprunner::dispatch::handle(self, call),
            Aws::Ecr => ecr::handle(self, call),
            Aws::CloudWatch => {
                cloudwatch::dispatch::handle(self, &self.alarms(&call.account, &call.region), call)
            }
            Aws::Logs => self.answer_logs(call),
            Aws::Elb => elb::handle(self, call),
            Aws::Scaling => scaling::handle(self, call),
            Aws::CloudTrail => trail::handle(self, call),
            Aws::Sts => sts::handle(call, &self.caller(call)),
            Aws::S3 => s3::handle(self, call),
        };
        trail::record(self, call, &answer);
        self.react();
        answer
    }

    fn account_of(&self, access_key_id: &str) -> String {
        let accounts = &self.world.accounts;
        let assumed = sts::account_in_key(access_key_id);
        let known = accounts.iter().find(|account| {
            account.keys.iter().any(|key| key == access_key_id)
                || account.users.contains_key(access_key_id)
                || assumed == Some(account.id.as_str())
        });
        known.or(accounts.first()).map(|account| account.id.clone()).unwrap_or_default()
    }

    fn environment_of(&self, call: &Call) -> Option<String> {
        self.place_of(call)
    }
}
