//! Which operation of CloudWatch is meant.

use super::alarms::AlarmDef;
use super::{data, describe, history, list, statistics};
use crate::sim::api::{Answer, Call, Fault, Landscape};

/// Answers one CloudWatch call; `alarms` are those of the call's account and region.
pub fn handle(landscape: &dyn Landscape, alarms: &[AlarmDef], call: &Call) -> Answer {
    match call.op.as_str() {
        "GetMetricData" => data::get_metric_data(landscape, call),
        "GetMetricStatistics" => statistics::get_metric_statistics(landscape, call),
        "DescribeAlarmHistory" => history::describe_alarm_history(landscape, alarms, call),
        "ListMetrics" => list::list_metrics(landscape, call),
        "DescribeAlarms" => describe::describe_alarms(landscape, alarms, call),
        op => Err(Fault::unknown_operation(op)),
    }
}
