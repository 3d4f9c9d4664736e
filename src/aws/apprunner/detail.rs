//! One App Runner service in depth.

use super::{NEWEST, arn_of, describe, image_of, operations, read_service, row};
use crate::{
    aws::{alarms, calls, clients::Clients, convert, mask, variables::variables},
    model::{Pointers, Revision, ServiceDetail, ServiceKey, Trouble},
};
use aws_sdk_apprunner::types;
use std::{collections::HashMap, sync::Arc};

/// Carries out `Ask::Revisions`: AWS tells the current image and no other.
pub(in crate::aws) async fn revisions(clients: &Clients, key: &ServiceKey) -> Result<Vec<Revision>, Trouble> {
    let arn = arn_of(clients, key).await?;
    let row = describe(clients, &arn).await?;
    Ok(vec![Revision {
        label: row.revision,
        task_definition: String::new(),
        version: row.version,
        at: row.deployed_at,
        outcome: row.note,
        current: true,
    }])
}

/// Carries out `Ask::Detail` for App Runner.
pub(in crate::aws) async fn detail(
    clients: &Arc<Clients>,
    key: &ServiceKey,
) -> Result<ServiceDetail, Trouble> {
    let arn = arn_of(clients, key).await?;
    let (service, operations, alarms) = futures_util::join!(
        read_service(clients, &arn),
        operations(clients, &arn, NEWEST),
        alarms::by_prefix(clients, &key.name),
    );
    let (service, source) = service?;
    let mut gaps = Vec::new();
    let mut gap = |trouble: Trouble| gaps.push(trouble);
    let operations = operations.unwrap_or_else(|trouble| {
        gap(trouble);
        Vec::new()
    });
    let alarms = alarms.unwrap_or_else(|trouble| {
        gap(trouble);
        Vec::new()
    });
    let scaling = scaling(clients, &service).await.unwrap_or_else(|trouble| {
        gap(trouble);
        None
    });
    let row = row(clients, &service, &operations);
    Ok(ServiceDetail {
        status: convert::name(service.status().as_str()),
        seen_at: row.seen_at,
        service: row,
        deployments: Vec::new(),
        history: Vec::new(),
        history_known: true,
        tasks: Vec::new(),
        events: Vec::new(),
        targets: Vec::new(),
        rules: Vec::new(),
        neighbours: Vec::new(),
        alarms,
        operations,
        task_definition: None,
        pointers: Pointers::default(),
        breaker: None,
        strategy: String::new(),
        percents: None,
        network: None,
        launch_type: String::new(),
        capacity_providers: Vec::new(),
        launch: crate::model::Launch::default(),
        grace_s: None,
        auto_deploy: service
            .source_configuration()
            .and_then(types::SourceConfiguration::auto_deployments_enabled),
        source,
        gaps,
        config: config(&service, scaling.as_deref()),
    })
}

async fn scaling(clients: &Clients, service: &types::Service) -> Result<Option<String>, Trouble> {
    let arn = service.auto_scaling_configuration_summary().and_then(|s| s.auto_scaling_configuration_arn());
    let Some(arn) = arn else { return Ok(None) };
    let request = || {
        clients.apprunner().describe_auto_scaling_configuration().auto_scaling_configuration_arn(arn).send()
    };
    let answer = clients.call(&calls::AR_SCALING, service.service_name(), request).await?;
    Ok(answer.auto_scaling_configuration().map(|c| {
        format!(
            "{} to {} instances, {} requests each",
            c.min_size().unwrap_or_default(),
            c.max_size().unwrap_or_default(),
            c.max_concurrency().unwrap_or_default()
        )
    }))
}

fn config(service: &types::Service, scaling: Option<&str>) -> Vec<(String, String, String)> {
    let mut rows = Vec::new();
    let mut put = |section: &str, name: &str, value: String| {
        if !value.is_empty() {
            rows.push((section.to_owned(), name.to_owned(), value));
        }
    };
    put("service", "url", convert::name(service.service_url().unwrap_or_default()));
    put("service", "scaling", scaling.unwrap_or_default().to_owned());
    if let Some(instance) = service.instance_configuration() {
        put("service", "cpu", convert::name(instance.cpu().unwrap_or_default()));
        put("service", "memory", convert::name(instance.memory().unwrap_or_default()));
        put("service", "role", convert::name(instance.instance_role_arn().unwrap_or_default()));
    }
    if let Some(health) = service.health_check_configuration() {
        let protocol = health.protocol().map(|p| convert::name(p.as_str())).unwrap_or_default();
        put("service", "health check", format!("{protocol} {}", convert::line(health.path())));
    }
    let Some(source) = service.source_configuration() else { return rows };
    let automatic = source.auto_deployments_enabled().unwrap_or(false);
    put("source", "automatic deployments", if automatic { "on" } else { "off" }.to_owned());
    let Some(image) = source.image_repository() else {
        put("source", "code", image_of(service));
        return rows;
    };
    put("source", "image", convert::image(image.image_identifier()));
    put("source", "repository type", convert::name(image.image_repository_type().as_str()));
    let Some(configuration) = image.image_configuration() else { return rows };
    put("source", "port", convert::name(configuration.port().unwrap_or_default()));
    put("source", "command", mask::word(configuration.start_command().unwrap_or_default()));
    let environment = configuration.runtime_environment_variables();
    let secrets = configuration.runtime_environment_secrets();
    let pairs = |map: Option<&HashMap<String, String>>| {
        map.into_iter().flatten().map(|(n, v)| (n.clone(), v.clone())).collect::<Vec<_>>()
    };
    let (environment, secrets) = (pairs(environment), pairs(secrets));
    rows.extend(variables(
        "environment",
        environment.iter().map(|(n, v)| (n.as_str(), v.as_str())),
        secrets.iter().map(|(n, v)| (n.as_str(), v.as_str())),
    ));
    rows
}
