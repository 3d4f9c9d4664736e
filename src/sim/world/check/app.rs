//! Services of App Runner, with their past and their alarms.

use super::{Check, Checked};
use crate::sim::cloudwatch::alarms::AlarmDef;
use crate::sim::world::{Alarm, AppSpec, CodeSpec, app_id, file};

impl Check<'_> {
    pub(super) fn app(&self, entry: &file::App, alarms: &mut Vec<Alarm>) -> Checked<AppSpec> {
        self.known(&entry.environment, "environment", self.environments.iter().map(|e| e.name.as_str()))?;
        let Some(environment) = self.environments.iter().find(|e| e.name == *entry.environment.get_ref())
        else {
            return Err(self.at(&entry.environment, "no such environment"));
        };
        let name = entry.name.get_ref().clone();
        for alarm in &entry.alarm {
            self.one_of(&alarm.watch, &["5xx", "cpu", "memory"])?;
            let (metric, statistic) = match alarm.watch.get_ref().as_str() {
                "5xx" => ("5xxStatusResponses", "Sum"),
                "cpu" => ("CPUUtilization", "Average"),
                _ => ("MemoryUtilization", "Average"),
            };
            let id = app_id(&environment.account, &environment.region, &name);
            let def = AlarmDef {
                name: alarm.name.get_ref().clone(),
                namespace: "AWS/AppRunner".to_owned(),
                metric: metric.to_owned(),
                dimensions: vec![
                    ("ServiceName".to_owned(), name.clone()),
                    ("ServiceID".to_owned(), format!("{id:032x}")),
                ],
                statistic: statistic.to_owned(),
                period: 60,
                evaluation_periods: alarm.periods.unwrap_or(3),
                threshold: alarm.above,
                comparison: "GreaterThanThreshold".to_owned(),
                description: format!("{metric} of {name}"),
            };
            alarms.push(Alarm {
                account: environment.account.clone(),
                region: environment.region.clone(),
                def,
            });
        }
        Ok(AppSpec {
            environment: environment.name.clone(),
            account: environment.account.clone(),
            region: environment.region.clone(),
            image: self.image_name(&entry.image)?,
            created: entry.created.as_ref().map_or(Ok(400.0 * 86_400.0), |c| self.seconds(c))?.abs(),
            auto_deploy: entry.auto_deploy,
            paused: entry.paused,
            status: self.status(entry)?,
            code: entry
                .code
                .as_ref()
                .map(|c| CodeSpec { repository: c.repository.clone(), branch: c.branch.clone() }),
            instances: entry.instances,
            port: entry.port.unwrap_or(8080),
            health_path: entry.health_path.clone(),
            variables: entry.variables.clone(),
            secrets: entry.secrets.clone(),
            tagged: entry.tagged,
            baseline: Self::baseline(&entry.usual, &format!("apprunner/{name}")),
            past: self.past(&entry.past)?,
            name,
        })
    }

    fn status(&self, entry: &file::App) -> Checked<Option<&'static str>> {
        const KNOWN: [&str; 3] = ["CREATE_FAILED", "DELETE_FAILED", "OPERATION_IN_PROGRESS"];
        let Some(word) = &entry.status else { return Ok(None) };
        self.one_of(word, &KNOWN)?;
        Ok(KNOWN.into_iter().find(|known| known == word.get_ref()))
    }
}
